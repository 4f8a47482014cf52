"""From documents to the catalogue.

Rules:
1. Files are merged by their top-level keys; within a section each name is given once, in one file. The
   policy is a list whose order counts, and the guards belong together: each stands in one file.
2. A check or an action of the catalogue is written out: it does not `use` another. Its reconcile, undo and
   verify may, and so may the control probes.
3. It is read once with the defaults of its parameters, so that faults are found where they are, and kept
   as it was written, for `use`. A parameter without a default stays a reference, which only a text can hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.kinds.findings import did_you_mean
from engine.kinds.uses import ActionUse, CheckUse
from engine.kinds.values import Json
from engine.model.catalogue import Catalogue
from engine.model.loading.agreement import known, known_role
from engine.model.loading.annotations import keys
from engine.model.loading.names import Names
from engine.model.loading.reader import BAD, At, Bad, Entry, Reader
from engine.model.loading.result import Loaded, errors
from engine.model.loading.uses import Template, Uses
from engine.model.source import Document, locate

_WORDS = ("inputs", "service", "each")
_ALONE = ("policy", "guards")
"""Sections that stand in one file as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedCatalogue(Catalogue):
    """A catalogue that keeps its checks and actions as they were written, for `use` in runbooks."""

    check_templates: Mapping[str, Template] = field(default_factory=dict)
    action_templates: Mapping[str, Template] = field(default_factory=dict)


def load_catalogue(documents: Sequence[Document]) -> Loaded[LoadedCatalogue]:
    """Return the catalogue of all files together, or everything that is wrong with them."""
    uses = Uses(_templates(documents, "checks"), _templates(documents, "actions"))
    readers = [Reader(uses.special()) for _ in documents]
    sections: dict[str, dict[str, object]] = {}
    alone: dict[str, object] = {}
    first: dict[tuple[str, str], str] = {}
    for document, reader in zip(documents, readers, strict=True):
        at = At()
        entries = reader.entries(document.data, at, "a catalogue")
        if entries is BAD:
            continue
        reader.unknown(entries, keys(Catalogue), "a catalogue")
        for section in keys(Catalogue):
            if section not in entries:
                continue
            if section in _ALONE:
                _once(reader, first, document, (section, ""), entries[section][1])
                alone[section] = reader.value(keys(Catalogue)[section].hint, *entries[section])
                continue
            items = reader.entries(*entries[section], f"{section} by name")
            if items is BAD:
                continue
            for name, entry in items.items():
                _once(reader, first, document, (section, name), entry[1])
                sections.setdefault(section, {})[name] = _item(reader, uses, section, name, entry)
    catalogue = _catalogue(sections, alone, uses)
    for document, reader in zip(documents, readers, strict=True):
        _check_names(reader, document, catalogue)
    findings = tuple(
        located
        for document, reader in zip(documents, readers, strict=True)
        for located in locate(reader.findings, document)
    )
    return Loaded(None if errors(findings) else catalogue, findings)


def _catalogue(
    sections: Mapping[str, Mapping[str, object]], alone: Mapping[str, object], uses: Uses
) -> LoadedCatalogue:
    """Return what could be read, without the parts that are BAD: enough to compare names with."""
    whole = {
        section: {name: item for name, item in items.items() if item is not BAD}
        for section, items in sections.items()
    }
    read = {section: value for section, value in alone.items() if value is not BAD}
    return LoadedCatalogue(
        **whole,  # type: ignore[arg-type]  # read by the annotations of these very fields
        **read,  # type: ignore[arg-type]  # likewise
        check_templates=uses.checks,
        action_templates=uses.actions,
    )


def _once(
    reader: Reader, first: dict[tuple[str, str], str], document: Document, key: tuple[str, str], at: At
) -> None:
    span = document.place(at.route)
    if key in first:
        what = f"'{key[1]}' in {key[0]}" if key[1] else f"'{key[0]}'"
        reader.note("defined-twice", at, f"{what} is given twice (first in {first[key]})", "keep one")
    first.setdefault(key, f"{document.file}:{span.line}")


def _item(reader: Reader, uses: Uses, section: str, name: str, entry: Entry) -> object:
    value, at = entry
    key = keys(Catalogue)[section]
    hint = key.hint.__args__[1]
    if section not in ("checks", "actions"):
        names = Names().plus(*_WORDS) if section == "controls" else None
        return reader.value(hint, value, replace(at, names=names))
    template = (uses.checks if section == "checks" else uses.actions).get(name)
    if isinstance(value, Mapping) and "use" in value:
        fix = "write it out: only steps, controls and what stands inside an action use others"
        return reader.note("nested-use", at.child("use"), f"'{name}' uses another", fix)
    if template is None:
        return reader.value(hint, value, at)
    return _whole(reader, hint, name, value, at, template)


