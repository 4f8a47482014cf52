"""A text of a skeleton that nobody has filled in.

`runbook new` and `runbook init` write `FILL IN` where only a person knows what belongs there; in an incident
it would be read to somebody who was woken for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Final

from engine.kinds.findings import Route, Severity
from engine.kinds.matchers import Matcher
from engine.kinds.step import Step
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.decide import DecideStep
from engine.model.catalogue import Catalogue
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import used
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "say it in your own words, or take the line out"
MARK: Final = "FILL IN"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {pass: false-alarm, any: boss}}
  boss: {escalate: manager, decision: 'FILL IN: what the manager is to decide', then: {any: escalated}}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {pass: false-alarm, any: boss}}
  boss: {escalate: manager, decision: 'Go to the copy, or wait?', then: {any: escalated}}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield every text of the file that still has the mark."""
    for field in fields(runbook):
        if field.name not in ("steps", "outputs"):
            yield from _in(getattr(runbook, field.name), (field.name,))
    for one in graph.every():
        for name, node in one.nodes.items():
            for part in fields(node):
                if part.name != "step":
                    yield from _in(getattr(node, part.name), (*one.place(name), part.name))
            yield from _said(node.step, one.place(name))
    for use in used(graph):
        for part in fields(use.use):
            flat = part.name == "kind"
            if part.name not in ("reconcile", "undo", "verify"):  # uses of their own
                place = use.place if flat else (*use.place, part.name)
                yield from _in(getattr(use.use, part.name), place, flat=flat)


def examine_catalogue(catalogue: Catalogue, facts: Facts) -> Iterator[Fault]:
    """Yield every text of the catalogue that still has it."""
    for field in fields(catalogue):
        yield from _in(getattr(catalogue, field.name), (field.name,))


def _said(step: Step, place: Route) -> Iterator[Fault]:
    """Yield the texts of a step itself: what it uses and its branches are looked at where they stand."""
    if is_dataclass(step):
        for field in fields(step):
            value = getattr(step, field.name)
            if isinstance(value, str):
                yield from _in(value, (*place, field.name))
    if isinstance(step, AskStep):
        for name, option in step.options.items():
            yield from _in(option, (*place, "options", name))
    if isinstance(step, DecideStep):
        for number, row in enumerate(step.decide):
            yield from _in(row.why, (*place, "decide", number, "why"))


def _in(value: object, place: Route, *, flat: bool = False) -> Iterator[Fault]:
    """Yield the texts of a part of the model that have it; a kind's fields stand flat beside the use's."""
    if isinstance(value, str):
        if MARK in value:
            yield Fault(place, f"this is still the skeleton's: {' '.join(value.split())}", at_key=False)
    elif isinstance(value, Matcher):
        yield from _in(value.data, place)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from _in(getattr(value, field.name), (*place, field.name))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _in(inner, (*place, str(name)))
    elif isinstance(value, tuple | list):
        for number, inner in enumerate(value):
            yield from _in(inner, (*place, number))
