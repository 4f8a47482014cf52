"""Actions that call themselves a read and by their kind are none."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "change-called-read"
CATALOGUE = """
environments: {production: {}}
mcp: {fly: {url: 'http://127.0.0.1:1', tools: [fly-restart]}}
actions: {ask: {http: 'https://x/ask', effect: read}}
"""
QUERY = "mutation { orderClose(input: {id: 1}) { userErrors { field } } }"
WRONG = [
    (
        "steps: {a: {action: {http: 'https://x/restart', effect: ▶read}, then: escalated}}",
        "it is declared a read, and it sends a POST",
    ),
    (
        "steps: {a: {action: {http: 'https://x/1', method: delete, effect: ▶read}, then: escalated}}",
        "sends a DELETE",
    ),
    (
        f"steps: {{a: {{action: {{graphql: 'https://x/api', query: '{QUERY}', effect: ▶read}}, then: escalated}}}}",
        "sends a mutation",
    ),
    (
        "steps: {a: {action: {command: [systemctl, restart, web], effect: ▶read}, then: escalated}}",
        "a program",
    ),
    ("steps: {a: {action: {mcp: fly/fly-restart, effect: ▶read}, then: escalated}}", "calls a tool"),
    (
        """
steps:
  a:
    action:
      sql: update jobs set state = 1
      database: 'postgresql://w@db/shop'
      effect: ▶read
    then: escalated
""",
        "runs a statement that writes",
    ),
    (
        """
steps:
  p: {parallel: {b: {steps: {a: {action: {http: 'https://x', effect: ▶read}, then: pass}}}}, then: escalated}
""",
        "take 'effect: read' out",
    ),
]
RIGHT = [
    "steps: {a: {action: {http: 'https://x/state', method: GET, effect: read}, then: escalated}}",
    "steps: {a: {action: {http: 'https://x/state', method: head, effect: read}, then: escalated}}",
    "steps: {a: {action: {http: 'https://x/restart', irreversible: r}, then: escalated}}",
    "steps: {a: {check: {http: 'https://x/search', method: POST, json: {q: 1}, read_only_because: it finds}, then: escalated}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_an_action_that_is_no_read_and_says_so_is_found(text: str, said: str) -> None:
    """At the word that takes the guards off; where nothing in the catalogue contradicts it, too."""
    wrong(RULE, text, said, catalogue=CATALOGUE)


def test_an_entry_of_the_catalogue_is_no_excuse() -> None:
    """It is found where it is used."""
    (one,) = found(RULE, "steps: {a: {action: {use: ask}, then: escalated}}", catalogue=CATALOGUE)
    assert "sends a POST" in one.finding.message


@pytest.mark.parametrize("text", RIGHT)
def test_a_plain_request_may_be_a_read(text: str) -> None:
    """A check says itself why it only looks."""
    assert () == found(RULE, text, catalogue=CATALOGUE)
