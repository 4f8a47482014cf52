"""Runbooks that call each other: every one that is reached, and a circle where there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.kinds.nodes import Node
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.model.runbook import Runbook

Library = Callable[[str], Runbook | None]
"""Finds a runbook by its id; None where there is none."""


def called(nodes: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    """Yield every step that runs another runbook, with its id; a step of a branch under the outer step."""
    for name, node in nodes.items():
        if isinstance(node.step, RunbookStep):
            yield name, node.step.runbook
        elif isinstance(node.step, ParallelStep):
            for branch in node.step.parallel.values():
                for _, runbook in called(branch.steps):
                    yield name, runbook


def circle(runbook: Runbook, library: Library, goal: str = "") -> tuple[str, ...]:
    """Return a shortest chain of calls from a runbook to itself, or to another; empty where there is none."""
    goal = goal or runbook.runbook
    chains: list[tuple[str, ...]] = [(runbook.runbook,)]
    seen = {runbook.runbook}
    while chains:
        chain = chains.pop(0)
        here = runbook if len(chain) == 1 else library(chain[-1])
        for _, name in called(here.steps) if here is not None else ():
            if name == goal:
                return (*chain, name)
            if name not in seen:
                seen.add(name)
                chains.append((*chain, name))
    return ()


__all__ = ["Library", "called", "circle"]
