"""The open approval of a run, shown whole before anybody agrees to it."""

from __future__ import annotations

from engine.app.runs import RunFolder
from engine.cli.answering import open_prompts
from engine.cli.here import Here, put
from engine.cli.session import width
from engine.core.events import Prompted
from engine.core.state import RunState
from engine.kinds.errors import Refused, UsageError
from engine.render.offered import offered
from engine.render.prompt_rows import prompt_rows
from engine.render.row import Layout, Row
from engine.render.terminal import header, told


def open_approval(folder: RunFolder, state: RunState, named: str = "", identity: str = "") -> Prompted:
    """Return the question for approval; raises UsageError or Refused with who was first."""
    every = [one for one in open_prompts(state) if one.kind == "approve"]
    found = [one for one in every if named in ("", one.prompt)]
    if every and not found:
        hint = f"open: {', '.join(one.prompt for one in every)}"
        raise UsageError(f"there is no open approval '{named}'", hint=hint)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(one.prompt for one in found)
        raise UsageError(
            f"{len(found)} approvals are open: {names}",
            hint=offered(f"runbook approve {folder.run} --prompt '{found[0].prompt}'", identity),
        )
    closed = [one for one in state.prompts.values() if one.prompted.kind == "approve" and one.given]
    if closed and closed[-1].given:
        given = closed[-1].given
        raise Refused(f"{given.by} answered '{given.choice}' at {given.at.clock()}")
    raise UsageError(
        f"{folder.run} waits for no approval", hint=f"`runbook show {folder.run}` says where it stands"
    )


def show_change(here: Here, state: RunState, prompted: Prompted) -> None:
    """Write what is asked, by whom, and the digest it is bound to."""
    rows = [
        header(state, state.now),
        *prompt_rows(prompted, state),
        Row(name="asks", text=told(state.operator), place="under"),
        Row(name="digest", text=prompted.digest, place="under"),
    ]
    for line in Layout(width(), colour=here.colour).lines(rows):
        put(line)
