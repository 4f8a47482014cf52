"""Texts of a skeleton that nobody has filled in."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, found_in_catalogue, wrong, wrong_catalogue

RULE = "text-to-fill-in"
WRONG = [
    """
title: ▶'FILL IN: what is wrong'
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
    """
symptoms: [an error page, ▶'FILL IN: what a person sees']
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
    """
steps: {a: {title: ▶'FILL IN', check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
    """
steps:
  a: {check: {tcp: 'db:1'}, then: {any: b}}
  b: {decide: [{if: {a: pass}, go: false-alarm, why: ▶'FILL IN: why'}], else: escalated}
""",
    """
steps: {a: {ask: 'Go on?', options: {go: ▶'FILL IN', stay: Stay}, then: {any: escalated}}}
""",
    """
steps:
  a: {action: {http: 'https://x/restart', operation: x, irreversible: ▶'FILL IN: what is lost'}, then: {any: escalated}}
""",
    """
steps:
  a: {action: {http: 'https://x', headers: {Note: ▶'FILL IN'}, operation: x, irreversible: a text}, then: {any: escalated}}
""",
    """
steps: {a: {escalate: boss, decision: ▶'FILL IN: what to decide', then: {any: escalated}}}
""",
]
WRONG_CATALOGUE = [
    "roles: {oncall: {title: On call, contact: ▶'FILL IN: how to reach it'}}\n",
    "services: {shop: {title: ▶'FILL IN'}}\n",
]
RIGHT = [
    """
title: It is down
symptoms: [please fill in the form, filled in]
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
    """
steps: {a: {escalate: boss, decision: Roll back or wait?, then: {any: escalated}}}
""",
    """
steps:
  # FILL IN: a comment is the author's own
  a: {ask: 'Go on?', options: {go: Go on}, then: {any: escalated}}
""",
]


@pytest.mark.parametrize("text", WRONG)
def test_a_text_that_is_still_the_skeletons_is_found_where_it_stands(text: str) -> None:
    """Once each, with its own words."""
    wrong(RULE, text, "this is still the skeleton's: FILL IN")


@pytest.mark.parametrize("text", WRONG_CATALOGUE)
def test_a_text_of_the_catalogue_is_found_too(text: str) -> None:
    """Somebody would look for a telephone number there."""
    wrong_catalogue(RULE, text, "this is still the skeleton's: FILL IN")


@pytest.mark.parametrize("text", RIGHT)
def test_other_words_are_the_authors_own(text: str) -> None:
    """Only the mark, as it is written by `runbook new`, counts."""
    assert () == found(RULE, text)


def test_a_catalogue_in_order_has_no_finding() -> None:
    """As the skeleton's, once it is filled in."""
    assert () == found_in_catalogue(RULE, "roles: {oncall: {title: On call, contact: by phone}}\n")
