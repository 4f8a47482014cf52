"""From a document to the step tests of a runbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.kinds.nodes import BRANCH_ENDS, ENDS, OTHERWISE, Node
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import WaitStep
from engine.model.cases import DONE, LOOKED, TOLD, Givens
from engine.model.catalogue import Catalogue
from engine.model.loading.agreement import known, known_role, severities
from engine.model.loading.cases import CONTROL, GIVEN, outcomes_known, people_known, usual_known
from engine.model.loading.facts import facts_of, fault
from engine.model.loading.known_steps import LOOKS, among, items_of, node_at
from engine.model.loading.reader import At, Reader
from engine.model.loading.result import Loaded, errors
from engine.model.loading.whole import whole
from engine.model.runbook import Runbook
from engine.model.scenario import ANY_STEP
from engine.model.source import Document, locate
from engine.model.step_tests import NOTHING, WHOEVER, StepAnswer, StepTest, StepTests

_RUN = ("network", "severity")
"""What a test may say of the run itself."""
_ANSWERS = ("pass", "fail", "unknown")


def load_step_tests(
    document: Document, runbook: Runbook | None = None, catalogue: Catalogue | None = None
) -> Loaded[StepTests]:
    """Return the step tests of a file, or everything that is wrong with it.

    With its runbook, steps, checks and facts are looked up there; with the catalogue, roles and severities.
    """
    reader, at = Reader(GIVEN), At()
    found = whole(reader, StepTests, document, "a file of step tests")
    if found is not None:
        _check(reader, found, at, catalogue or Catalogue())
        if runbook is not None:
            _Steps(reader, runbook).check(found, at)
    findings = locate(reader.findings, document)
    return Loaded(None if errors(findings) else found, findings)


def each_test(found: StepTests) -> Iterator[tuple[str, int, StepTest, At]]:
    """Yield every test with its step, its number in the step from 0, and its place."""
    for path, tests in found.tests.items():
        for number, test in enumerate(tests):
            yield path, number, test, At().child("tests").child(path).child(number)


def _check(reader: Reader, found: StepTests, at: At, catalogue: Catalogue) -> None:
    known(reader, "environment", found.environment, at.child("environment"), catalogue.environments)
    known_role(reader, found.operator, at.child("operator"), catalogue)
    people_known(reader, found.people, at.child("people"), catalogue, (WHOEVER,))
    usual_known(reader, found.usual, at.child("usual"), catalogue)
    for _, _, test, here in each_test(found):
        _test(reader, test, here, catalogue)


def _test(reader: Reader, test: StepTest, at: At, catalogue: Catalogue) -> None:
    known(reader, "environment", test.environment, at.child("environment"), catalogue.environments)
    known_role(reader, test.operator, at.child("operator"), catalogue)
    people_known(reader, test.people or (), at.child("people"), catalogue, (WHOEVER,))
    usual_known(reader, test.usual, at.child("usual"), catalogue)
    if test.severity != NOTHING:
        known(reader, "severity", test.severity, at.child("severity"), severities(catalogue))
    for channel, outcome in test.channels.items():
        here = at.child("channels").child(channel)
        known(reader, "channel", channel, here, catalogue.channels, at_key=True)
        among(reader, "outcome", outcome, here, TOLD)
    for number, role in enumerate(test.messages or ()):
        known_role(reader, role, at.child("messages").child(number), catalogue, catalogue.channels)
    for number, ask in enumerate(test.asks or ()):
        if ask.role != "operator":
            known_role(reader, ask.role, at.child("asks").child(number).child("role"), catalogue)
    for name, answer in test.answers.items():
        among(reader, "outcome", answer, at.child("answers").child(name), _ANSWERS)
    if test.visit < 1:
        reader.note("wrong-value", at.child("visit"), "visits are counted from 1", "write 1 or more")
    if test.waits and (test.outcome or test.goes):
        fix = "take one of the two out"
        reader.note("wrong-value", at.child("waits"), "a step that waits has not ended", fix)
    if not _expects(test):
        fix = "say what the step does: outcome, goes, answers, moves, asks, messages, takes, looks, or waits"
        reader.note("no-expectation", at, "this test expects nothing", fix, at_key=False)


def _expects(test: StepTest) -> bool:
    said = (test.moves, test.asks, test.messages, test.takes, test.looks, test.recovers)
    worded = test.outcome or test.goes or test.severity or test.answers or test.waits
    return bool(worded) or any(one is not None for one in said)


class _Steps:
    """Looks up what tests name in their runbook."""

    def __init__(self, reader: Reader, runbook: Runbook) -> None:
        self.reader, self.runbook = reader, runbook

    def check(self, found: StepTests, at: At) -> None:
        """Note every step, check, fact, option and input that the runbook does not have."""
        if found.runbook != self.runbook.runbook:
            message = f"these tests are for '{found.runbook}', not for '{self.runbook.runbook}'"
            self.reader.note("unknown-runbook", at.child("steps"), message, at_key=False)
            return
        self._inputs(found.inputs, at.child("inputs"))
        nodes = {path: self._node(path, at.child("tests").child(path)) for path in found.tests}
        for path, _, test, here in each_test(found):
            node = nodes[path]
            if node is None:
                continue
            self._inputs(test.inputs, here.child("inputs"))
            for name in test.facts:
                self._fact(path, name, here.child("facts").child(name))
            for item, givens in test.given.items():
                self._given(node, item, givens, here.child("given").child(item))
            for number, answer in enumerate(test.people or ()):
                self._answer(node, answer, here.child("people").child(number))
            for number, step in enumerate(test.made):
                among(self.reader, "step", step, here.child("made").child(number), self.runbook.steps)
            for name in test.answers:
                self._answers(node, name, here.child("answers").child(name))
            if test.outcome and test.outcome not in ("skipped", "limit", "decided"):
                among(self.reader, "outcome", test.outcome, here.child("outcome"), node.step.outcomes())
            waits = isinstance(node.step, WaitStep) and node.step.until is not None
            if test.looks is not None and not waits:
                fix = "take 'looks' out"
                self.reader.note(
                    "wrong-value", here.child("looks"), "only a wait until something counts looks", fix
                )
            if test.goes:
                self._goes(path, test.goes, here.child("goes"))

    def _node(self, path: str, at: At) -> Node | None:
        node = node_at(self.runbook.steps, path)
        if node is None:
            among(self.reader, "step", path, at, self._paths(self.runbook.steps, ""), at_key=True)
        return node

    def _paths(self, nodes: Mapping[str, Node], prefix: str) -> Iterator[str]:
        for name, node in nodes.items():
            yield f"{prefix}{name}"
            if isinstance(node.step, ParallelStep):
                for branch, inner in node.step.parallel.items():
                    yield from self._paths(inner.steps, f"{prefix}{name}/{branch}/")

    def _around(self, path: str) -> Sequence[Mapping[str, Node]]:
        """Return the steps of every graph a step stands in, its own first."""
        graphs, nodes, parts = [self.runbook.steps], self.runbook.steps, path.split("/")
        while len(parts) > 2:
            step = nodes[parts[0]].step
            if not isinstance(step, ParallelStep):
                break
            nodes, parts = step.parallel[parts[1]].steps, parts[2:]
            graphs.insert(0, nodes)
        return graphs

    def _fact(self, path: str, name: str, at: At) -> None:
        head, _, rest = name.partition(".")
        if head == "run":
            among(self.reader, "fact", rest, at, _RUN, at_key=True)
            return
        graphs = self._around(path)
        node = next((nodes[head] for nodes in graphs if head in nodes), None)
        if node is None:
            there = dict.fromkeys(step for nodes in graphs for step in nodes)
            among(self.reader, "step", head, at, there, at_key=True)
            return
        wrong = fault(name, facts_of(node.step), f"'{name}'")
        if wrong is not None:
            self.reader.note(wrong.rule, at, wrong.message, wrong.fix)

    def _given(self, node: Node, item: str, givens: Givens, at: At) -> None:
        step, head = node.step, item.partition(".")[0]
        if head == CONTROL:
            return
        if isinstance(step, RunbookStep | ParallelStep):
            opened = tuple(step.parallel) if isinstance(step, ParallelStep) else ("",)
            if among(self.reader, "branch", item, at, opened, at_key=True):
                ends = BRANCH_ENDS if isinstance(step, ParallelStep) else ENDS
                outcomes_known(self.reader, givens, at, ends)
            return
        items = items_of(node)
        if items is None:
            fix = "give it the facts of earlier steps, or people who answer"
            self.reader.note("wrong-value", at, "this step asks the world nothing", fix)
        elif not item and "" not in items:
            fix = f"write one of {', '.join(items)}"
            self.reader.note("wrong-value", at, "this step has several checks", fix)
        elif among(self.reader, "check", head, at, items, at_key=True):
            changes = isinstance(step, ActionStep | UndoStep) and head not in LOOKS
            outcomes_known(self.reader, givens, at, DONE if changes else LOOKED)

    def _answer(self, node: Node, answer: StepAnswer, at: At) -> None:
        own = answer.step == ANY_STEP and answer.item in ("", "ask")
        if own and isinstance(node.step, AskStep):
            among(self.reader, "option", answer.answer, at.child("answer"), node.step.options)

    def _answers(self, node: Node, name: str, at: At) -> None:
        items = items_of(node) or ()
        looks = () if isinstance(node.step, ActionStep | UndoStep) else items
        among(self.reader, "check", name, at, looks, at_key=True)

    def _goes(self, path: str, target: str, at: At) -> None:
        if target.startswith(OTHERWISE):
            return
        ends = BRANCH_ENDS if "/" in path else ENDS
        among(self.reader, "step", target, at, (*self._around(path)[0], *ends))

    def _inputs(self, inputs: Mapping[str, str], at: At) -> None:
        for name in inputs:
            among(self.reader, "input", name, at.child(name), self.runbook.inputs, at_key=True)


__all__ = ["each_test", "load_step_tests"]
