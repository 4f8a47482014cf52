"""List the runs of this workspace, newest first."""

from __future__ import annotations

import click

from engine.cli.here import Here, put, put_json
from engine.cli.parameters import example, output_option, pass_here

SECTION = "Afterwards"


@click.command("runs", epilog=example("runbook runs", "runbook runs --unfinished --output json"))
@click.option("--unfinished", is_flag=True, help="Only those that are not over.")
@click.option(
    "--limit", default=20, metavar="N", type=click.IntRange(1), help="How many; 20 where nothing is said."
)
@output_option
@pass_here
def command(here: Here, unfinished: bool, limit: int, output: str | None) -> int:
    """List runs with how they stand; a damaged one is listed as that."""
    from itertools import islice

    from engine.app.runs import folders
    from engine.cli.run_list import listed
    from engine.render.findings import visible

    every = (listed(here, one) for one in folders(here.workspace))
    found = (one for one in every if not (unfinished and one.over))
    rows = list(islice(found, limit))
    if output == "json":
        for one in rows:
            put_json(one.plain())
        return 0
    for one in rows:
        facts = f"{one.run:<21} {one.runbook:<24} {one.environment:<11} {one.severity:<6} {one.kind:<9}"
        put(visible(f"{facts} {one.stands}"))
    if not rows:
        put(
            "there are no runs here"
            + (" that are not over" if unfinished else "")
            + ": `runbook run ID` starts one"
        )
    return 0
