"""What is destroyed without another person."""

from __future__ import annotations

import pytest

from engine.model.catalogue import Catalogue, Environment
from engine.model.guards import Rule
from engine.model.lint import Facts
from tests.model.lint.files import found, wrong

RULE = "destroy-without-approval"
FACTS = Facts(
    catalogue=Catalogue(
        environments={"production": Environment(), "lab": Environment(real=False)},
        policy=(
            Rule(consent="confirm", operations=("wipe",), environments=("production",)),
            Rule(consent="approve", operations=("drop",)),
            Rule(consent="none", environments=("lab",)),
        ),
    )
)
WRONG = [
    (
        """
steps: {a: {▶action: {http: 'https://x', effect: destroy, operation: wipe, irreversible: gone}, then: escalated}}
""",
        "in production one keypress is enough",
    ),
    (
        """
environments: [lab]
steps: {a: {▶action: {http: 'https://x', effect: destroy, operation: any-other, irreversible: gone}, then: escalated}}
""",
        "in lab nobody is asked",
    ),
    (
        """
steps:
  p:
    parallel:
      b: {steps: {a: {▶action: {http: 'https://x', effect: destroy, operation: wipe, irreversible: gone}, then: pass}}}
    then: escalated
""",
        "'a' destroys something",
    ),
]
RIGHT = [
    """
environments: [production]
steps: {a: {action: {http: 'https://x', effect: destroy, operation: drop, irreversible: gone}, then: escalated}}
""",
    """
environments: [production]
steps: {a: {action: {http: 'https://x', effect: destroy, operation: unheard-of, irreversible: gone}, then: escalated}}
""",
    """
environments: [lab]
steps: {a: {action: {http: 'https://x', operation: wipe, irreversible: sent}, then: escalated}}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_destruction_that_nobody_approves_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said, FACTS)


@pytest.mark.parametrize("text", RIGHT)
def test_a_destruction_that_is_approved_or_refused_is_in_order(text: str) -> None:
    """What no rule speaks of is refused by the engine, and a change is no destruction."""
    assert () == found(RULE, text, FACTS)
