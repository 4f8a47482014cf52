"""Propose cases for a runbook: walk it by what looks, people and channels could say, and write down what it did.

`python -m tests.mutation.recording NAME` writes NAME.cases.yaml beside a runbook that has none, or only a few.
What is written is what the runbook does today, whether or not that is right: a person reads it before it counts.
Only a variant that takes an edge no other took is kept.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from engine.app.library import Library
from engine.app.operators import operator_of
from engine.app.testing import Plans, Ran, run_case, with_operators
from engine.app.workspace import Workspace
from engine.core.events import Asked
from engine.core.plan import Plan, PlanStep
from engine.kinds.errors import EngineError
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Duration, Json
from engine.model.cases import Case, CaseExpectation, Cases, Given, Givens
from engine.model.scenario import Answer
from engine.views.boundaries import fits, misses
from engine.views.case_result import messages
from engine.views.history import history

ROOT = Path(__file__).parents[2]
_WORDS = ("pass", "fail", "unknown")
RUNS, KEPT = 110, 24
_USUAL = (
    Answer(step="*", item="consent", answer="yes"),
    Answer(step="*", item="consent", answer="yes", role="manager"),
    Answer(step="*", item="ack", answer="ack"),
    Answer(step="*", item="look", answer="cannot"),
    Answer(step="*", item="happened", answer="done"),
)
Givings = tuple[tuple[str, str, tuple[tuple[str, Json], ...]], ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way the world and people may be: what is given (step, outcome, facts), answers, silent channels."""

    name: str = "a good day"
    given: Givings = ()
    answers: tuple[tuple[str, str, str], ...] = ()
    """Step, item, answer."""
    nobody: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    def case(self) -> Case:
        """Return it as a case that expects nothing."""
        given: dict[str, Givens] = {}
        for key, outcome, facts in self.given:
            given[key] = Givens(each=(Given(outcome=outcome, facts=dict(facts)),))
        people = [Answer(step=step, item=item, answer=answer) for step, item, answer in self.answers]
        usual = () if self.nobody else _USUAL
        return Case(
            case=self.name,
            expect=CaseExpectation(),
            given=given,
            channels=dict.fromkeys(self.channels, "undelivered"),
            people=(*people, *usual),
        )


def variants(plan: Plan, of: Variant, path: tuple[str, ...]) -> Iterator[Variant]:
    """Yield what could have been otherwise on a path, step by step."""
    for name in dict.fromkeys(path):
        step = plan.steps.get(name)
        if step is not None and "/" not in name:
            yield from _otherwise(plan, of, step)


def _otherwise(plan: Plan, of: Variant, step: PlanStep) -> Iterator[Variant]:
    kind, name = step.step, step.name
    match kind:
        case CheckStep():
            for outcome in ("fail", "unknown"):
                yield _given(of, name, outcome)
        case ChecksStep():
            for item in kind.checks:
                for outcome in ("fail", "unknown"):
                    yield _given(of, f"{name}.{item}", outcome)
        case ActionStep():
            yield _given(of, name, "failed")
            yield _answered(of, name, "consent", "no")
        case AskStep():
            for option in kind.options:
                yield _answered(of, name, "", option)
        case WaitStep() if kind.until:
            for item in kind.until:
                yield _given(of, f"{name}.{item}", "fail")
        case NotifyStep() | EscalateStep():
            yield replace(of, name=_said(of, f"{name} undelivered"), channels=tuple(plan.channels))
            yield replace(of, name=_said(of, "nobody answers"), nobody=("*",))
        case DecideStep():
            for number, row in enumerate(kind.decide, 1):
                found = of
                for earlier in kind.decide[: number - 1]:
                    for at, matcher in list(earlier.when.items())[-1:]:
                        found = _facing(plan, found, at, matcher.data, fits=False)
                for conditions in (row.when, *row.any[:1]):
                    for at, matcher in conditions.items():
                        found = _facing(plan, found, at, matcher.data)
                yield replace(found, name=_said(of, f"{name} row {number} to {row.go}"))


_SIDES: dict[tuple[str, bool], tuple[int, int]] = {
    ("lt", True): (1, 2), ("gt", True): (2, 1), ("le", True): (1, 1), ("ge", True): (1, 1), ("eq", True): (1, 1),
    ("lt", False): (1, 1), ("gt", False): (1, 1), ("le", False): (2, 1), ("ge", False): (1, 2), ("eq", False): (1, 2),
}  # fmt: skip
"""Numbers for both sides of a comparison with another fact, so that it holds, or does not."""


def _facing(plan: Plan, of: Variant, at: str, data: Json, *, fits: bool = True) -> Variant:
    """Return a variant in which a condition holds, or does not, where that can be arranged."""
    name, other = next(iter(data.items())) if isinstance(data, Mapping) and len(data) == 1 else ("eq", data)
    if isinstance(other, str) and other.startswith("${") and (name, fits) in _SIDES:
        left, right = _SIDES[name, fits]
        return _seeing(plan, _seeing(plan, of, at, left), other[2:-1], right)
    value = _fitting(data) if fits else _unfitting(data)
    return of if value is None else _seeing(plan, of, at, value)


def _seeing(plan: Plan, of: Variant, at: str, value: Json) -> Variant:
    """Return a variant in which a fact has a value."""
    parts = at.split(".")
    step = plan.steps.get(parts[0])
    if step is None:
        return of
    key, rest = parts[0], parts[1:]
    if isinstance(step.step, ChecksStep) and rest and rest[0] in step.step.checks:
        key, rest = f"{parts[0]}.{rest[0]}", rest[1:]
    if isinstance(step.step, AskStep):
        return _answered(of, parts[0], "", str(value)) if value in step.step.options else of
    if rest in ([], ["outcome"]):
        return _given(of, key, value) if value in _WORDS else of
    if not isinstance(step.step, (CheckStep, ChecksStep)):
        return of
    fact = (".".join(rest), value)
    known = next((one for one in of.given if one[0] == key and not one[1]), (key, "", ()))
    others = tuple(one for one in of.given if one[0] != key)
    facts = (*(one for one in known[2] if one[0] != fact[0]), fact)
    return replace(of, given=(*others, (key, "", facts)))


