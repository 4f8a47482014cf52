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
    mitigate: Duration | None = None
    verify: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """An alert that means this runbook: its name, and its rule where the team ships one."""

    spelled: ClassVar[Mapping[str, str]] = {"for": "lasting"}
    alert: str
    expr: str = ""
    lasting: Duration | None = None
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
    default: Json = None
    required: bool = False
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
    title: str
    steps: Mapping[str, Node]
    start: str = ""
    service: str = ""
    severity: str = ""
    owner: str = ""
    reviewed: str = ""
    """Date of the last review, `2025-10-13`."""
    review_every: Duration = Duration(7 * 86_400.0)
    """The page expires this long after the review (the first customer's rule: 7 days)."""
    epoch: str = ""
    meaning: str = ""
    impact: str = ""
    symptoms: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    budgets: Budgets = Budgets()
    triggers: tuple[Trigger, ...] = ()
    inputs: Mapping[str, Input] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = ""
    """Where outcomes that are not good go; empty for the built-in step: escalate, end escalated."""
    environments: tuple[str, ...] = ()
    """Where it may run; empty for everywhere."""
    drill_every: Duration = Duration(30 * 86_400.0)
    """People practise it so often (the first customer's rule: monthly)."""
    kind: Literal["incident", "operation"] = "incident"
    asserts: tuple[Assertion, ...] = ()
    """What holds on every path, and `check` proves: [proofs](../explain/proofs.md)."""
    allow: tuple[Waiver, ...] = ()
    """Findings of `check` that are waived, each with its reason and its end."""
