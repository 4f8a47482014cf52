"""How long the consent for a change may take, whoever runs the run and wherever it may run.

Rules:
1. The policy's first fitting rule decides, as in a run; without one, or where it says `confirm`, it depends
   on the operator: a keypress where a role may do it alone, else an approval. Of all environments the
   slowest counts.
2. A keypress has no limit but the step's timeout. An approval goes to the next role of the ladder when its
   time is over, and to nobody beyond the step's timeout.
3. What a window, a limit of the run or a refusal forbids takes no time, and nobody is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.kinds.ports.proofs import OneTimeCode
from engine.kinds.uses import ActionUse
from engine.kinds.values import Duration
from engine.model.catalogue import Catalogue
from engine.model.guards import APPROVE_WITHIN, Rule
from engine.model.proof.looks import EXPIRY, GRACE
from engine.model.rulings import ruling

KEYPRESS = "waits for a keypress, and has no timeout"
_PROOF = OneTimeCode("", "", "").timeout + GRACE


@dataclass(frozen=True, slots=True)
class Asking:
    """The time a question may wait, and why that has no end where it has none; `sure`: somebody is asked."""

    seconds: float = 0.0
    open: str = ""
    sure: bool = False


def asking(use: ActionUse, timeout: Duration | None, catalogue: Catalogue, where: tuple[str, ...]) -> Asking:
    """Return how long the consent for one change waits for people at most."""
    found = [_one(mode, rule, use, timeout, catalogue) for mode, rule in _modes(use, catalogue, where)]
    if not found:
        return Asking()
    slowest = max(one.seconds for one in found)
    open_ = next((one.open for one in found if one.open), "")
    return Asking(slowest, open_, all(one.sure for one in found))


def _modes(use: ActionUse, catalogue: Catalogue, where: tuple[str, ...]) -> Iterator[tuple[str, Rule | None]]:
    """Yield every way in which the policy may decide, with the rule that does."""
    for environment in where or tuple(catalogue.environments) or ("",):
        rule = ruling(catalogue.policy, environment, use.effect, use.operation)
        if rule is None:
            yield from _without(use, catalogue)
            continue
        if rule.window or rule.consent == "refuse":
            yield "refused", rule
        if rule.consent == "none":
            yield "none", rule
            if catalogue.precautions and use.effect != "read":
                yield "confirm", rule  # somebody else's change may be in flight
        if rule.consent == "confirm" and _alone(use, catalogue):
            yield "confirm", rule
        if rule.consent in ("confirm", "approve"):
            yield "approve", rule


def _without(use: ActionUse, catalogue: Catalogue) -> Iterator[tuple[str, Rule | None]]:
    if use.effect == "change":
        if _alone(use, catalogue):
            yield "confirm", None
        yield "approve", None
    else:
        yield ("none" if use.effect == "read" else "refused"), None


def _alone(use: ActionUse, catalogue: Catalogue) -> bool:
    """Say whether some role may do it by one keypress; where none may, every operator needs an approval."""
    return any(use.operation in role.may for role in catalogue.roles.values())


def _one(
    mode: str, rule: Rule | None, use: ActionUse, timeout: Duration | None, catalogue: Catalogue
) -> Asking:
    if mode not in ("confirm", "approve"):
        return Asking()
    by_hand = any("hand" in one.of for one in catalogue.guards.deviations)
    second = (rule.approve_within if rule else APPROVE_WITHIN) + EXPIRY if by_hand else 0.0
    if mode == "confirm":
        limited = timeout + EXPIRY + second if timeout is not None else second
        return Asking(limited, "" if timeout is not None else KEYPRESS, sure=True)
    within, quorum = (rule.approve_within, rule.quorum) if rule else (APPROVE_WITHIN, 1)
    rounds = _approvers(use.operation, catalogue)
    seconds = rounds * quorum * (within + _PROOF + EXPIRY)
    if timeout is not None:
        seconds = min(seconds, timeout + _PROOF + EXPIRY * (rounds + 1))
    return Asking(seconds, sure=True)


def _approvers(operation: str, catalogue: Catalogue) -> int:
    """Return how many roles may be asked one after another, at any severity."""
    may = {name for name, role in catalogue.roles.items() if {"any", operation} & set(role.approves)}
    ladders = ({rung.role for rung in level.ladder} for level in catalogue.severities.values())
    return 1 + max((len(may & ladder) for ladder in ladders), default=0)


__all__ = ["KEYPRESS", "Asking", "asking"]
