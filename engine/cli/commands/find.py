"""Find a runbook by what you see: a symptom, an alert, a service."""

from __future__ import annotations

import click

from engine.cli.here import Here
from engine.cli.parameters import example, output_option, pass_here

SECTION = "Before the next one"


@click.command("find", epilog=example("runbook find 502", "runbook find AgentSdkDown"))
@click.argument("text", nargs=-1, required=True)
@output_option
@pass_here
def command(here: Here, text: tuple[str, ...], output: str | None) -> int:
    """Find runbooks whose head (title, symptoms, alerts, service, …) holds every word; exit 1 for none."""
    from engine.cli.headings import headings
    from engine.cli.listing import put_headings
    from engine.kinds.errors import Exit

    words = " ".join(text)
    found = tuple(one for one in headings(here.workspace) if one.matches(words))
    put_headings(here, found, output, f"nothing is known of '{words}': `runbook list` shows what there is")
    return int(Exit.RESOLVED if found else Exit.ENDED)
