"""The incident report of a run, as Markdown."""

from __future__ import annotations

import click

from engine.cli.here import Here, put_as
from engine.cli.parameters import example, output_option, pass_here, run_argument

SECTION = "Afterwards"


@click.command(
    "report", epilog=example("runbook report > incident.md", "runbook report INC-20251123-030212 --write")
)
@run_argument
@click.option("--write", is_flag=True, help="Write it into the run's folder as report.md.")
@output_option
@pass_here
def command(here: Here, run: str, write: bool, output: str | None) -> int:
    """Print the report: what happened, who decided, what changed, what a person still owes."""
    from engine.app.reporting import incident_report, write_report
    from engine.app.runs import find_run

    folder = find_run(here.workspace, run)
    if write:
        path = str(write_report(here.workspace, folder))
        put_as(output, {"run": folder.run, "report": path}, path)
        return 0
    text = incident_report(here.workspace, folder)
    put_as(output, {"run": folder.run, "markdown": text}, text.rstrip("\n"))
    return 0
