"""Write something down in the record of a run."""

from __future__ import annotations

import click

from engine.cli.here import Here
from engine.cli.parameters import example, identity_option, output_option, pass_here, run_option

SECTION = "While it runs"


@click.command("note", epilog=example("runbook note 'the vendor confirms an outage'"))
@click.argument("text", nargs=-1, required=True)
@run_option
@identity_option
@output_option
@pass_here
def command(here: Here, text: tuple[str, ...], run: str, identity: str, output: str | None) -> int:
    """Write a note into the record; it stands in the timeline and in the report."""
    from engine.app.runs import find_run
    from engine.cli.saying import say
    from engine.core.events import Noted

    return say(here, find_run(here.workspace, run), Noted(text=" ".join(text)), identity, "noted", output)
