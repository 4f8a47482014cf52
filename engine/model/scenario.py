"""The validated model of a drill's scenario: what breaks, who answers, and what a good run looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from engine.kinds.nodes import End
from engine.kinds.values import Duration, Instant, Json

ANY_STEP = "*"
"""In a scripted answer: whatever step asks."""

_AT_ONCE = Duration(0.0)
_A_MOMENT = Duration(5.0)  # a person reads before they answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The alert that pages the responder."""

    name: str
    """Its name, as in the runbook's `triggers`."""
    before: Duration = _AT_ONCE
    """How long before the start of the drill it fired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is broken: in which service, how, from when, and what mends it."""

    service: str
    """The stand-in that is broken."""
    kind: str
    """How: one of the faults of the reference."""
    at: Duration = _AT_ONCE
    """When it begins, after the start of the drill."""
    until: Duration | None = None
    """When it mends by itself; never, where nothing is said."""
    heal: str = ""
    """The operation that mends it, such as restart-machine."""
    params: Mapping[str, Json] = field(default_factory=dict)
    """What that fault takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a scripted person answers, and how long they take."""

    step: str
    """Path of the step that asks, or `*`."""
    answer: str
    """What they answer: an option's name, `yes`, `no`, `ack`."""
    item: str = ""
    """Which of the step's questions: consent, ack, look.…; empty for an `ask`; `page`: in PagerDuty."""
    after: Duration = _A_MOMENT
    """How long they take."""
    by: str = "responder"
    """Who answers."""
    role: str = ""
    """The role they answer in; the operator's where nothing is said, who may not approve."""
    reason: str = ""
    """What they say to it."""
    values: Mapping[str, Json] = field(default_factory=dict)
    """Facts they read off, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The decide that names the cause, and where it must go."""

    step: str
    """The step that decides."""
    goes: str
    """The step or end it goes to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a good run of this drill looks like."""

    spelled: ClassVar[Mapping[str, str]] = {"not": "never"}
    path: tuple[str, ...] = ()
    """Steps that are entered in this order; others may come between."""
    never: tuple[str, ...] = ()
    """Steps that are not entered."""
    end: End | None = None
    """The end it reaches."""
    diagnosis: Diagnosis | None = None
    """What the cause was found to be."""
    severity: str = ""
    """The severity at the end."""
    changes: Mapping[str, int] = field(default_factory=dict)
    """How often each operation is carried out."""
    within: Duration | None = None
    """The longest it takes from start to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One drill. Required are `scenario`, `runbook`, `title` and `alert`."""

    scenario: str
    """The drill's name: small letters, digits, `-` and `_`."""
    runbook: str
    """The id of the runbook that is practised."""
    title: str
    """What happens, in one line."""
    alert: Alert
    """The alert that begins it."""
    environment: str = "sandbox"
    """Where it takes place; one that is marked for drills."""
    severity: str = ""
    """The severity at the start; the runbook's where nothing is said."""
    start: Instant | None = None
    """When it begins in virtual time (UTC), where a window asks for the day; with people it is now."""
    faults: tuple[Fault, ...] = ()
    """What is broken."""
    people: tuple[Answer, ...] = ()
    """Who answers what."""
    expect: Expectation = Expectation()
    """What a good run looks like."""
    responder: bool = False
    """A person does this drill; otherwise `people` is the script of every answer."""
    hint: str = ""
    """What the drill master may say when the responder is stuck."""
    tags: tuple[str, ...] = ()
    """Words to choose drills by."""
