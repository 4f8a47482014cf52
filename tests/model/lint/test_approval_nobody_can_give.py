"""Approvals that cannot come, or do not expire."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found_in_catalogue, wrong_catalogue

RULE = "approval-nobody-can-give"
WRONG = [
    (
        """
people: {ann: {role: engineer}, bob: {role: engineer}, cat: {role: manager}}
roles: {engineer: {approves: [restart]}, manager: {approves: [restart, wipe]}}
policy:
  - {consent: approve, operations: [restart, wipe], ▶quorum: 3}
""",
        "3 people must approve, and 1 person may",
    ),
    (
        """
people: {ann: {role: engineer}}
roles: {engineer: {approves: [any]}}
policy:
  - {consent: approve, ▶quorum: 2}
""",
        "2 people must approve, and 1 person may",
    ),
    (
        """
people: {ann: {role: engineer}}
roles: {engineer: {approves: [any]}}
policy:
  - {consent: approve, ▶identity: proved}
""",
        "1 person with a key must approve, and 0 people can",
    ),
    (
        """
policy:
  - {consent: approve, ▶approve_within: 7d}
""",
        "does not expire",
    ),
    (
        """
policy:
  - {consent: approve, ▶quorum: 0}
""",
        "asks nobody",
    ),
    (
        """
people: {ann: {role: engineer}, bob: {role: support}}
roles: {engineer: {approves: [restart]}, support: {}}
policy:
  - {consent: approve, operations: [restart], ▶quorum: 2}
""",
        "1 person may",
    ),
]
RIGHT = [
    """
people: {ann: {role: engineer}, bob: {role: engineer}}
roles: {engineer: {}}
policy:
  - {consent: approve, operations: [restart], role: engineer, quorum: 2}
""",
    """
people: {ann: {role: engineer}, bob: {role: engineer}}
roles: {engineer: {approves: [any]}}
policy:
  - {consent: approve, quorum: 2, approve_within: 5m}
""",
    """
people: {ann: {role: engineer, device: phone}}
channels: {phone: {type: webhook, url: 'https://x'}}
roles: {engineer: {approves: [any]}}
policy:
  - {consent: approve, identity: relayed}
""",
    """
policy:
  - {consent: approve, identity: proved, quorum: 2}
""",
    """
policy:
  - {consent: confirm}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_an_approval_that_cannot_come_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong_catalogue(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_an_approval_that_can_come_is_in_order(text: str) -> None:
    """Where nobody is enrolled yet, nothing is said."""
    assert () == found_in_catalogue(RULE, text)
