"""Load, lint and prove runbooks, catalogue and scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.cli.here import Here, progress, put, put_json
from engine.cli.parameters import example, output_option, pass_here
from engine.kinds.counted import counted

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
        "runbook check --against main",
    ),
)
@click.argument("names", nargs=-1, metavar="[ID|FILE]…")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default=None,
    help="sarif: for code scanning; junit: for a CI's test page; github: annotations of a workflow.",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="A warning fails too.")
@click.option(
    "--against", "revision", metavar="REV", default=None,
    help="List instead what changed in behaviour since a revision of git; exit 1 when a guard got weaker. "
    "Errors in the files are told first, and exit 3 whatever changed.",
)  # fmt: skip
@output_option
@pass_here
def command(
    here: Here, names: tuple[str, ...], form: str | None, strict: bool, revision: str | None,
    output: str | None,
) -> int:  # fmt: skip
    """Find everything that is wrong, with file, line, column and what to do. Exit 3 when there are errors.

    Without names: the catalogue, every runbook and every scenario.
    """
    from engine.app.checking import checked
    from engine.app.parts import system_now
    from engine.kinds.errors import Exit

    here.workspace.require_own("check")
    if revision is not None:
        return _against(here, names, revision, form or output or "text")
    result = checked(here.workspace, names, system_now().utc().date())
    _show(result, form or output or "text", strict)
    wrong = len(result.findings) if strict else result.errors()
    return int(Exit.FILE_ERRORS if wrong else Exit.RESOLVED)


def _against(here: Here, names: tuple[str, ...], revision: str, form: str) -> int:
    """Compare with a revision; exit 3 for errors in the files, else 1 when a guard got weaker."""
    from engine.app.against import against
    from engine.app.parts import system_now
    from engine.kinds.errors import Exit, UsageError
    from engine.render import findings
    from engine.render.against import as_json, lines

    if form not in ("text", "json"):
        raise UsageError(f"what changed is shown as text or json, not as {form}", hint="leave --format out")
    found = against(here.workspace, revision, names, system_now().utc().date())
    compared = [(one.name, one.changes) for one in found.compared]
    weaker = found.count("weaker")
    if form == "json":
        put_json(
            {
                "against": revision,
                "commit": found.commit,
                "errors": len(found.wrong),
                "findings": list(findings.as_json(found.wrong)),
                "weaker": weaker,
                "changes": as_json(compared),
            }
        )
    else:
        if found.wrong:
            put(f"{findings.plain(found.wrong)}\n")
        if found.comparable:
            put("\n".join(lines(compared, revision)))
    if found.wrong:
        return int(Exit.FILE_ERRORS)
    return int(Exit.ENDED if weaker else Exit.RESOLVED)


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
            from engine.model.lint import rule_texts
            from engine.render.sarif import sarif

            put_json(sarif(result.findings, result.waived, rule_texts(), engine.__version__))
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
                progress(f"{counted(len(result.files), 'file')}, nothing to mend{quiet}")
