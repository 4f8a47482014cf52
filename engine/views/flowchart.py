"""The graph of a page as a picture has it: nodes, edges, and which nodes stand together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.kinds.nodes import BRANCH_ENDS
from engine.views.docs_page import Page, StepEntry, Target


@dataclass(frozen=True, slots=True)
class FlowNode:
    """One node; `kind` is the step's kind, or `end`."""

    id: str
    kind: str
    name: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class FlowEdge:
    """One arrow, with the outcomes that take it; a loose one opens a branch."""

    source: str
    target: str
    labels: tuple[str, ...]
    loose: bool = False


@dataclass(frozen=True, slots=True)
class FlowGroup:
    """The nodes of one phase."""

    id: str
    title: str
    nodes: tuple[FlowNode, ...]


@dataclass(frozen=True, slots=True)
class Flowchart:
    """A whole picture; ends stand outside of the groups."""

    groups: tuple[FlowGroup, ...]
    ends: tuple[FlowNode, ...]
    edges: tuple[FlowEdge, ...]


def flowchart(page: Page) -> Flowchart:
    """Return the picture of a page's steps, without those that nothing leads to."""
    steps = {step.path: step for step in page.steps()}
    reached = _reached(page, steps)
    ids = _ids(path for path in steps if path in reached)
    ends = {end.name: f"end_{end.name.replace('-', '_')}" for end in page.ends}
    ids |= {name: identity for name, identity in ends.items() if name not in ids}
    edges: list[FlowEdge] = []
    used: set[str] = set()
    for step in steps.values():
        if step.path not in reached:
            continue
        for target, labels, loose in _leaving(step):
            name = target.path
            if target.anchor or name not in BRANCH_ENDS:
                used.add(name)
                identity = ids[name] if target.anchor else ends[name]
                edges.append(FlowEdge(ids[step.path], identity, labels, loose))
    groups = (
        FlowGroup(
            f"phase_{section.phase}",
            section.title,
            tuple(
                FlowNode(ids[step.path], step.kind, step.path, step.title)
                for step in section.steps
                if step.path in reached
            ),
        )
        for section in page.sections
    )
    return Flowchart(
        tuple(group for group in groups if group.nodes),
        tuple(FlowNode(identity, "end", name) for name, identity in ends.items() if name in used),
        tuple(edges),
    )


def _leaving(step: StepEntry) -> list[tuple[Target, tuple[str, ...], bool]]:
    """Return where a step leads, each target once."""
    found = [(one.target, tuple(outcome.name for outcome in one.outcomes), True) for one in step.opens]
    found += [(one.target, tuple(outcome.name for outcome in one.outcomes), False) for one in step.exits]
    rows: dict[str, tuple[Target, list[str]]] = {}
    for row in step.rows:
        groups = (row.all_of, *row.one_of) if row.all_of else row.one_of
        said = (" and ".join(f"{one.subject} {one.text}" for one in group) for group in groups)
        joined = (" and " if row.all_of else " or ").join(said)
        rows.setdefault(row.target.path, (row.target, []))[1].append(joined)
    if step.otherwise:
        rows.setdefault(step.otherwise.path, (step.otherwise, []))[1].append("else")
    return found + [(target, tuple(labels), False) for target, labels in rows.values()]


def _reached(page: Page, steps: dict[str, StepEntry]) -> set[str]:
    reached, left = set(), [page.start.path]
    while left:
        path = left.pop()
        if path in steps and path not in reached:
            reached.add(path)
            left += [target.path for target, _, _ in _leaving(steps[path]) if target.anchor]
    return reached


def _ids(paths: Iterable[str]) -> dict[str, str]:
    """Return an id for every step that no word of the picture's language can be taken for."""
    found: dict[str, str] = {}
    for path in paths:
        base = "s_" + re.sub(r"\W", "_", path, flags=re.ASCII)
        identity, number = base, 2
        while identity in found.values():
            identity, number = f"{base}_{number}", number + 1
        found[path] = identity
    return found
