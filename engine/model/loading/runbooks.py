"""From a document to a runbook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from engine.kinds.nodes import ENDS, Node
from engine.kinds.references import references
from engine.kinds.steps.parallel import Branch, ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.model.catalogue import Catalogue
from engine.model.loading.agreement import Surroundings, known, known_role, severities
from engine.model.loading.annotations import keys
from engine.model.loading.catalogues import LoadedCatalogue
from engine.model.loading.names import Names
from engine.model.loading.reader import BAD, At, Entries, Entry, Reader
from engine.model.loading.result import Loaded, errors
from engine.model.loading.steps import Steps, check_id
from engine.model.loading.uses import Uses
from engine.model.runbook import Runbook
from engine.model.source import Document, locate


def load_runbook(document: Document, catalogue: LoadedCatalogue | None = None) -> Loaded[Runbook]:
    """Return the runbook of a file, or everything that is wrong with it."""
    runbook, reader = _reading(document, catalogue or LoadedCatalogue())
    findings = locate(reader.findings, document)
    return Loaded(None if errors(findings) else runbook, findings)


def readable(document: Document, catalogue: LoadedCatalogue) -> Runbook | None:
    """Return the runbook of a file that may be refused, where it is whole; nothing but rules read it."""
    return _reading(document, catalogue)[0]


def _reading(document: Document, catalogue: LoadedCatalogue) -> tuple[Runbook | None, Reader]:
    """Return the runbook, if it is whole, and what was found on the way."""
    steps = Steps(catalogue)
    uses = Uses(catalogue.check_templates, catalogue.action_templates)
    reader = Reader({**uses.special(), Branch: steps.branch})
    return _read(reader, steps, document, catalogue), reader


def sub_runbooks(runbook: Runbook) -> tuple[str, ...]:
    """Return the ids of the runbooks that its steps run, each once, in the order of the file."""
    return tuple(dict.fromkeys(_sub_runbooks(runbook.steps)))


def _sub_runbooks(nodes: Mapping[str, Node]) -> Iterator[str]:
    for node in nodes.values():
        if isinstance(node.step, RunbookStep):
            yield node.step.runbook
        elif isinstance(node.step, ParallelStep):
            for branch in node.step.parallel.values():
                yield from _sub_runbooks(branch.steps)


def _read(reader: Reader, steps: Steps, document: Document, catalogue: Catalogue) -> Runbook | None:
    at = At()
    entries = reader.entries(document.data, at, "a runbook")
    if entries is BAD:
        return None
    reader.unknown(entries, keys(Runbook), "a runbook")
    names = _names(entries, catalogue)
    if "triggers" in entries:
        there = {"thresholds": frozenset(catalogue.thresholds)}
        numbers = Names(words=frozenset(there), members=there)
        entries |= _named({"triggers": entries["triggers"]}, numbers)
    graph = steps.graph(reader, _named(entries, names), replace(at, names=names), ENDS)
    given: dict[str, object] = {"steps": BAD, "start": ""}
    if graph is not BAD:
        given = {"steps": graph.nodes, "start": graph.start}
    written = entries.get("steps", ({}, at))[0]
    if "outputs" in entries and isinstance(written, Mapping):
        entries |= _named({"outputs": entries["outputs"]}, names.inside(at.route, frozenset(written)))
    runbook = reader.build(Runbook, entries, at, given)
    _check_head(reader, entries, catalogue)
    reader.check_mentions()
    return None if runbook is BAD else runbook


def _named(entries: Entries, names: Names) -> dict[str, Entry]:
    """Return entries whose texts are searched for references."""
    return {key: (value, replace(at, names=names)) for key, (value, at) in entries.items()}


def _names(entries: Entries, catalogue: Catalogue) -> Names:
    """Return what every step of this runbook may refer to."""
    inputs, service = entries.get("inputs", ({}, At()))[0], entries.get("service", ("", At()))[0]
    members = {"inputs": frozenset(inputs) if isinstance(inputs, Mapping) else frozenset()}
    if catalogue.services:
        members["services"] = frozenset(catalogue.services)
    if catalogue.thresholds:
        members["thresholds"] = frozenset(catalogue.thresholds)
    if catalogue.baselines:
        members["baselines"] = frozenset(catalogue.baselines)
    names = Names().plus("inputs")
    if service:
        names = names.plus("service")
        there = catalogue.services.get(service) if isinstance(service, str) else None
        if there and there.environments:
            variables = (name for one in there.environments.values() for name in one)
            members["service"] = frozenset(("name", *variables))
    return replace(names, members=members)


def _check_head(reader: Reader, entries: Entries, catalogue: Catalogue) -> None:
    """Note what in the head disagrees with the steps or the catalogue."""
    texts = {key: (str(value), at) for key, (value, at) in entries.items() if isinstance(value, str)}
    if "runbook" in texts:
        check_id(reader, *texts["runbook"], "runbook", at_key=False)
    if "service" in texts:
        known(reader, "service", *texts["service"], catalogue.services)
    if "owner" in texts:
        known_role(reader, *texts["owner"], catalogue)
    if "severity" in texts:
        known(reader, "severity", *texts["severity"], severities(catalogue))
    if "reviewed" in texts:
        _check_date(reader, *texts["reviewed"])
    _check_triggers(reader, entries, catalogue)
    _check_waivers(reader, entries)
    steps = entries.get("steps", ({}, At()))[0]
    if "otherwise" in entries and isinstance(steps, Mapping):
        around = Surroundings(tuple(steps), ENDS, frozenset(), catalogue)
        around.known_target(reader, *entries["otherwise"])
    environments = entries.get("environments", ((), At()))
    if isinstance(environments[0], list):
        for number, name in enumerate(environments[0]):
            known(reader, "environment", str(name), environments[1].child(number), catalogue.environments)
    inputs = entries.get("inputs", ({}, At()))
    if isinstance(inputs[0], Mapping):
        for name, spec in inputs[0].items():
            if isinstance(spec, Mapping) and isinstance(spec.get("pattern"), str):
                _check_pattern(reader, str(spec["pattern"]), inputs[1].child(name).child("pattern"))


def _check_pattern(reader: Reader, pattern: str, at: At) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        message = f"'{pattern}' is no regular expression: {error}"
        reader.note(
            "wrong-value", at, message, "mend it; in YAML, single quotes keep backslashes", at_key=False
        )


def _check_triggers(reader: Reader, entries: Entries, catalogue: Catalogue) -> None:
    """Note a severity that nobody knows, and a threshold in a rule that is no number."""
    triggers, at = entries.get("triggers", ((), At()))
    for number, one in enumerate(triggers if isinstance(triggers, list) else ()):
        if not isinstance(one, Mapping):
            continue
        here = at.child(number)
        if isinstance(one.get("severity"), str):
            known(reader, "severity", str(one["severity"]), here.child("severity"), severities(catalogue))
        for name in references(one.get("expr", "")):
            threshold = catalogue.thresholds.get(name.removeprefix("thresholds."))
            if threshold is not None and threshold.number is None:
                message = f"'${{{name}}}' is '{threshold.value}': a rule compares with a number or a duration"
                fix = "write the number itself, or give it a threshold of its own"
                reader.note("wrong-value", here.child("expr"), message, fix, at_key=False)


def _check_waivers(reader: Reader, entries: Entries) -> None:
    """Note a waiver without a reason, or whose end is no date; whether it waives anything is for lint."""
    waivers, at = entries.get("allow", ((), At()))
    for number, one in enumerate(waivers if isinstance(waivers, list) else ()):
        if not isinstance(one, Mapping):
            continue
        here = at.child(number)
        if isinstance(one.get("until"), str):
            _check_date(reader, str(one["until"]), here.child("until"))
        if isinstance(one.get("why"), str) and not str(one["why"]).strip():
            fix = "say what makes the finding all right here"
            reader.note("wrong-value", here.child("why"), "this waiver has no reason", fix, at_key=False)


def _check_date(reader: Reader, value: str, at: At) -> None:
    if not _is_date(value):
        reader.note("wrong-value", at, f"'{value}' is no date", "write it like 2025-10-13", at_key=False)


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False
