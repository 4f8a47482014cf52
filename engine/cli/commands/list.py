"""List the runbooks, or the drills' scenarios."""

from __future__ import annotations

import click

from engine.cli.here import Here
from engine.cli.parameters import example, output_option, pass_here

SECTION = "Before the next one"


@click.command("list", epilog=example("runbook list", "runbook list --scenarios"))
@click.option(
    "--scenarios", is_flag=True, help="The scenarios of drills/, with their runbook (it gives away drills)."
)
@output_option
@pass_here
def command(here: Here, scenarios: bool, output: str | None) -> int:
    """List what there is, with title, service and severity."""
    from engine.cli.headings import headings, scenario_headings
    from engine.cli.listing import put_headings

    found = scenario_headings(here.workspace) if scenarios else headings(here.workspace)
    what = "scenarios in drills/" if scenarios else "runbooks"
    return put_headings(here, found, output, f"there are no {what} under {here.workspace.root}")
