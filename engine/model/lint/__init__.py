"""Rules about a valid runbook: one file each, found by being here.

A rule's name is its file's, with dashes. Its `examine` looks at the runbook, its graph and what the
workspace knows, and yields faults with routes into the file. It is pure: what it knows comes in as `Facts`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from engine.kinds.findings import Finding, Located, RuleText, Waiving
from engine.model.catalogue import Catalogue
from engine.model.graph import graph_of
from engine.model.lint._facts import Facts, Practice, written_expectations
from engine.model.lint._rule import Fault, Rule, example_file
from engine.model.lint._waivers import FINDINGS as ABOUT_WAIVERS
from engine.model.lint._waivers import Waived, apply
from engine.model.runbook import Runbook
from engine.model.source import Document, locate

OF_ONE_STEP = frozenset(
    (
        *("change-called-read", "change-without-way-back", "check-that-cannot-fail"),
        *("command-instead-of-mcp", "limit-left-out"),
        *("condition-always-holds", "condition-never-holds", "destroy-without-approval"),
        *("effect-below-catalogue", "escalation-hangs-up-early", "mcp-tool-not-allowed"),
        *("operation-nobody-names", "operation-not-the-catalogues", "outside-value-in-address"),
        *("pause-beyond-phase", "read-with-way-back", "row-never-reached"),
        *("secret-in-plain-text", "soak-beyond-limit", "target-not-allowed", "unknown-operator"),
    )
)
"""Rules that a wrong target elsewhere in the file cannot mislead."""


@dataclass(frozen=True, slots=True)
class Linted:
    """What the rules found in one runbook: what is told, and what the file waives."""

    findings: tuple[Located, ...]
    waived: tuple[Waiving, ...] = ()


@cache
def rules() -> Mapping[str, Rule]:
    """Return every rule by name."""
    names = sorted(one.name for one in pkgutil.iter_modules(__path__) if not one.name.startswith("_"))
    found = (Rule.of(importlib.import_module(f"{__name__}.{name}")) for name in names)
    return MappingProxyType({rule.name: rule for rule in found})


def rule_texts() -> tuple[RuleText, ...]:
    """Return every rule as a reader of findings sees it, those about waivers too."""
    own = (RuleText(one.name, one.severity, one.what, one.why, one.fix) for one in rules().values())
    return (*own, *(RuleText(name, level, what) for name, (level, what) in ABOUT_WAIVERS.items()))


def lint(runbook: Runbook, document: Document, facts: Facts | None = None) -> tuple[Located, ...]:
    """Return what the rules find in a runbook, in the order of the file."""
    return linted(runbook, document, facts).findings


def linted(runbook: Runbook, document: Document, facts: Facts | None = None) -> Linted:
    """Return what the rules find in a runbook, and what of it the file waives."""
    facts, graph = replace(facts or Facts(), written=document.extents), graph_of(runbook)
    found = (one for rule in rules().values() for one in rule.findings(runbook, graph, facts))
    left, waived = apply(runbook, found, rules(), facts.today)
    return Linted(locate(left, document), tuple(_waiving(one, document) for one in waived))


def linted_draft(
    runbook: Runbook, document: Document, facts: Facts, *, sure: bool = True
) -> tuple[Located, ...]:
    """Return what the rules find in a file that is refused: what it was meant to be, and is waived nowhere.

    Where its graph is not sure, only rules that look at one step at a time are asked.
    """
    facts, graph = replace(facts, written=document.extents), graph_of(runbook)
    asked = (rule for rule in rules().values() if sure or rule.name in OF_ONE_STEP)
    found = (one for rule in asked for one in rule.findings(runbook, graph, facts))
    left, _ = apply(runbook, found, rules(), facts.today)
    return locate([one for one in left if one.rule in rules()], document)


def lint_catalogue(
    catalogue: Catalogue, documents: Sequence[Document], facts: Facts | None = None
) -> tuple[Located, ...]:
    """Return what the rules find in the catalogue, each in the file that holds it."""
    facts = replace(facts or Facts(), catalogue=catalogue)
    found = [one for rule in rules().values() for one in rule.catalogue_findings(catalogue, facts)]
    return tuple(
        located
        for document in documents
        for located in locate((one for one in found if _holds(document, one)), document)
    )


def _holds(document: Document, finding: Finding) -> bool:
    """Say whether a finding's entry stands in this file; a section may be spread over several."""
    return finding.route[:2] in document.extents


def _waiving(one: Waived, document: Document) -> Waiving:
    (located,) = locate([one.finding], document)
    return Waiving(located, one.why, one.until)


__all__ = [
    "ABOUT_WAIVERS",
    "OF_ONE_STEP",
    "Facts",
    "Fault",
    "Linted",
    "Practice",
    "Rule",
    "Waiving",
    "example_file",
    "lint",
    "lint_catalogue",
    "linted",
    "linted_draft",
    "rule_texts",
    "rules",
    "written_expectations",
]
