"""Draw a runbook as a flowchart, in Mermaid."""

from __future__ import annotations

import click

from engine.cli.here import Here, put_as
from engine.cli.parameters import example, output_option, pass_here, runbook_argument

SECTION = "Before the next one"


@click.command("graph", epilog=example("runbook graph agent-sdk-down > graph.mmd"))
@runbook_argument
@output_option
@pass_here
def command(here: Here, runbook: str, output: str | None) -> int:
    """Print the flowchart of a runbook as Mermaid text."""
    from engine.app.documenting import picture

    text = picture(here.workspace, runbook)
    put_as(output, {"runbook": runbook, "mermaid": text}, text.rstrip("\n"))
    return 0
