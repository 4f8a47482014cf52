"""The pages beside those of the runbooks, as Markdown: what is looked up across all of them.

All stand in one folder, above those of the runbooks, so that their links differ only below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from posixpath import relpath
from typing import Final

from markupsafe import Markup

from engine.kinds.values import Duration
from engine.render.markdown import document, grouped, linked
from engine.render.markdown_text import cell, code, fence, table
from engine.render.mermaid import mermaid
from engine.views.alert_rules import BLIND, BLIND_FOR, AlertRules
from engine.views.docs_page import Branches, Page
from engine.views.drill_calendar import Calendar, DrillRecord, Due
from engine.views.escalation import Escalation
from engine.views.lifetimes import Lifetimes
from engine.views.service_map import ServiceMap
from engine.views.threshold_list import ThresholdEntry, ThresholdList

FOLDER: Final = "docs/runbooks"
RULES: Final = f"{FOLDER}/alerts.rules.yaml"
TEMPLATES: Final[Mapping[str, str]] = {
    "README.md": "runbooks.md.j2",
    "alerts.md": "alerts.md.j2",
    "escalation.md": "escalation.md.j2",
    "services.md": "services.md.j2",
    "thresholds.md": "thresholds.md.j2",
    "drills.md": "drill-calendar.md.j2",
    "coverage.md": "coverage.md.j2",
    "freshness.md": "freshness.md.j2",
}
"""Template by the page's name."""


def overview(pages: Sequence[Page], found: AlertRules, others: Mapping[str, str], templates: Path) -> str:
    """Return the page where an on-call begins: by symptom, alert and service; `others` are titles by file."""
    ordered = sorted(pages, key=lambda page: (page.kind, page.runbook))
    values = {
        "kinds": [(f"{kind}s", found) for kind, found in _kinds(ordered).items()],
        "others": list(others.items()),
        "symptoms": grouped((symptom, page) for page in ordered for symptom in page.symptoms),
        "services": grouped((page.service, page) for page in ordered if page.service),
        "alerts": grouped((one.alert, page) for page in ordered for one in page.alerts),
        "blind": BLIND if found.probes else "",
    }
    return _document("README.md", templates, values)


def alerts(found: AlertRules, templates: Path) -> str:
    """Return the page of all alerts and of the metrics their rules read."""
    values = {
        "found": found,
        "rows": [
            (rule.alert, _to(rule.runbook, rule.doc), f"{rule.severity or 'none'}, {_after(rule.lasting)}")
            for rule in found.rules
        ],
        "blind": BLIND,
        "blind_for": BLIND_FOR,
        "rules": _near(RULES),
    }
    return _document("alerts.md", templates, values)


def escalation(found: Escalation, templates: Path) -> str:
    """Return the escalation matrix."""
    names = [one.name for one in found.severities]
    values = {
        "found": found,
        "head": ["Role", *names],
        "matrix": [
            (_levelled(rung.role.role, rung.role.level), *map(_paged, rung.after)) for rung in found.rungs
        ],
        "severity_rows": [(one.name, one.respond, one.cadence or "") for one in found.severities],
        "channel_rows": [
            (one.name, one.type, f"then {one.fallback}" if one.fallback else "") for one in found.channels
        ],
    }
    return _document("escalation.md", templates, values)


def services(found: ServiceMap, templates: Path) -> str:
    """Return the service catalogue with its picture."""
    values = {
        "found": found,
        "picture": fence(mermaid(found.picture), "mermaid"),
        "anchors": {one.name: _anchor(one.name) for one in found.services},
        "drift_rows": [
            (f"{one.service}, {one.environment}: {one.key}", one.declared, one.seen) for one in found.drifts
        ],
    }
    return _document("services.md", templates, values)


def thresholds(found: ThresholdList, pages: Iterable[Page], templates: Path) -> str:
    """Return every number with its source, and what else is said of it."""
    values = {
        "found": found,
        "docs": {page.runbook: page.doc for page in pages},
        "rows": [(one.name, one.title, f"{one.value} ({one.source})") for one in found.entries],
    }
    return _document("thresholds.md", templates, values)


