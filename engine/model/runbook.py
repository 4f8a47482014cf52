"""The validated model of one runbook file. Required are `runbook`, `title` and `steps`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from engine.kinds.nodes import Node
from engine.kinds.values import Duration, Json
from engine.model.assertion import Assertion


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """How long each phase should take; shown, recorded, and never enforced by killing anything."""

    diagnose: Duration | None = None
    """Until the cause is known."""
    mitigate: Duration | None = None
    """Until the change is made."""
    verify: Duration | None = None
    """Until recovery is proved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """An alert that means this runbook: its name, and its rule where the team ships one."""

    spelled: ClassVar[Mapping[str, str]] = {"for": "lasting"}
    alert: str
    """The alert's name."""
    expr: str = ""
    """Its rule in PromQL; a threshold is written `${thresholds.…}`."""
    lasting: Duration | None = None
    """How long the rule must hold before the alert fires."""
    summary: str = ""
    """What the alert says in a sentence; the runbook's title where nothing is said."""
    severity: str = ""
    """What it proposes; the runbook's severity where nothing is said."""
    why: str = ""
    """Why it has no `expr`: who or what raises it instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A value given with `--input name=value`; without a default it is required."""

    title: str = ""
    """What it is, for whoever is asked for it."""
    default: Json = None
    """The value where none is given."""
    required: bool = False
    """It must be given."""
    pattern: str = ""
    """The whole value must match; outside values need one (they may come from an alert)."""
    max_length: int = 1000
    """Characters of the longest value; control characters and line breaks are never taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A finding of `check` that the team has looked at and lives with, for a while."""

    rule: str
    """The rule's name, `unverified-change`."""
    why: str
    """What makes it all right here, for whoever reads the file and for the reports of `check`."""
    until: str
    """Date after which the finding is told again, `2026-06-30`."""
    step: str = ""
    """Only findings at this step; empty: anywhere in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """One runbook: head, and a graph of named steps in the order of the file."""

    spelled: ClassVar[Mapping[str, str]] = {"assert": "asserts"}
    runbook: str
    """The id: small letters, digits, `-` and `_`; it is what commands, alerts and other runbooks say."""
    title: str
    """What is wrong, or what is done, in one line."""
    steps: Mapping[str, Node]
    """The steps by name; the first is where a run starts, unless `start` says otherwise."""
    start: str = ""
    """The step to begin with; the first where nothing is said."""
    service: str = ""
    """The service of the catalogue that it is about; its variables are `${service.…}`."""
    severity: str = ""
    """The severity a run begins with, one of the catalogue."""
    owner: str = ""
    """The role that keeps it true, one of the catalogue's where it has any."""
    reviewed: str = ""
    """Date of the last review, `2025-10-13`."""
    review_every: Duration = Duration(7 * 86_400.0)
    """The page expires this long after the review (the first customer's rule: 7 days)."""
    epoch: str = ""
    """The state of the estate it was written for, in the team's own words."""
    meaning: str = ""
    """What the alert or the task means, for whoever has never seen it."""
    impact: str = ""
    """What customers notice."""
    symptoms: tuple[str, ...] = ()
    """What people see and say; `runbook find` searches it."""
    references: tuple[str, ...] = ()
    """Documents it was made from."""
    budgets: Budgets = Budgets()
    """How long each phase should take."""
    triggers: tuple[Trigger, ...] = ()
    """The alerts that mean this runbook."""
    inputs: Mapping[str, Input] = field(default_factory=dict)
    """Values a run is given, by name; `${inputs.…}`."""
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Values that are handed to the runbook that runs this one, by name."""
    otherwise: str = ""
    """Where outcomes that are not good go; empty for the built-in step: escalate, end escalated."""
    environments: tuple[str, ...] = ()
    """Where it may run; empty for everywhere."""
    drill_every: Duration = Duration(30 * 86_400.0)
    """People practise it so often (the first customer's rule: monthly)."""
    kind: Literal["incident", "operation"] = "incident"
    """An incident answers an alert; an operation is planned work."""
    asserts: tuple[Assertion, ...] = ()
    """What holds on every path, and `check` proves: [proofs](../explain/proofs.md)."""
    allow: tuple[Waiver, ...] = ()
    """Findings of `check` that are waived, each with its reason and its end."""