def _fitting(data: Json) -> Json:
    """Return a value that fits a matcher; None where it takes a person to find one."""
    return next(iter(fits(data)), None)


def _unfitting(data: Json) -> Json:
    """Return a value that does not fit; None where what a good day says will do."""
    return next(iter(misses(data)), None) if isinstance(data, Mapping) else None


def _said(of: Variant, what: str) -> str:
    return what if of.name == "a good day" else f"{of.name}, then {what}"


def _given(of: Variant, key: str, outcome: str) -> Variant:
    others = tuple(one for one in of.given if one[0] != key)
    return replace(of, name=_said(of, f"{key} {outcome}"), given=(*others, (key, outcome, ())))


def _answered(of: Variant, step: str, item: str, answer: str) -> Variant:
    others = tuple(one for one in of.answers if one[:2] != (step, item))
    return replace(of, name=_said(of, f"{step} {answer}"), answers=(*others, (step, item, answer)))


def edges(ran: Ran) -> frozenset[tuple[str, str]]:
    """Return the edges a run took, its end among them."""
    path = (*ran.judged.path, ran.judged.end or "stands still")
    return frozenset(pairwise(path))


def explore(library: Library, name: str) -> list[tuple[Variant, Ran]]:
    """Return variants that each take an edge no other took, the shortest descriptions first."""
    plans, seen, kept, runs = Plans(library), set[tuple[str, str]](), list[tuple[Variant, Ran]](), 0
    runbook = library.runbook(name)
    asks = tuple(
        (step, "", next(iter(node.step.options)))
        for step, node in runbook.steps.items()
        if isinstance(node.step, AskStep)
    )
    queue = [Variant(answers=asks)]
    tried = set[str]()
    while queue and runs < RUNS and len(kept) < KEPT:
        here = queue.pop(0)
        key = repr((here.given, here.answers, here.nobody, here.channels))
        if key in tried:
            continue
        tried.add(key)
        runs += 1
        cases = with_operators(Cases(cases=name, tests=(here.case(),)), operator_of(library, name))
        (case,) = cases.tests
        try:
            plan = plans.of(cases, case)
            ran = run_case(plan, cases, case)
        except EngineError as error:
            sys.stderr.write(f"{name}: {here.name}: {error.message}\n")
            continue
        if edges(ran) <= seen or any(one.what == "given" for one in ran.judged.differs):
            continue
        seen |= edges(ran)
        kept.append((here, ran))
        queue.extend(variants(plan, here, ran.judged.path))
    return kept


def written(name: str, kept: list[tuple[Variant, Ran]]) -> str:
    """Return the cases file."""
    lines = [
        "# Recorded by `python -m tests.mutation.recording`: what the runbook does, one case for each way of its own.",
        f"cases: {name}",
        "people:",
        *(
            f"  - {{step: '*', item: {one.item}, answer: {_flow(one.answer)}{one.role and f', role: {one.role}'}}}"
            for one in _USUAL
        ),
        "tests:",
    ]
    for number, (variant, ran) in enumerate(kept, 1):
        lines.append(f"  - case: {_flow(f'{number}. {variant.name}')}")
        given = {key: {"facts": dict(facts)} if facts else outcome for key, outcome, facts in variant.given}
        if given:
            lines += ["    given:", *(f"      {key}: {_flow(value)}" for key, value in given.items())]
        if variant.channels:
            lines.append(f"    channels: {_flow(dict.fromkeys(variant.channels, 'undelivered'))}")
        used = [one for one in variant.answers if one[0] in ran.judged.path]
        if used:
            lines.append("    people:")
            lines += [f"      - {_flow(_line(*one))}" for one in used]
        lines += ["    expect:", *(f"      {line}" for line in _expected(ran))]
    return "\n".join(lines) + "\n"


def _line(step: str, item: str, answer: str) -> dict[str, Json]:
    return {"step": step, **({"item": item} if item else {}), "answer": answer}


def _expected(ran: Ran) -> Iterator[str]:
    asked = [one.event for one in ran.happened if isinstance(one.event, Asked)]
    moves: list[Json] = [
        {"step": one.step, "change": one.change}
        for one in asked
        if one.what == "action" and one.effect != "read"
    ]
    yield f"path: {_flow(list(ran.judged.path))}"
    if ran.judged.end:
        yield f"end: {ran.judged.end}"
    elif ran.judged.stuck:
        yield f"waits: {_flow(ran.judged.path[-1])}"
    yield f"moves: {_flow(moves)}"
    yield f"severity: {_flow(ran.judged.severity)}"
    said: list[Json] = [
        {"to": one.to, "at": str(Duration(round(one.after))), "step": one.step}
        for one in messages(history(ran.happened))
    ]
    yield f"messages: {_flow(said)}"


def _flow(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def main() -> int:
    """Write the cases of each runbook that is named."""
    library = Library(Workspace(ROOT, ROOT / ".runbook", {}))
    for name in sys.argv[1:]:
        path = library.workspace.runbook_file(name).with_suffix(".cases.yaml")
        kept = explore(library, name)
        path.write_text(written(name, kept))
        sys.stderr.write(f"{name}: {len(kept)} cases\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
