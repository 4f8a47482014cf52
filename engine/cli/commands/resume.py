"""Carry on a run that was interrupted, or that waited for a person."""

from __future__ import annotations

import click

from engine.cli.here import Here
from engine.cli.parameters import example, identity_option, output_option, pass_here, run_argument
from engine.cli.session import Session

SECTION = "In an incident"


@click.command("resume", epilog=example("runbook resume", "runbook resume INC-20251123-030212"))
@run_argument
@click.option(
    "--yes", is_flag=True, help="Take the declared default of a question; it never consents to a change."
)
@click.option(
    "--wait", is_flag=True, help="Piped: at a question, wait for `runbook answer` instead of ending with 4."
)
@click.option(
    "--answers-from", default="", metavar="SCENARIO", help="Scripted people; only where drills are allowed."
)
@identity_option
@output_option
@pass_here
def command(
    here: Here, run: str, yes: bool, wait: bool, answers_from: str, identity: str, output: str | None
) -> int:
    """Carry on a run from where its journal ends.

    What was in the air when it stopped is asked again where that is harmless, reconciled where it is not,
    and else asked of you; a change is never repeated by guess.
    """
    from engine.cli.taking_up import take_up_and_drive

    return take_up_and_drive(
        Session(here, output, waits=wait), run, identity, "resumed", yes=yes, scenario=answers_from
    )
