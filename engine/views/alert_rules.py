"""The alerts that lead to a runbook, as rules; and what their silence may mean.

Rules:
1. An alert without an expression says why; it is listed, and makes no rule.
2. A rule whose metric nobody exports never fires, and looks like good health. A probe is always exported,
   so each probe that a rule reads by name (label `check`) has a second rule that fires when there is none.
   Of other metrics that cannot be said (a machine that sleeps exports nothing): they are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from engine.kinds.values import Duration
from engine.views.docs_page import Page

BLIND: Final = "ProbeUnseen"
BLIND_FOR: Final = Duration(900.0)
"""Three missed rounds of a probe every five minutes [E]."""
PROBE: Final = "check"
"""The label that names the catalogue's check a probe makes."""

_TEXT: Final = r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`'
_STRING: Final = re.compile(_TEXT)
_SELECTOR: Final = re.compile(rf"([A-Za-z_:][\w:]*)\s*\{{((?:[^\"'`{{}}]|{_TEXT})*)\}}")
_MATCHER: Final = re.compile(rf"([A-Za-z_]\w*)\s*(=~|!=|!~|=)\s*({_TEXT})")
_LABELS: Final = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
_NAME: Final = re.compile(r"(?<![\w.:])[A-Za-z_:][\w:]*(?!\s*\()(?![\w:])")
_WORDS: Final = frozenset(
    ("and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset",
     "inf", "nan", "start", "end", "atan2")
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """One rule of one runbook."""

    alert: str
    expr: str
    lasting: Duration | None
    severity: str
    summary: str
    runbook: str
    service: str
    owner: str
    doc: str
    """The runbook's page, from the workspace."""
    command: str
    """The line that runs it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unruled:
    """An alert that no rule raises."""

    alert: str
    runbook: str
    doc: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric, or one probe of it, and the alerts that are silent without it."""

    selector: str
    alerts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRules:
    """Everything the rules file and its page say."""

    rules: tuple[AlertRule, ...]
    unruled: tuple[Unruled, ...]
    probes: tuple[Metric, ...]
    """Each is watched for its absence."""
    metrics: tuple[Metric, ...]
    silent: tuple[Page, ...]
    """Incident runbooks that no alert leads to."""
    least: str
    """The least grave severity: of a probe that is not seen, and of an alert whose runbook proposes none."""


def alert_rules(pages: Iterable[Page]) -> AlertRules:
    """Return the rules of runbooks, by runbook and in the order of its triggers."""
    ordered = sorted(pages, key=lambda page: (page.kind, page.runbook))
    severities = next((page.severities for page in ordered if page.severities), ())
    least = severities[-1].name if severities else ""
    rules = tuple(_rules(ordered, least))
    return AlertRules(
        rules=rules,
        unruled=tuple(
            Unruled(alert=one.alert, runbook=page.runbook, doc=page.doc, why=one.why)
            for page in ordered
            for one in page.alerts
            if not one.expr
        ),
        probes=_by((selector, rule.alert) for rule in rules for selector in probes(rule.expr)),
        metrics=_by((name, rule.alert) for rule in rules for name in metrics(rule.expr)),
        silent=tuple(page for page in ordered if page.kind == "incident" and not page.alerts),
        least=least,
    )


def probes(expr: str) -> tuple[str, ...]:
    """Return every selector of an expression that names a probe, with nothing but that name."""
    found = []
    for match in _SELECTOR.finditer(expr):
        named = [f"{label}{how}{text}" for label, how, text in _MATCHER.findall(match[2]) if label == PROBE]
        if named:
            found.append(f"{match[1]}{{{','.join(named)}}}")
    return tuple(dict.fromkeys(found))


def probe_names(expr: str) -> tuple[str, ...]:
    """Return the patterns of the probes that an expression reads by name."""
    named = (
        text[1:-1]
        for match in _SELECTOR.finditer(expr)
        for label, _, text in _MATCHER.findall(match[2])
        if label == PROBE
    )
    return tuple(dict.fromkeys(named))


def metrics(expr: str) -> tuple[str, ...]:
    """Return the names of the metrics that an expression reads."""
    bare = _STRING.sub('""', re.sub(r"#[^\n]*", "", _STRING.sub('""', expr)))
    bare = re.sub(r"\{[^}]*\}", "", re.sub(r"\[[^\]]*\]", "", _LABELS.sub("", bare)))
    names = (name for name in _NAME.findall(bare) if name.lower() not in _WORDS)
    return tuple(dict.fromkeys(names))


def _rules(pages: Sequence[Page], least: str) -> Iterator[AlertRule]:
    for page in pages:
        for one in page.alerts:
            if one.expr:
                yield AlertRule(
                    alert=one.alert,
                    expr=one.expr,
                    lasting=one.lasting,
                    severity=_named(page, one.severity) or least,
                    summary=one.summary,
                    runbook=page.runbook,
                    service=page.service,
                    owner=page.owner,
                    doc=page.doc,
                    command=page.command,
                )


def _named(page: Page, severity: str) -> str:
    """Return a severity by its own name where an alias was written."""
    return next((one.name for one in page.severities if severity in one.aliases), severity)


def _by(found: Iterable[tuple[str, str]]) -> tuple[Metric, ...]:
    groups: dict[str, list[str]] = {}
    for selector, alert in found:
        groups.setdefault(selector, []).append(alert)
    return tuple(
        Metric(selector=selector, alerts=tuple(dict.fromkeys(alerts)))
        for selector, alerts in sorted(groups.items())
    )
