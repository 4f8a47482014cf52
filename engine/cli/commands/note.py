"""Write something down in the record of a run."""

from __future__ import annotations

import click

from engine.cli.here import Here
from engine.cli.parameters import (
    attach_option,
    example,
    identity_option,
    output_option,
    pass_here,
    run_option,
)

SECTION = "While it runs"


@click.command("note", epilog=example("runbook note 'the vendor confirms an outage' --attach page.png"))
@click.argument("text", nargs=-1, required=True)
@run_option
@attach_option
@identity_option
@output_option
@pass_here
def command(
    here: Here, text: tuple[str, ...], run: str, attach: tuple[str, ...], identity: str, output: str | None
) -> int:
    """Write a note into the record; it stands in the timeline and in the report."""
    from engine.app.runs import find_run
    from engine.cli.saying import attachments, say
    from engine.core.events import Noted

    folder = find_run(here.workspace, run)
    kept = attachments(here, folder, identity, attach)
    return say(here, folder, Noted(text=" ".join(text), evidence=kept), identity, "noted", output)
