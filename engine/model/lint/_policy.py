"""Which rule of the policy decides a change, as a run decides it (engine.core.policy)."""

from __future__ import annotations

from engine.kinds.uses import ActionUse, Effect
from engine.model.catalogue import Catalogue
from engine.model.guards import Rule


def ruling(catalogue: Catalogue, environment: str, effect: Effect, operation: str) -> Rule | None:
    """Return the first rule that fits, or None: nothing fits."""
    return next(
        (
            one
            for one in catalogue.policy
            if (not one.effects or effect in one.effects)
            and (not one.operations or operation in one.operations)
            and (not one.environments or environment in one.environments)
        ),
        None,
    )


def effect_of(use: object) -> Effect:
    """Return what a use may do; an undo is a change."""
    return use.effect if isinstance(use, ActionUse) else "change"


__all__ = ["effect_of", "ruling"]
