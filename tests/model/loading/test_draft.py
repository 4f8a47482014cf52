"""What a refused file was meant to be: all of its mistakes are told at once."""

from __future__ import annotations

import pytest

from engine.kinds.findings import Located
from engine.model.lint import OF_ONE_STEP, Facts, linted_draft, rules
from engine.model.loading import Draft, draft, load_runbook
from tests.model.files import catalogue, document
from tests.model.loading.test_refused import END, HEAD, HEADS, STEPS

FOUR = """
runbook: four
title: Four mistakes
steps:
  look: {check: {http: 'https://x.example'}, then: {pass: false-alarm, any: drian}}
  drain:
    action: {http: 'https://x.example/drain'}
    then: {done: after, any: escalated}
  after: {check: {http: 'https://x.example', expect: {seconds: {lessthan: 2}}}, then: {any: resolved}}
"""


def told(text: str) -> tuple[Draft | None, tuple[Located, ...]]:
    """Return the draft of a refused file, and what the rules say of it."""
    mine, around = document(text), catalogue()
    loaded = load_runbook(mine, around)
    assert loaded.value is None
    found = draft(mine, loaded, around)
    facts = Facts(catalogue=around)
    return found, linted_draft(found.runbook, mine, facts, sure=found.sure) if found else ()


def test_rules_speak_of_a_file_with_a_wrong_target() -> None:
    """As if the step that was meant stood there: nothing waits until it is mended."""
    found, findings = told(FOUR)
    assert found is not None
    assert found.sure
    named = {one.finding.rule for one in findings}
    assert {"change-without-way-back", "unknown-operator", "unknown-taken-for-pass"} <= named
    assert "unreachable-step" not in named


def test_what_nobody_can_guess_keeps_rules_about_paths_silent() -> None:
    """Else they would speak of a graph that nobody wrote."""
    found, findings = told(FOUR.replace("drian", "qqqq"))
    assert found is not None
    assert not found.sure
    assert {"change-without-way-back", "unknown-operator"} == {one.finding.rule for one in findings}


def test_a_key_takes_the_name_that_was_meant() -> None:
    """And one that is like no other is taken out."""
    text = HEAD + "steps:\n  a: {check: {tcp: 'db:1'}, visit: 3, zzzz: 1, then: end}\n" + END
    found, _ = told(text)
    assert found is not None
    assert 3 == found.runbook.steps["a"].visits


def test_a_file_that_is_no_runbook_has_no_draft() -> None:
    """There is nothing a rule could look at."""
    assert (None, ()) == told("runbook: none\ntitle: None\nsteps: 5\n")


def test_rules_of_one_step_are_rules() -> None:
    """A rule that is renamed is not forgotten here."""
    assert set() == OF_ONE_STEP - set(rules())


@pytest.mark.parametrize("text", [*(f"{head}steps:\n{END}" for head, *_ in HEADS), *(
    f"{HEAD}steps:\n  {step}\n{END}" for step, *_ in STEPS
)])  # fmt: skip
def test_no_refused_file_breaks_a_rule(text: str) -> None:
    """Whatever is wrong with it, the rules answer, and nothing is said of waivers that may waive what is hidden."""
    found, findings = told(text)
    assert [] == [one for one in findings if one.finding.rule not in rules()]
    assert found is None or "end" in found.runbook.steps
