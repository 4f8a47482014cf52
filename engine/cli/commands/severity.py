"""Set the severity of a run."""

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


@click.command("severity", epilog=example("runbook severity SEV-1 --reason 'all customers, not one region'"))
@click.argument("level", metavar="SEVERITY")
@run_option
@reason_option
@identity_option
@output_option
@pass_here
def command(here: Here, level: str, run: str, reason: str, identity: str, output: str | None) -> int:
    """Raise or lower the severity; the ladder and the status updates follow it."""
    from engine.app.runs import find_run
    from engine.cli.saying import say
    from engine.core.events import SeveritySet
    from engine.kinds.errors import UsageError
    from engine.kinds.findings import meant_or_known

    folder = find_run(here.workspace, run)
    plan = folder.state().plan
    known = dict(plan.severities) if plan else {}
    named = {alias: name for name, one in known.items() for alias in (name, *one.aliases)}
    by_case = {name.casefold(): name for name in named}
    found = named.get(by_case.get(level.casefold(), ""), "")
    if not found:
        raise UsageError(
            f"there is no severity '{level}'", hint=meant_or_known(level, named, "the catalogue has none")
        )
    why = needed_reason(here, reason)
    return say(here, folder, SeveritySet(severity=found, why=why), identity, f"severity {found}", output)
