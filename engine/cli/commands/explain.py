"""Show a runbook's page: what it means, what to look at, every step and its command by hand."""

from __future__ import annotations

import click

from engine.cli.here import Here, put_as
from engine.cli.parameters import example, output_option, pass_here, runbook_argument
from engine.kinds.values import Json

SECTION = "Before the next one"


@click.command("explain", epilog=example("runbook explain agent-sdk-down | less"))
@runbook_argument
@output_option
@pass_here
def command(here: Here, runbook: str, output: str | None) -> int:
    """Print the page that `runbook docs` writes, as Markdown; with `--output json` its proofs as data too."""
    from engine.app.explaining import explain

    found = explain(here.workspace, runbook)
    data: Json = {"runbook": runbook, "markdown": found.markdown, "proofs": found.proofs}
    put_as(output, data, found.markdown.rstrip("\n"))
    return 0
