"""A message or a question with a fact in it whose step has not run on some path.

What is sent then is the reference itself, `${look.cause}`, to somebody who was woken for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._mentions import too_early
from engine.model.lint._walk import shown
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = (
    "let every path pass the step first, say it without the fact, or use a second step for the other paths"
)
BEFORE: Final = """
steps:
  net: {check: {tcp: 'gate:443'}, then: {pass: look, fail: tell, unknown: tell}}
  look: {check: {http: 'https://x.example', facts: {cause: json.cause}}, then: {any: tell}}
  tell: {escalate: engineer, decision: 'It is down: ${look.cause}', then: {any: escalated}}
"""
AFTER: Final = """
steps:
  net: {check: {tcp: 'gate:443'}, then: {pass: look, fail: blind, unknown: blind}}
  look: {check: {http: 'https://x.example', facts: {cause: json.cause}}, then: {any: tell}}
  tell: {escalate: engineer, decision: 'It is down: ${look.cause}', then: {any: escalated}}
  blind: {escalate: engineer, decision: 'It is down, and nobody sees why', then: {any: escalated}}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield what people read with a gap in it."""
    for one in too_early(graph, sent=False):
        message = f"{shown(one.trace)}: '{one.of}' has not run, so ${{{one.name}}} is a gap in the text"
        yield Fault(one.place, message, trace=one.trace, at_key=False)
