"""Whether a mutant is noticed: a finding of `check` that was not there, or a case or step test that fails.

That a page of the documents is out of date says nothing of the fault, so it is not counted; neither is what
the drills would see. A mutant that means the same as the original, read by the model, is none.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from engine.app.library import Library
from engine.app.lint_facts import facts_of
from engine.app.sheet_of_runbook import Version, sheet_of
from engine.app.step_testing import Bench, run_step, step_files_of, step_tests_at
from engine.app.testing import Plans, cases_at, chosen, run_case
from engine.app.workspace import Workspace
from engine.kinds.errors import EngineError, FileErrors
from engine.model.cases import Case, Cases
from engine.model.lint import Facts, linted
from engine.model.loading import load_runbook
from engine.model.loading.step_tests import load_step_tests
from engine.model.runbook import Runbook
from engine.model.source import Document, read
from engine.model.step_tests import StepTest, StepTests
from engine.views.weakened import changes
from tests.mutation.equivalent import Equivalent, why_equivalent
from tests.mutation.operators import OPERATORS, Mutant, Tree, mutants

ROOT = Path(__file__).parents[2]
_NOT_THE_FAULT = frozenset({"page-stale"})
Told = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Noticed:
    """What noticed one mutant: `check`, `test`, or nobody; and whether a review by --against lists it."""

    mutant: Mutant
    by: str
    why: str = ""
    reviewed: bool = False


@dataclass
class Judge:
    """The shipped content, loaded once, and what is found in it as it is."""

    library: Library = field(default_factory=lambda: Library(Workspace(ROOT, ROOT / ".runbook", {})))
    equivalent: list[Equivalent] = field(default_factory=list)
    """Those that were asked about and are no mutants."""
    _facts: Facts | None = None
    _plain: dict[str, Told] = field(default_factory=dict)
    _known: dict[str, list[tuple[Cases, Case, frozenset[str]]]] = field(default_factory=dict)
    _passing: dict[str, bool] = field(default_factory=dict)
    _stepped: dict[str, tuple[StepTests, Document] | None] = field(default_factory=dict)
    _bench: Bench | None = None

    def names(self) -> list[str]:
        """Return every shipped runbook."""
        return sorted(self.library.workspace.runbook_files())

    def tree(self, name: str) -> Tree:
        """Return the data of a runbook's file."""
        path = self.library.workspace.runbook_file(name)
        data: Tree = json.loads(json.dumps(self.library.document(path).data))
        return data

    def means_the_same(self, mutant: Mutant) -> bool:
        """Say whether a mutant provably does the same as the original, and keep those that do."""
        loaded = load_runbook(self._document(mutant), self.library.catalogue)
        original = self.library.runbook(mutant.runbook)
        why = why_equivalent(original, loaded.value) if loaded.value is not None else ""
        if why:
            self.equivalent.append(Equivalent(mutant, why))
        return bool(why)

    def judge(self, mutant: Mutant, *, reviewed: bool = False) -> Noticed:
        """Say who notices one mutant; `check` is asked first."""
        document = self._document(mutant)
        loaded = load_runbook(document, self.library.catalogue)
        if loaded.value is None:
            return Noticed(mutant, "check", loaded.findings[0].finding.rule)
        new = self._findings(mutant.runbook, loaded.value, document) - self._usual(mutant.runbook)
        if new:
            return Noticed(mutant, "check", min(new)[0])
        why = self._failing(mutant, document)
        if why:
            return Noticed(mutant, "test", why)
        return Noticed(mutant, "", reviewed=reviewed and self._in_review(mutant.runbook, loaded.value))

    def _document(self, mutant: Mutant) -> Document:
        path = self.library.workspace.runbook_file(mutant.runbook)
        document = read(mutant.text.encode(), self.library.workspace.shown(path))
        assert isinstance(document, Document), document
        return document

    def _usual(self, name: str) -> Told:
        if name not in self._plain:
            whole = Mutant(name, "", "", json.dumps(self.tree(name)))
            document = self._document(whole)
            self._plain[name] = self._findings(name, self.library.runbook(name), document)
        return self._plain[name]

    def _findings(self, name: str, runbook: Runbook, document: Document) -> Told:
        if self._facts is None:
            every = {one: self.library.runbook(one) for one in self.names()}
            self._facts = replace(facts_of(self.library, None, []), runbooks=every, practice=None)
        found = linted(runbook, document, self._facts)
        return frozenset(
            (one.finding.rule, f"{one.finding.route} {one.finding.message}")
            for one in found.findings
            if one.finding.rule not in _NOT_THE_FAULT
        )

    def _failing(self, mutant: Mutant, document: Document) -> str:
        """Return the first test of the step, or the first case, that fails; or why there can be none.

        The step's own tests are asked first. Of the cases only those that say they enter the step are run: no
        other can see the fault.
        """
        library = self._with(mutant.runbook, document)
        why = self._failing_test(mutant, library)
        if why:
            return why
        plans = Plans(library)
        for cases, case, entered in self._cases(mutant.runbook):
            if mutant.step not in entered:
                continue
            try:
                failed = not run_case(plans.of(cases, case), cases, case).judged.passed
            except FileErrors as error:
                return error.findings[0].finding.rule
            except EngineError as error:
                return error.message
            if failed and self._passes(cases, case):
                return case.case
        return ""

    def _failing_test(self, mutant: Mutant, library: Library) -> str:
        """Return the first of the step's own tests that fails and passes for the runbook as it is."""
        known = self._tests(mutant.runbook)
        if known is None:
            return ""
        tests, document = known
        try:
            found = load_step_tests(document, library.runbook(mutant.runbook), library.catalogue).findings
            if found:
                return found[0].finding.rule
            bench = Bench(library)
            for number, test in enumerate(tests.tests.get(mutant.step, ())):
                ran = run_step(bench, tests, mutant.step, number, test)
                if not ran.judged.passed and self._test_passes(tests, mutant.step, number, test):
                    return ran.judged.name
        except FileErrors as error:
            return error.findings[0].finding.rule
        except EngineError as error:
            return error.message
        return ""

    def _cases(self, name: str) -> list[tuple[Cases, Case, frozenset[str]]]:
        """Return the cases that reach a runbook, and the steps of it that each says it enters."""
        if name not in self._known:
            found = []
            for of, path in chosen(self.library, ()).items():
                if of == name or self._runs(of, name):
                    cases = cases_at(self.library, path)
                    for case in cases.tests:
                        found.append((cases, case, frozenset(_own(of == name, case.expect.path))))
            self._known[name] = sorted(found, key=lambda one: len(one[2]))
        return self._known[name]

    def _tests(self, name: str) -> tuple[StepTests, Document] | None:
        """Return the step tests of a runbook, with their file."""
        if name not in self._stepped:
            path = step_files_of(self.library).get(name)
            self._stepped[name] = None if path is None else step_tests_at(self.library, path)
        return self._stepped[name]

    def _test_passes(self, tests: StepTests, step: str, number: int, test: StepTest) -> bool:
        """Say whether a test of a step passes for the runbook as it is."""
        key = f"{tests.runbook}: {step} {number + 1}"
        if key not in self._passing:
            if self._bench is None:
                self._bench = Bench(self.library)
            self._passing[key] = run_step(self._bench, tests, step, number, test).judged.passed
        return self._passing[key]

    def _passes(self, cases: Cases, case: Case) -> bool:
        """Say whether a case passes for the runbook as it is: one that does not can notice nothing."""
        key = f"{cases.cases}: {case.case}"
        if key not in self._passing:
            plan = Plans(self.library).of(cases, case)
            self._passing[key] = run_case(plan, cases, case).judged.passed
        return self._passing[key]

    @property
    def failing(self) -> list[str]:
        """Return the cases that were found to fail for the runbooks as they are."""
        return sorted(key for key, passed in self._passing.items() if not passed)

    def _runs(self, caller: str, name: str) -> bool:
        return f'"runbook": "{name}"' in json.dumps(self.tree(caller)["steps"])

    def _with(self, name: str, document: Document) -> Library:
        """Return the shipped content with one file that differs; everything else is loaded already."""
        known = self.library
        library = Library(known.workspace)
        library.__dict__["catalogue"] = known.catalogue
        library._documents.update(known._documents)
        library._runbooks.update({other: one for other, one in known._runbooks.items() if other != name})
        library._documents[known.workspace.runbook_file(name)] = document
        return library

    def _in_review(self, name: str, runbook: Runbook) -> bool:
        """Say whether `check --against` the original lists a difference."""

        def find(other: str) -> Runbook | None:
            return self.library.runbook(other)

        before = Version(self.library.runbook(name), self.library.catalogue, find)
        after = Version(runbook, self.library.catalogue, find)
        return bool(changes(sheet_of(before), sheet_of(after)))


def _own(own: bool, path: Sequence[str]) -> Iterator[str]:
    """Return the steps of a runbook on a path: its own, or those in the scope of whoever runs it."""
    yield from path
    if not own:
        yield from (step.rpartition("/")[2] for step in path)


def sample(judge: Judge, names: Sequence[str], count: int, seed: int) -> list[Mutant]:
    """Draw mutants: the operators in turn, each from all the runbooks; the same seed draws the same."""
    chance = random.Random(seed)  # a sample, no secret
    by_operator: dict[str, list[Mutant]] = {name: [] for name in OPERATORS}
    for name in names:
        for mutant in mutants(name, judge.tree(name)):
            by_operator[mutant.operator].append(mutant)
    for found in by_operator.values():
        chance.shuffle(found)
    drawn: list[Mutant] = []
    while len(drawn) < count and any(by_operator.values()):
        for found in by_operator.values():
            while found and len(drawn) < count:
                mutant = found.pop()
                if not judge.means_the_same(mutant):
                    drawn.append(mutant)
                    break
    return drawn


__all__ = ["Judge", "Noticed", "sample"]
