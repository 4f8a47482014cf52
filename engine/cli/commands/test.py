"""Run the cases beside a runbook: expected path, end, changes and messages, in virtual time."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.here import Here, progress, put, put_json
from engine.cli.parameters import complete_runbook, example, output_option, pass_here

SECTION = "Before the next one"


@click.command(
    "test",
    epilog=example(
        "runbook test",
        "runbook test agent-sdk-down --cover-min 80 --junit cases.xml",
        'runbook test agent-sdk-down --case "one crash"',
    ),
)
@click.argument("runbooks", nargs=-1, metavar="[ID]…", shell_complete=complete_runbook)
@click.option("--case", "only", default="", metavar="NAME", help="Only this case; without coverage.")
@click.option("--junit", "xml", default="", metavar="FILE", help="Write the results there as JUnit XML.")
@click.option(
    "--cover-min",
    type=click.FloatRange(0, 100),
    default=None,
    metavar="PERCENT",
    help="Exit 1 where the cases of a runbook take fewer of its branches.",
)
@output_option
@pass_here
def command(
    here: Here,
    runbooks: tuple[str, ...],
    only: str,
    xml: str,
    cover_min: float | None,
    output: str | None,
) -> int:
    """Run cases. Exit 1 when one fails, or too few branches are taken; 3 when a cases file is broken.

    Without ids: the cases of every runbook. A case needs no estate, no network and no credentials.
    """
    from engine.app.library import Library
    from engine.app.testing import chosen, run_cases
    from engine.kinds.errors import Exit, StorageError, UsageError
    from engine.render.case_results import case_data, case_lines, coverage_data, coverage_lines, junit

    if only and len(runbooks) != 1:
        raise UsageError("--case is one case of one runbook", hint=f'runbook test ID --case "{only}"')
    if only and cover_min is not None:
        raise UsageError("one case has no coverage", hint="leave --case or --cover-min out")
    library = Library(here.workspace)
    found = []
    for name, path in chosen(library, runbooks).items():
        one = run_cases(library, name, path, only)
        found.append(one)
        for ran in one.ran:
            if output == "json":
                put_json(case_data(ran.judged))
            else:
                for line in case_lines(ran.judged):
                    put(line)
    low = []
    for one in found:
        if one.coverage is None:
            continue
        if output == "json":
            put_json({"runbook": one.runbook, "coverage": coverage_data(one.coverage)})
        else:
            for line in coverage_lines(one.runbook, one.coverage):
                progress(line)
        if cover_min is not None and one.coverage.share * 100 < cover_min:
            low.append(f"{one.runbook}: {one.coverage.share:.1%} of its branches, wanted {cover_min:g} %")
    if xml:
        text = junit([(one.runbook, one.file, [ran.judged for ran in one.ran]) for one in found])
        try:
            Path(xml).write_text(text, encoding="utf-8")
        except OSError as error:
            raise StorageError(f"{xml}: {error.strerror}", hint="give another place for --junit") from None
    for line in low:
        progress(line)
    failed = sum(one.failed for one in found)
    progress(f"{sum(len(one.ran) for one in found)} cases, {failed} failed")
    return int(Exit.ENDED if failed or low else Exit.RESOLVED)
