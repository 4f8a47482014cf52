"""Run the cases and step tests beside a runbook, in virtual time; or record what its steps do today."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.cli.here import Here, progress, put, put_json
from engine.cli.parameters import complete_runbook, example, output_option, pass_here
from engine.kinds.counted import counted

if TYPE_CHECKING:
    from engine.app.library import Library
    from engine.app.runbook_tests import Results
    from engine.views.case_result import Judged
    from engine.views.step_result import StepJudged

SECTION = "Before the next one"


@click.command(
    "test",
    epilog=example(
        "runbook test",
        "runbook test agent-sdk-down --cover-min 80 --junit cases.xml",
        'runbook test agent-sdk-down --case "one crash"',
        "runbook test agent-sdk-down --case cause",
        "runbook test agent-sdk-down --record",
    ),
)
@click.argument("runbooks", nargs=-1, metavar="[ID]…", shell_complete=complete_runbook)
@click.option("--case", "only", default="", metavar="NAME", help="Only this case, step, or `step number`.")
@click.option("--junit", "xml", default="", metavar="FILE", help="Write the results there as JUnit XML.")
@click.option(
    "--cover-min",
    type=click.FloatRange(0, 100),
    default=None,
    metavar="PERCENT",
    help="Exit 1 where the tests of a runbook take fewer of its branches.",
)
@click.option(
    "--record",
    "recording",
    is_flag=True,
    help="Write down what each step of a named runbook does, as tests.",
)
@output_option
@pass_here
def command(
    here: Here,
    runbooks: tuple[str, ...],
    only: str,
    xml: str,
    cover_min: float | None,
    recording: bool,
    output: str | None,
) -> int:
    """Run cases and step tests. Exit 1 when one fails, or too few branches are taken; 3 for a broken file.

    Without ids: those of every runbook. A test needs no estate, no network and no credentials. A case is a
    whole incident; step tests say what one step does, one a line.
    """
    from engine.app.library import Library
    from engine.app.runbook_tests import files_of, run_tests
    from engine.kinds.errors import Exit, UsageError
    from engine.render.case_results import coverage_data, coverage_lines

    if only and len(runbooks) != 1:
        raise UsageError("--case is one case of one runbook", hint=f'runbook test ID --case "{only}"')
    if only and cover_min is not None:
        raise UsageError("one case has no coverage", hint="leave --case or --cover-min out")
    library = Library(here.workspace)
    if recording:
        if only or xml or cover_min is not None:
            raise UsageError("--record runs nothing", hint="record first, then test")
        return _record(here, library, runbooks)
    found: list[Results] = []
    for name, files in files_of(library, runbooks).items():
        one = run_tests(library, name, files, only)
        found.append(one)
        _put(one, output)
        for operator in one.operators:
            if operator.guessed:
                progress(f"{name}: run by {operator}; write `operator:` for another")
    low = []
    for one in found:
        if one.coverage is None:
            continue
        if output == "json":
            operators = [{"role": each.role, "because": each.because} for each in one.operators]
            put_json(
                {"runbook": one.runbook, "operators": operators, "coverage": coverage_data(one.coverage)}
            )
        else:
            for line in coverage_lines(one.runbook, one.coverage):
                progress(line)
        if cover_min is not None and one.coverage.share * 100 < cover_min:
            low.append(f"{one.runbook}: {one.coverage.share:.1%} of its branches, wanted {cover_min:g} %")
    if xml:
        _write(xml, found)
    for line in low:
        progress(line)
    failed = sum(one.failed for one in found)
    progress(f"{_counted(found)}, {failed} failed")
    return int(Exit.ENDED if failed or low else Exit.RESOLVED)


def _put(one: Results, output: str | None) -> None:
    from engine.render.case_results import case_data, case_lines
    from engine.render.step_results import step_data, step_lines

    for ran in one.cases.ran if one.cases else ():
        if output == "json":
            put_json(case_data(ran.judged))
        else:
            for line in case_lines(ran.judged):
                put(line)
    if one.steps is None:
        return
    if output == "json":
        for test in one.steps.ran:
            put_json(step_data(test.judged))
    else:
        for line in step_lines(one.steps.file, [test.judged for test in one.steps.ran]):
            put(line)


def _counted(found: Sequence[Results]) -> str:
    cases = sum(len(one.cases.ran) for one in found if one.cases)
    steps = sum(len(one.steps.ran) for one in found if one.steps)
    of = {"case": cases, "step test": steps}
    return " and ".join(counted(count, what) for what, count in of.items() if count) or counted(0, "case")


def _write(xml: str, found: Sequence[Results]) -> None:
    from engine.kinds.errors import StorageError
    from engine.render.case_results import junit

    suites: list[tuple[str, str, Sequence[Judged | StepJudged]]] = []
    for one in found:
        if one.cases:
            suites.append((one.runbook, one.cases.file, [ran.judged for ran in one.cases.ran]))
        if one.steps and one.steps.ran:
            suites.append((one.runbook, one.steps.file, [ran.judged for ran in one.steps.ran]))
    try:
        Path(xml).write_text(junit(suites), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{xml}: {error.strerror}", hint="give another place for --junit") from None


def _record(here: Here, library: Library, runbooks: Sequence[str]) -> int:
    from engine.app.step_recording import record
    from engine.kinds.errors import Exit, UsageError

    if not runbooks:
        raise UsageError(
            "--record writes the step tests of the runbooks you name", hint="runbook test ID --record"
        )
    here.workspace.require_own("record")
    for name in runbooks:
        found = record(library, name)
        put(library.workspace.shown(found.path))
        progress(
            f"{name}: {counted(found.found, 'step test')} recorded, {found.kept} of yours kept, "
            f"run by {found.operator}. "
            "This is what the runbook DOES, right or wrong: read it before you commit it."
        )
    return int(Exit.RESOLVED)
