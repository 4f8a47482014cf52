"""A rule, as it is found: its file's name, what it says of itself, and its examples."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import ModuleType

from engine.kinds.findings import Finding, Route, Severity
from engine.model.catalogue import Catalogue
from engine.model.graph import Graph
from engine.model.lint._facts import Facts
from engine.model.runbook import Runbook


@dataclass(frozen=True, slots=True)
class Fault:
    """What a rule found: where, what is wrong, and what to do where the rule's own `FIX` is too general."""

    place: Route
    message: str
    fix: str = ""
    trace: tuple[Route, ...] = ()
    """Where the fault is a path: a shortest one, as routes of its steps; the last may be an end."""
    at_key: bool = True
    """Point at the key of the place rather than at its value."""


Examine = Callable[[Runbook, Graph, Facts], Iterable[Fault]]
ExamineCatalogue = Callable[[Catalogue, Facts], Iterable[Fault]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; `before` has exactly its finding and `after` has none, beside `facts`."""

    name: str
    severity: Severity
    what: str
    """One sentence: what it finds."""
    why: str
    """Why that matters in an incident."""
    fix: str
    before: str
    after: str
    facts: Facts = field(default_factory=Facts)
    """What the workspace of the example knows."""
    catalogue: str = ""
    """The catalogue of the example, where its runbook uses one."""
    examine: Examine | None = None
    examine_catalogue: ExamineCatalogue | None = None
    """Of a rule about what all runbooks share; its examples are files of the catalogue."""

    @classmethod
    def of(cls, module: ModuleType) -> Rule:
        """Return the rule of a module of this folder."""
        what, _, why = (inspect.getdoc(module) or "").partition("\n\n")
        return cls(
            name=module.__name__.rpartition(".")[2].replace("_", "-"),
            severity=module.SEVERITY,
            what=" ".join(what.split()),
            why=" ".join(why.split()),
            fix=module.FIX,
            before=module.BEFORE.lstrip("\n"),
            after=module.AFTER.lstrip("\n"),
            catalogue=getattr(module, "CATALOGUE", "").lstrip("\n"),
            facts=getattr(module, "FACTS", Facts()),
            examine=getattr(module, "examine", None),
            examine_catalogue=getattr(module, "examine_catalogue", None),
        )

    def findings(self, runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Finding]:
        """Yield what the rule finds in a runbook, under its name and with its severity."""
        return map(self._finding, self.examine(runbook, graph, facts) if self.examine else ())

    def catalogue_findings(self, catalogue: Catalogue, facts: Facts) -> Iterator[Finding]:
        """Yield what the rule finds in the catalogue."""
        return map(self._finding, self.examine_catalogue(catalogue, facts) if self.examine_catalogue else ())

    def _finding(self, one: Fault) -> Finding:
        return Finding(
            self.name,
            one.place,
            one.message,
            one.fix or self.fix,
            self.severity,
            at_key=one.at_key,
            trace=one.trace,
        )


def example_file(text: str) -> str:
    """Return an example as a whole file: what is not said of its head is added."""
    heads = {"runbook": "example", "title": "An example"}
    missing = [f"{key}: {value}\n" for key, value in heads.items() if f"\n{key}: " not in f"\n{text}"]
    return "".join(missing) + text


__all__ = ["Fault", "Rule", "example_file"]
