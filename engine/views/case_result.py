"""How one case went: what was expected beside what was seen, where they first differ, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from engine.core.events import Asked, Happened, Person, Settled
from engine.core.run_state import ANNOUNCE, INCIDENT, UPDATES
from engine.kinds.paths import look_up
from engine.kinds.values import Duration, Json
from engine.model.cases import ANYTHING, Case, ExpectedMessage, ExpectedMove
from engine.views.history import History, history
from engine.views.missed_consent import Missed, missed

_OWN = (ANNOUNCE, UPDATES, INCIDENT)
_TO_THE_SECOND = 1.0


@dataclass(frozen=True, slots=True)
class Differs:
    """One expectation that did not hold."""

    what: str
    expected: tuple[str, ...]
    seen: tuple[str, ...]
    at: int
    """The place of the first difference in what was expected, from 0."""
    met: int = 0
    """The same place in what was seen."""
    why: str = ""
    """What the run itself says about that place."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One case, judged."""

    runbook: str
    case: Case
    path: tuple[str, ...]
    end: str
    severity: str
    seconds: float
    """Of virtual time, from the alert."""
    differs: tuple[Differs, ...]
    stuck: str = ""
    missed: tuple[Missed, ...] = ()
    """Consents that did not come, of a case that failed."""

    @property
    def name(self) -> str:
        """Return what the case is called."""
        return self.case.case

    @property
    def passed(self) -> bool:
        """Say whether everything was as expected."""
        return not self.differs


def judged(
    runbook: str,
    case: Case,
    happened: Sequence[Happened],
    stuck: str,
    problems: Sequence[str],
    refused: Mapping[str, tuple[Person, str]] = MappingProxyType({}),
) -> Judged:
    """Hold what happened against what the case expects; `refused` are answers that did not count."""
    past = history(happened)
    finished = past.state.finished
    differs = (
        *(Differs("given", (), (problem,), 0, why=problem) for problem in dict.fromkeys(problems)),
        *_differs(past, case, stuck),
    )
    missing = missed(past.plan, happened, past.state.operator, refused) if differs else ()
    return Judged(
        runbook=runbook,
        case=case,
        path=past.path(),
        end=finished.end if finished else "",
        severity=past.state.severity,
        seconds=happened[-1].at - past.since,
        differs=differs,
        stuck=stuck,
        missed=missing,
    )


def _differs(past: History, case: Case, stuck: str) -> Iterator[Differs]:
    expect, path = case.expect, past.path()
    if expect.path:
        at = first_difference(expect.path, path)
        if at is not None:
            wanted, met = at
            yield Differs("path", expect.path, path, wanted, met, _why(past, met, stuck))
    for step in expect.never:
        if step in path:
            at_step = path.index(step)
            yield Differs("never", (f"never {step}",), path, at_step, at_step, _why(past, at_step, stuck))
    finished = past.state.finished
    standing = tuple(visit.step for visit in past.state.visits.values() if not visit.end)
    ended = finished.end if finished else f"waits at {', '.join(standing)}"
    if expect.end is not None and ended != expect.end:
        why = (finished.why if finished else stuck) or "no more is known"
        yield Differs("end", (expect.end,), (ended,), 0, why=why)
    if expect.waits and (finished is not None or expect.waits not in standing):
        why = finished.why if finished else stuck
        yield Differs("waits", (f"waits at {expect.waits}",), (ended,), 0, why=why)
    if expect.end is None and not expect.waits and finished is None:
        yield Differs("end", ("an end",), (ended,), 0, why=stuck)
    if expect.severity and past.state.severity != expect.severity:
        yield Differs("severity", (expect.severity,), (past.state.severity or "none",), 0)
    if expect.moves is not None:
        yield from _listed("moves", [_Move(one) for one in expect.moves], list(moves(past)))
    if expect.messages is not None:
        yield from _listed("messages", [_Message(one) for one in expect.messages], list(messages(past)))


