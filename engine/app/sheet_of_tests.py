"""What tests a runbook, as marks: cases, step tests and drills that are gone or ask for less than they did.

Rules:
1. A test that is gone, or does not look at something any more, is a guard that is gone.
2. What a test expects otherwise follows from what the runbook does otherwise, and is told there. A new test
   changes nothing that a run does, and is not told.
3. Where one side cannot be read nothing is told of it: that is told with the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import MISSING, dataclass, fields, replace
from functools import cached_property
from pathlib import Path

from engine.app.library import Library
from engine.app.step_testing import step_files_of, step_tests_at
from engine.app.testing import case_files, cases_at
from engine.kinds import codec
from engine.kinds.counted import counted
from engine.kinds.errors import EngineError
from engine.kinds.values import Json
from engine.model.cases import ANYTHING, CaseExpectation
from engine.model.scenario import Expectation
from engine.model.step_tests import StepTest
from engine.views.flow import flow
from engine.views.weakened import Judged, Mark, Place, Sheet

TESTS = "tests"
_BEGINS = (
    *("facts", "given", "usual", "people", "channels", "inputs", "operator"),
    *("environment", "clock", "since", "visit", "made", "why"),
)
"""Fields of a step test that say what it starts from, and not what is looked at."""
_LOOKED = tuple(one for one in fields(StepTest) if one.name not in _BEGINS and one.default is not MISSING)


@dataclass(frozen=True)
class Tests:
    """The files that test the runbooks of one version, found once."""

    library: Library

    @cached_property
    def cases(self) -> Mapping[str, Path]:
        """Return the file of cases beside each runbook, by the name that its file has."""
        return {path.name.partition(".")[0]: path for path in case_files(self.library.workspace)}

    @cached_property
    def steps(self) -> Mapping[str, Path]:
        """Return the file of step tests of each runbook; raises FileErrors where one has two."""
        return step_files_of(self.library)

    @cached_property
    def runbooks(self) -> Mapping[str, Path]:
        """Return the file of each runbook."""
        return self.library.workspace.runbook_files()

    def beside(self, name: str) -> tuple[Path | None, Path | None]:
        """Return the cases and the step tests of a runbook."""
        return self.cases.get(self.runbooks[name].stem), self.steps.get(name)


def sheets_of_tests(old: Tests, new: Tests, name: str) -> tuple[Sheet, Sheet]:
    """Return what tests a runbook in two versions; nothing where one of them cannot be read."""
    try:
        before, after = (one.beside(name) for one in (old, new))
        cases = (None, None) if _same(before[0], after[0]) else (before[0], after[0])
        steps = (None, None) if _same(before[1], after[1]) else (before[1], after[1])
        return (
            dict(_tests(old.library, cases[0], steps[0])),
            dict(_tests(new.library, cases[1], steps[1])),
        )
    except EngineError:
        return {}, {}


def _same(one: Path | None, other: Path | None) -> bool:
    """Say whether two files hold the same: nothing of them needs reading."""
    return one is not None and other is not None and one.read_bytes() == other.read_bytes()


def sheets_of_drills(old: Library, new: Library) -> tuple[Sheet, Sheet]:
    """Return the drills of two versions, and what each whose file differs looks at."""
    before, after = old.workspace.scenario_files(), new.workspace.scenario_files()
    differ = {name for name in before.keys() & after.keys() if not _same(before[name], after[name])}
    return dict(_drills(old, before, differ)), dict(_drills(new, after, differ))


def _tests(library: Library, cases: Path | None, steps: Path | None) -> Iterator[tuple[Place, Mark]]:
    for case in cases_at(library, cases).tests if cases is not None else ():
        yield Place(TESTS, f"case {case.case}"), _expects(case.expect)
    for step, tests in step_tests_at(library, steps)[0].tests.items() if steps is not None else ():
        looked = [sum(getattr(test, one.name) != one.default for one in _LOOKED) for test in tests]
        said = f"{counted(len(looked), 'test')}, which look at {counted(sum(looked), 'thing')}"
        strict = (float(len(looked)), float(sum(looked)))
        yield Place(TESTS, f"step {step}"), Mark(said=said, strict=strict, gone="weaker", come=False)


def _drills(library: Library, names: Iterable[str], read: Set[str]) -> Iterator[tuple[Place, Mark]]:
    for name in names:
        yield Place(TESTS, f"drill {name}"), Mark(said="practised", gone="weaker", come=False)
        if name in read:
            try:
                expects = _expects(library.scenario(name).expect)
            except EngineError:
                continue
            yield Place(TESTS, f"drill {name} expects"), replace(expects, gone=None)


def _expects(expectation: CaseExpectation | Expectation) -> Mark:
    plain = codec.plain(expectation)
    data: Mapping[str, Json] = plain if isinstance(plain, Mapping) else {}

    def judge(old: Mark) -> Judged | None:
        why = list(_less(old.data if isinstance(old.data, Mapping) else data, data))
        return Judged("weaker", "; ".join(why)) if why else None

    said = f"it looks at {', '.join(data) or 'nothing'}"
    return Mark(said=said, exact=flow(data), gone="weaker", come=False, data=data, judge=judge)


def _less(was: Mapping[str, Json], now: Mapping[str, Json]) -> Iterator[str]:
    """Yield what an expectation does not look at any more."""
    for what, before in was.items():
        after = now.get(what)
        if what not in now:
            yield f"it does not look at '{what}' any more"
        elif isinstance(before, list) and isinstance(after, list):
            if what == "path" and after.count(ANYTHING) > before.count(ANYTHING):
                yield "more of the path may be anything"
            elif what == "never" and any(one not in after for one in before):
                yield "steps may be entered that were not to be"


__all__ = ["TESTS", "Tests", "sheets_of_drills", "sheets_of_tests"]
