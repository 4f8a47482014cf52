"""The pages beside those of the runbooks: gathered from runbooks, catalogue, drills and their records."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from engine.app.library import Library
from engine.app.workspace import Workspace, content_root
from engine.kinds.errors import StorageError
from engine.kinds.values import Json
from engine.views.alert_rules import AlertRules, alert_rules
from engine.views.docs_page import Page
from engine.views.drill_calendar import DrillRecord

_RUNBOOK = re.compile(rb"^runbook:[ \t]*[\"']?([A-Za-z0-9_-]+)", re.MULTILINE)
_BY_PEOPLE = re.compile(rb"^responder:[ \t]*true\b", re.MULTILINE)
_TITLES = {
    "alerts.md": "Alerts, their rules, and what those read",
    "escalation.md": "Escalation: who is paged when, and who may decide what",
    "services.md": "Services, what stands on what, and where they drift",
    "thresholds.md": "Thresholds with their sources, and where documents disagree",
    "drills.md": "Drills: when each runbook is to be practised, and their history",
    "coverage.md": "Coverage: which branches of each runbook CI takes, and by what",
    "freshness.md": "Freshness: until when each page is to be trusted",
}


def documents(library: Library, pages: Sequence[Page], records: Sequence[DrillRecord]) -> Mapping[str, str]:
    """Return every page beside those of `pages`, and the alert rules, by path; raises FileErrors.

    What the catalogue says nothing about has no page.
    """
    from engine.render import documents as render

    if not pages:
        return {}
    alerts = alert_rules(pages)
    made = dict(_made(library, pages, alerts, records))
    others = {name: _TITLES[name] for name in made if name in _TITLES}
    templates = _templates(library.workspace, render.TEMPLATES["README.md"])
    made = {"README.md": render.overview(pages, alerts, others, templates), **made}
    return {f"{render.FOLDER}/{name}": text for name, text in made.items()}


def _made(
    library: Library, pages: Sequence[Page], alerts: AlertRules, records: Sequence[DrillRecord]
) -> Iterator[tuple[str, str]]:
    from engine.render import documents as render
    from engine.render.alert_rules import prometheus
    from engine.views.drill_calendar import drill_calendar
    from engine.views.escalation import escalation
    from engine.views.lifetimes import lifetimes
    from engine.views.service_map import service_map
    from engine.views.threshold_list import threshold_list

    workspace, catalogue = library.workspace, library.catalogue

    def templates(name: str) -> Path:
        return _templates(workspace, render.TEMPLATES[name])

    if alerts.rules or alerts.unruled:
        yield "alerts.md", render.alerts(alerts, templates("alerts.md"))
    if alerts.rules:
        base = workspace.settings.docs.url
        yield Path(render.RULES).name, prometheus(alerts, base, f"{render.FOLDER}/alerts.md")
    if catalogue.roles or catalogue.severities:
        yield "escalation.md", render.escalation(escalation(catalogue, pages), templates("escalation.md"))
    if catalogue.services:
        yield "services.md", render.services(service_map(catalogue, pages), templates("services.md"))
    if catalogue.thresholds:
        runbooks = {name: _data(library, path) for name, path in workspace.runbook_files().items()}
        shared = [_data(library, path) for path in workspace.catalogue_files()]
        numbers = threshold_list(catalogue.thresholds, runbooks, shared)
        yield "thresholds.md", render.thresholds(numbers, pages, templates("thresholds.md"))
    calendar = drill_calendar(pages, records, _scenarios(library))
    yield "drills.md", render.drills(calendar, templates("drills.md"))
    if any(page.practice.branches for page in pages):
        yield "coverage.md", render.coverage(pages, templates("coverage.md"))
    yield "freshness.md", render.freshness(lifetimes(pages), templates("freshness.md"))


def _templates(workspace: Workspace, name: str) -> Path:
    """Return the folder that holds a template: a team that has its own need not have all."""
    return workspace.templates if (workspace.templates / name).is_file() else content_root() / "templates"


def _data(library: Library, path: Path) -> Mapping[str, Json]:
    return library.document(path).data


def _scenarios(library: Library) -> Mapping[str, int]:
    """Return how many drills of each runbook CI runs: those that need no person.

    There are many, and two words of each are wanted: their text is searched, and not read as YAML.
    """
    found: Counter[str] = Counter()
    for path in library.workspace.scenario_files().values():
        try:
            text = path.read_bytes()
        except OSError as error:
            raise StorageError(f"{path}: {error.strerror}") from None
        named = _RUNBOOK.search(text)
        if named and not _BY_PEOPLE.search(text):
            found[named[1].decode()] += 1
    return found
