"""Show a runbook's page: what it means, what to look at, every step and its command by hand."""

from __future__ import annotations

import click

from engine.cli.here import Here, put_as
from engine.cli.parameters import example, output_option, pass_here, runbook_argument

SECTION = "Before the next one"


@click.command("explain", epilog=example("runbook explain agent-sdk-down | less"))
@runbook_argument
@output_option
@pass_here
def command(here: Here, runbook: str, output: str | None) -> int:
    """Print the same page that `runbook docs` writes, as Markdown."""
    from engine.app.documenting import page_text

    text = page_text(here.workspace, runbook)
    put_as(output, {"runbook": runbook, "markdown": text}, text.rstrip("\n"))
    return 0
