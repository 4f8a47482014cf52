"""Steps as authors write them: one mapping that holds the kind, its fields, and what every step has.

Rules:
1. The key names the kind; the kind's other fields and the common keys stand flat beside it. The fields of
   a soak stand inside `wait`.
2. `then: x` covers every good outcome (of an `ask`: every option); in a mapping `any` covers every outcome
   that has no target of its own. Outcomes that are not good may be left out: planning routes them.
3. No edge crosses the border of a graph: targets are steps of the same graph, or its ends.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from engine.kinds.discovery import family, names
from engine.kinds.findings import did_you_mean
from engine.kinds.nodes import BRANCH_ENDS, ENDS, OTHERWISE, Node
from engine.kinds.step import Step
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.parallel import Branch
from engine.kinds.uses import ActionUse, CheckUse
from engine.kinds.values import Json
from engine.model.catalogue import Catalogue
from engine.model.loading.agreement import Surroundings, agree
from engine.model.loading.annotations import keys
from engine.model.loading.facts import facts_of
from engine.model.loading.names import WORDS, Names
from engine.model.loading.reader import BAD, At, Bad, Entries, Entry, Reader

ALWAYS: Final = ("limit", "skipped")
"""Outcomes of every kind."""

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")
_RESERVED = frozenset((*ENDS, *BRANCH_ENDS, OTHERWISE, *WORDS))
_COMMON = tuple(key for key in keys(Node) if key != "step")
_INSIDE_WAIT = ("until", "soak", "limit", "recovery")


def check_id(reader: Reader, name: str, at: At, what: str, *, at_key: bool = True) -> None:
    """Note a name that breaks the grammar of ids."""
    if not _ID.match(name):
        fix = "write small letters, digits, '-' and '_', at most 64, a letter or digit first"
        reader.note("bad-name", at, f"'{name}' is no name for a {what}", fix, at_key=at_key)


@dataclass(frozen=True, slots=True)
class Steps:
    """The reader of graphs, with the catalogue whose roles and severities their steps may name."""

    catalogue: Catalogue

    def branch(self, reader: Reader, value: Json, at: At) -> Branch | Bad:
        """Read one branch of a `parallel`: a graph of its own."""
        entries = reader.entries(value, at, "a branch with its steps")
        if entries is BAD:
            return BAD
        surplus = reader.unknown(entries, keys(Branch), "a branch")
        check_id(reader, str(at.route[-1]), at, "branch")
        graph = self.graph(reader, entries, at, BRANCH_ENDS)
        return BAD if surplus or graph is BAD else Branch(steps=graph.nodes, start=graph.start)

    def graph(self, reader: Reader, entries: Entries, at: At, ends: tuple[str, ...]) -> Graph | Bad:
        """Read `steps` and `start`; inside, the names of the place and those of this graph are known."""
        if "steps" not in entries:
            return reader.note("missing-key", at, "'steps' is missing", "add 'steps: …'")
        value, steps_at = entries["steps"]
        steps = reader.entries(value, steps_at, "steps by name")
        if steps is BAD:
            return BAD
        if not steps:
            return reader.note("no-steps", steps_at, "there are no steps", "add one")
        around = Surroundings(tuple(steps), ends, _actions(value), self.catalogue)
        names_here = (at.names or Names()).inside(at.route, frozenset(steps))
        nodes = {
            name: self.node(reader, item, replace(place, names=names_here), around)
            for name, (item, place) in steps.items()
        }
        start, start_at = entries.get("start", ("", at))
        known = "start" not in entries or around.known_target(reader, start, start_at, ends=())
        whole = {name: node for name, node in nodes.items() if node is not BAD}
        for name, node in nodes.items():
            reader.leaves(at.route, name, None if node is BAD else facts_of(node.step))
        return Graph(whole, str(start)) if known and len(whole) == len(nodes) else BAD

    def node(self, reader: Reader, value: Json, at: At, around: Surroundings) -> Node | Bad:
        """Read one step."""
        name = str(at.route[-1])
        check_id(reader, name, at, "step")
        if name in _RESERVED:
            fix = "the word has a meaning of its own: take another"
            reader.note("reserved-name", at, f"a step cannot be named '{name}'", fix)
        entries = reader.entries(value, at, "a step such as {check: …, then: …}")
        if entries is BAD:
            return BAD
        kind = _kind(reader, entries, at)
        if kind is BAD:
            return BAD
        if "for_each" in entries and at.names:
            entries |= _with_each(entries, at.names)
        own = [key for key in keys(kind) if kind.kind != "wait" or key not in _INSIDE_WAIT]
        what = f"a step of kind {kind.kind}"
        surplus = reader.unknown(entries, [*own, *_COMMON], what, _inside(kind.kind))
        step = _step(reader, kind, entries, at)
        then = _then(reader, kind, step, entries, at, around)
        common = {key: entry for key, entry in entries.items() if key in _COMMON and key != "then"}
        node = reader.build(Node, common, at, {"step": step, "then": then})
        agree(reader, kind.kind, entries, around)
        visits, visits_at = entries.get("visits", (1, at))
        if isinstance(visits, int) and visits < 1:
            reader.note("wrong-value", visits_at, "a step has at least 1 visit", "count from 1", at_key=False)
        return BAD if surplus else node


@dataclass(frozen=True, slots=True)
class Graph:
    """The steps of one graph, and where it starts (empty: at the first)."""

    nodes: Mapping[str, Node]
    start: str


def _kind(reader: Reader, entries: Entries, at: At) -> type[Step] | Bad:
    known = names("steps")
    named = [key for key in entries if key in known]
    if not named:
        close = next(
            (hint for key in entries if key not in _COMMON and (hint := did_you_mean(key, known))), ""
        )
        return reader.note(
            "no-kind", at, "this step names no kind", close or f"add one of: {', '.join(known)}"
        )
    kind: type[Step] = family("steps")[named[0]]
    more = [key for key in named[1:] if key not in keys(kind)]
    if more:
        fix = "keep one"
        if {named[0], more[0]} == {"action", "undo"}:
            fix = "put the undo of an action inside 'action'"
        return reader.note(
            "two-kinds", entries[more[0]][1], f"this step names two kinds: {named[0]} and {more[0]}", fix
        )
    return kind


def _inside(kind: str) -> Mapping[str, str]:
    """Return the keys that belong one level further in."""
    inner: tuple[str, ...] = _INSIDE_WAIT if kind == "wait" else ()
    if kind == "check":
        inner = ("use", "with", *names("checks"), *keys(CheckUse))
    elif kind == "action":
        inner = ("use", "with", *names("actions"), *keys(ActionUse))
    return dict.fromkeys(inner, f"put it inside '{kind}'")


def _with_each(entries: Entries, known: Names) -> dict[str, Entry]:
    """Return the entries that may refer to `${each}`: all but the list itself."""
    return {
        key: (item, replace(place, names=known.plus("each")))
        for key, (item, place) in entries.items()
        if key != "for_each"
    }


def _actions(steps: Json) -> frozenset[str]:
    """Return the names of the steps that carry out an action, before any is read."""
    if not isinstance(steps, Mapping):
        return frozenset()
    return frozenset(name for name, step in steps.items() if isinstance(step, Mapping) and "action" in step)


def _step(reader: Reader, kind: type[Step], entries: Entries, at: At) -> Step | Bad:
    """Read the kind's own fields, where what the author wrote in a shorter form is spelled out."""
    parts = {key: entry for key, entry in entries.items() if key in keys(kind)}
    if kind.kind == "wait":
        return _wait(reader, kind, entries["wait"], at)
    if kind.kind == "undo":
        value, undo_at = entries["undo"]
        if isinstance(value, str) and value != "all":
            parts["undo"] = ([value], undo_at)
    return reader.build(kind, parts, at)


