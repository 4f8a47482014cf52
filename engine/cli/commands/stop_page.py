"""Stop an automatic page before it goes out."""

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
    "stop-page", epilog=example("runbook stop-page engineer --reason 'she is on the call already'")
)
@click.argument("role", required=False, default="", metavar="[ROLE]")
@run_option
@reason_option
@identity_option
@output_option
@pass_here
def command(here: Here, role: str, run: str, reason: str, identity: str, output: str | None) -> int:
    """Stop the next page of the ladder, or the one to ROLE; the report says who did and why."""
    from engine.app.parts import system_now
    from engine.app.runs import find_run
    from engine.cli.saying import say
    from engine.core.events import TimerStopped
    from engine.kinds.errors import UsageError
    from engine.views.progress import board

    folder = find_run(here.workspace, run)
    coming = [
        one.key.partition(":")[2] for one in board(folder.read(), system_now()).clocks if one.kind == "page"
    ]
    if not coming or (role and role not in coming):
        raise UsageError(
            f"no page to {role or 'anybody'} is coming", hint=f"coming: {', '.join(coming) or 'none'}"
        )
    chosen = role or coming[0]
    why = needed_reason(here, reason)
    event = TimerStopped(timer="ladder", key=chosen, reason=why)
    return say(here, folder, event, identity, f"stopped the page to the {chosen}", output)
