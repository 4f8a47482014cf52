"""Roles that somebody waits for and nothing reaches."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found_in_catalogue, wrong_catalogue

RULE = "role-without-channel"
WRONG = [
    ("roles: {▶engineer: {approves: [any]}}", "has no channel, and approves any"),
    (
        """
roles: {▶boss: {title: Manager}}
policy: [{consent: approve, role: boss}]
""",
        "is asked by a rule of the policy",
    ),
    (
        """
roles: {▶boss: {title: Manager}}
severities: {SEV-1: {meaning: down, respond: 5m, ladder: [{role: boss, after: 0s}]}}
""",
        "is paged in SEV-1",
    ),
    (
        """
roles: {▶boss: {title: Manager}}
policy: [{consent: approve, break_glass: boss}]
""",
        "is told of break-glass",
    ),
]
RIGHT = [
    "roles: {reliability: {may: [restart]}}",
    "roles: {engineer: {approves: [any], channel: page}}",
    """
roles: {boss: {channel: page}}
severities: {SEV-1: {meaning: down, respond: 5m, ladder: [{role: boss, after: 0s}]}}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_role_that_nothing_reaches_is_found(text: str, said: str) -> None:
    """At the role, with what it is needed for."""
    wrong_catalogue(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_role_that_is_reached_or_waited_for_by_nobody_is_right(text: str) -> None:
    """Whoever only acts needs no channel."""
    assert () == found_in_catalogue(RULE, text)
