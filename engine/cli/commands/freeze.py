"""Hold every change in every run until it is lifted."""

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


@click.command(
    "freeze",
    epilog=example(
        "runbook freeze --reason 'the migration is under way'", "runbook freeze --env staging --reason later"
    ),
)
@click.option("--env", "environment", default="", metavar="NAME", help="Only there; everywhere if not said.")
@reason_option
@identity_option
@output_option
@pass_here
def command(here: Here, environment: str, reason: str, identity: str, output: str | None) -> int:
    """Freeze changes: no run of this state folder starts one until `runbook thaw`.

    Runs go on looking; what is in the air lands. Runs on other laptops are not reached unless they share
    the state folder.
    """
    from engine.app.freezing import known_environment, say
    from engine.app.parts import system_now
    from engine.cli.here import put_as
    from engine.render.offered import LATER, offered

    known_environment(here.workspace, environment)
    why = needed_reason(here, reason)
    word = say(here.workspace, here.person(identity), why, system_now(), environment, frozen=True)
    where = f" in {environment}" if environment else ""
    lifts = f"runbook thaw{f' --env {environment}' if environment else ''} --reason {LATER}"
    put_as(
        output,
        {"frozen": True, "who": word.who, "reason": word.reason, "at": word.at, "environment": environment},
        f"changes are frozen{where} by {word.who}: `{offered(lifts, identity)}` lifts it",
    )
    return 0
