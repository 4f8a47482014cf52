"""Rules about the graph of a valid runbook: one file each, found by being here.

A rule's name is its file's, with dashes. Its `examine` looks at the runbook and its graph and yields
findings with routes into the file.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType

from engine.kinds.findings import Finding, Located
from engine.model.graph import Graph, graph_of
from engine.model.runbook import Runbook
from engine.model.source import Document, locate

Rule = Callable[[Runbook, Graph], Iterable[Finding]]


@cache
def rules() -> Mapping[str, Rule]:
    """Return every rule by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    return MappingProxyType({name.replace("_", "-"): module.examine for name, module in found.items()})


def lint(runbook: Runbook, document: Document) -> tuple[Located, ...]:
    """Return what the rules find in a runbook, in the order of the file."""
    graph = graph_of(runbook)
    return locate((finding for rule in rules().values() for finding in rule(runbook, graph)), document)
