"""A row of a decide that a row above it takes everything from.

Rows are asked from the top. What the row was written for is decided by another one, and the page says that it
is looked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.steps.decide import DecideStep
from engine.model.decisions import covered
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "put it above the other, or take it out"
BEFORE: Final = """
steps:
  look: {check: {http: 'https://x.example', expect: {status: 200}}, then: {any: cause}}
  cause:
    decide:
      - {if: {look.status: {ge: 500}}, go: escalated}
      - {if: {look.status: 503}, go: aborted}
    else: escalated
"""
AFTER: Final = """
steps:
  look: {check: {http: 'https://x.example', expect: {status: 200}}, then: {any: cause}}
  cause:
    decide:
      - {if: {look.status: 503}, go: aborted}
      - {if: {look.status: {ge: 500}}, go: escalated}
    else: escalated
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield every row that cannot be reached, with the rows that are in its way."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if not isinstance(node.step, DecideStep):
                continue
            rows = node.step.decide
            for number, above in covered(rows).items():
                taken = ", ".join(f"row {other + 1} ({rows[other].text()})" for other in above)
                does = f"{taken} does too" if len(above) == 1 else f"one of these does too: {taken}"
                message = f"row {number + 1} of '{name}' is never reached: where it holds, {does}"
                yield Fault((*one.place(name), "decide", number, "go"), message)