def drills(found: Calendar, templates: Path) -> str:
    """Return the calendar and the history of drills."""
    values = {
        "found": found,
        "rows": [(_to(row.page.runbook, row.page.doc), _last(row), row.due or "now") for row in found.due],
        "ci_rows": [
            (_to(row.page.runbook, row.page.doc), row.scenarios or "none", _branches(row))
            for row in found.due
        ],
        "measured": any(row.branches for row in found.due),
        "people": [_record(one) for one in found.people],
        "scripts": [_record(one) for one in found.scripts],
    }
    return _document("drills.md", templates, values)


def coverage(pages: Iterable[Page], templates: Path) -> str:
    """Return how many branches of each runbook CI takes by what, and every one that no drill takes."""
    ordered = sorted(pages, key=lambda page: (page.kind, page.runbook))
    known = [(page, page.practice.branches) for page in ordered if page.practice.branches]
    values = {
        "rows": [(_to(page.runbook, page.doc), *_counts(one)) for page, one in known],
        "undrilled": [(page.runbook, _undrilled(one)) for page, one in known if one.undrilled],
    }
    return _document("coverage.md", templates, values)


def _counts(one: Branches) -> tuple[int, ...]:
    return (one.total, one.covered, one.cases, one.steps, one.total - one.taken)


def _undrilled(branches: Branches) -> list[tuple[str, ...]]:
    """Return a row for each step and what shows its branches: there are too many for a row each."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in branches.undrilled:
        shown = f"{one.shown}s" if one.shown else f"nothing: {one.why or 'no reason is given'}"
        found.setdefault((one.step, shown), []).append(f"{one.outcome} > {one.target}")
    return [
        (Markup(code(step)), Markup(", ".join(code(way) for way in ways)), shown)  # noqa: S704
        for (step, shown), ways in found.items()
    ]


def freshness(found: Lifetimes, templates: Path) -> str:
    """Return the table of how long each page is to be trusted."""
    values = {
        "found": found,
        "rows": [
            (
                _to(row.page.runbook, row.page.doc),
                f"{row.page.reviewed or 'never'}, by {row.page.owner or 'nobody'}",
                f"{row.page.expires} ({row.state})" if row.page.expires else row.state,
            )
            for row in found.rows
        ],
    }
    return _document("freshness.md", templates, values)


def disputed(entries: Iterable[ThresholdEntry]) -> str:
    """Return a table of numbers that documents disagree on, for a page that somebody wrote."""
    rows = [
        [cell(one.title), cell(f"{one.value} ({one.source})"), cell("; ".join(one.conflicts) or "nothing")]
        for one in entries
    ]
    return table(["What", "Used", "Also said"], rows)


def _document(name: str, templates: Path, values: Mapping[str, object]) -> str:
    return document(TEMPLATES[name], f"{FOLDER}/{name}", templates, {"near": _near, **values})


def _near(path: str) -> str:
    """Return a path of the workspace as a page of this folder links to it."""
    return relpath(path, FOLDER)


def _to(runbook: str, doc: str) -> Markup:
    return linked(runbook, _near(doc))


def _kinds(pages: Iterable[Page]) -> Mapping[str, list[Page]]:
    found: dict[str, list[Page]] = {}
    for page in pages:
        found.setdefault(page.kind, []).append(page)
    return found


def _after(after: Duration | None) -> str:
    return f"after {after}" if after else "at once"


def _paged(after: Duration | None) -> str:
    return "when asked" if after is None else _after(after)


def _levelled(role: str, level: str) -> str:
    return f"{role} ({level})" if level else role


def _last(row: Due) -> str:
    if row.last is None:
        return "never"
    return f"{row.last.on}, {row.last.responder}" if row.last.responder else str(row.last.on)


def _branches(row: Due) -> str:
    return f"{row.branches.covered} of {row.branches.total}" if row.branches else "not measured"


def _record(record: DrillRecord) -> tuple[Markup, str]:
    """Return the link to a record, and what it says in a line."""
    told = [
        record.scenario,
        record.result,
        f"ended {record.end}" if record.end else "",
        f"first diagnosis {record.diagnosis}" if record.diagnosis else "",
        f"took {record.took}" if record.took else "",
        f"by {record.responder}" if record.responder else "",
    ]
    label = f"{record.on}, {record.runbook}" + (f", number {record.number}" if record.number > 1 else "")
    return linked(label, _near(record.report)), ", ".join(one for one in told if one)


def _anchor(name: str) -> str:
    """Return the anchor that GitHub makes of a heading that is a service's name."""
    return name.lower()
