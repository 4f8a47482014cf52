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
    epilog=example(
        "runbook skip --reason 'the vendor page is down too'",
        "runbook skip look --reason later",
        "runbook skip look --outcome fail --reason 'I see the errors in the logs'",
    ),
)
@click.argument("step", required=False, default="", metavar="[STEP]")
@run_option
@click.option(
    "--outcome",
    default="",
    metavar="OUTCOME",
    help="Override the step: go on as if it had ended so.",
)
@reason_option
@identity_option
@output_option
@pass_here
def command(
    here: Here, step: str, run: str, outcome: str, reason: str, identity: str, output: str | None
) -> int:
    """Skip a step the run stands at, or override what it says; a change in the air lands first."""
    from engine.app.runs import find_run
    from engine.cli.here import progress
    from engine.cli.saying import say
    from engine.cli.standing import current_step, follows
    from engine.core.events import Skipped
    from engine.kinds.errors import UsageError
    from engine.kinds.findings import did_you_mean

    folder = find_run(here.workspace, run)
    state = folder.state()
    chosen = current_step(state, step)
    routes = state.plan.steps[chosen].routes if state.plan and chosen in state.plan.steps else {}
    if outcome and outcome not in routes:
        known = f"known: {', '.join(routes)}"
        raise UsageError(f"{chosen} has no outcome '{outcome}'", hint=did_you_mean(outcome, routes) or known)
    why = needed_reason(here, reason)
    event = Skipped(step=chosen, reason=why, outcome=outcome)
    done = f"overrode {chosen}: {outcome}" if outcome else f"skipped {chosen}"
    code = say(here, folder, event, identity, done, output)
    progress(follows(state, chosen, outcome or "skipped"))
    return code