def _whole(
    reader: Reader, hint: type[CheckUse] | type[ActionUse], name: str, value: Json, at: At, template: Template
) -> CheckUse | ActionUse | Bad:
    params = at.child("params")
    if isinstance(value, Mapping) and not isinstance(value.get("params", {}), Mapping):
        return reader.note(
            "wrong-type", params, "expected parameters with their defaults", "write 'params: {app: null}'"
        )
    filled = template.filled(
        {key: default for key, default in template.params.items() if default is not None}
    )
    names = replace(Names().plus(*_WORDS, "with"), members={"with": frozenset(template.params)})
    built = reader.value(hint, filled, replace(at, names=names))
    return replace(built, name=name) if isinstance(built, CheckUse | ActionUse) else BAD


def _templates(documents: Sequence[Document], section: str) -> dict[str, Template]:
    """Return every check or action as written, before any is read: their parts may use one another."""
    found: dict[str, Template] = {}
    for document in documents:
        items = document.data.get(section)
        for name, value in items.items() if isinstance(items, Mapping) else ():
            if isinstance(value, Mapping):
                params = value.get("params", {})
                data = {key: item for key, item in value.items() if key != "params"}
                found[name] = Template(data=data, params=params if isinstance(params, Mapping) else {})
    return found


def _check_names(reader: Reader, document: Document, catalogue: Catalogue) -> None:
    """Note names that no file of the catalogue explains. Only what this document holds is looked at."""
    at = At()
    for name in _own(document, "roles") & catalogue.roles.keys():
        channel = at.child("roles").child(name).child("channel")
        known(reader, "channel", catalogue.roles[name].channel, channel, catalogue.channels)
    for name in _own(document, "severities") & catalogue.severities.keys():
        for number, rung in enumerate(catalogue.severities[name].ladder):
            place = at.child("severities").child(name).child("ladder").child(number).child("role")
            known_role(reader, rung.role, place, catalogue)
    for name in _own(document, "people") & catalogue.people.keys():
        person, place = catalogue.people[name], at.child("people").child(name)
        known_role(reader, person.role, place.child("role"), catalogue)
        known(reader, "channel", person.device, place.child("device"), catalogue.channels)
    for name in _own(document, "channels") & catalogue.channels.keys():
        place = at.child("channels").child(name).child("fallback")
        known(reader, "channel", catalogue.channels[name].fallback, place, catalogue.channels)
    for name in _own(document, "services") & catalogue.services.keys():
        service, place = catalogue.services[name], at.child("services").child(name)
        for number, other in enumerate(service.depends):
            known(reader, "service", other, place.child("depends").child(number), catalogue.services)
        for environment in service.environments:
            here = place.child("environments").child(environment)
            known(reader, "environment", environment, here, catalogue.environments, at_key=True)
    if "guards" in document.data:
        guards, place = catalogue.guards, at.child("guards")
        for key, who in (("announce", guards.announce), ("updates", guards.updates)):
            known_role(reader, who, place.child(key), catalogue, catalogue.channels)
        for number, deviation in enumerate(guards.deviations):
            here = place.child("deviations").child(number)
            known_role(reader, deviation.role, here.child("role"), catalogue)
    if "policy" in document.data:
        for number, rule in enumerate(catalogue.policy):
            place = at.child("policy").child(number)
            known_role(reader, rule.role, place.child("role"), catalogue)
            known_role(reader, rule.break_glass, place.child("break_glass"), catalogue)
            if rule.window not in ("", *catalogue.windows):
                listed = ", ".join(catalogue.windows) or "none yet"
                fix = (
                    did_you_mean(rule.window, catalogue.windows) or f"known: {listed}; add it under 'windows'"
                )
                what = f"the catalogue has no window '{rule.window}'"
                reader.note("unknown-window", place.child("window"), what, fix, at_key=False)
            for index, environment in enumerate(rule.environments):
                here = place.child("environments").child(index)
                known(reader, "environment", environment, here, catalogue.environments)


def _own(document: Document, section: str) -> set[str]:
    items = document.data.get(section)
    return set(items) if isinstance(items, Mapping) else set()
