"""Practise: a sealed scenario breaks the sandbox, you run the runbook, it is scored."""

from __future__ import annotations

import click

from engine.cli.here import Here
from engine.cli.parameters import example, identity_option, output_option, pass_here, scenario_option
from engine.cli.session import Session

SECTION = "Before the next one"


@click.command(
    "drill",
    epilog=example(
        "runbook drill agent-sdk-down",
        "runbook drill --scenario single-crash --virtual",
        "runbook drill --all",
    ),
)
@click.argument("runbook", required=False, default="", metavar="[RUNBOOK]")
@scenario_option
@click.option("--seed", type=int, default=None, metavar="N", help="Draws the same scenario again.")
@click.option("--scripted", is_flag=True, help="The scenario's own people answer, on real sockets.")
@click.option("--virtual", is_flag=True, help="In virtual time, with the scenario's people: for CI.")
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="Every scenario (of RUNBOOK), in virtual time. Exit 1 when one fails.",
)
@click.option("--record", is_flag=True, help="Keep the report in drills/history/; with --all, the coverage.")
@identity_option
@output_option
@pass_here
def command(
    here: Here,
    runbook: str,
    scenario: str,
    seed: int | None,
    scripted: bool,
    virtual: bool,
    every: bool,
    record: bool,
    identity: str,
    output: str | None,
) -> int:
    """Run a drill. What is broken is not told before the end; exit 1 when an expectation was not met."""
    from engine.app.drilling import drawn, now_seed
    from engine.cli.drilling import all_virtual, one_live, one_virtual
    from engine.kinds.errors import UsageError

    session = Session(here, output)
    if virtual and record and not every:
        hint = "leave out --virtual, or use --all --record to keep what CI covers"
        raise UsageError("a drill in virtual time happens on no day: nothing to record", hint=hint)
    if every:
        return all_virtual(session, runbook, record=record and not runbook)
    if not scenario and not runbook:
        raise UsageError("a drill of what?", hint="runbook drill RUNBOOK, or --scenario NAME")
    chosen_seed = now_seed() if seed is None else seed
    name = scenario or drawn(here.workspace, runbook, chosen_seed, virtual=virtual)
    here.workspace.scenario_file(name)
    if virtual:
        return one_virtual(session, name)
    return one_live(session, name, chosen_seed, scripted=scripted, record=record, identity=identity)
