"""End a run now; nothing is undone, what can be is listed."""

from __future__ import annotations

import click

from engine.cli.here import Here
from engine.cli.parameters import (
    example,
    identity_option,
    needed_reason,
    output_option,
    pass_here,
    reason_option,
    run_argument,
)
from engine.cli.session import Session

SECTION = "While it runs"


@click.command("abort", epilog=example("runbook abort --reason 'wrong runbook'"))
@run_argument
@reason_option
@identity_option
@output_option
@pass_here
def command(here: Here, run: str, reason: str, identity: str, output: str | None) -> int:
    """End a run. Nothing new starts, a change in the air lands, nothing is undone by itself."""
    from engine.app.runs import find_run
    from engine.cli.saying import say
    from engine.cli.taking_up import take_up_and_drive
    from engine.core.events import Aborted
    from engine.kinds.errors import Exit

    folder = find_run(here.workspace, run)
    why = needed_reason(here, reason)
    driven = folder.driven()
    if driven:
        return say(here, folder, Aborted(reason=why), identity, "abort asked for", output)
    folder.say(Aborted(reason=why), here.person(identity))
    code = take_up_and_drive(Session(here, output), folder.run, identity, "to close the aborted run")
    return 0 if code == Exit.ENDED else code
