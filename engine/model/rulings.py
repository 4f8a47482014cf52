"""Which rule of the policy decides a change: the first whose words all fit, as a run decides it."""

from __future__ import annotations

from collections.abc import Iterable

from engine.kinds.uses import Effect
from engine.model.guards import Rule


def ruling(policy: Iterable[Rule], environment: str, effect: Effect, operation: str) -> Rule | None:
    """Return the first rule that fits, or None: nothing fits."""
    return next((one for one in policy if _covers(one, environment, effect, operation)), None)


def _covers(rule: Rule, environment: str, effect: Effect, operation: str) -> bool:
    fits = ((rule.effects, effect), (rule.operations, operation), (rule.environments, environment))
    return all(not words or word in words for words, word in fits)


__all__ = ["ruling"]
