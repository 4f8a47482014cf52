"""Load, lint and prove runbooks, catalogue and scenarios."""

from __future__ import annotations

import click

from engine.cli.here import Here, progress, put, put_json
from engine.cli.parameters import example, output_option, pass_here

SECTION = "Before the next one"


@click.command("check", epilog=example("runbook check", "runbook check agent-sdk-down --output json"))
@click.argument("names", nargs=-1, metavar="[ID|FILE]…")
@output_option
@pass_here
def command(here: Here, names: tuple[str, ...], output: str | None) -> int:
    """Find everything that is wrong, with file, line, column and what to do. Exit 3 when there are errors.

    Without names: the catalogue, every runbook and every scenario.
    """
    from engine.cli.checking import checked
    from engine.kinds.errors import Exit
    from engine.render.findings import as_json, plain

    here.workspace.require_own("check")
    result = checked(here.workspace, names)
    errors = sum(one.finding.severity == "error" for one in result.findings)
    if output == "json":
        put_json({"files": list(result.files), "errors": errors, "findings": list(as_json(result.findings))})
    elif result.findings:
        put(plain(result.findings))
    else:
        progress(f"{len(result.files)} files, nothing to mend")
    return int(Exit.FILE_ERRORS if errors else Exit.RESOLVED)
