"""Let runs make changes again."""

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
)

SECTION = "In an incident"


@click.command("thaw", epilog=example("runbook thaw --reason 'the migration is through'"))
@click.option("--env", "environment", default="", metavar="NAME", help="Only there; everywhere if not said.")
@reason_option
@identity_option
@output_option
@pass_here
def command(here: Here, environment: str, reason: str, identity: str, output: str | None) -> int:
    """Lift a freeze. A change that waits goes on; one agreed to long ago is asked again."""
    from engine.app.freezing import known_environment, say
    from engine.app.parts import system_now
    from engine.cli.here import put_as

    known_environment(here.workspace, environment)
    why = needed_reason(here, reason)
    word = say(here.workspace, here.person(identity), why, system_now(), environment, frozen=False)
    where = f" in {environment}" if environment else ""
    put_as(
        output,
        {"frozen": False, "who": word.who, "reason": word.reason, "at": word.at, "environment": environment},
        f"changes are allowed again{where}",
    )
    return 0
