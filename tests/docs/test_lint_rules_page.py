"""The page of findings: whatever a person looks for is there, under the name that `check` gives it."""

from __future__ import annotations

import pytest

from engine.cli.reference.findings import BY_FAULT, lint_rules
from engine.model.lint import rules
from tests.model.lint.files import read

PAGE = "\n".join(lint_rules())


def test_every_fault_in_peoples_words_leads_to_findings_that_exist() -> None:
    """Each is a rule, or a row of the findings of reading a file; and every rule is some fault's."""
    table = PAGE.partition("## Findings of reading a file")[2]
    for fault, names in BY_FAULT.items():
        for name in names:
            assert name in rules() or f"| `{name}`" in table, (fault, name)
    told = {name for names in BY_FAULT.values() for name in names}
    assert set() == set(rules()) - told - {
        "assertion-does-not-hold",
        "change-in-race",
        "runbook-calls-itself",
    }


@pytest.mark.parametrize(
    "what", ["role", "service", "severity", "channel", "environment", "step", "check", "action"]
)
def test_findings_named_after_what_is_looked_for_are_listed(what: str) -> None:
    """Their names are made when they are told, and stand nowhere in the code."""
    assert f"| `unknown-{what}`" in PAGE


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("unknown step", "steps: {a: {check: {http: 'https://x'}, then: {any: escalat}}}"),
        (
            "outside value in a shell string or SQL text",
            "steps: {a: {check: {command: 'echo ${run.id}', shell: true, read_only_because: x}, then: {any: escalated}}}",
        ),
        (
            "non-repeatable action retried",
            "steps: {a: {action: {http: 'https://x', irreversible: x, retry: {times: 2}}, then: {any: escalated}}}",
        ),
    ],
)
def test_a_fault_has_the_finding_that_the_page_says(fault: str, text: str) -> None:
    """Those that reading a file tells, each shown on a file."""
    from engine.kinds.errors import FileErrors

    with pytest.raises(FileErrors) as refused:
        read(text)
    assert {one.finding.rule for one in refused.value.findings} & set(BY_FAULT[fault])
