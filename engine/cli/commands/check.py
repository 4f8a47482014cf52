"""Load, lint and prove runbooks, catalogue and scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.cli.here import Here, progress, put, put_json
from engine.cli.parameters import example, output_option, pass_here

if TYPE_CHECKING:
    from engine.app.checking import Checked

SECTION = "Before the next one"
FORMATS = ("text", "json", "sarif", "junit", "github")


@click.command(
    "check",
    epilog=example(
        "runbook check",
        "runbook check agent-sdk-down --output json",
        "runbook check --strict --format sarif > check.sarif",
    ),
)
@click.argument("names", nargs=-1, metavar="[ID|FILE]…")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default=None,
    help="sarif: for code scanning; junit: for a CI's test page; github: annotations of a workflow.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="A warning fails too.")
@output_option
@pass_here
def command(here: Here, names: tuple[str, ...], form: str | None, strict: bool, output: str | None) -> int:
    """Find everything that is wrong, with file, line, column and what to do. Exit 3 when there are errors.

    Without names: the catalogue, every runbook and every scenario.
    """
    from engine.app.checking import checked
    from engine.app.parts import system_now
    from engine.kinds.errors import Exit

    here.workspace.require_own("check")
    result = checked(here.workspace, names, system_now().utc().date())
    _show(result, form or output or "text", strict)
    wrong = len(result.findings) if strict else result.errors()
    return int(Exit.FILE_ERRORS if wrong else Exit.RESOLVED)


def _show(result: Checked, form: str, strict: bool) -> None:
    """Write what was found in the form that was asked for."""
    import engine
    from engine.render.findings import as_json, plain

    match form:
        case "json":
            shown = list(as_json(result.findings))
            waived = [
                {**one, "why": waiver.why, "until": waiver.until}
                for waiver in result.waived
                for one in as_json([waiver.located])
            ]
            put_json(
                {"files": list(result.files), "errors": result.errors(), "findings": shown, "waived": waived}
            )
        case "sarif":
            from engine.render.sarif import sarif

            put_json(sarif(result.findings, result.waived, engine.__version__))
        case "junit":
            from engine.render.junit import junit

            put(junit(result.files, result.findings, result.waived, strict=strict))
        case "github":
            from engine.render.github import github

            if result.findings:
                put(github(result.findings))
        case _:
            if result.findings:
                put(plain(result.findings))
            else:
                quiet = f", {len(result.waived)} waived" if result.waived else ""
                progress(f"{len(result.files)} files, nothing to mend{quiet}")
