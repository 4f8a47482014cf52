"""A check whose answer decides something, and that passes whatever the target does.

It looks like a proof in the record, and is none. Mostly the expectation is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Route, Severity
from engine.kinds.nodes import Node
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import CheckUse
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._matchers import cannot_fail
from engine.model.lint._uses import uses_of
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "say what is expected: 'expect: {fact: value}'"
BEFORE: Final = """
steps:
  look:
    check: {tcp: 'db:5432', no_answer: unknown}
    then: {pass: false-alarm, fail: escalated, unknown: escalated}
"""
AFTER: Final = """
steps:
  look:
    check: {tcp: 'db:5432'}
    then: {pass: false-alarm, fail: escalated, unknown: escalated}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield checks without an expectation where pass and fail lead apart, and proofs that are none."""
    for one in graph.every():
        for name, node in one.nodes.items():
            for place in _deciding(one, name, node):
                yield Fault(
                    (*one.place(name), *place), f"this passes whatever is seen: '{name}' decides nothing"
                )


def _deciding(graph: Graph, name: str, node: Node) -> Iterator[Route]:
    """Yield the checks that can only pass, of which the answer counts."""
    step = node.step
    uses = [(place, use) for place, use in uses_of(step) if isinstance(use, CheckUse)]
    hollow = [place for place, use in uses if cannot_fail(use)]
    if isinstance(step, CheckStep | ChecksStep):
        targets = {edge.outcome: edge.target for edge in graph.leaving()[name]}
        apart = targets["pass"] != targets["fail"]
        yield from hollow[:1] if apart and len(hollow) == len(uses) else ()
    elif isinstance(step, WaitStep):
        yield from hollow[:1] if len(hollow) == len(uses) else ()
    else:
        yield from hollow
