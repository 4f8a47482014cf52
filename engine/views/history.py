"""One run's journal, read once for all views: every visit, operation and question with its times.

State (engine.core.state) forgets what a settled visit found, because a run does not need it any more;
readers do. Nothing here decides anything: what counts is what `evolve` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.core.events import (
    Answered,
    Asked,
    Ended,
    Event,
    Expired,
    Happened,
    Person,
    Prompted,
    Settled,
    Started,
)
from engine.core.plan import Plan, PlanStep
from engine.core.run_state import ANNOUNCE, INCIDENT, UPDATES
from engine.core.state import LADDER, Operation, RunState, evolve
from engine.kinds.values import Instant

NOBODY = Person(name="nobody", identity="")
_OWN = {
    LADDER: "the ladder",
    ANNOUNCE: "start and end of the run",
    UPDATES: "status updates",
    INCIDENT: "the incident",
    "!control": "control probe",
}


@dataclass(frozen=True, slots=True)
class Asking:
    """One question to a person, and how it was closed: answered, expired, or no longer of interest."""

    prompted: Prompted
    at: Instant
    closed: Instant | None = None
    by: Person | None = None
    answered: Answered | None = None
    expired: bool = False

    def label(self) -> str:
        """Return the chosen option in the words that were shown."""
        if self.answered is None:
            return ""
        choice = self.answered.choice
        return next((one.label for one in self.prompted.options if one.key == choice), choice)


@dataclass(frozen=True, slots=True)
class Stay:
    """One visit of a step, from when it was entered until it settled (or is still open)."""

    step: str
    number: int
    scope: str
    entered: Instant
    left: Instant | None = None
    settled: Settled | None = None
    seq: int = 0
    """The record that entered it."""
    left_seq: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """Everything that happened in one run, by what it belongs to, each in order of its beginning."""

    happened: tuple[Happened, ...]
    state: RunState
    started: Started
    operations: Mapping[str, Operation]
    askings: Mapping[str, Asking]
    """By the name of the prompt."""
    stays: Mapping[tuple[str, int], Stay]
    """By step and number of the visit."""
    cancelled: frozenset[str] = frozenset()
    """Reads that were stopped because nobody waited for them any more: no answer, and nobody's fault."""
    visited: Mapping[tuple[str, int], tuple[Operation, ...]] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        """Return the plan of the run."""
        return self.started.plan

    @property
    def since(self) -> Instant:
        """Return when the alert fired, else when the run started."""
        return self.state.since

    @property
    def ended(self) -> Instant | None:
        """Return when the run finished, or None."""
        return self.happened[-1].at if self.state.finished else None

    def step(self, path: str) -> PlanStep | None:
        """Return a step of the plan; None for the ladder and the control probe."""
        return self.plan.steps.get(path)

    def title(self, path: str) -> str:
        """Return how people call a step."""
        step = self.step(path)
        return step.title if step else _OWN.get(path, path)

    def path(self) -> tuple[str, ...]:
        """Return the steps in the order in which they were entered."""
        return tuple(stay.step for stay in self.stays.values())

    def of_visit(self, step: str, number: int) -> tuple[Operation, ...]:
        """Return the operations of one visit, in order."""
        return self.visited.get((step, number), ())

    def settled(self) -> Iterator[tuple[Happened, Settled]]:
        """Yield every settled visit with its record."""
        for one in self.happened:
            if isinstance(one.event, Settled):
                yield one, one.event


def history(happened: Sequence[Happened]) -> History:
    """Fold a whole journal, or its beginning; it must hold at least `started`."""
    state = RunState()
    operations: dict[str, Operation] = {}
    askings: dict[str, Asking] = {}
    stays: dict[tuple[str, int], Stay] = {}
    cancelled: set[str] = set()
    for one in happened:
        event = one.event
        if isinstance(event, Settled):
            _leave(state, stays, askings, event, one)
        elif isinstance(event, Answered | Expired) and event.prompt in state.prompts:
            _close(state, askings, event, one)
        elif isinstance(event, Ended) and _stopped(state, operations.get(event.operation), event):
            cancelled.add(event.operation)
        state = evolve(state, one)
        _begin(operations, askings, event, one.at)
        for scope, visit in state.visits.items():
            key = (visit.step, visit.number)
            if not visit.end and key not in stays:
                stays[key] = Stay(visit.step, visit.number, scope, visit.entered, seq=one.seq)
    started = happened[0].event if happened else None
    if not isinstance(started, Started):
        raise ValueError("a journal begins with `started`")
    groups: dict[tuple[str, int], list[Operation]] = {}
    for operation in operations.values():
        groups.setdefault((operation.asked.step, operation.asked.visit), []).append(operation)
    visited = {key: tuple(members) for key, members in groups.items()}
    return History(tuple(happened), state, started, operations, askings, stays, frozenset(cancelled), visited)


def _stopped(state: RunState, operation: Operation | None, event: Ended) -> bool:
    """A read that ended because its visit was over, or the run was."""
    if operation is None or not event.cannot or operation.asked.what not in ("check", "control"):
        return False
    asked = operation.asked
    current = asked.what == "control" or any(
        (visit.step, visit.number) == (asked.step, asked.visit) and not visit.end
        for visit in state.visits.values()
    )
    return not current or bool(state.aborting)


def _begin(operations: dict[str, Operation], askings: dict[str, Asking], event: Event, at: Instant) -> None:
    if isinstance(event, Asked):
        operations[event.operation] = Operation(event, at)
    elif isinstance(event, Ended):
        known = operations.get(event.operation)
        if known is not None and known.ended is None:
            operations[event.operation] = replace(known, ended=event, ended_at=at)
    elif isinstance(event, Prompted):
        askings[event.prompt] = Asking(event, at)


def _close(state: RunState, askings: dict[str, Asking], event: Answered | Expired, one: Happened) -> None:
    """Close a question by an answer that counts: the first, in time (as `evolve` has it)."""
    prompt, asking = state.prompts[event.prompt], askings[event.prompt]
    due = prompt.prompted.due
    if prompt.given is not None:
        return
    if isinstance(event, Expired):
        askings[event.prompt] = replace(asking, closed=one.at, expired=True, by=NOBODY)
    elif due is None or one.at <= due:
        askings[event.prompt] = replace(asking, closed=one.at, by=one.by, answered=event)


def _leave(
    state: RunState,
    stays: dict[tuple[str, int], Stay],
    askings: dict[str, Asking],
    event: Settled,
    one: Happened,
) -> None:
    """Close the visit, whatever was still open inside it, and its questions."""
    for scope, visit in state.visits.items():
        key = (visit.step, visit.number)
        inside = scope == event.step or scope.startswith(f"{event.step}/")
        if key in stays and stays[key].left is None and (inside or visit.step == event.step):
            settled = event if visit.step == event.step else None
            stays[key] = replace(stays[key], left=one.at, left_seq=one.seq, settled=settled)
    for name, asking in askings.items():
        if asking.closed is None and asking.prompted.step == event.step:
            askings[name] = replace(asking, closed=one.at)
