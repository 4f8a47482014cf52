"""Small files for the tests of rules: what one rule finds in a runbook, and in a file of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

from engine.kinds.findings import Located
from engine.model.graph import graph_of
from engine.model.lint import Facts, example_file, rules, written_expectations
from engine.model.loading import LoadedCatalogue, load_catalogue, load_runbook
from engine.model.runbook import Runbook
from engine.model.source import Document, locate
from tests.model.files import MARK, document, marked, places


def read(text: str, catalogue: str = "") -> tuple[Runbook, Document]:
    """Return a runbook of this text, whose head may be left out; it must load."""
    mine = document(whole(text), "example.yaml")
    return load_runbook(mine, shared(catalogue)).require(), mine


def whole(text: str) -> str:
    """Return a text with the head that is missing, its marks where they were."""
    marked_text = dedent(text).lstrip("\n")
    plain = marked_text.replace(MARK, "")
    return example_file(plain).removesuffix(plain) + marked_text


def shared(text: str) -> LoadedCatalogue:
    """Return a catalogue of this text, or one that knows nothing."""
    return load_catalogue([document(text, "catalogue.yaml")]).require() if text else LoadedCatalogue()


def found(rule: str, text: str, facts: Facts | None = None, catalogue: str = "") -> tuple[Located, ...]:
    """Return what one rule finds in a runbook."""
    runbook, mine = read(text, catalogue)
    facts = replace(facts or known(shared(catalogue)), written=mine.extents)
    return locate(rules()[rule].findings(runbook, graph_of(runbook), facts), mine)


def known(catalogue: LoadedCatalogue) -> Facts:
    """Return what a workspace with this catalogue knows, and nothing else."""
    return Facts(catalogue=catalogue, expectations=written_expectations(catalogue.check_templates))


def found_in_catalogue(rule: str, text: str) -> tuple[Located, ...]:
    """Return what one rule finds in a file of the catalogue."""
    mine = document(text, "catalogue.yaml")
    whole = load_catalogue([mine]).require()
    return locate(rules()[rule].catalogue_findings(whole, Facts(catalogue=whole)), mine)


def wrong(rule: str, text: str, said: str, facts: Facts | None = None, catalogue: str = "") -> None:
    """Hold that one rule finds exactly what is marked in a file, and says this of it."""
    _hold(rule, whole(text), found(rule, text, facts, catalogue), said)


def wrong_catalogue(rule: str, text: str, said: str) -> None:
    """Hold that one rule finds exactly what is marked in a file of the catalogue, and says this of it."""
    _hold(rule, text, found_in_catalogue(rule, text), said)


def _hold(rule: str, text: str, findings: tuple[Located, ...], said: str) -> None:
    told = "\n".join(f"{one.finding.message} [{one.finding.fix}]" for one in findings)
    assert MARK in text, "mark the place of the finding"
    assert marked(text) == places(findings), told
    assert {rule} == {one.finding.rule for one in findings}
    assert said in told
    assert all(one.finding.fix for one in findings)


__all__ = ["found", "found_in_catalogue", "known", "read", "shared", "whole", "wrong", "wrong_catalogue"]
