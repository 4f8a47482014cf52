"""What is known about a run: the fields of the state, and what they say together.

State is bounded by the graph, not by the history: a settled visit's operations are dropped, what they
found stays as facts; of a soak only the latest samples are kept, the older ones as a streak.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from engine.core.events import Asked, Ended, Finished, Person, Prompted, Settled
from engine.core.plan import Plan
from engine.kinds.frozen import quick
from engine.kinds.step import Given, Streak
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import CheckUse
from engine.kinds.values import Instant, Json
from engine.model.guards import Rule

LADDER = "!ladder"
"""Stands for the step in operations that the ladder asks for."""
ANNOUNCE = "!announce"
UPDATES = "!updates"
INCIDENT = "!incident"
"""Stand for the step in the run's own messages: start and end, status updates, the incident behind a page."""
DOUBT = "it is not known whether it happened"
"""Why a change whose outcome stayed unknown cannot be taken back by itself."""


@quick
@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a visit that has not settled."""

    asked: Asked
    asked_at: Instant
    ended: Ended | None = None
    ended_at: Instant | None = None
    epoch: int = 1
    """The executor that asked: one that was taken over may still be about it."""


Items = Mapping[str, tuple[Operation, ...]]
"""Of one visit: the tries of each item, in order."""


@quick
@dataclass(frozen=True, slots=True)
class Prompt:
    """One question to a person."""

    prompted: Prompted
    at: Instant
    given: Given | None = None
    operator: str = ""
    """Who ran the run when it was asked."""


@quick
@dataclass(frozen=True, slots=True)
class Visit:
    """Where a scope stands: at a step (`entered` then, for the `number`th time), or at its end."""

    step: str
    entered: Instant
    number: int = 1
    end: str = ""
    forced: str = ""
    """A person's deviation: `skip`, `override:OUTCOME` or `jump:TARGET`."""
    forced_why: str = ""
    forcings: int = 0
    """How often somebody wanted to leave this visit by their own decision."""
    streak: Streak = field(default_factory=Streak)
    """Of a soak: its older samples, so that a long one stays small."""


@dataclass(frozen=True, slots=True)
class Change:
    """A recorded change that succeeded, newest last, until it is undone."""

    operation: str
    step: str
    title: str
    undo: Json
    irreversible: str


