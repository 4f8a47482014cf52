"""Send a run to another step, with a reason."""

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


@click.command("jump", epilog=example("runbook jump roll-back --reason 'v12 is bad, we know it'"))
@click.argument("target", metavar="TARGET")
@click.option(
    "--from",
    "step",
    default="",
    metavar="STEP",
    help="The step to leave; the current one where nothing is said.",
)
@run_option
@reason_option
@identity_option
@output_option
@pass_here
def command(
    here: Here, target: str, step: str, run: str, reason: str, identity: str, output: str | None
) -> int:
    """Send the run from its current step to TARGET of the same runbook.

    A change at TARGET still needs its own consent: no jump walks round it.
    """
    from engine.app.runs import find_run
    from engine.cli.saying import say
    from engine.cli.standing import current_step, target_step
    from engine.core.events import Jumped

    folder = find_run(here.workspace, run)
    state = folder.state()
    chosen = current_step(state, step)
    there = target_step(state, chosen, target)
    why = needed_reason(here, reason)
    event = Jumped(step=chosen, target=there, reason=why)
    return say(here, folder, event, identity, f"jumped from {chosen} to {there}", output)
