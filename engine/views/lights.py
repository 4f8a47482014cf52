"""The status board: one light per measured check, since when it is so, and how often it was well.

Rules:
1. A light is lit by what was measured now. One that was not measured this time stays as it was, and shows the
   time of its own last look.
2. Since when: the first look in a row with the same answer. Before that look nobody knows.
3. Uptime is the share of looks that passed, of those that could judge; a look that could not says nothing
   about the target. It is of looks and not of minutes: nobody looked in between.
4. The worst stands first: red, then unseen, then green.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.kinds.comparing import number
from engine.kinds.counted import counted
from engine.kinds.replies import as_mapping
from engine.kinds.values import Instant, Json
from engine.kinds.verdicts import Answer
from engine.views.measured import Measured

_ORDER: Final[Mapping[Answer, int]] = {"fail": 0, "unknown": 1, "pass": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A runbook to open, and its page from the workspace."""

    runbook: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """One check at one place; times as they are recorded, in UTC."""

    check: str
    title: str
    answer: Answer
    at: str
    since: str
    first: str
    """When it was looked at for the first time."""
    passed: int = 0
    failed: int = 0
    unseen: int = 0
    why: str = ""
    median: float | None = None
    p95: float | None = None
    budget: str = ""
    leads: tuple[Lead, ...] = ()

    @property
    def uptime(self) -> float | None:
        """Return the percentage of judged looks that passed, None before the first."""
        judged = self.passed + self.failed
        return 100 * self.passed / judged if judged else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All lights of an environment, the worst first."""

    environment: str
    at: str
    lights: tuple[Light, ...]

    def counted(self, answer: Answer) -> int:
        """Return how many lights have an answer."""
        return sum(1 for light in self.lights if light.answer == answer)


def board(
    environment: str,
    at: Instant,
    measured: Sequence[Measured],
    before: Mapping[str, Light],
    leads: Mapping[str, Sequence[Lead]],
) -> Board:
    """Return the board after a measurement; `before` holds its lights by check, `leads` what to open."""
    lights = {name: replace(one, leads=tuple(leads.get(name, one.leads))) for name, one in before.items()}
    for one in measured:
        lights[one.check] = _lit(one, str(at), before.get(one.check), tuple(leads.get(one.check, ())))
    ordered = sorted(lights.values(), key=lambda light: (_ORDER[light.answer], light.check))
    return Board(environment=environment, at=str(at), lights=tuple(ordered))


def _lit(one: Measured, at: str, old: Light | None, leads: tuple[Lead, ...]) -> Light:
    same = old is not None and old.answer == one.answer
    return Light(
        check=one.check,
        title=one.title or (old.title if old else ""),
        answer=one.answer,
        at=at,
        since=old.since if old is not None and same else at,
        first=old.first if old else at,
        passed=(old.passed if old else 0) + (one.answer == "pass"),
        failed=(old.failed if old else 0) + (one.answer == "fail"),
        unseen=(old.unseen if old else 0) + (one.answer == "unknown"),
        why="" if one.answer == "pass" else _why(one),
        median=_seconds(one.facts, "median"),
        p95=_seconds(one.facts, "p95"),
        budget=one.budget,
        leads=leads,
    )


def _why(one: Measured) -> str:
    """Return what the tries themselves said, rather than that too few of them were good."""
    for name in ("failures", "unknowns"):
        reasons = list(as_mapping(one.facts.get(name)))
        if reasons:
            more = len(reasons) - 1
            return f"{reasons[0]}; and {counted(more, 'more reason')}" if more else reasons[0]
    return "no answer within its time" if one.facts.get("left_out") and not one.facts.get("ok") else one.why


def _seconds(facts: Mapping[str, Json], name: str) -> float | None:
    value = facts.get(name)
    return None if value is None else number(value)
