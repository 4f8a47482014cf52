"""The conditions of a decision's rows, and what each path in them could be.

Rules:
1. What the run itself says (its environment, its inputs) is read now: no test changes it.
2. The outcome of a step that is no check has two names; it goes by one here.
3. Where only certain words can be (answers, outcomes, options, the state of our own network), only these are
   tried: a test says nothing that no check and no step ever says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.core.lookup import find
from engine.core.plan import Plan
from engine.core.run_state import RunState
from engine.kinds.matchers import Matcher
from engine.kinds.references import ABSENT, Absent, references, resolve
from engine.kinds.step import Step
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Json
from engine.views.boundaries import around

_ANSWERS: tuple[Json, ...] = ("pass", "fail", "unknown")
_REFERRED: tuple[Json, ...] = (0, 1, 2, "one", "two", ["one"], ["two"])
"""What stands on both sides where a fact is compared with another."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a row, with what its right side refers to."""

    path: str
    matcher: Matcher
    refers: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Return everything that decides whether it holds."""
        return (self.path, *self.refers)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what must hold, and the alternatives of which one must."""

    must: tuple[Condition, ...]
    options: tuple[tuple[Condition, ...], ...]
    effect: tuple[str, str]
    """Where it goes, and what it raises."""


@dataclass(slots=True)
class Known:
    """What is known of the names in conditions: what the run says, and what a step can have found."""

    state: RunState
    plan: Plan
    scope: str
    fixed: dict[str, Json] = field(default_factory=dict)

    def conditions(self, when: Mapping[str, Matcher]) -> Iterator[Condition]:
        """Yield the conditions of a row; references to what the run says are read now."""
        for path, matcher in when.items():
            refers = []
            for name in references(matcher.data):
                self._fix(name)
                if name not in self.fixed:
                    refers.append(self._name(name))
            self._fix(path)
            yield Condition(self._name(path), self._read(matcher), tuple(refers))

    def domains(self, rows: Sequence[Row]) -> Mapping[str, Sequence[Json | Absent]]:
        """Return the values that are worth trying at each path."""
        found: dict[str, list[Json | Absent]] = {}
        for row in rows:
            for one in (*row.must, *(one for option in row.options for one in option)):
                for path in one.paths:
                    own = found.setdefault(path, [ABSENT])
                    own += _REFERRED if one.refers else around(one.matcher.data)
        return {path: self._possible(path, values) for path, values in found.items()}

    def _fix(self, name: str) -> None:
        head, _, rest = name.partition(".")
        if head == "inputs" or (head == "run" and rest not in ("network", "severity")):
            value = find(self.state, self.scope, name)
            if not isinstance(value, Absent):
                self.fixed[name] = value

    def _read(self, matcher: Matcher) -> Matcher:
        return Matcher(resolve(matcher.data, lambda name: self.fixed.get(name, ABSENT), partial=True))

    def _name(self, path: str) -> str:
        """Return one name for what has two: the outcome of a step that is no check."""
        head, _, rest = path.partition(".")
        step = self._step(head)
        if step is not None and not rest and not isinstance(step, CheckStep):
            return f"{head}.outcome"
        return path

    def _step(self, head: str) -> Step | None:
        scope = self.scope
        while True:
            known = self.plan.steps.get(self.plan.resolved_path(scope, head))
            if known is not None:
                return known.step
            here = self.plan.scopes[scope]
            if not here.branch:
                return None
            scope = self.plan.steps[here.parent].scope

    def _possible(self, path: str, values: Sequence[Json | Absent]) -> Sequence[Json | Absent]:
        head, _, rest = path.partition(".")
        step = self._step(head)
        only = self._words(head, rest, step)
        if only is None:
            return list({repr(value): value for value in values}.values())
        return [*(value for value in only), ABSENT]

    def _words(self, head: str, rest: str, step: Step | None) -> Sequence[Json] | None:
        """Return the only words that can stand at a path, None where anything can."""
        if head == "run":
            levels = tuple(self.plan.severities)
            return ("ok", "down") if rest == "network" else levels if rest == "severity" else None
        if step is None:
            return None
        if rest == "outcome":
            targets = ("decided",) if isinstance(step, DecideStep) else step.outcomes()
            return tuple(targets)
        if isinstance(step, CheckStep) and not rest:
            return _ANSWERS
        if isinstance(step, ChecksStep | WaitStep) and "." not in rest:
            return _ANSWERS
        return tuple(step.options) if isinstance(step, AskStep) and rest == "answer" else None


__all__ = ["Condition", "Known", "Row"]
