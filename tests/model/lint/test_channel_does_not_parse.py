"""Channels whose address cannot be used."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found_in_catalogue, wrong_catalogue

RULE = "channel-does-not-parse"
WRONG = [
    (
        """
channels:
  a: {type: webhook, url: ▶chat.example/hooks}
""",
        "it does not begin with https://",
    ),
    (
        """
channels:
  a: {type: slack, url: ▶'https:///services/1'}
""",
        "it names no host",
    ),
    (
        """
channels:
  a: {type: email, url: ▶ops@x.example}
""",
        "it has no scheme",
    ),
    (
        """
channels:
  ▶a: {type: pagerduty, url: 'https://events.x.example/v2/enqueue'}
""",
        "has no routing key",
    ),
    (
        """
channels:
  a: {type: webhook, url: 'https://a.example', fallback: ▶b}
  b: {type: webhook, url: 'https://b.example', fallback: ▶a}
""",
        "leads back to it",
    ),
    (
        """
channels:
  a: {type: webhook, url: ▶'https://x.example:port/1'}
""",
        "is no address for webhook",
    ),
]
RIGHT = [
    """
channels:
  a: {type: webhook, url: 'https://chat.example/hooks'}
  b: {type: email, url: 'mailto://ops:x@mail.example', fallback: a}
""",
    """
channels:
  a: {type: slack, url: '${secrets.SLACK_URL}'}
  b: {type: webhook, url: '${env.chat}/hooks'}
""",
    """
channels:
  a: {type: pagerduty, url: 'https://events.x.example', routing_key: '${secrets.KEY}'}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_an_address_that_leads_nowhere_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong_catalogue(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_an_address_that_can_be_used_is_in_order(text: str) -> None:
    """What only a run knows is left to it."""
    assert () == found_in_catalogue(RULE, text)
