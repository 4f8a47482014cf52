"""The rule of the policy that `check`, the proofs and a run each find: one and the same."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from random import Random

from engine.core.plan import Plan
from engine.core.policy import ruling as ruling_of_a_run
from engine.kinds.actions.http import HttpAction
from engine.kinds.uses import ActionUse, Effect
from engine.model.guards import Rule
from engine.model.rulings import ruling

EFFECTS: Sequence[Effect] = ("read", "change", "destroy")
OPERATIONS = ("", "restart", "roll-back")
PLACES = ("production", "staging")


def some(chance: Random, words: Sequence[str]) -> tuple[str, ...]:
    """Return some of the words, or none."""
    return tuple(word for word in words if word and chance.random() < 0.4)


def test_a_run_and_the_rules_find_the_same_rule_of_any_policy() -> None:
    """Over a hundred policies, every effect, operation and environment."""
    chance, seen = Random(5), set()
    for _ in range(100):
        policy = tuple(
            Rule(
                consent="approve",
                effects=some(chance, EFFECTS),  # type: ignore[arg-type]  # words of that very list
                operations=some(chance, OPERATIONS),
                environments=some(chance, PLACES),
                why=str(number),
            )
            for number in range(3)
        )
        for effect, operation, place in product(EFFECTS, OPERATIONS, PLACES):
            plan = Plan(
                run="r", runbook="x", title="X", steps={}, scopes={}, environment=place, policy=policy
            )
            use = ActionUse(kind=HttpAction(http="https://x"), effect=effect, operation=operation)
            found = ruling(policy, place, effect, operation)
            assert ruling_of_a_run(plan, use) == found
            seen.add(found.why if found else "none")
    assert {"0", "1", "2", "none"} == seen
