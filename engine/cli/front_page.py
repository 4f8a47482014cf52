"""What `runbook` alone says: what to do now, on one screen, with the runs that are not over at its top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.cli.here import Here, put
from engine.cli.session import width
from engine.render.cells import cells, cut
from engine.render.offered import offered
from engine.render.row import Layout, Row

if TYPE_CHECKING:
    from engine.app.runs import RunFolder

INDENT = 3


def front_page(here: Here) -> None:
    """Show the unfinished runs, then the runbooks by what is seen."""
    from engine.cli.headings import headings

    rows = [*_unfinished(here)]
    rows += [Row("", "What do you see?  runbook run ID  starts; it looks before it asks anything.")]
    known = headings(here.workspace)
    for one in known:
        if one.kind == "operation":
            continue
        room = width() - INDENT - cells(f"{one.runbook}  ")
        seen = _fitting(one.symptoms or one.alerts or (one.title,), room)
        said = "(its file has errors: runbook check)" if one.broken else seen
        rows.append(Row(name="", text=f"{one.runbook}  {said}", place="under"))
    if not known:
        rows.append(Row(text="there are no runbooks here: `runbook list` says where it looks", place="under"))
    work = [one.runbook for one in known if one.kind == "operation"]
    if work:
        rows += [Row("", "Everyday work:"), Row(text=", ".join(work), place="under")]
    rows += [Row("", "runbook find TEXT   by symptom or alert      runbook --help   everything else")]
    for line in Layout(width(), colour=here.colour).lines(rows):
        put(line)


def _fitting(symptoms: Sequence[str], room: int) -> str:
    """Return as many whole symptoms as one line has room for, at least the beginning of the first."""
    for count in range(len(symptoms), 0, -1):
        text = "; ".join((*symptoms[:count], *(["…"] if count < len(symptoms) else [])))
        if cells(text) <= room:
            return text
    return cut("; ".join(symptoms), max(8, room))


def _unfinished(here: Here) -> list[Row]:
    """Return the runs that are not over, newest first; the first of them with what it asks."""
    from engine.cli.unfinished import unfinished

    rows: list[Row] = []
    for folder in unfinished(here.workspace):
        rows += _standing(here, folder, whole=not rows)
    return [*rows, Row("", "")] if rows else []


def _standing(here: Here, folder: RunFolder, *, whole: bool) -> list[Row]:
    """Return how one run stands; `whole` says its questions, and where to look."""
    from engine.kinds.errors import EngineError

    try:
        driven, state = folder.driven(), folder.state()
    except EngineError as error:
        text = f"{folder.run}: {error.message}; `runbook verify {folder.run}` says where"
        return [Row("DAMAGED", text, tone="bad")]
    if state.plan is None or state.finished is not None:
        return []
    asked = [one.prompted.text for one in state.prompts.values() if one.given is None]
    observes = "  only observes" if state.mode == "observe" else ""
    what = f"{folder.run}  {state.plan.runbook} in {state.plan.environment}  {state.severity}{observes}"
    rows = [Row("UNDER WAY" if driven else "UNFINISHED", what, tone="call" if driven else "bad")]
    rows += [Row(name="asks", text=text, place="under") for text in asked if whole]
    if driven:
        rows.append(Row(name="watch", text=f"runbook show {folder.run} --follow", place="under"))
        answer = f"runbook answer --run {folder.run}"
        rows += [Row(name="answer", text=answer, place="under")] if asked else []
        return rows
    on = offered(f"runbook resume {folder.run}", here.named(state))
    rows.append(Row(name="go on", text=on, place="under"))
    rows += [Row(name="look", text=f"runbook show {folder.run}", place="under")] if whole else []
    return rows
