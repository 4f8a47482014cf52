"""A question only a person can answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from engine.kinds.step import TIMEOUT, Option, Progress, Question, Settlement, Step, Want


@dataclass(frozen=True, slots=True, kw_only=True)
class AskStep(Step):
    """Ask a person; each option is an outcome. `default` is what `--yes` answers."""

    kind: ClassVar[str] = "ask"
    bad: ClassVar[tuple[str, ...]] = (TIMEOUT,)
    example: ClassVar[str] = (
        "{ask: 'Do users complain?', options: {yes: They do, no: All quiet}, then: {yes: look, no: resolved}}"
    )

    ask: str
    """The question."""
    options: Mapping[str, str]
    """The answers: outcome by outcome, what it says."""
    default: str = ""
    """The option that `--yes` takes."""
    role: str = ""
    """The role that is asked; the operator where nothing is said."""

    def outcomes(self) -> tuple[str, ...]:
        """The options, then timeout."""
        return (*self.options, TIMEOUT)

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """Ask until there is an answer."""
        due = None if progress.timeout is None else progress.entered.after(progress.timeout)
        options = tuple(Option(key, label) for key, label in self.options.items())
        return (Question("", "ask", self.ask, options, self.default, due, self.role),)

    def settle(self, progress: Progress) -> Settlement | None:
        """The answer is the outcome."""
        given = progress.answers.get("")
        if given is None:
            return None
        said = (
            "nobody answered in time"
            if given.choice == TIMEOUT
            else f"{given.by}: {self.options.get(given.choice, given.choice)}"
        )
        return Settlement(
            given.choice,
            said + (f" ({given.reason})" if given.reason else ""),
            facts={"answer": given.choice, **given.values},
        )
