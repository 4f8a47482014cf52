"""Changes of the catalogue that go under another name."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "operation-not-the-catalogues"
CATALOGUE = """
environments: {lab: {title: A lab}, production: {title: The real one}}
policy:
  - {consent: approve, environments: [lab]}
  - {consent: confirm, operations: [restart]}
  - {consent: approve}
actions:
  restart: {http: 'https://x/restart', operation: restart, irreversible: r}
  deploy: {http: 'https://x/deploy', operation: deploy, irreversible: r}
  send: {http: 'https://x/send', irreversible: r}
  either: {http: 'https://x/any', operation: '${with.operation}', params: {operation: null}, irreversible: r}
"""
WRONG = [
    (
        "steps: {a: {action: {use: deploy, operation: ▶restart}, then: escalated}}",
        "called restart here: in production that is 'confirm' instead of 'approve'",
    ),
    (
        "environments: [lab]\nsteps: {a: {action: {use: deploy, operation: ▶restart}, then: escalated}}",
        "'deploy' is called deploy in the catalogue, and called restart here [",
    ),
    ("steps: {a: {action: {use: restart, operation: ▶''}, then: escalated}}", "called no operation here"),
    (
        """
steps:
  p: {parallel: {b: {steps: {a: {action: {use: send, operation: ▶deploy}, then: pass}}}}, then: escalated}
""",
        "'send' is called no operation in the catalogue",
    ),
]
RIGHT = [
    "steps: {a: {action: {use: deploy}, then: escalated}}",
    "steps: {a: {action: {use: deploy, operation: deploy}, then: escalated}}",
    "steps: {a: {action: {use: either, with: {operation: deploy}}, then: escalated}}",
    "steps: {a: {action: {http: 'https://x/restart', operation: deploy, irreversible: r}, then: escalated}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_change_under_another_name_is_found(text: str, said: str) -> None:
    """With what the name changes, where it changes who decides."""
    wrong(RULE, text, said, catalogue=CATALOGUE)


@pytest.mark.parametrize("text", RIGHT)
def test_the_catalogues_own_word_is_in_order(text: str) -> None:
    """And so is an entry that takes the word from its user, and what is written in place."""
    assert () == found(RULE, text, catalogue=CATALOGUE)
