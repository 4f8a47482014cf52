"""A ladder that pages nobody within the time in which its severity must be answered.

The team promises an answer within `respond`. A first rung after it, or whose role has longer to answer,
breaks that promise in every incident; a rung that comes before the one above it is not a ladder.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.values import Duration
from engine.model.catalogue import Catalogue
from engine.model.lint import Facts, Fault

SEVERITY: Final[Severity] = "warning"
FIX: Final = "page the first rung at once, give its role less time, or give the severity more"
BEFORE: Final = """
roles: {engineer: {within: 5m, channel: page}}
severities:
  SEV-1: {meaning: down, respond: 5m, ladder: [{role: engineer, after: 10m}]}
"""
AFTER: Final = """
roles: {engineer: {within: 5m, channel: page}}
severities:
  SEV-1: {meaning: down, respond: 5m, ladder: [{role: engineer, after: 0s}]}
"""


def examine_catalogue(catalogue: Catalogue, facts: Facts) -> Iterator[Fault]:
    """Yield severities whose ladder is too slow, or out of order."""
    for name, level in catalogue.severities.items():
        place = ("severities", name, "ladder")
        if not level.ladder:
            continue
        first = level.ladder[0]
        role = catalogue.roles.get(first.role)
        within = role.within if role else Duration(0.0)
        if first.after + within > level.respond:
            message = (
                f"'{first.role}' is paged after {first.after} and has {within} to answer; "
                f"{name} must be answered within {level.respond}"
            )
            yield Fault((*place, 0), message)
        for number, (before, rung) in enumerate(pairwise(level.ladder), 1):
            if rung.after < before.after:
                fix = "put the rungs in the order of their times"
                message = (
                    f"'{rung.role}' is paged after {rung.after}, before the rung above it ({before.after})"
                )
                yield Fault((*place, number), message, fix)
