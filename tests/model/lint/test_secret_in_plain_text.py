"""Secrets that stand in the file."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, found_in_catalogue, wrong, wrong_catalogue

RULE = "secret-in-plain-text"
WRONG = [
    (
        """
steps:
  a:
    check: {http: 'https://x.example', headers: {Authorization: ▶Bearer 8f3a91c2d4e5f60718293a4b}}
    then: {any: escalated}
""",
        "a bearer token stands here",
    ),
    (
        """
steps: {a: {check: {http: ▶'https://ops:hunter2hunter2@x.example/health'}, then: {any: escalated}}}
""",
        "a password in an address",
    ),
    (
        """
steps: {a: {check: {http: ▶'https://x.example/hook?token=5c1e77aa90b1'}, then: {any: escalated}}}
""",
        "a credential in an address",
    ),
    (
        """
steps:
  a: {notify: support, text: ▶'Use ghp_0123456789abcdefghijABCDEFGHIJ012345', then: {any: escalated}}
""",
        "a token of GitHub",
    ),
    (
        """
inputs: {key: {title: Key, default: ▶AKIAABCDEFGHIJKLMNOP}}
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "a key of AWS",
    ),
    (
        """
steps:
  a:
    action: {command: [deploy], env: {API_TOKEN: ▶q8w7e6r5t4y3u2i1}, irreversible: sent}
    then: escalated
""",
        "the value of 'API_TOKEN'",
    ),
    (
        """
steps:
  a:
    check: {http: 'https://x.example', look: {question: Look, command: ▶'curl -H "Authorization: Bearer 8f3a91c2d4e5f607"'}}
    then: {any: escalated}
""",
        "a bearer token",
    ),
]
RIGHT = [
    """
steps:
  a:
    check: {http: 'https://x.example', headers: {Authorization: 'Bearer ${secrets.API_TOKEN}'}}
    then: {any: escalated}
""",
    """
steps: {a: {check: {http: 'https://ops:${secrets.PASSWORD}@x.example/?token=${secrets.TOKEN}'}, then: {any: escalated}}}
""",
    """
steps:
  a: {notify: support, text: 'The token of the app lies in the vault, never here', then: {any: escalated}}
""",
    """
steps:
  a:
    check: {http: 'https://x.example', by_hand: 'curl -H "Authorization: Bearer $API_TOKEN" https://x.example'}
    then: {any: escalated}
""",
    """
steps: {a: {check: {http: 'https://x.example', headers: {Authorization: Bearer <token>}}, then: {any: escalated}}}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_secret_in_a_file_is_found(text: str, said: str) -> None:
    """Whatever field it stands in; the finding does not quote it."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_reference_a_placeholder_and_a_word_about_secrets_are_in_order(text: str) -> None:
    """No rule speaks without need."""
    assert () == found(RULE, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "channels: {ops: {type: slack, url: ▶'https://hooks.slack.com/services/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'}}",
            "a webhook of Slack",
        ),
        (
            "channels: {page: {type: pagerduty, url: 'https://events.pagerduty.com', routing_key: ▶R0123456789ABCDEF0123456789ABCDE}}",
            "the value of 'routing_key'",
        ),
        (
            "mcp: {fly: {command: [fly-mcp], env: {FLY_API_TOKEN: ▶fo1_9dK2jLmQ8sVtXw4zBc7hPq}, tools: [status]}}",
            "a token of Fly",
        ),
        (
            "environments: {production: {variables: {dsn: ▶'postgres://app:hunter2hunter2@db.example/app'}}}",
            "a password in an address",
        ),
    ],
)
def test_a_secret_in_the_catalogue_is_found(text: str, said: str) -> None:
    """What is sent, dialled or started is written there, so that is where keys are pasted."""
    wrong_catalogue(RULE, text, said)


def test_references_in_the_catalogue_are_in_order() -> None:
    """That is how a secret is written."""
    text = """
channels: {page: {type: pagerduty, url: '${secrets.PAGE_URL}', routing_key: '${secrets.PAGE_KEY}'}}
mcp: {fly: {command: [fly-mcp], env: {FLY_API_TOKEN: '${secrets.FLY_TOKEN}'}, tools: [status]}}
"""
    assert () == found_in_catalogue(RULE, text)
