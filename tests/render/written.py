"""Every page beside those of the runbooks, written from a tame catalogue and from a hostile one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from engine.kinds.values import Duration
from engine.model.catalogue import Catalogue, Channel, Role, Rung, Service, SeverityLevel, Threshold
from engine.model.runbook import Trigger
from engine.render import documents
from engine.views.alert_rules import alert_rules
from engine.views.docs_page import Branches, Page, Practice, Undrilled
from engine.views.drill_calendar import DrillRecord, drill_calendar
from engine.views.escalation import escalation
from engine.views.lifetimes import lifetimes
from engine.views.outline import outline
from engine.views.service_map import service_map
from engine.views.threshold_list import threshold_list
from tests.views.documented import catalogue, library, small

TEMPLATES = Path(__file__).parents[2] / "templates"
HOSTILE = "</p><script>x</script> `` ``` | ---\n# Broken [a](javascript:b) ![p](https://evil.example) \u202e*_${x} {{y}}"


def tame() -> Catalogue:
    """Return the small catalogue with something on every page."""
    return catalogue(
        channels={"page": Channel(type="webhook", url="https://x.example", fallback="page")},
        thresholds={"slow": Threshold(value="1s", source="us", title="A page", conflicts=("2s", "3s"))},
    )


def hostile() -> Catalogue:
    """Return a catalogue in which every text tries to break out of its place."""
    role = Role(
        title=HOSTILE, level=HOSTILE, may=(HOSTILE,), approves=(HOSTILE,), contact=HOSTILE,
        may_not=HOSTILE, escalate_when=HOSTILE, channel="page",
    )  # fmt: skip
    level = SeverityLevel(
        meaning=HOSTILE,
        respond=Duration(300.0),
        aliases=(HOSTILE,),
        ladder=(Rung(role="reliability", after=Duration(0.0)),),
    )
    return catalogue(
        services={
            "shop": Service(
                title=HOSTILE, description=HOSTILE, owner=HOSTILE, depends=("other", HOSTILE),
                environments={"production": {"url": "https://x.example", HOSTILE: HOSTILE, "list": [HOSTILE]}},
                credentials=(HOSTILE,), links={HOSTILE: HOSTILE},
            ),
            "other": Service(environments={"production": {"size": HOSTILE, "size_observed": 1}}),
        },
        thresholds={"slow": Threshold(value=HOSTILE, source=HOSTILE, title=HOSTILE, conflicts=(HOSTILE,))},
        roles={"reliability": role, "other": role},
        severities={"SEV-2": level},
        channels={"page": Channel(type="webhook", url="https://x.example", fallback=HOSTILE)},
    )  # fmt: skip


def pages(shared: Catalogue, text: str = "") -> list[Page]:
    """Return the pages of two runbooks, with a text in every place that an author fills."""
    more = {"owner": text, "title": text, "symptoms": (text,)} if text else {}
    triggers = (
        Trigger(alert=text or "Down", expr=f'probe_success{{check="{text and "x"}"}} == 0', summary=text),
        Trigger(alert=text or "Complaints", why=text or "people write"),
    )
    first = small(triggers=triggers, **more)
    second = small(runbook="quiet", kind="operation", severity="", reviewed="", triggers=(), **more)
    undrilled = (
        Undrilled(step=text or "look", outcome="fail", target="cause", shown="case"),
        Undrilled(step=text or "look", outcome="unknown", target="cause", shown="case"),
        Undrilled(step="cause", outcome="limit", target=text or "engineer", why=text or "it is visited once"),
    )
    practice = Practice(branches=Branches(covered=4, total=7, cases=2, steps=1, undrilled=undrilled))
    return [outline(first, library, shared, practice), outline(second, library, shared)]


def written(shared: Catalogue, text: str = "") -> Mapping[str, str]:
    """Return every page by its name."""
    made = pages(shared, text)
    records = [
        DrillRecord(on=date(2025, 10, 14), runbook="shop-down", report="drills/history/1.md", responder=text),
        DrillRecord(
            on=date(2025, 10, 15),
            runbook="shop-down",
            report="drills/history/2.md",
            by="script",
            scenario=text,
        ),
    ]
    uses = {"shop-down": {"check": "${thresholds.slow}"}}
    return {
        "README.md": documents.overview(made, alert_rules(made), {"alerts.md": "Alerts"}, TEMPLATES),
        "alerts.md": documents.alerts(alert_rules(made), TEMPLATES),
        "escalation.md": documents.escalation(escalation(shared, made), TEMPLATES),
        "services.md": documents.services(service_map(shared, made), TEMPLATES),
        "thresholds.md": documents.thresholds(threshold_list(shared.thresholds, uses, []), made, TEMPLATES),
        "drills.md": documents.drills(drill_calendar(made, records, {"shop-down": 2}), TEMPLATES),
        "coverage.md": documents.coverage(made, TEMPLATES),
        "freshness.md": documents.freshness(lifetimes(made), TEMPLATES),
    }
