"""What a run could not get past: two documented attempts at the same thing, one after the other.

Rules:
1. An attempt is a try of an operation that ended bad (fail, failed, unknown, undelivered). Two tries of one
   visit count, and so do those of two visits; anything good in between begins the count anew.
2. The samples of a wait are no attempts: a service that comes back takes a few. A visit of the wait that
   reached its limit is one, with its last bad sample as the output.
3. What nobody waited for any more, and what the engine did not see the end of, is no attempt.
4. Two attempts are one entry; further ones of the same streak add none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.core.events import Ended, Settled
from engine.core.records import EvidenceRef
from engine.core.state import Operation
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Instant
from engine.views.history import History
from engine.views.sensitivity import is_sensitive

ATTEMPTS = 2
BAD = frozenset({"fail", "failed", "unknown", "undelivered"})
LINES = 5
"""Lines of output that are told of one attempt."""
WIDEST = 200
"""Letters of one such line."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: what was typed or sent, when, and what came of it."""

    at: Instant
    command: str
    outcome: str
    output: tuple[str, ...]
    evidence: tuple[EvidenceRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Blocker:
    """Two attempts at the same thing that led nowhere; `seq` is the record that made it a blocker."""

    seq: int
    step: str
    item: str
    title: str
    attempts: tuple[Attempt, ...]

    @property
    def at(self) -> Instant:
        """Return when it became one."""
        return self.attempts[-1].at


def blockers(past: History) -> tuple[Blocker, ...]:
    """Return every blocker in order of time."""
    seqs = {one.event.operation: one.seq for one in past.happened if isinstance(one.event, Ended)}
    groups: dict[tuple[str, str], list[Operation]] = {}
    for operation in past.operations.values():
        if operation.asked.what not in ("control", "acknowledgement") and not _waits(
            past, operation.asked.step
        ):
            groups.setdefault((operation.asked.step, operation.asked.item), []).append(operation)
    found = [
        blocker
        for (step, item), members in groups.items()
        for blocker in _streaks(step, item, members[0].asked.title, _tries(past, members, seqs))
    ]
    for step in dict.fromkeys(stay.step for stay in past.stays.values() if _waits(past, stay.step)):
        found += _streaks(step, "", past.title(step), _waited(past, step))
    return tuple(sorted(found, key=lambda one: one.seq))


_Try = tuple[int, Attempt | None]
"""The record, and the attempt; None is something good."""


def _streaks(step: str, item: str, title: str, tries: Iterator[_Try]) -> Iterator[Blocker]:
    streak: list[Attempt] = []
    for seq, attempt in tries:
        streak = [*streak, attempt] if attempt else []
        if len(streak) == ATTEMPTS:
            yield Blocker(seq, step, item, title, tuple(streak))


def _tries(past: History, members: list[Operation], seqs: dict[str, int]) -> Iterator[_Try]:
    for one in sorted(members, key=lambda each: seqs.get(each.asked.operation, 0)):
        if one.ended is None or one.ended.lost or one.asked.operation in past.cancelled:
            continue
        bad = one.ended.outcome in BAD
        yield seqs[one.asked.operation], _attempt(past, one, one.ended) if bad else None


def _waited(past: History, step: str) -> Iterator[_Try]:
    """Yield the visits of a wait that are over: the limit is an attempt, unless a person ended it."""
    for stay in past.stays.values():
        if stay.step != step or not isinstance(stay.settled, Settled):
            continue
        samples = past.of_visit(step, stay.number)
        bad = [one for one in samples if one.ended and one.ended.outcome in BAD]
        if stay.settled.outcome != "limit" or not bad:
            yield stay.left_seq, None
            continue
        last = bad[-1]
        assert last.ended is not None  # those that have not ended were left out above
        yield stay.left_seq, _attempt(past, last, last.ended, stay.settled.why)


def _attempt(past: History, operation: Operation, ended: Ended, why: str = "") -> Attempt:
    asked = operation.asked
    return Attempt(
        at=operation.ended_at or operation.asked_at,
        command=asked.command or f"{asked.title} {asked.target}".strip(),
        outcome=ended.outcome,
        output=("(sensitive: it stays in the run's folder)",)
        if is_sensitive(past.plan, asked)
        else tuple(_output(ended, why)),
        evidence=ended.evidence,
    )


def _output(ended: Ended, why: str) -> list[str]:
    """Return the first lines of what came: the summary, what was wrong, and what was said."""
    said = ended.facts.get("text") or ended.facts.get("stderr") or ended.facts.get("stdout")
    lines = [why or ended.why or ended.outcome]
    lines += [
        f"wanted {one.subject} {one.expected}, saw {one.observed}"
        for one in ended.seen
        if one.answer != "pass"
    ]
    lines += said.splitlines() if isinstance(said, str) else []
    filled = [" ".join(line.split()) for line in lines]
    return [_short(line) for line in dict.fromkeys(filled) if line][:LINES]


def _short(line: str) -> str:
    return line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…"


def _waits(past: History, path: str) -> bool:
    step = past.step(path)
    return step is not None and isinstance(step.step, WaitStep)
