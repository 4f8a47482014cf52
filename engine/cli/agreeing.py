"""Consent to a change from another terminal: never by a word that happened to fit.

Rules:
1. The question is named; a bare `yes` meant for another question decides about no change.
2. The answer carries digits of the change's digest, or is typed as a word below the change as it was shown.
3. What needs another person is answered by `runbook approve` only.
"""

from __future__ import annotations

import click

from engine.app.runs import RunFolder
from engine.cli.answering import decides
from engine.cli.approving import show_change
from engine.cli.here import Here
from engine.core.events import Prompted
from engine.core.state import RunState
from engine.kinds.errors import Refused, UsageError
from engine.render.prompt_rows import DIGITS, answer_command


def agree(
    here: Here, folder: RunFolder, state: RunState, prompted: Prompted, choice: str, digest: str, shown: bool
) -> None:
    """Make sure that the change was looked at; raises UsageError or Refused where nobody can tell."""
    if digest and not prompted.digest.startswith(digest.lower()):
        raise Refused(
            "the change is not the one that was shown: look again",
            hint=f"its digest is {prompted.digest[:DIGITS]} now",
        )
    if not decides(prompted):
        return
    exact = answer_command(folder.run, prompted, choice, here.named(state))
    if prompted.kind == "approve":
        raise UsageError(f"this needs the approval of another person ({prompted.role})", hint=exact)
    if digest and len(digest) < DIGITS:
        raise UsageError(f"--digest needs {DIGITS} digits or more", hint=exact)
    if digest or not prompted.digest:
        return
    if not (shown and here.keys and here.at_terminal):
        raise UsageError("a change without a terminal needs --digest", hint=f"look, then {exact}")
    show_change(here, state, prompted)
    typed = click.prompt(f"type `{choice}` to answer {choice}", default="", show_default=False, err=True)
    if typed.strip() != choice:
        raise Refused("nothing was recorded", hint=f"type the whole word {choice}")
