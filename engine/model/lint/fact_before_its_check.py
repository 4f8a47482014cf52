"""A fact that a check, an action or a condition uses on a path where its step has not run.

The request is then not sent at all ("no value for …"), in the middle of the incident; a condition on a step
that never comes before it can never hold. A decide may ask for facts that are there on some paths only:
unknown does not hold, and its row is not taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.kinds.findings import Route, Severity
from engine.kinds.matchers import Matcher
from engine.kinds.references import ABSENT
from engine.kinds.steps.decide import DecideStep
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._mentions import too_early
from engine.model.lint._walk import shown
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "let every path pass the step first, or decide on a row that needs the fact"
BEFORE: Final = """
steps:
  net: {check: {tcp: 'gate:443'}, then: {pass: look, fail: restart, unknown: escalated}}
  look: {check: {http: 'https://x.example/machines', facts: {id: json.id}}, then: {any: restart}}
  restart: {action: {http: 'https://x.example/${look.id}', irreversible: a restart}, then: escalated}
"""
AFTER: Final = """
steps:
  net: {check: {tcp: 'gate:443'}, then: {any: look}}
  look: {check: {http: 'https://x.example/machines', facts: {id: json.id}}, then: {any: restart}}
  restart: {action: {http: 'https://x.example/${look.id}', irreversible: a restart}, then: escalated}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield what is sent without a value, and conditions on steps that never come before."""
    for one in too_early(graph, sent=True):
        message = f"{shown(one.trace)}: '{one.of}' has not run, so ${{{one.name}}} has no value"
        yield Fault(one.place, message, trace=one.trace)
    for one_graph in graph.every():
        for name, node in one_graph.nodes.items():
            if isinstance(node.step, DecideStep):
                yield from _conditions(one_graph, name, node.step)


def _conditions(graph: Graph, name: str, step: DecideStep) -> Iterator[Fault]:
    fix = "ask a step that comes before, or take the condition out"
    for number, row in enumerate(step.decide):
        groups: list[tuple[Route, Mapping[str, Matcher]]] = [(("if",), row.when)]
        groups += [(("any", index), option) for index, option in enumerate(row.any)]
        for place, conditions in groups:
            for path, matcher in conditions.items():
                head = path.partition(".")[0]
                if head not in graph.nodes or name in graph.reachable(head):
                    continue
                if matcher.judge(ABSENT).answer != "pass":
                    message = f"'{head}' never runs before '{name}', so this can never hold"
                    yield Fault((*graph.place(name), "decide", number, *place, path), message, fix)
