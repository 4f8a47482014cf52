"""The shipped alerts and contradictions: none without a rule or a reason, none about what is not there."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from engine.app.own_pages import own_pages
from engine.views.alert_rules import probe_names
from tests.content.harness import ROOT, library
from tests.content.test_catalogue import CATALOGUE, CONFLICTS

RUNBOOKS = sorted(library().workspace.runbook_files())
CONTRADICTIONS = "docs/explain/contradictions.md"


@pytest.mark.parametrize("name", RUNBOOKS)
def test_an_alert_has_a_rule_or_says_why_not(name: str) -> None:
    """And an incident has an alert, which says more than the runbook's title where it has several."""
    runbook = library().runbook(name)
    assert runbook.triggers or runbook.kind != "incident"
    assert [] == [one.alert for one in runbook.triggers if not (one.expr or one.why)]
    assert [] == [one.alert for one in runbook.triggers if one.expr and one.why]
    told = [one.summary or runbook.title for one in runbook.triggers]
    assert len(told) == len(set(told))


@pytest.mark.parametrize("name", RUNBOOKS)
def test_a_rule_reads_a_probe_of_a_check_that_there_is(name: str) -> None:
    """By its name in the catalogue, or by that of a recorded series."""
    there = {*CATALOGUE.checks, *CATALOGUE.baselines}
    for trigger in library().runbook(name).triggers:
        for pattern in probe_names(trigger.expr):
            assert [one for one in there if re.fullmatch(pattern, one)], (trigger.alert, pattern)


def test_an_alert_leads_to_one_runbook() -> None:
    """Who is paged has one page to open."""
    names = Counter(one.alert for name in RUNBOOKS for one in library().runbook(name).triggers)
    assert [] == [name for name, times in names.items() if times > 1]


def test_every_contradiction_stands_on_its_page_as_the_catalogue_has_it() -> None:
    """All that are known, in tables that are not out of date."""
    pages = own_pages(library(), ROOT, "docs/runbooks")
    text = (ROOT / CONTRADICTIONS).read_text(encoding="utf-8")
    assert pages[CONTRADICTIONS] == text
    named = {
        name
        for names in re.findall(r"<!-- runbook docs: thresholds ([\w -]+) -->", text)
        for name in names.split()
    }
    assert set() == {*CONFLICTS} - named
    assert set() == {name for name in named if not CATALOGUE.thresholds[name].conflicts}