def first_difference(expected: Sequence[str], path: Sequence[str]) -> tuple[int, int] | None:
    """Return where the expected and the seen path part, None where the one describes the other.

    `...` takes as few steps as it must: the places are those of the longest beginning that agrees.
    """
    furthest = (0, 0)
    reached = {(0, 0)}
    todo = [(0, 0)]
    while todo:
        wanted, met = todo.pop()
        if wanted == len(expected) and met == len(path):
            return None
        furthest = max(furthest, (wanted, met), key=lambda one: (one[0], -one[1]))
        following: list[tuple[int, int]] = []
        if wanted < len(expected) and expected[wanted] == ANYTHING:
            following.append((wanted + 1, met))
            if met < len(path):
                following.append((wanted, met + 1))
        elif wanted < len(expected) and met < len(path) and expected[wanted] == path[met]:
            following.append((wanted + 1, met + 1))
        for one in following:
            if one not in reached:
                reached.add(one)
                todo.append(one)
    return furthest


def _why(past: History, at: int, stuck: str) -> str:
    """Say what led to a place of the path: how the step before it was left."""
    stays = list(past.stays.values())
    before = stays[min(at, len(stays)) - 1] if at and stays else None
    if before is None or before.settled is None:
        return stuck or "the run went no further"
    settled: Settled = before.settled
    because = f": {settled.why}" if settled.why else ""
    return f"{settled.step} was {settled.outcome} and went to {settled.target}{because}"


@dataclass(frozen=True, slots=True)
class SeenMove:
    """A change that was asked for, once however often it was tried."""

    step: str
    change: str
    args: Mapping[str, Json]

    def __str__(self) -> str:
        said = ", ".join(f"{name}: {_shown(value)}" for name, value in self.args.items() if name != "kind")
        return f"{self.step} {self.change} {{{said}}}"


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """A message to people, when it was first sent."""

    step: str
    to: str
    after: float

    def __str__(self) -> str:
        return f"{self.to} at {Duration(round(self.after))} by {self.step}"


def moves(past: History) -> Iterator[SeenMove]:
    """Yield every change that was asked for, in order."""
    for asked in _firsts(past):
        if asked.what == "action" and asked.effect != "read":
            args = asked.args if isinstance(asked.args, Mapping) else {}
            yield SeenMove(asked.step, asked.change, args)


def messages(past: History) -> Iterator[SeenMessage]:
    """Yield every message to people, in order; those of the run itself are not meant."""
    for operation in past.operations.values():
        asked = operation.asked
        if asked.what != "message" or asked.attempt != 1 or asked.step in _OWN:
            continue
        args = asked.args if isinstance(asked.args, Mapping) else {}
        yield SeenMessage(asked.step, str(args.get("to")), operation.asked_at - past.since)


def _firsts(past: History) -> Iterator[Asked]:
    for operation in past.operations.values():
        if operation.asked.attempt == 1:
            yield operation.asked


@dataclass(frozen=True, slots=True)
class _Move:
    wanted: ExpectedMove

    def fits(self, seen: SeenMove) -> bool:
        """Say whether a change is the one that is meant; arguments that are not named may be anything."""
        return (
            self.wanted.step == seen.step
            and self.wanted.change in ("", seen.change)
            and all(
                one.judge(look_up(seen.args, name)).answer == "pass" for name, one in self.wanted.args.items()
            )
        )

    def __str__(self) -> str:
        said = ", ".join(f"{name}: {one.text()}" for name, one in self.wanted.args.items())
        return f"{self.wanted.step} {self.wanted.change} {{{said}}}"


@dataclass(frozen=True, slots=True)
class _Message:
    wanted: ExpectedMessage

    def fits(self, seen: SeenMessage) -> bool:
        """Say whether a message is the one that is meant, to the second."""
        return (
            self.wanted.to == seen.to
            and self.wanted.step in ("", seen.step)
            and (self.wanted.at is None or abs(self.wanted.at - seen.after) <= _TO_THE_SECOND)
        )

    def __str__(self) -> str:
        at = "" if self.wanted.at is None else f" at {self.wanted.at}"
        return f"{self.wanted.to}{at}" + (f" by {self.wanted.step}" if self.wanted.step else "")


def _listed(
    what: str, wanted: Sequence[_Move] | Sequence[_Message], seen: Sequence[SeenMove] | Sequence[SeenMessage]
) -> Iterator[Differs]:
    """Hold a list against what was seen, one by one."""
    for at in range(max(len(wanted), len(seen))):
        if at >= len(wanted) or at >= len(seen) or not wanted[at].fits(seen[at]):  # type: ignore[arg-type]  # of one kind
            expected = tuple(str(one) for one in wanted)
            yield Differs(what, expected, tuple(str(one) for one in seen), at, at)
            return


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else str(value)
