"""The sealed set of facts a journal may hold.

An event says what happened, never what should happen. Each is one record: `type` is the class name
in lower case with dashes, `data` its plain form. Old records must stay readable for ever: add
optional fields only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.core.plan import DECISION_VERSION, Plan
from engine.core.records import EvidenceRef
from engine.kinds import codec
from engine.kinds.errors import JournalDamaged
from engine.kinds.frozen import quick
from engine.kinds.step import Option
from engine.kinds.values import Duration, Instant, Json
from engine.kinds.verdicts import Seen
from engine.model.guards import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who did it. Identity: engine, claimed (`--as`), relayed (a one-time code), proved (a signature)."""

    name: str = "engine"
    role: str = ""
    identity: str = "engine"
    via: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A run begins; the plan travels with it."""

    plan: Plan
    digest: str
    engine: str
    operator: Person
    mode: str = "run"
    drill: str = ""
    seed: int = 0
    incident: str = ""
    """The dedup key of the PagerDuty incident that the run has joined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """An executor took up the run again; `overdue` names what fell due in between."""

    why: str
    overdue: tuple[str, ...] = ()


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Intent: durable before the effect. `args` are resolved and redacted; `digest` is over them."""

    operation: str
    step: str
    item: str
    what: str  # check | action | message | acknowledgement | control
    title: str
    target: str
    args: Json
    digest: str
    due: Instant
    effect: str = "read"
    change: str = ""
    """The operation in the words of the policy, of a change."""
    repeatable: bool = True
    visit: int = 1
    attempt: int = 1
    undo: Json = None
    irreversible: str = ""
    undoes: str = ""
    command: str = ""
    retries: int = 0
    pause: Duration = Duration(0.0)
    look: bool = False
    within: Duration | None = None
    """Of a message: how long it is tried."""


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Outcome of an operation: pass, fail, unknown, done, failed, named, delivered, acknowledged, …"""

    operation: str
    outcome: str
    why: str = ""
    seconds: float = 0.0
    seen: tuple[Seen, ...] = ()
    facts: Mapping[str, Json] = field(default_factory=dict)
    redacted: tuple[str, ...] = ()
    """Paths in `facts` that redaction touched: they may be shown, never used."""
    no_answer: str = ""
    cannot: str = ""
    lost: bool = False
    """The engine stopped between intent and outcome."""
    evidence: tuple[EvidenceRef, ...] = ()
    retry_after: float | None = None
    """Seconds the target asked us to wait before the next try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompted:
    """A person is asked."""

    prompt: str
    step: str
    item: str
    kind: str
    text: str
    options: tuple[Option, ...]
    default: str = ""
    due: Instant | None = None
    role: str = ""
    digest: str = ""
    digests: tuple[str, ...] = ()
    """One for each change the answer decides about; `digest` is over all of them."""
    detail: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    """What the answer decides about, one line each."""
    bound: Mapping[str, str] = field(default_factory=dict)
    """Everything the digest is over, so that a later difference can be shown."""

    @property
    def decides_change(self) -> bool:
        """Say whether `hand`, `no` and `break-glass` are the engine's words here, and not an author's."""
        return self.kind in ("confirm", "approve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A person answered a prompt."""

    prompt: str
    choice: str
    reason: str = ""
    values: Mapping[str, Json] = field(default_factory=dict)
    redacted: tuple[str, ...] = ()
    """Paths in `values` that redaction touched: they may be shown, never used."""
    digest: str = ""
    proof: str = ""
    """A signature, or the one-time code that was read back; held against what is known afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """A question is taken back: what it asked about is not so any more."""

    prompt: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """No changes in any run until this is lifted."""

    reason: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thawed:
    """Changes may be made again."""

    reason: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRead:
    """The policy on disk is another one than the run was planned with; the stricter of both holds."""

    policy: tuple[Rule, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """Nobody answered in time."""

    prompt: str
    due: Instant


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A scope was entered."""

    scope: str
    step: str
    item: str


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A visit ended; the scope is now at `target`. `answers` are the results of the visit's checks."""

    step: str
    outcome: str
    target: str
    why: str = ""
    severity: str = ""
    facts: Mapping[str, Json] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveritySet:
    """Severity changed: raised by the runbook or a person, lowered only by a person with a reason."""

    severity: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """A timer of the run fell due: `ladder` (key: role) or `update` (key: number)."""

    timer: str
    key: str
    due: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerStopped:
    """A person stopped an automatic page before it went out, or the engine passed an old one over."""

    timer: str
    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A person wrote something down; with `command`, they did something by hand."""

    text: str
    command: str = ""
    evidence: tuple[EvidenceRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A person skipped a step, or overrode what it would have said with an outcome of their own."""

    step: str
    reason: str
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jumped:
    """A person sent the run to another step of the same scope."""

    step: str
    target: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Aborted:
    """A person ended the run."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """The executor stopped on purpose (Ctrl-C, SIGTERM); the run can be resumed."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """A person took the run over; older executors stop at their next record."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """The run has a new operator."""

    to: Person
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The run is over."""

    end: str
    why: str = ""
    undoable: tuple[str, ...] = ()


Event = (
    Started
    | Resumed
    | Asked
    | Ended
    | Prompted
    | Answered
    | Expired
    | Withdrawn
    | Frozen
    | Thawed
    | PolicyRead
    | Opened
    | Settled
    | SeveritySet
    | TimerFired
    | TimerStopped
    | Noted
    | Skipped
    | Jumped
    | Aborted
    | Interrupted
    | TakenOver
    | HandedOver
    | Finished
)

BY_PEOPLE = (Answered, SeveritySet, TimerStopped, Noted, Skipped, Jumped, Aborted, TakenOver, HandedOver)
"""What processes other than the executor may append."""


@quick
@dataclass(frozen=True, slots=True)
class Happened:
    """One event with when, by whom, and its place in the journal."""

    seq: int
    at: Instant
    by: Person
    event: Event
    epoch: int = 1


def type_of(event: Event) -> str:
    """Return the record type: `SeveritySet` is `severity-set`."""
    name = type(event).__name__
    return "".join(f"-{c.lower()}" if c.isupper() and n else c.lower() for n, c in enumerate(name))


_TYPES: Mapping[str, type] = {
    "".join(f"-{c.lower()}" if c.isupper() and n else c.lower() for n, c in enumerate(kind.__name__)): kind
    for kind in Event.__args__
}


def from_record(kind: str, data: Json) -> Event:
    """Read an event back; raises JournalDamaged for one that this engine does not know."""
    if kind not in _TYPES:
        raise JournalDamaged(f"a record of type '{kind}': {_NEWER}", hint=_UPGRADE)
    try:
        event: Event = codec.decode(_TYPES[kind], data, kind)
    except ValueError as error:
        raise JournalDamaged(
            f"a record of type '{kind}' cannot be read ({error}): {_NEWER}", hint=_UPGRADE
        ) from None
    if isinstance(event, Started) and event.plan.decision > DECISION_VERSION:
        raise JournalDamaged(
            f"this run was planned by engine {event.engine}, which decides by version {event.plan.decision}; "
            f"this one knows version {DECISION_VERSION}",
            hint=_UPGRADE,
        )
    return event


_NEWER = "written by a newer engine"
_UPGRADE = "upgrade the engine"
