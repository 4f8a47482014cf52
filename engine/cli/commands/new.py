"""Start a runbook: look, decide, change, prove, escalate; with its cases."""

from __future__ import annotations

import click

from engine.cli.here import Here
from engine.cli.parameters import example, identity_option, output_option, pass_here

SECTION = "Before the next one"


@click.command(
    "new",
    epilog=example("runbook new shop-down", "runbook new shop-slow --service shop --title 'It is slow'"),
)
@click.argument("name")
@click.option(
    "--service", default="", metavar="NAME", help="What it is about; needed where there are several."
)
@click.option("--title", default="", metavar="TEXT", help="What is wrong, in the words of the alert.")
@click.option(
    "--severity", default="", metavar="NAME", help="How grave it is; the least of the catalogue if left out."
)
@identity_option
@output_option
@pass_here
def command(
    here: Here, name: str, service: str, title: str, severity: str, identity: str, output: str | None
) -> int:
    """Write runbooks/incidents/NAME.yaml, and NAME.cases.yaml beside it: a runbook that runs as it stands.

    What only a person knows says FILL IN; `runbook check NAME` names every place.
    """
    from datetime import UTC, datetime

    from engine.app.beginnings import begin_runbook
    from engine.cli.begun import put_begun

    role = here.person(identity).role
    begun = begin_runbook(here.workspace, name, service, title, role, datetime.now(UTC).date(), severity)
    return put_begun(begun, "", output)
