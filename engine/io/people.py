"""Where answers come from: scripts in drills and tests. Terminals append to the journal themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from engine.core.events import Answered, Person, Prompted
from engine.kinds.values import Json


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, `after` seconds of the person's time."""

    answer: Answered
    by: Person
    after: float


class People(Protocol):
    """Somebody who may answer a prompt."""

    def reply(self, prompted: Prompted) -> Reply | None:
        """Return the answer this person will give, or None when they will not."""
        ...


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nobody answers."""

    def reply(self, prompted: Prompted) -> Reply | None:
        """Return None."""
        return None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a script: `step` and `item` say which prompt; `*` and "" fit any."""

    answer: str
    step: str = "*"
    item: str = ""
    after: float = 5.0
    person: Person = field(default_factory=Person)
    reason: str = ""
    values: Mapping[str, Json] = field(default_factory=dict)
    proof: str = ""
    """What stands for a signature or a code; whether it holds is asked of the world."""


@dataclass(frozen=True, slots=True)
class Script:
    """People who answer as written; the first line that fits and whose answer is an option wins."""

    lines: Sequence[Line]

    def reply(self, prompted: Prompted) -> Reply | None:
        """Return the first fitting line's answer."""
        options = {option.key for option in prompted.options}
        for line in self.lines:
            if (
                line.step in ("*", prompted.step)
                and line.item in ("", prompted.item, prompted.kind)
                and line.answer in options
            ):
                answered = Answered(
                    prompt=prompted.prompt,
                    choice=line.answer,
                    reason=line.reason,
                    values=line.values,
                    digest=prompted.digest,
                    proof=line.proof,
                )
                return Reply(answered, line.person, line.after)
        return None


@dataclass(frozen=True, slots=True)
class Defaults:
    """`--yes`: the declared default of an `ask`; nothing else (it never lifts a guard)."""

    person: Person

    def reply(self, prompted: Prompted) -> Reply | None:
        """Answer an ask that declares a default."""
        if prompted.kind != "ask" or not prompted.default:
            return None
        answered = Answered(
            prompt=prompted.prompt, choice=prompted.default, reason="--yes: the declared default"
        )
        return Reply(answered, self.person, 0.0)