@dataclass(frozen=True)  # no slots: the table of its fields is copied as a whole for every record (`evolved`)
class RunState:
    """What is known about a run. `plan` is None before the first record."""

    plan: Plan | None = None
    digest: str = ""
    """Of the plan, as the first record says it."""
    seq: int = 0
    epoch: int = 1
    started: Instant = Instant(0.0)
    now: Instant = Instant(0.0)
    """The time of the last record."""
    mode: str = "run"
    operator: Person = Person()
    driver: Person = Person()
    """Who started, resumed or took over last; never the second person of an approval."""
    operated: frozenset[str] = frozenset()
    """Roles that have run this run: the ladder needs not page them."""
    severity: str = ""
    visits: Mapping[str, Visit] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    """Visits of each step over the whole run."""
    opened: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Visits of each step since its scope was opened."""
    operations: Mapping[str, Operation] = field(default_factory=dict)
    tries: Mapping[tuple[str, int], Items] = field(default_factory=dict)
    """The same operations by step and visit, kept beside them by core/operations.py."""
    controls: Mapping[str, Operation] = field(default_factory=dict)
    """The control probes of the latest round."""
    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    facts: Mapping[str, Json] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    undone: frozenset[str] = frozenset()
    doubtful: tuple[Change, ...] = ()
    """Changes of settled visits that nobody could say whether they happened."""
    changed: Mapping[str, int] = field(default_factory=dict)
    """How often each operation of the policy was asked for as a change, undo not counted."""
    policy: tuple[Rule, ...] = ()
    """The policy as it was last read anew, where it differs from the plan's; the stricter holds."""
    frozen: str = ""
    """Who froze changes and why; nothing changes until they are thawed."""
    broke_glass: tuple[str, ...] = ()
    """Who went ahead without an approval, with what and why."""
    recovered: bool = False
    """A recovery check has held and no change was asked since."""
    told: Mapping[str, str] = field(default_factory=dict)
    """Roles paged by the ladder: delivered or undelivered."""
    timers: frozenset[str] = frozenset()
    """Timers that fired or were stopped, as `timer:key`."""
    updates: int = 0
    updated: Instant | None = None
    """When the latest status update was due."""
    why: str = ""
    """Why the last step of the root that saw or did something settled as it did."""
    last: Settled | None = None
    """How the last step of the runbook itself came out; branches and runbooks it calls are within theirs."""
    undelivered: bool = False
    """A page or a notice failed, and none has got through since."""
    delivered: bool = False
    """A page or a notice has got through, and none has failed since."""
    graded: Instant = Instant(0.0)
    """Since when the severity is what it is."""
    acknowledged: frozenset[str] = frozenset()
    """Roles that have acknowledged a page: the ladder needs not page them."""
    triggered: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Incidents that were opened, or may have been, by dedup key: on which PagerDuty channels."""
    aborting: str = ""
    interrupted: bool = False
    finished: Finished | None = None

    @property
    def since(self) -> Instant:
        """Return when the alert fired, else when the run started."""
        return self.plan.since if self.plan and self.plan.since is not None else self.started


if TYPE_CHECKING:
    from dataclasses import replace

    evolved = replace
else:
    _FILL = vars(RunState)["__dict__"].__set__

    def evolved(state, **changes):
        """Return the state with these fields changed: `replace`, at a thirtieth of its price.

        Every record makes two or three states of some forty fields, and `replace` looks at each by name. Here
        the fields are copied as the one table they are; `__init__` does nothing but fill it.
        """
        values = state.__dict__ | changes
        if len(values) != _FIELDS:
            raise TypeError(f"a state has no field {', '.join(changes.keys() - state.__dict__.keys())}")
        after = _NEW(RunState)
        _FILL(after, values)
        return after

    _NEW = object.__new__
    _FIELDS = len(fields(RunState))


def frozen_by(who: str, reason: str) -> str:
    """Return what is known of a freeze that holds."""
    return f"changes are frozen by {who}: {reason}"


def deviation_item(visit: Visit) -> str:
    """Return the name of the question whether a second person agrees to a deviation."""
    return f"deviation.{visit.forcings}"


def is_current(state: RunState, asked: Asked) -> bool:
    """Say whether somebody still waits for an operation: its visit has not settled."""
    if asked.step.startswith("!"):
        return True
    for visit in state.visits.values():  # a loop, not any(): this is asked of every operation at every turn
        if visit.step == asked.step and visit.number == asked.visit and not visit.end:
            return True
    return False


def lands(asked: Asked) -> bool:
    """Say whether an operation is let land once it is under way: a change, and a message to people."""
    return asked.effect != "read" or asked.what == "message"


def inside(path: str, step: str) -> bool:
    """Say whether a scope or a step belongs to what a step has opened."""
    return path.startswith(f"{step}/") or path == step


def fact_name(state: RunState, step: str, item: str) -> str:
    """Return the name a check's facts stand under in its step: samples of a wait share one."""
    known = state.plan.steps.get(step) if state.plan else None
    if known is not None and isinstance(known.step, WaitStep):
        return item.partition(".")[2] if item[:1].isdigit() else item
    return item


def check_of(state: RunState, step: str, item: str) -> CheckUse | None:
    """Return the check a step knows under an item."""
    known = state.plan.steps[step].step if state.plan else None
    if isinstance(known, ChecksStep):
        return known.checks.get(item)
    check = getattr(known, "check", None)
    return check if isinstance(check, CheckUse) else None


def in_doubt(state: RunState, operations: Mapping[str, Operation]) -> tuple[Change, ...]:
    """Return the changes among operations that ended unknown and that nothing has settled since."""
    found = []
    for operation in operations.values():
        asked, ended = operation.asked, operation.ended
        if asked.effect == "read" or asked.undoes or ended is None or ended.outcome != "unknown":
            continue
        if not _settled_since(state, asked):
            found.append(Change(asked.operation, asked.step, asked.title, None, DOUBT))
    return tuple(found)


def _settled_since(state: RunState, asked: Asked) -> bool:
    """Say whether a later try, the reconcile check or a person has said what became of a change."""
    number = asked.item.removeprefix("do.")
    for operation in state.operations.values():
        other, ended = operation.asked, operation.ended
        if ended is None or other.step != asked.step or other.visit != asked.visit:
            continue
        if other.item == asked.item and ended.outcome == "done":
            return True
        if other.item == f"reconcile.{number}" and ended.outcome in ("pass", "fail"):
            return True
    return any(
        prompt.given is not None and prompt.given.choice in ("done", "failed")
        for prompt in state.prompts.values()
        if (prompt.prompted.step, prompt.prompted.item) == (asked.step, f"happened.{number}")
    )
