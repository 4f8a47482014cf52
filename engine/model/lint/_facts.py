"""What the workspace knows beside the one runbook that is looked at: plain data, collected by `app`.

A fact that nobody collected is None, or empty: a rule that needs it then says nothing.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from engine.kinds.findings import Route
from engine.kinds.values import Json
from engine.model.catalogue import Catalogue
from engine.model.runbook import Runbook

if TYPE_CHECKING:
    from engine.model.loading.uses import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """How a runbook has been tried: by people, and by the drills that CI runs."""

    on: date | None = None
    """Last drill or run by people."""
    taken: frozenset[str] | None = None
    """Steps that any drill has entered; None: nobody measured it."""
    scenarios: int = 0
    """Scenarios that drill it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a rule may know."""

    catalogue: Catalogue = field(default_factory=Catalogue)
    """Policy, access lists, thresholds, services, roles, channels, severities."""
    expectations: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """What the catalogue's checks expect, as it is written there: by check, then by fact."""
    root: str = ""
    """Folder of the workspace, as an absolute path."""
    today: date | None = None
    runbooks: Mapping[str, Runbook] = field(default_factory=dict)
    """Every runbook of the workspace that can be read, by id."""
    practice: Mapping[str, Practice] | None = None
    """How each runbook has been tried; None: there is no history."""
    alert_rules: frozenset[str] | None = None
    """Names of the alert rules in the workspace; None: it holds no rule files."""
    written: Container[Route] | None = None
    """Places that the looked-at file itself has, so that what was left out is known; set by `linted`."""
    pages: Mapping[str, str] = field(default_factory=dict)
    """Why the page of a runbook is not to be trusted, for those where it is so."""


def written_expectations(templates: Mapping[str, Template]) -> Mapping[str, Mapping[str, Json]]:
    """Return what the checks of a catalogue expect, references and parameters as they stand there."""
    found = {name: one.data.get("expect") for name, one in templates.items()}
    return {name: expect for name, expect in found.items() if isinstance(expect, Mapping)}


__all__ = ["Facts", "Practice", "written_expectations"]
