"""Take a run from whoever drives it; their executor stops at its next record."""

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


@click.command(
    "take-over", epilog=example("runbook take-over INC-20251123-030212 --reason 'ann lost her connection'")
)
@run_argument
@click.option(
    "--wait", is_flag=True, help="Piped: at a question, wait for `runbook answer` instead of ending with 4."
)
@reason_option
@identity_option
@output_option
@pass_here
def command(here: Here, run: str, wait: bool, reason: str, identity: str, output: str | None) -> int:
    """Take a run from a living executor and drive it here.

    The other one is fenced: it stops at its next record and writes nothing more.
    """
    from engine.cli.taking_up import take_up_and_drive

    why = needed_reason(here, reason)
    return take_up_and_drive(Session(here, output, waits=wait), run, identity, why, force=True)
