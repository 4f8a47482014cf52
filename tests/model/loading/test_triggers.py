"""Triggers of a runbook: what they propose, and the thresholds in their rules."""

from __future__ import annotations

import pytest

from engine.kinds.values import Duration
from engine.model.catalogue import Threshold
from engine.model.loading import load_runbook
from engine.views.alert_text import plain_text, rule_text
from tests.model.files import MARK, catalogue, document, marked, places

HEAD = "runbook: down\ntitle: It is down\n"
STEPS = "steps: {a: {check: {tcp: 'db:1'}, then: {pass: false-alarm, fail: escalated, unknown: escalated}}}\n"


@pytest.mark.parametrize(
    ("trigger", "rule", "says"),
    [
        ("{alert: A, severity: ▶SEV-9}", "unknown-severity", "SEV-9"),
        ("{alert: A, expr: ▶'up > ${thresholds.slwo}'}", "unknown-reference", "has no 'slwo'"),
        ("{alert: A, expr: ▶'up > ${service.url}'}", "unknown-reference", "service"),
        ("{alert: A, summary: ▶'above ${thresholds.slwo}'}", "unknown-reference", "has no 'slwo'"),
    ],
)
def test_a_trigger_that_names_what_is_not_there_is_refused(trigger: str, rule: str, says: str) -> None:
    """At its place."""
    text = f"{HEAD}triggers: [{trigger}]\n{STEPS}"
    loaded = load_runbook(document(text), catalogue())
    (found,) = loaded.findings
    assert (marked(text), rule) == (places(loaded.findings), found.finding.rule)
    assert says in found.finding.message
    assert MARK not in found.finding.message


def test_a_trigger_may_name_an_alias_and_a_threshold() -> None:
    """What the catalogue knows."""
    trigger = "{alert: A, severity: P0, expr: 'up > ${thresholds.slow}', summary: 'above ${thresholds.slow}'}"
    loaded = load_runbook(document(f"{HEAD}triggers: [{trigger}]\n{STEPS}"), catalogue())
    assert () == loaded.findings


NUMBERS = {
    name: Threshold(value=value, source="us")
    for name, value in {
        "slow": "800ms",
        "long": "1h30m",
        "many": 80,
        "share": 0.5,
        "days": "Mon",
        "on": True,
    }.items()
}


@pytest.mark.parametrize(
    ("name", "number", "written"),
    [
        ("slow", "0.8", "800ms"),
        ("long", "5400", "1h30m"),
        ("many", "80", "80"),
        ("share", "0.5", "0.5"),
        ("gone", "${thresholds.gone}", "${thresholds.gone}"),
    ],
)
def test_a_rule_has_the_number_and_a_text_what_the_catalogue_writes(
    name: str, number: str, written: str
) -> None:
    """A duration is compared in seconds."""
    text = f"up > ${{thresholds.{name}}}"
    assert (f"up > {number}", f"up > {written}") == (rule_text(text, NUMBERS), plain_text(text, NUMBERS))


def test_words_are_no_number_and_a_rule_without_a_reference_is_as_it_was() -> None:
    """A truth value is none either."""
    assert [None, None] == [NUMBERS[name].number for name in ("days", "on")]
    assert Duration.parse("1h30m") == NUMBERS["long"].number
    assert 'up{a="$b"} > 1' == rule_text('up{a="$b"} > 1', NUMBERS)
    assert "${x}" == rule_text("$${x}", NUMBERS)


def test_a_rule_that_compares_with_words_is_refused() -> None:
    """With what stands there."""
    shared = catalogue("thresholds: {slow: {value: Mon and Thu, source: us}}")
    text = f"{HEAD}triggers: [{{alert: A, expr: 'up > ${{thresholds.slow}}'}}]\n{STEPS}"
    (found,) = load_runbook(document(text), shared).findings
    assert (
        "wrong-value",
        "'${thresholds.slow}' is 'Mon and Thu': a rule compares with a number or a duration",
    ) == (
        found.finding.rule,
        found.finding.message,
    )
