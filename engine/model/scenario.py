"""The validated model of a drill's scenario: what breaks, who answers, and what a good run looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from engine.kinds.nodes import End
from engine.kinds.values import Duration, Json

ANY_STEP = "*"
"""In a scripted answer: whatever step asks."""

_AT_ONCE = Duration(0.0)
_A_MOMENT = Duration(5.0)  # a person reads before they answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The alert that pages the responder."""

    name: str
    before: Duration = _AT_ONCE
    """How long before the start of the drill it fired."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is broken: in which service, how, from when, and what mends it."""

    service: str
    kind: str
    at: Duration = _AT_ONCE
    until: Duration | None = None
    """When it mends by itself; never, where nothing is said."""
    heal: str = ""
    """The operation that mends it, such as restart-machine."""
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a scripted person answers, and how long they take."""

    step: str
    """Path of the step that asks, or `*`."""
    answer: str
    item: str = ""
    """Which of the step's questions: consent, ack, look.…; empty for an `ask`; `page`: in PagerDuty."""
    after: Duration = _A_MOMENT
    by: str = "responder"
    role: str = ""
    reason: str = ""
    values: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The decide that names the cause, and where it must go."""

    step: str
    goes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a good run of this drill looks like."""

    spelled: ClassVar[Mapping[str, str]] = {"not": "never"}
    path: tuple[str, ...] = ()
    """Steps that are entered in this order; others may come between."""
    never: tuple[str, ...] = ()
    """Steps that are not entered."""
    end: End | None = None
    diagnosis: Diagnosis | None = None
    severity: str = ""
    changes: Mapping[str, int] = field(default_factory=dict)
    """How often each operation is carried out."""
    within: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One drill. Required are `scenario`, `runbook`, `title` and `alert`."""

    scenario: str
    runbook: str
    title: str
    alert: Alert
    environment: str = "sandbox"
    severity: str = ""
    faults: tuple[Fault, ...] = ()
    people: tuple[Answer, ...] = ()
    expect: Expectation = Expectation()
    responder: bool = False
    """A person does this drill; otherwise `people` is the script of every answer."""
    hint: str = ""
    """What the drill master may say when the responder is stuck."""
    tags: tuple[str, ...] = ()
