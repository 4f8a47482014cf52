"""Skip the current step of a run, with a reason."""

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
    run_option,
)

SECTION = "While it runs"


@click.command(
    "skip",
    epilog=example("runbook skip --reason 'the vendor page is down too'", "runbook skip look --reason later"),
)
@click.argument("step", required=False, default="", metavar="[STEP]")
@run_option
@reason_option
@identity_option
@output_option
@pass_here
def command(here: Here, step: str, run: str, reason: str, identity: str, output: str | None) -> int:
    """Skip a step the run stands at; a change in the air lands first."""
    from engine.app.runs import find_run
    from engine.cli.saying import say
    from engine.cli.standing import current_step
    from engine.core.events import Skipped

    folder = find_run(here.workspace, run)
    chosen = current_step(folder.state(), step)
    why = needed_reason(here, reason)
    return say(here, folder, Skipped(step=chosen, reason=why), identity, f"skipped {chosen}", output)
