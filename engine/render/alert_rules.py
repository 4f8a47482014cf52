"""Alert rules as a Prometheus rules file.

Rules:
1. Same rules, same bytes; `doc_hash` in the second line is over everything below it.
2. Every text is quoted, so that none is read as another type; an expression stays as its author wrote it.
3. Labels and annotations are templates to Prometheus: what looks like one in a text comes out as text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from engine.kinds.values import Duration
from engine.render.findings import visible
from engine.views.alert_rules import BLIND, BLIND_FOR, AlertRule, AlertRules, Metric
from engine.views.freshness import seal

_HEAD = "# Made by `runbook docs` from the triggers of the runbooks: change those, not this file.\n"


def prometheus(found: AlertRules, base: str, page: str) -> str:
    """Return the rules file; links begin with `base`, and `page` is where unseen probes are explained."""
    return seal(_HEAD, "\n".join(_lines(found, base, page)) + "\n")


def address(base: str, doc: str) -> str:
    """Return the link to a page: below `base`, or its path in the workspace where there is no base."""
    return f"{base.rstrip('/')}/{doc}" if base else doc


def _lines(found: AlertRules, base: str, page: str) -> Iterator[str]:
    yield "groups:"
    for runbook, rules in groupby(found.rules, key=lambda rule: rule.runbook):
        yield f"  - name: {_text(runbook)}"
        yield "    rules:"
        for rule in rules:
            yield from _rule(rule, base)
    if found.probes:
        yield "  - name: probes that are not seen"
        yield "    rules:"
        for probe in found.probes:
            yield from _unseen(probe, found.least, address(base, page))


def _rule(rule: AlertRule, base: str) -> Iterator[str]:
    yield f"      - alert: {_text(rule.alert)}"
    yield f"        expr: {_text(rule.expr)}"
    if rule.lasting is not None:
        yield f"        for: {_duration(rule.lasting)}"
    labels = [
        ("severity", rule.severity),
        ("service", rule.service),
        ("owner", rule.owner),
        ("runbook", rule.runbook),
    ]
    yield from _block("labels", labels)
    notes = [
        ("summary", rule.summary),
        ("command", rule.command),
        ("runbook_url", address(base, rule.doc)),
    ]
    yield from _block("annotations", notes)


def _unseen(probe: Metric, severity: str, link: str) -> Iterator[str]:
    yield f"      - alert: {BLIND}"
    yield f"        expr: {_text(f'absent({probe.selector})')}"
    yield f"        for: {_duration(BLIND_FOR)}"
    yield from _block("labels", [("severity", severity), ("probe", probe.selector)])
    summary = f"Nobody exports {probe.selector}: {', '.join(probe.alerts)} cannot fire"
    yield from _block("annotations", [("summary", summary), ("runbook_url", link)])


def _block(name: str, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    told = [(key, text) for key, text in pairs if text]
    if told:
        yield f"        {name}:"
        for key, text in told:
            yield f"          {key}: {_text(_untemplated(text))}"


def _untemplated(text: str) -> str:
    """Write what Prometheus would read as a template so that it comes out as it stands."""
    return text.replace("{{", '{{ "{{" }}')


def _text(text: str) -> str:
    """Return a quoted scalar; several lines keep their breaks."""
    if "\n" in text.strip():
        return json.dumps("\n".join(visible(row) for row in text.strip().split("\n")), ensure_ascii=False)
    return "'" + visible(text.strip()).replace("'", "''") + "'"


def _duration(lasting: Duration) -> str:
    """Return a duration as Prometheus reads it; ours is written with the same units."""
    return str(lasting)
