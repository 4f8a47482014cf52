"""Where the time of a run went: per phase, and what it was spent on.

At any moment a run is in one phase, that of the innermost step it stands at, and one thing is counted:
away (no executor ran), else machine while a first try is under way, else approval or human while a
question is open, else retries, else waiting (pauses and soak). Nothing is
counted twice, so the shares of a phase add up to its length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.core.events import Interrupted, Resumed
from engine.kinds.values import Duration, Instant
from engine.views.history import History, Stay
from engine.views.stretch import Stretch, real, stretches

PHASES: Final = ("diagnose", "mitigate", "verify", "close")
_ORDER: Final = (
    ("away", "away"),
    ("first", "machine"),
    ("approval", "approval"),
    ("human", "human"),
    ("again", "retries"),
)
SHARES: Final = ("machine", "waiting", "human", "approval", "retries", "away")


@dataclass(frozen=True, slots=True)
class Phase:
    """The time spent in one phase. `real` is what it would have been without the drill's time scale."""

    name: str
    began: Instant | None
    elapsed: float
    real: float
    shares: tuple[tuple[str, float], ...]
    budget: Duration | None = None

    @property
    def over(self) -> bool:
        """Say whether the budget was missed."""
        return self.budget is not None and self.real > self.budget


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the run in which nothing changed: one phase, one use of time."""

    begin: Instant
    end: Instant
    phase: str
    share: str


@dataclass(frozen=True, slots=True)
class Spent:
    """How a run spent its time."""

    pieces: tuple[Piece, ...]
    phases: tuple[Phase, ...]
    scale: float
    stretches: tuple[Stretch, ...]

    def real(self, begin: Instant, end: Instant) -> float:
        """Return the time between two moments as it would be without the drill's time scale."""
        return real(self.stretches, begin, end)


def spent(past: History, now: Instant) -> Spent:
    """Return where the time went until the end, or until now."""
    scale = past.plan.time_scale
    end = past.ended or max(now, past.state.now)
    pieces, found = tuple(_pieces(past, end)), stretches(past, end)
    phases = [_phase(past, name, [one for one in pieces if one.phase == name], found) for name in PHASES]
    seen = tuple(one for one in phases if one.began is not None or one.budget is not None)
    return Spent(pieces, seen, scale, found)


def _phase(past: History, name: str, pieces: list[Piece], found: tuple[Stretch, ...]) -> Phase:
    shares = dict.fromkeys(SHARES, 0.0)
    for piece in pieces:
        shares[piece.share] += piece.end - piece.begin
    elapsed = sum(shares.values())
    full = sum(real(found, piece.begin, piece.end) for piece in pieces)
    budget = getattr(past.plan.budgets, name, None)
    parts = tuple((share, round(shares[share], 6)) for share in SHARES)
    return Phase(name, pieces[0].begin if pieces else None, round(elapsed, 6), round(full, 6), parts, budget)


def _pieces(past: History, end: Instant) -> Iterator[Piece]:
    """Sweep over everything that begins or ends, and yield the stretches in between."""
    changes = sorted([*_phases(past), *_uses(past, end)], key=lambda one: one[0])
    at, phase, open_now = past.state.started, "", Counter[str]()
    for moment, what, step in [*changes, (end, "end", 0)]:
        upto = min(moment, end)
        if upto > at:
            yield Piece(at, upto, phase or PHASES[0], _share(open_now))
            at = upto
        if step:
            open_now[what] += step
        elif what != "end":
            phase = what


def _share(open_now: Counter[str]) -> str:
    return next((share for what, share in _ORDER if open_now[what] > 0), "waiting")


def _phases(past: History) -> Iterator[tuple[Instant, str, int]]:
    """Yield each moment at which the phase changes: branches count as the step that opened them."""
    current: dict[str, Stay] = {}
    for _, entered, moment, stay in sorted(_moments(past), key=lambda one: one[:2]):
        if entered:
            current[stay.scope] = stay
        elif current.get(stay.scope) is stay:
            del current[stay.scope]
        if current:
            inner = current[max(current, key=lambda scope: scope.count("/") + bool(scope))]
            step = past.step(inner.step)
            yield moment, step.phase if step else PHASES[0], 0


def _moments(past: History) -> Iterator[tuple[int, bool, Instant, Stay]]:
    """Yield every entry and leaving by its record; one record leaves a step before it enters the next."""
    for stay in past.stays.values():
        if past.plan.scopes[stay.scope].branch:
            continue
        yield stay.seq, True, stay.entered, stay
        if stay.left is not None:
            yield stay.left_seq, False, stay.left, stay


def _uses(past: History, end: Instant) -> Iterator[tuple[Instant, str, int]]:
    for operation in past.operations.values():
        if operation.asked.what not in ("control", "acknowledgement"):
            kind = "first" if operation.asked.attempt == 1 else "again"
            yield from _open(kind, operation.asked_at, operation.ended_at or end)
    last: dict[tuple[str, int, str], Instant] = {}
    for operation in past.operations.values():
        key = (operation.asked.step, operation.asked.visit, operation.asked.item)
        looked = operation.asked.what == "acknowledgement"  # the wait is a person's
        if operation.asked.attempt > 1 and key in last and not looked:
            yield from _open("again", last[key], operation.asked_at)
        if operation.ended_at is not None:
            last[key] = operation.ended_at
    for asking in past.askings.values():
        kind = "approval" if asking.prompted.kind == "approve" else "human"
        yield from _open(kind, asking.at, asking.closed or end)
    yield from _away(past, end)


def _away(past: History, end: Instant) -> Iterator[tuple[Instant, str, int]]:
    """From an interruption, or the last record of an executor that died, until somebody resumed."""
    left, stopped = past.state.started, False
    for one in past.happened:
        if isinstance(one.event, Resumed):
            yield from _open("away", left, one.at)
            left, stopped = one.at, False
        elif isinstance(one.event, Interrupted):
            left, stopped = one.at, True
        elif not stopped and one.by.identity == "engine":
            left = one.at
    if stopped:
        yield from _open("away", left, end)


def _open(kind: str, begin: Instant, end: Instant) -> Iterator[tuple[Instant, str, int]]:
    if end > begin:
        yield begin, kind, 1
        yield end, kind, -1
