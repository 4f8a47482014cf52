"""A decision the engine takes from what it has seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from engine.kinds.matchers import Matcher
from engine.kinds.matching import judge
from engine.kinds.references import Lookup, Unresolved, resolve
from engine.kinds.step import Progress, Settlement, Step, Want
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer, all_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row: all conditions hold (unknown does not hold), then go there.

    `if` maps fact paths to matchers. `any` lists alternatives of the same form: at least one of
    them must hold too.
    """

    spelled: ClassVar[Mapping[str, str]] = {"if": "when", "raise": "raises"}
    go: str
    """The step or end it goes to."""
    when: Mapping[str, Matcher] = field(default_factory=dict)
    """Matchers by path of a fact, `look.status`; all must hold."""
    any: tuple[Mapping[str, Matcher], ...] = ()
    """Alternatives of the same form; at least one must hold."""
    raises: str = ""
    """The severity it raises the run to."""
    why: str = ""
    """What is the matter then."""

    def answer(self, lookup: Lookup) -> Answer:
        """Hold the row against the facts."""
        answers = [all_of(_holds(self.when, lookup))] if self.when else []
        if self.any:
            options = [all_of(_holds(option, lookup)) for option in self.any]
            answers.append("pass" if "pass" in options else "unknown" if "unknown" in options else "fail")
        return all_of(answers)

    def text(self) -> str:
        """Say the row in words."""
        own = _words(self.when)
        options = " or ".join(_words(option) for option in self.any)
        return " and ".join(part for part in (own, f"({options})" if options else "") if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideStep(Step):
    """Take the first row whose conditions all hold, else go to `else`."""

    kind: ClassVar[str] = "decide"
    example: ClassVar[str] = "{decide: [{if: {query.status: 429}, go: wait}], else: engineer}"

    spelled: ClassVar[Mapping[str, str]] = {"else": "otherwise"}
    decide: tuple[Case, ...]
    """The rows, held against the facts from the top."""
    otherwise: str
    """Where it goes when no row holds."""

    def targets(self) -> tuple[str, ...]:
        """Return every go and the else."""
        return tuple(dict.fromkeys([*(case.go for case in self.decide), self.otherwise]))

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """A decision wants nothing."""
        return ()

    def settle(self, progress: Progress) -> Settlement | None:
        """Settle at once, and say which rows were ruled out."""
        for case in self.decide:
            if case.answer(progress.lookup) == "pass":
                return Settlement("decided", case.why or case.text(), case.go, case.raises)
        open_rows = [case.text() for case in self.decide if case.answer(progress.lookup) == "unknown"]
        why = "none of the known causes" + (f"; not ruled out: {'; '.join(open_rows)}" if open_rows else "")
        return Settlement("decided", why, self.otherwise)


def _holds(conditions: Mapping[str, Matcher], lookup: Lookup) -> list[Answer]:
    answers: list[Answer] = []
    for path, matcher in conditions.items():
        try:
            expected: Json = resolve(matcher.data, lookup)
        except Unresolved:
            answers.append("unknown")
            continue
        answers.append(judge(expected, lookup(path)))
    return answers


def _words(conditions: Mapping[str, Matcher]) -> str:
    return " and ".join(f"{path} {matcher.text()}" for path, matcher in conditions.items())
