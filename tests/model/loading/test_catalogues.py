"""The catalogue: merged from files, checked as a whole."""

from __future__ import annotations

import pytest

from engine.kinds.checks.http import HttpCheck
from engine.kinds.values import Duration
from engine.model.loading import load_catalogue
from tests.model.files import CATALOGUE, catalogue, document, marked, places

FAULTS = [
    ("▶servces: {}", "unknown-key", "did you mean 'services'?"),
    ("services: {shop: {▶titel: Shop}}", "unknown-key", "did you mean 'title'?"),
    ("services: {shop: {depends: [▶databse]}, database: {}}", "unknown-service", "did you mean 'database'?"),
    (
        "environments: {production: {}}\nservices: {shop: {environments: {▶prod: {url: x}}}}",
        "unknown-environment",
        "production",
    ),
    (
        "roles: {a: {channel: ▶pagr}}\nchannels: {pager: {type: webhook, url: PAGER}}",
        "unknown-channel",
        "did you mean 'pager'?",
    ),
    ("severities: {▶S: {meaning: x, respond: 5m, cadence: 59s}}", "wrong-value", "give 1m or more"),
    ("channels: {pager: {type: ▶web, url: PAGER}}", "wrong-value", "none of pagerduty, webhook"),
    (
        "roles: {a: {}}\nseverities: {S: {meaning: x, respond: 5m, ladder: [{role: ▶b, after: 5m}]}}",
        "unknown-role",
        "known: a",
    ),
    ("roles: {a: {}}\npolicy: [{consent: approve, role: ▶b}]", "unknown-role", "known: a"),
    ("roles: {a: {}}\nguards: {announce: ▶b}", "unknown-role", "known: a"),
    ("roles: {a: {}}\nguards: {updates: ▶b}", "unknown-role", "known: a"),
    ("roles: {a: {}}\nguards: {deviations: [{of: [skip], role: ▶b}]}", "unknown-role", "known: a"),
    ("policy: [{consent: ▶ask}]", "wrong-value", "none of none, confirm, approve, refuse"),
    (
        "environments: {real: {}}\npolicy: [{consent: none, environments: [▶reel]}]",
        "unknown-environment",
        "did you mean 'real'?",
    ),
    ("checks: {a: {tcp: 'db:1'}, b: {▶use: a}}", "nested-use", "'b' uses another"),
    ("checks: {a: {http: ▶'${with.app}'}}", "unknown-reference", "'with' has no 'app'"),
    ("checks: {a: {params: {app: x}, http: ▶'${with.ap}'}}", "unknown-reference", "did you mean 'app'?"),
    ("checks: {a: {http: ▶'${query.status}'}}", "unknown-reference", "there is no step 'query'"),
    (
        "checks: {a: {params: {wait: null}, tcp: 'db:1', timeout: ▶'${with.wait}'}}",
        "wrong-value",
        "no duration",
    ),
    ("checks: {a: {▶params: [app], tcp: 'db:1'}}", "wrong-type", "parameters with their defaults"),
    ("checks: {▶a: {title: A}}", "no-kind", "this check names no kind"),
    ("checks: ▶[a]", "wrong-type", "checks by name"),
    (
        "actions: {a: {http: 'https://x', reconcile: {use: ▶b}}}",
        "unknown-check",
        "the catalogue has no check 'b'",
    ),
    ("controls: {a: {use: ▶b}}", "unknown-check", "the catalogue has no check 'b'"),
    ("thresholds: {▶slow: {value: 5}}", "missing-key", "'source' is missing"),
]


def test_a_catalogue_becomes_whole_parts() -> None:
    """Checks have their defaults written in; a parameter without one stays a reference."""
    found = catalogue()
    machines = found.checks["machines"]
    assert isinstance(machines.kind, HttpCheck)
    assert "https://api.example.com/${with.app}" == machines.kind.http
    assert ("machines", Duration(5.0), 200) == (
        machines.name,
        machines.timeout,
        machines.expect["status"].data,
    )
    assert ("P0",) == found.severities["SEV-1"].aliases
    assert {"app": None, "code": 200, "wait": "5s"} == found.check_templates["machines"].params


def test_files_are_merged_by_their_sections() -> None:
    """A name may be explained in another file."""
    one = document("services: {shop: {depends: [database]}}", "one.yaml")
    two = document("services: {database: {}}\npolicy: [{consent: none}]", "two.yaml")
    found = load_catalogue([one, two]).require()
    assert ["shop", "database"] == list(found.services)
    assert "none" == found.policy[0].consent


@pytest.mark.parametrize(
    ("text", "named"),
    [("services:\n  ▶shop: {}", "'shop' in services"), ("▶policy: []", "'policy'")],
)
def test_what_two_files_give_is_refused_naming_both(text: str, named: str) -> None:
    """The finding stands at the second and names the first."""
    other = text.replace("▶", "")
    result = load_catalogue([document(other, "one.yaml"), document(text, "two.yaml")])
    line = marked(text)[0][0]
    assert [("two.yaml", f"{named} is given twice (first in one.yaml:{line})")] == [
        (one.file, one.finding.message) for one in result.findings
    ]
    assert marked(text) == places(result.findings)
    assert result.value is None


@pytest.mark.parametrize(("text", "rule", "part"), FAULTS)
def test_a_faulty_catalogue_is_refused_at_the_fault(text: str, rule: str, part: str) -> None:
    """One fault makes one finding, at its place, with a way out."""
    result = load_catalogue([document(text)])
    said = "; ".join(f"{one.finding.message} [{one.finding.fix}]" for one in result.findings)
    assert [rule] == [one.finding.rule for one in result.findings], said
    assert marked(text) == places(result.findings), said
    assert part in said
    assert result.value is None


def test_an_empty_catalogue_is_one() -> None:
    """A workspace may have none."""
    assert {} == load_catalogue([]).require().services


def test_the_catalogue_of_these_tests_has_no_findings() -> None:
    """It is what the other tests stand on."""
    assert () == load_catalogue([document(CATALOGUE)]).findings
