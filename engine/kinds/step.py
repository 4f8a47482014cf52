"""What every step kind is: fields, the outcomes it can have, and two pure questions.

`wants(progress)` says what the step would like to happen now; the core decides when (retries,
deadlines, consent, control probe) and asks again after every recorded event. `settle(progress)` says
how the step ended, or None while it has not. Both read only their argument and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from engine.kinds.discovery import Kind
from engine.kinds.frozen import quick
from engine.kinds.ports.proofs import CodeRequest, OneTimeCode, Signature
from engine.kinds.references import Lookup
from engine.kinds.uses import ActionUse, CheckUse
from engine.kinds.values import Duration, Instant, Json

TIMEOUT = "timeout"
WITHDRAWN = "withdrawn"
"""What stands for an answer where nobody gave one: time was up, or the question was taken back."""


@quick
@dataclass(frozen=True, slots=True)
class Observe:
    """Run a check; its result appears in `progress.results[item]`."""

    item: str
    check: CheckUse
    look: bool = True
    """Offer "look yourself" when the check stays unknown."""
    each: Json = None
    frozen: bool = False
    """Its references were resolved when the change was asked: what stands in it is data now."""


@quick
@dataclass(frozen=True, slots=True)
class Act:
    """Perform an action; intent is recorded first.

    `undoes` names the operation it takes back; its arguments were frozen then and are data now.
    """

    item: str
    action: ActionUse
    each: Json = None
    undoes: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to answer a question."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """Ask a person; the answer appears in `progress.answers[item]`.

    `kind` tells the screen how to show it: ask (a decision of the runbook), confirm (one deliberate
    keypress within a role's authority), approve (another person's consent), happened (was a change
    made whose outcome is unknown?), acknowledge (a page), look (look yourself).
    """

    item: str
    kind: Literal["ask", "confirm", "approve", "happened", "acknowledge", "look"]
    text: str
    options: tuple[Option, ...]
    default: str = ""
    due: Instant | None = None
    role: str = ""
    binds: tuple[Act, ...] = ()
    """The changes this question decides about: their digest goes into the record."""
    detail: Mapping[str, str] = field(default_factory=dict)


@quick
@dataclass(frozen=True, slots=True)
class Tell:
    """Send a message to a role or channel; delivered or undelivered appears in the results."""

    item: str
    to: str
    text: str
    within: Duration = Duration(300.0)
    """How long it is tried, on all its channels, before it is undelivered."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Look in its channel whether somebody has acknowledged the message `of`, again and again.

    The result says `acknowledged`, with who in its facts; there is none where the channel cannot tell.
    """

    item: str
    of: str
    role: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take a question back that nobody has answered: it is not the right one any more."""

    item: str
    why: str


@dataclass(frozen=True, slots=True)
class Prove:
    """Hold the proof of an approver's identity against what the catalogue knows of them."""

    item: str
    proof: Signature | OneTimeCode


@dataclass(frozen=True, slots=True)
class SendCode:
    """Send an approver a one-time code; its seal appears in the result's facts."""

    item: str
    request: CodeRequest


@quick
@dataclass(frozen=True, slots=True)
class Open:
    """Enter a scope (a branch or a sub-runbook); its end appears in `progress.ends[item]`."""

    item: str
    scope: str


@quick
@dataclass(frozen=True, slots=True)
class Wake:
    """Ask again at this moment."""

    at: Instant


Want = Observe | Act | Question | Tell | Listen | Withdraw | Prove | SendCode | Open | Wake


@quick
@dataclass(frozen=True, slots=True)
class Result:
    """The settled result of one item, after retries and the control probe."""

    outcome: str
    why: str
    facts: Mapping[str, Json]
    asked: Instant
    ended: Instant
    operation: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Given:
    """A person's answer; `choice` is TIMEOUT when nobody gave one in time."""

    choice: str
    by: str
    at: Instant
    values: Mapping[str, Json] = field(default_factory=dict)
    reason: str = ""
    role: str = ""
    identity: str = "claimed"
    proof: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Consent:
    """Where the consent for some changes stands; `wants` brings it on, or goes with it once granted."""

    status: Literal["granted", "asking", "declined", "refused"]
    wants: tuple[Want, ...] = ()
    why: str = ""
    given: Given | None = None
    """What a person answered, where it was declined or done by hand."""


@dataclass(frozen=True, slots=True)
class Undoable:
    """A recorded change that can be taken back, or says why it cannot."""

    operation: str
    step: str
    title: str
    action: ActionUse | None
    irreversible: str = ""
    verify: CheckUse | None = None


@quick
@dataclass(frozen=True, slots=True)
class Streak:
    """What remains of a soak's older samples: how many there were, and the passes in a row up to there."""

    samples: int = 0
    passes: int = 0
    first: Instant = Instant(0.0)
    last: Instant = Instant(0.0)
    """When the first and the last pass of the row were asked."""
    ended: Instant = Instant(0.0)


@quick
@dataclass(frozen=True, slots=True)
class Progress:
    """Everything a step kind may know about its own visit, as of `now`."""

    step: str
    title: str
    now: Instant
    entered: Instant
    results: Mapping[str, Result]
    answers: Mapping[str, Given]
    ends: Mapping[str, str]
    lookup: Lookup
    consent: Callable[[tuple[Act, ...]], Consent]
    """Where the consent stands for the changes that are still to be made."""
    undoable: tuple[Undoable, ...] = ()
    scale: float = 1.0
    """Divides pauses, soak and limits in environments marked for drills; never a person's time."""
    timeout: Duration | None = None
    streak: Streak = field(default_factory=Streak)
    pending: frozenset[str] = frozenset()
    """Items that were asked for and have no settled result yet."""

    def after(self, duration: Duration) -> Instant:
        """Return the moment a scaled duration after the step was entered."""
        return self.entered.after(duration / self.scale)


@quick
@dataclass(frozen=True, slots=True)
class Settlement:
    """How a visit ended. `goto` overrides the outcome's route (decide); `severity` raises."""

    outcome: str
    why: str = ""
    goto: str = ""
    severity: str = ""
    facts: Mapping[str, Json] = field(default_factory=dict)
    held: bool = False
    """A recovery check has held for its soak window."""


class Step(Kind):
    """One node of the graph."""

    __slots__ = ()
    family: ClassVar[str] = "steps"
    good: ClassVar[tuple[str, ...]] = ()
    """The outcomes a bare `then: x` covers."""
    bad: ClassVar[tuple[str, ...]] = ()
    """The outcomes that go to `otherwise` unless mapped."""

    def outcomes(self) -> tuple[str, ...]:
        """Return every outcome, good ones first."""
        return self.good + self.bad

    def targets(self) -> tuple[str, ...]:
        """Return targets named inside the step (the goes of a decide)."""
        return ()

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """Return what should happen now; may name what already happened (the core knows)."""
        raise NotImplementedError

    def settle(self, progress: Progress) -> Settlement | None:
        """Return how the visit ended, or None."""
        raise NotImplementedError
