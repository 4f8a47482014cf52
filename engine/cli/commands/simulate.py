"""Forecast a runbook: thousands of incidents in virtual time, how they end and how long they take."""

from __future__ import annotations

import os

import click

from engine.cli.here import Here, put, put_json
from engine.cli.parameters import example, output_option, pass_here, runbook_argument

SECTION = "Before the next one"


@click.command(
    "simulate",
    epilog=example(
        "runbook simulate agent-sdk-down", "runbook simulate agent-sdk-down --n 500 --seed 7 --output json"
    ),
)
@runbook_argument
@click.option(
    "--n", "count", type=click.IntRange(1), default=1000, metavar="N", show_default=True, help="Incidents."
)
@click.option(
    "--seed", type=int, default=0, metavar="N", show_default=True, help="The same seed, the same table."
)
@click.option(
    "--env", "environment", default="", metavar="ENV", help="Where; without it, where the cases say."
)
@click.option(
    "--jobs", type=click.IntRange(1), default=None, metavar="N", help="Processes; one a core where not said."
)
@output_option
@pass_here
def command(
    here: Here,
    runbook: str,
    count: int,
    seed: int,
    environment: str,
    jobs: int | None,
    output: str | None,
) -> int:
    """Say how incidents of a runbook end, and how long they take, with an interval at every figure.

    What happens is drawn from the cases beside it; times and answers from what they declare, the runs on
    record, and the catalogue. Nothing outside is asked.
    """
    from engine.app.library import Library
    from engine.app.simulating import simulated
    from engine.kinds.errors import Exit
    from engine.render.forecast import data, text

    processes = jobs or os.cpu_count() or 1
    found = simulated(Library(here.workspace), runbook, count, seed, environment, processes)
    if output == "json":
        put_json(data(found))
    else:
        put(text(found))
    return int(Exit.RESOLVED)
