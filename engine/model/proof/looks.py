"""How long one look, one message or one page takes at most.

Rules:
1. An operation may take its whole timeout, and the driver gives it a second more to end (`GRACE`).
2. A check without a definite answer is asked again; each pause is twice the one before. Then up to two rounds
   of the control probes may pass: one that was under way, and one of its own.
3. A message is tried until the next try would come after its limit, and the last try may take its timeout.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.kinds.ports.tell import Message
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.uses import CheckUse
from engine.kinds.values import Duration

GRACE = 1.0
"""Seconds that an operation may overrun its timeout before it is ended."""
SENDING = Message("", "", "", "", "").timeout + GRACE
"""Seconds of one try of a message."""
EXPIRY = 0.01
"""Seconds until it is noted that nobody answered in time."""


def controls(probes: Mapping[str, CheckUse]) -> float:
    """Return how long the control probes may hold up a check that got no answer."""
    return 2 * max((probe.timeout + GRACE for probe in probes.values()), default=0.0)


def look(check: CheckUse, round_: float) -> float:
    """Return how long a check takes with all its retries; `round_` is the time of the control probes."""
    times = check.retry.times
    return float((times + 1) * (check.timeout + GRACE) + check.retry.after * (2**times - 1) + round_)


def looks(step: ChecksStep, round_: float) -> float:
    """Return how long several checks take: at once, but for those that wait for another.

    Checks with one `exclusive` word go one after another, so they count as one that takes their sum. Where
    such groups wait for each other in a circle, everything goes one after another.
    """
    group = {name: check.exclusive or f" {name}" for name, check in step.checks.items()}
    length: dict[str, float] = {}
    before: dict[str, set[str]] = {}
    for name, check in step.checks.items():
        length[group[name]] = length.get(group[name], 0.0) + look(check, round_)
        after = group.get(check.after, "")
        if after and after != group[name]:
            before.setdefault(group[name], set()).add(after)
    ends: dict[str, float] = {}
    while len(ends) < len(length):
        ready = [one for one in length if one not in ends and before.get(one, set()) <= ends.keys()]
        if not ready:
            return sum(length.values())
        for one in ready:
            ends[one] = length[one] + max((ends[other] for other in before.get(one, ())), default=0.0)
    return max(ends.values(), default=0.0)


def message(within: Duration) -> float:
    """Return how long it takes until a message is delivered, or given up."""
    return float(within) + SENDING


def page(within: Duration) -> float:
    """Return how long a page and the wait for somebody who takes it may be."""
    return message(within) + float(within) + EXPIRY


__all__ = ["EXPIRY", "GRACE", "SENDING", "controls", "look", "looks", "message", "page"]
