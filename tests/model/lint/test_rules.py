"""The rules about graphs: each finds its fault where it is, and a good runbook passes all."""

from __future__ import annotations

import pytest

from engine.model.lint import lint, rules
from tests.model.files import document, marked, places, runbook
from tests.model.loading.test_runbooks import DOWN

HEAD = "runbook: sample\ntitle: Sample\nsteps:\n"
SOAK = "{until: {tcp: 'db:1'}, recovery: true}"
CHANGE = "{http: 'https://x', method: POST, irreversible: sent}"

FAULTS = [
    (
        "unreachable-step",
        "error",
        "nothing leads to 'b'",
        ["a: {check: {tcp: 'db:1'}, then: aborted}", "▶b: {check: {tcp: 'db:1'}, then: aborted}"],
    ),
    (
        "unreachable-step",
        "error",
        "nothing leads to 'y'",
        [
            "a:",
            "  parallel: {p: {steps: {x: {wait: 1s, then: pass}, ▶y: {wait: 1s, then: pass}}}}",
            "  then: aborted",
        ],
    ),
    (
        "resolved-without-recovery",
        "error",
        "a -> resolved: nothing proved the recovery",
        ["a: {check: {tcp: 'db:1'}, ▶then: resolved}"],
    ),
    (
        "resolved-without-recovery",
        "error",
        "a -> b -> c -> resolved",
        [
            f"a: {{wait: {SOAK}, then: b}}",
            f"b: {{action: {CHANGE}, then: c}}",
            "c: {check: {tcp: 'db:1'}, then: {▶pass: resolved}}",
        ],
    ),
    (
        "resolved-without-recovery",
        "error",
        "a -> resolved",
        [f"a: {{wait: {SOAK}, then: {{held: aborted, ▶limit: resolved}}}}"],
    ),
    (
        "cycle-without-bound",
        "warning",
        "51 times",
        [
            "a: {check: {tcp: 'db:1'}, ▶visits: 51, then: {pass: aborted, fail: b}}",
            "b: {wait: 5s, then: a}",
        ],
    ),
    (
        "unverified-change",
        "warning",
        "without a look",
        [f"▶a: {{action: {CHANGE}, then: b}}", "b: {wait: 5s, then: mitigated}"],
    ),
    (
        "change-without-way-back",
        "error",
        "has no way back",
        ["a: {▶action: {http: 'https://x', method: POST}, then: aborted}"],
    ),
    (
        "change-without-way-back",
        "error",
        "keep one of undo and irreversible",
        ["a: {▶action: {http: 'https://x', undo: {http: 'https://y'}, irreversible: sent}, then: aborted}"],
    ),
    (
        "change-in-race",
        "error",
        "until: any",
        [
            "a:",
            f"  parallel: {{p: {{steps: {{▶x: {{action: {CHANGE}, then: pass}}}}}}}}",
            "  until: any",
            "  then: aborted",
        ],
    ),
    (
        "soak-beyond-limit",
        "error",
        "the soak needs 10m and the limit is 5m",
        ["a: {wait: {until: {tcp: 'db:1'}, soak: {for: 10m}, ▶limit: 5m}, then: aborted}"],
    ),
    (
        "soak-beyond-limit",
        "error",
        "the soak needs 40m and the limit is 30m",
        ["a: {▶wait: {until: {tcp: 'db:1'}, soak: {passes: 5, every: 10m}}, then: aborted}"],
    ),
]


def file(lines: list[str]) -> str:
    """Return a file with these lines as its steps."""
    return HEAD + "".join(f"  {line}\n" for line in lines)


@pytest.mark.parametrize(("rule", "severity", "part", "lines"), FAULTS)
def test_a_rule_finds_its_fault(rule: str, severity: str, part: str, lines: list[str]) -> None:
    """One fault makes one finding, at its place."""
    text = file(lines)
    found = lint(runbook(text), document(text))
    said = "; ".join(f"{one.finding.message} [{one.finding.fix}]" for one in found)
    assert [(rule, severity)] == [(one.finding.rule, one.finding.severity) for one in found], said
    assert marked(text) == places(found), said
    assert part in said


GOOD = [
    [f"a: {{wait: {SOAK}, then: resolved}}"],
    [
        f"a: {{action: {CHANGE}, then: b}}",
        f"b: {{wait: {SOAK}, then: c}}",
        "c: {wait: 5s, then: resolved}",
    ],
    ["a: {runbook: other, then: resolved}"],
    ["a: {check: {tcp: 'db:1'}, visits: 60, then: aborted}"],
    [f"a: {{action: {CHANGE}, then: b}}", "b: {check: {tcp: 'db:1'}, then: mitigated}"],
    ["a: {action: {http: 'https://x', effect: read}, then: mitigated}"],
    [f"a: {{parallel: {{p: {{steps: {{x: {{action: {CHANGE}, then: pass}}}}}}}}, then: aborted}}"],
]


@pytest.mark.parametrize("lines", GOOD)
def test_what_is_in_order_passes_every_rule(lines: list[str]) -> None:
    """No rule speaks without need."""
    text = file(lines)
    assert () == lint(runbook(text), document(text))


def test_a_runbook_of_the_usual_size_passes_every_rule() -> None:
    """The good example of the loader is one here too."""
    assert () == lint(runbook(DOWN), document(DOWN))


def test_every_rule_is_exercised_above() -> None:
    """A new rule needs its case."""
    assert set(rules()) == {case[0] for case in FAULTS}
