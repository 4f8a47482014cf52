"""Every rule's own example, as the reference shows it: before it is found, and after it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.kinds.findings import Located
from engine.model.lint import Rule, example_file, lint, lint_catalogue, rules
from engine.model.loading import load_catalogue, load_runbook
from engine.model.source import Document, read
from tests.model.lint.files import known, shared

HERE = Path(__file__).parent


def findings(rule: Rule, text: str) -> tuple[Located, ...]:
    """Return what all rules find in an example."""
    whole = text if rule.examine is None else example_file(text)
    document = read(whole.encode(), "example.yaml")
    assert isinstance(document, Document), document
    if rule.examine is None:
        return lint_catalogue(load_catalogue([document]).require(), [document], rule.facts)
    catalogue = shared(rule.catalogue)
    facts = known(catalogue) if rule.catalogue else rule.facts
    return lint(load_runbook(document, catalogue).require(), document, facts)


@pytest.mark.parametrize("rule", rules().values(), ids=rules())
def test_the_example_before_has_exactly_this_finding(rule: Rule) -> None:
    """Of all rules only this one speaks, once, with what to do."""
    found = findings(rule, rule.before)
    assert [(rule.name, rule.severity)] == [(one.finding.rule, one.finding.severity) for one in found], found
    assert found[0].finding.fix
    assert found[0].finding.message


@pytest.mark.parametrize("rule", rules().values(), ids=rules())
def test_the_example_after_has_no_finding_of_any_rule(rule: Rule) -> None:
    """What the fix leads to is in order."""
    assert () == findings(rule, rule.after)


@pytest.mark.parametrize("rule", rules().values(), ids=rules())
def test_a_rule_says_what_it_finds_and_why(rule: Rule) -> None:
    """The reference is made of it."""
    assert rule.what.endswith(".")
    assert rule.why.endswith(".")
    assert rule.examine or rule.examine_catalogue


def test_every_rule_has_a_table_of_wrong_and_right_files() -> None:
    """Three of each at least, in a file of its own."""
    for name in rules():
        path = HERE / f"test_{name.replace('-', '_')}.py"
        assert path.is_file(), f"{path.name} is missing"
        text = path.read_text(encoding="utf-8")
        assert "WRONG" in text
        assert "RIGHT" in text
