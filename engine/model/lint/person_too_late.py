"""A path on which nobody is asked or paged within the response time of the runbook's severity.

The severity says how soon a person looks at it. Where the upper bound over all paths, ladder included, is
longer, nobody but the engine may know of the incident for longer than was promised.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.errors import EngineError
from engine.kinds.findings import Severity
from engine.kinds.values import Duration
from engine.model.catalogue import Catalogue, SeverityLevel
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.proof.bounds import bounds_of
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "ask or page somebody sooner, or give the ladder of the severity a second rung"
FACTS: Final = Facts(
    catalogue=Catalogue(severities={"SEV-1": SeverityLevel(meaning="down", respond=Duration(300.0))})
)
BEFORE: Final = """
severity: SEV-1
steps:
  pause: {wait: 10m, why: A start takes so long, then: engineer}
  engineer: {escalate: engineer, decision: Decide, then: {any: escalated}}
otherwise: engineer
"""
AFTER: Final = """
severity: SEV-1
steps:
  pause: {wait: 2m, why: A start takes so long, then: engineer}
  engineer: {escalate: engineer, decision: Decide, then: {any: escalated}}
otherwise: engineer
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield the severity where the bound of the time to a person is longer than its response time."""
    levels = facts.catalogue.severities
    level = next((one for name, one in levels.items() if runbook.severity in (name, *one.aliases)), None)
    if level is None:
        return
    try:
        person = bounds_of(runbook, facts.runbooks.get, facts.catalogue).person.besides
    except EngineError:
        return  # runbooks that are not there, or call themselves, are told by others
    if person > level.respond:
        message = (
            f"it may take up to {person} (an upper bound) until a person is asked or paged; "
            f"{runbook.severity} must be answered within {level.respond}"
        )
        yield Fault(("severity",), message, at_key=False)
