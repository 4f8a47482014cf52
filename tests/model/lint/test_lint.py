"""The rules together: what they find in whole files, and what a file waives of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from engine.model.lint import Facts, Linted, lint, lint_catalogue, linted, rules
from engine.model.loading import load_catalogue
from tests.model.files import document, loaded, runbook
from tests.model.lint.files import read
from tests.model.loading.test_runbooks import DOWN

TODAY = Facts(today=date(2026, 1, 20))
LOOP = """
allow:
  - {rule: RULE, why: the second one is in the other file, until: '2026-03-01'STEP}
steps:
  look: {check: {tcp: 'db:1'}, then: {any: act}}
  act: {action: {http: 'https://x', irreversible: sent}, then: again}
  again: {action: {http: 'https://y', irreversible: sent}, then: mitigated}
"""


def told(text: str, rule: str = "unverified-change", step: str = "", facts: Facts = TODAY) -> Linted:
    """Return what the rules find in the file above with this waiver."""
    mine, file = read(text.replace("RULE", rule).replace("STEP", f", step: {step}" if step else ""))
    return linted(mine, file, facts)


def names(result: Linted) -> list[str]:
    """Return the rules that speak."""
    return [one.finding.rule for one in result.findings]


def test_a_runbook_of_the_usual_size_passes_every_rule() -> None:
    """The good example of the loader is one here too."""
    assert () == lint(runbook(DOWN), document(DOWN))


def test_what_is_waived_is_not_told_and_its_reason_is_kept() -> None:
    """Both findings of the rule, each with why and until when."""
    result = told(LOOP)
    assert [] == names(result)
    assert [("unverified-change", "the second one is in the other file", "2026-03-01")] * 2 == [
        (one.located.finding.rule, one.why, one.until) for one in result.waived
    ]
    assert [6, 7] == [one.located.line - 1 for one in result.waived]


def test_a_waiver_of_one_step_waives_nothing_else() -> None:
    """The finding at the other step is told."""
    result = told(LOOP, step="act")
    assert ["unverified-change"] == names(result)
    assert ["act"] == [one.located.finding.route[-1] for one in result.waived]


def test_a_waiver_whose_day_is_over_is_told_with_what_it_waived() -> None:
    """The day itself still counts."""
    assert [] == names(told(LOOP, facts=Facts(today=date(2026, 3, 1))))
    late = told(LOOP, facts=Facts(today=date(2026, 3, 2)))
    assert ["waiver-expired", "unverified-change", "unverified-change"] == names(late)
    assert "ended on 2026-03-01" in late.findings[0].finding.message
    assert () == late.waived


def test_without_a_day_no_waiver_ends() -> None:
    """What is out of date is told only where somebody says what day it is."""
    assert [] == names(told(LOOP, facts=Facts()))


@pytest.mark.parametrize(
    ("rule", "step", "finding", "severity", "said"),
    [
        ("unverified-chnage", "", "waiver-unknown", "error", "did you mean 'unverified-change'?"),
        ("unknown-target", "", "waiver-unknown", "error", "must be mended"),
        ("soak-beyond-limit", "", "waiver-of-nothing", "warning", "take the waiver out"),
        ("unverified-change", "look", "waiver-of-nothing", "warning", "at 'look'"),
    ],
)
def test_a_waiver_that_waives_nothing_is_found(
    rule: str, step: str, finding: str, severity: str, said: str
) -> None:
    """A word that is no rule, a finding of the loader, a rule that found nothing here."""
    result = told(LOOP, rule=rule, step=step)
    first = result.findings[0].finding
    assert (finding, severity) == (first.rule, first.severity)
    assert said in f"{first.message}; {first.fix}"
    assert ["unverified-change"] * 2 == names(result)[1:]


@pytest.mark.parametrize(
    ("waiver", "rule"),
    [
        ("{rule: unverified-change, why: '', until: '2026-03-01'}", "wrong-value"),
        ("{rule: unverified-change, why: ' ', until: '2026-03-01'}", "wrong-value"),
        ("{rule: unverified-change, why: so, until: soon}", "wrong-value"),
        ("{rule: unverified-change, why: so}", "missing-key"),
        ("{rule: unverified-change, until: '2026-03-01'}", "missing-key"),
        ("{rule: unverified-change, why: so, until: '2026-03-01', unless: it}", "unknown-key"),
    ],
)
def test_a_waiver_without_a_reason_or_an_end_is_refused(waiver: str, rule: str) -> None:
    """By the loader: such a waiver waives nothing."""
    text = f"runbook: a\ntitle: A\nallow: [{waiver}]\nsteps: {{a: {{wait: 5s, then: aborted}}}}\n"
    assert [rule] == [one.finding.rule for one in loaded(text).findings]


def test_findings_of_the_catalogue_stand_in_the_file_that_holds_the_entry() -> None:
    """A section may be spread over files."""
    one = document("channels: {a: {type: webhook, url: nowhere}}\n", "one.yaml")
    two = document("# b\nchannels: {b: {type: webhook, url: nowhere}}\n", "two.yaml")
    found = lint_catalogue(load_catalogue([one, two]).require(), [one, two])
    assert [("one.yaml", 1), ("two.yaml", 2)] == [(each.file, each.line) for each in found]


def test_a_path_is_told_with_the_line_of_every_step() -> None:
    """An end stands nowhere, and has no line."""
    mine, file = read("steps:\n  a: {check: {tcp: 'db:1'}, then: b}\n  b: {wait: 5s, then: resolved}\n")
    (found,) = lint(mine, file)
    assert [("a", 4), ("b", 5), ("resolved", 0)] == [(stop.name, stop.line) for stop in found.trace]


def test_nothing_known_finds_nothing_that_needs_it() -> None:
    """A rule that needs a fact which nobody collected says nothing: the same file, with and without."""
    text = "reviewed: '2020-01-01'\ntriggers: [{alert: X}]\nsteps: {a: {check: {tcp: 'db:1'}, then: {any: aborted}}}\n"
    mine, file = read(text)
    assert () == lint(mine, file)
    knowing = replace(TODAY, alert_rules=frozenset(), pages={"example": "stale"}, practice={})
    found = {one.finding.rule for one in lint(mine, file, knowing)}
    assert {"runbook-expired", "trigger-without-rule", "page-stale"} == found


def test_every_rule_that_names_a_path_is_known_by_its_file() -> None:
    """Names are what waivers and reports speak in."""
    assert all(name == name.lower() and "_" not in name for name in rules())