def _wait(reader: Reader, kind: type[Step], entry: Entry, at: At) -> Step | Bad:
    value, wait_at = entry
    if value is None:
        fix = "write 'wait: 60s' or 'wait: {until: …}'"
        return reader.note("wrong-value", wait_at, "a wait needs a time or a check", fix)
    if not isinstance(value, Mapping):
        return reader.build(kind, {"wait": entry}, at)
    entries = reader.entries(value, wait_at, "a wait")
    if entries is BAD:
        return BAD
    surplus = reader.unknown(entries, _INSIDE_WAIT, "a wait")
    given: dict[str, object] = {}
    if "until" not in entries:
        fix = "add the check that must hold, or write 'wait: 60s'"
        reader.note("missing-key", wait_at, "this wait has no 'until'", fix)
    elif not _by_name(entries["until"][0]):
        check = reader.value(CheckUse, *entries["until"])
        given["until"] = BAD if check is BAD else {"check": check}
    built = reader.build(kind, entries, wait_at, given)
    return BAD if surplus or "until" not in entries else built


def _by_name(until: Json) -> bool:
    """Say whether checks stand there by name, rather than one check."""
    if not isinstance(until, Mapping):
        return False
    marks = {"use", *names("checks")}
    if marks.isdisjoint(until):
        return bool(until) and all(isinstance(item, Mapping) for item in until.values())
    return all(isinstance(item, Mapping) and not marks.isdisjoint(item) for item in until.values())


def _then(
    reader: Reader, kind: type[Step], step: Step | Bad, entries: Entries, at: At, around: Surroundings
) -> dict[str, str] | Bad:
    """Return targets by outcome."""
    written, then_at = entries.get("then", ({}, at))
    options = entries.get("options", ({}, at))[0] if kind is AskStep else {}
    good = (*kind.good, *(options if isinstance(options, Mapping) else ()))
    outcomes = (*good, *kind.bad) if step is BAD else step.outcomes()
    if isinstance(written, str):
        known = around.known_target(reader, written, then_at)
        if not outcomes:
            fix = "its rows and 'else' say where it goes: take 'then' out"
            return reader.note("unknown-outcome", then_at, f"a {kind.kind} has no outcome", fix)
        return dict.fromkeys(good, written) if known else BAD
    routes = reader.entries(written, then_at, "a step, or outcomes with their steps")
    if routes is BAD:
        return BAD
    faults = [key for key, entry in routes.items() if not around.known_target(reader, *entry)]
    allowed = dict.fromkeys((*outcomes, *ALWAYS, *(("any",) if outcomes else ())))
    for key in routes:
        if key not in allowed:
            faults.append(key)
            fix = did_you_mean(key, allowed) or f"known: {', '.join(allowed)}"
            reader.note("unknown-outcome", routes[key][1], f"this {kind.kind} never ends '{key}'", fix)
    found = {key: str(target) for key, (target, _) in routes.items() if key != "any"}
    if "any" in routes:
        found = {key: found.get(key, str(routes["any"][0])) for key in dict.fromkeys((*outcomes, *found))}
    for outcome in good:
        if outcome not in found and not faults:
            faults.append(outcome)
            called = "option" if kind is AskStep else "good outcome"
            fix = f"add 'then: {{{outcome}: STEP}}'" if routes else "add 'then: STEP'"
            reader.note("missing-outcome", then_at, f"the {called} '{outcome}' leads nowhere", fix)
    return BAD if faults else found
