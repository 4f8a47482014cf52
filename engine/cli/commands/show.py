"""Show a run: what happened, where it stands, what it waits for."""

from __future__ import annotations

import click

from engine.cli.here import Here
from engine.cli.parameters import example, output_option, pass_here, run_argument

SECTION = "In an incident"


@click.command("show", epilog=example("runbook show", "runbook show INC-20251123-030212 --follow"))
@run_argument
@click.option("--follow", "-f", is_flag=True, help="Go on until the run ends; Ctrl-C stops only the looking.")
@output_option
@pass_here
def command(here: Here, run: str, follow: bool, output: str | None) -> int:
    """Show a run, finished or not; with --follow, rows as they come.

    Text where nothing is said, also piped; `--output json` gives one event per line.
    """
    from engine.app.runs import find_run
    from engine.cli.showing import show

    folder = find_run(here.workspace, run)
    return show(here, folder, follow=follow, as_json=output == "json")
