"""Operations that no rule and no role names."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "operation-nobody-names"
CATALOGUE = """
roles: {reliability: {may: [restart-machine]}, engineer: {approves: [change-config]}}
policy: [{consent: approve, operations: [drain-queue]}]
"""
WRONG = [
    ("drain-que", "did you mean 'drain-queue'?"),
    ("restart-machines", "did you mean 'restart-machine'?"),
    ("launder", "no rule of the policy and no role names the operation 'launder'"),
]


RIGHT = ["drain-queue", "restart-machine", "''"]


def step(operation: str) -> str:
    """Return a runbook that makes one change."""
    action = f"{{http: 'https://x.example', operation: {operation}, irreversible: r}}"
    return f"steps: {{a: {{action: {action}, then: {{any: escalated}}}}}}"


@pytest.mark.parametrize(("operation", "said"), WRONG)
def test_an_operation_that_nobody_names_is_found(operation: str, said: str) -> None:
    """With the one that was meant, where it is close."""
    wrong(RULE, step(f"▶{operation}"), said, catalogue=CATALOGUE)


@pytest.mark.parametrize("operation", RIGHT)
def test_what_a_rule_or_a_role_names_is_right(operation: str) -> None:
    """And so is a change that names no operation, which other rules speak of."""
    assert () == found(RULE, step(operation), catalogue=CATALOGUE)


def test_a_rule_for_all_operations_leaves_only_what_looks_like_a_typing_error() -> None:
    """Not everything that may be done needs a rule of its own."""
    everything = CATALOGUE + "\npolicy: [{consent: approve, operations: [drain-queue]}, {consent: approve}]"
    everything = everything.replace("policy: [{consent: approve, operations: [drain-queue]}]\n", "")
    assert () == found(RULE, step("launder"), catalogue=everything)
    wrong(RULE, step("▶drain-que"), "did you mean 'drain-queue'?", catalogue=everything)


def test_a_role_that_approves_any_change_names_it() -> None:
    """But for a typing error, and for what destroys: that is approved by name only."""
    covered = CATALOGUE.replace("[change-config]", "[any]")
    assert () == found(RULE, step("launder"), catalogue=covered)
    wrong(RULE, step("▶drain-que"), "did you mean 'drain-queue'?", catalogue=covered)
    destroys = step("▶launder").replace("irreversible", "effect: destroy, irreversible")
    wrong(RULE, destroys, "names the operation 'launder'", catalogue=covered)


def test_a_catalogue_that_names_no_operation_knows_none_to_compare_with() -> None:
    """A runbook of twelve lines has no policy."""
    assert () == found(RULE, step("drain-que"))
    assert () == found(RULE, step("drain-que"), catalogue="roles: {engineer: {approves: [any]}}")
