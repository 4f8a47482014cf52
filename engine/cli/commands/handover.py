"""Hand a run over to another operator."""

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
    "handover", epilog=example("runbook handover bea:engineer --reason 'my shift ends; rollback is next'")
)
@click.argument("to", metavar="NAME:ROLE")
@run_option
@reason_option
@identity_option
@output_option
@pass_here
def command(here: Here, to: str, run: str, reason: str, identity: str, output: str | None) -> int:
    """Make somebody else the operator: their role decides from now on what needs approval."""
    from engine.app.runs import find_run
    from engine.cli.saying import say
    from engine.core.events import HandedOver, Person

    new = here.person(to)
    person = Person(name=new.name, role=new.role, identity="claimed")
    why = needed_reason(here, reason)
    folder = find_run(here.workspace, run)
    return say(here, folder, HandedOver(to=person, reason=why), identity, f"handed over to {to}", output)
