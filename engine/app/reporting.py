"""Reports of runs and drills, written where people look for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.app.drilling import Drilled
from engine.app.runs import RunFolder
from engine.app.workspace import Workspace
from engine.core.events import Happened, Started
from engine.kinds.values import Duration
from engine.views.score import Score

DRILL_EVERY = Duration(30 * 86_400.0)
"""Drills of one runbook are due monthly where the runbook says nothing (the first customer's rule)."""


def incident_report(workspace: Workspace, folder: RunFolder) -> str:
    """Return the incident report of a run as Markdown."""
    return report_of(workspace, folder.read(), folder.head()[1])


def report_of(workspace: Workspace, happened: Sequence[Happened], head: str) -> str:
    """Return the incident report of a journal, or of its beginning, as Markdown."""
    from engine.render.report import incident
    from engine.views.report import report

    started = happened[0].event if happened else None
    impact = started.plan.impact if isinstance(started, Started) else ""
    return incident(report(happened, head, impact), workspace.templates)


def write_report(workspace: Workspace, folder: RunFolder) -> Path:
    """Write the report into the run's folder and return its path."""
    path = folder.path / "report.md"
    path.write_text(incident_report(workspace, folder), encoding="utf-8")
    if workspace.settings.evidence.artifacts:
        from engine.app.mirroring import mirror_report

        mirror_report(workspace, folder, path)
    return path


@dataclass(frozen=True, slots=True)
class Told:
    """A scored drill and its report."""

    score: Score
    text: str


def drill_report(workspace: Workspace, drilled: Drilled, head: str, every: Duration = DRILL_EVERY) -> Told:
    """Score a drill and return its report as Markdown; `every` is how often its runbook is practised."""
    from engine.render.report import drill
    from engine.views.score import score

    scored = score(drilled.happened, drilled.scenario, head, every)
    return Told(scored, drill(scored, workspace.templates))
