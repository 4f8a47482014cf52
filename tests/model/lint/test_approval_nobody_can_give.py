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
roles: {engineer: {approves: [any]}}
policy:
  - {consent: approve, ▶approve_within: 7d}
""",
        "does not expire",
    ),
    (
        """
roles: {engineer: {approves: [any]}}
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
    (
        """
policy:
  - {▶consent: approve, operations: [deploy]}
""",
        "'deploy' needs the approval of 'manager', which is asked where no role approves it, and the catalogue has",
    ),
    (
        """
policy:
  - {consent: approve, operations: [deploy], ▶role: boss}
""",
        "'deploy' needs the approval of 'boss' and the catalogue has no such role",
    ),
    (
        """
roles: {oncall: {may: [deploy]}, lead: {approves: [restart]}}
policy:
  - {▶consent: approve, operations: [restart, deploy]}
""",
        "[let a role approve it ('approves: [deploy]'), or add the role 'manager', with a channel]",
    ),
    (
        """
roles: {oncall: {}, lead: {}}
policy:
  - {▶consent: approve}
""",
        "a change needs the approval of 'manager'",
    ),
    (
        """
roles: {oncall: {}, lead: {approves: [deploy], channel: page}}
people: {ann: {role: oncall}}
policy:
  - {▶consent: approve, operations: [deploy]}
""",
        "the approval of the lead, and nobody under 'people' is one",
    ),
    (
        """
roles: {oncall: {}, lead: {approves: [deploy]}}
guards: {deviations: [{▶of: [skip, hand]}]}
""",
        "who leaves the runbook (skip, hand) needs a second person: a change needs the approval of 'manager'",
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
roles: {engineer: {approves: [any]}}
policy:
  - {consent: approve, identity: proved, quorum: 2}
""",
    """
policy:
  - {consent: confirm}
""",
    """
roles: {oncall: {}, manager: {}}
policy:
  - {consent: approve, operations: [deploy]}
""",
    """
roles: {oncall: {}, lead: {approves: [deploy]}}
policy:
  - {consent: approve}
""",
    """
roles: {oncall: {}, lead: {approves: [any]}, ceo: {}}
people: {ann: {role: lead}}
policy:
  - {consent: approve, operations: [deploy], role: ceo}
""",
    """
policy:
  - {consent: approve, effects: [read]}
""",
    """
roles: {oncall: {}, lead: {approves: [any]}}
guards: {deviations: [{of: [skip]}, {of: [hand], role: oncall}]}
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
