"""The phase in which a reader looks for a step: what pages and proofs say, beside the plan's own.

A step without a phase belongs to that of the step written before it. An escalation is none of that work: a
person is asked to take over, and which step stands above it in the file says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.kinds.nodes import Node
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.parallel import ParallelStep


def phases_of(nodes: Mapping[str, Node]) -> Mapping[str, str]:
    """Return the phase of every step of one graph, by name."""
    carried, found = "diagnose", {}
    for name, node in nodes.items():
        carried = node.phase or carried
        found[name] = "close" if isinstance(node.step, EscalateStep) and not node.phase else carried
    return found


def phases_by_path(nodes: Mapping[str, Node], scope: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the phase of every step, those of branches too."""
    phases = phases_of(nodes)
    for name, node in nodes.items():
        path = f"{scope}/{name}" if scope else name
        yield path, phases[name]
        if isinstance(node.step, ParallelStep):
            for branch, inner in node.step.parallel.items():
                yield from phases_by_path(inner.steps, f"{path}/{branch}")


__all__ = ["phases_by_path", "phases_of"]
