"""Rules of alerts: what they read, what they propose, and which of them may be blind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.kinds.values import Duration
from engine.model.runbook import Trigger
from engine.views.alert_rules import alert_rules, metrics, probe_names, probes
from engine.views.docs_page import Page
from engine.views.outline import outline
from tests.views.documented import catalogue, library, small


def page(*triggers: Trigger, **more: object) -> Page:
    """Return the page of a small runbook with these triggers."""
    return outline(small(triggers=triggers, **more), library, catalogue())


@pytest.mark.parametrize(
    ("expr", "named", "seen"),
    [
        ("up", ("up",), ()),
        ('probe_success{check="web"} == 0', ("probe_success",), ('probe_success{check="web"}',)),
        ("sum by (le, job) (rate(a_total[5m]))", ("a_total",), ()),
        ("a:b offset 5m / on (job) group_left (x) c_total > bool 1e5", ("a:b", "c_total"), ()),
        ('up{text="} == gone{"} and absent(down) # or never', ("up", "down"), ()),
        ("p{check=~'a|b',job!=\"c\"}", ("p",), ("p{check=~'a|b'}",)),
        ('p{job="c"} unless p{check="d"}', ("p",), ('p{check="d"}',)),
        ("vector(0) > inf", (), ()),
    ],
)
def test_an_expression_is_read_for_its_metrics_and_probes(
    expr: str, named: tuple[str, ...], seen: tuple[str, ...]
) -> None:
    """Names of functions, labels, durations and words of the language are none, nor is what stands in quotes."""
    assert (named, seen) == (metrics(expr), probes(expr))


def test_a_pattern_of_probes_is_told_as_it_stands() -> None:
    """So that a test can hold it against the catalogue."""
    assert ("a|b", "c") == probe_names('p{check=~"a|b"} or q{check="c"} or p{check="c"}')


def test_an_alert_says_what_its_trigger_says_and_else_what_its_runbook_does() -> None:
    """Summary and severity; of an alias the name that a run would record."""
    of = page(
        Trigger(alert="A", expr="a", lasting=Duration(60.0)),
        Trigger(alert="B", expr="b", summary="B is gone", severity="SEV-1"),
    )
    first, second = alert_rules([of]).rules
    assert ("The shop does not answer", "SEV-2", 60.0) == (first.summary, first.severity, first.lasting)
    assert ("B is gone", "SEV-1") == (second.summary, second.severity)
    alias = next(one for one in of.severities if one.aliases)
    aliased = alert_rules([replace(of, alerts=(replace(of.alerts[0], severity=alias.aliases[0]),))])
    assert alias.name == aliased.rules[0].severity


def test_a_runbook_that_proposes_nothing_gets_the_least_severity() -> None:
    """A route by severity then catches its alert."""
    found = alert_rules([page(Trigger(alert="A", expr="a"), severity="")])
    assert found.least == found.rules[0].severity == page().severities[-1].name


def test_what_has_no_rule_or_no_alert_is_told() -> None:
    """With why; and an incident that no alert leads to is no secret."""
    by_people = Trigger(alert="Complaints", why="people write")
    found = alert_rules([page(by_people), replace(page(), runbook="quiet")])
    assert ((), [("Complaints", "people write")]) == (
        found.rules,
        [(one.alert, one.why) for one in found.unruled],
    )
    assert ["quiet"] == [one.runbook for one in found.silent]


def test_a_probe_that_several_alerts_read_is_watched_once() -> None:
    """And names all of them."""
    same = 'probe_success{check="web"}'
    found = alert_rules(
        [page(Trigger(alert="A", expr=f"{same} == 0"), Trigger(alert="B", expr=f"{same} == 0"))]
    )
    assert [(same, ("A", "B"))] == [(one.selector, one.alerts) for one in found.probes]
