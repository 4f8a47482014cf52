"""Start a workspace: settings, a service, two roles, a channel and a ladder."""

from __future__ import annotations

import click

from engine.cli.here import Here
from engine.cli.parameters import example, output_option, pass_here

SECTION = "Before the next one"


@click.command(
    "init",
    epilog=example("runbook init", "runbook init ops --service shop --url https://shop.example.com"),
)
@click.argument("folder", required=False, default="", metavar="[FOLDER]")
@click.option("--service", default="web", metavar="NAME", help="What the first runbook is about; `web`.")
@click.option(
    "--url",
    default="http://127.0.0.1:8000",
    metavar="URL",
    help="Where it answers; port 8000 of this computer where nothing is said.",
)
@output_option
@pass_here
def command(here: Here, folder: str, service: str, url: str, output: str | None) -> int:
    """Write a small workspace into this folder, or into FOLDER: files to go on with, each explained.

    Nothing is overwritten. `runbook new NAME` adds the first runbook.
    """
    from pathlib import Path

    from engine.app.beginnings import begin_workspace
    from engine.cli.begun import put_begun
    from engine.kinds.errors import UsageError

    if not folder and not here.workspace.shipped and here.workspace.root != Path.cwd().resolve():
        hint = "`runbook new NAME` adds a runbook to it; `runbook init .` makes another one here"
        raise UsageError(f"this folder is in a workspace already: {here.workspace.root}", hint=hint)
    return put_begun(begin_workspace(Path(folder or "."), service, url), folder, output)
