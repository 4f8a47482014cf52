"""What the files beside a runbook name of it: steps by path, and what each asks of the world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.kinds.findings import did_you_mean
from engine.kinds.nodes import Node
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import WaitStep
from engine.model.loading.reader import At, Reader

PARTS = ("do", "reconcile", "watch", "undo", "verify", "flight")
"""Items of a change, besides itself."""
LOOKS = ("reconcile", "watch", "verify", "flight")
"""Those of them that only look."""


def node_at(nodes: Mapping[str, Node], path: str) -> Node | None:
    """Return a step by its path through branches, None where that leads into a sub-runbook."""
    parts = path.split("/")
    node = nodes.get(parts[0])
    if node is None or len(parts) == 1:
        return node
    if isinstance(node.step, ParallelStep) and len(parts) > 2 and parts[1] in node.step.parallel:
        return node_at(node.step.parallel[parts[1]].steps, "/".join(parts[2:]))
    return None


def items_of(node: Node) -> tuple[str, ...] | None:
    """Return what a step asks of the world, `""` for its only one; None where it asks nothing."""
    step = node.step
    if isinstance(step, ChecksStep):
        return tuple(step.checks)
    if isinstance(step, WaitStep):
        return tuple(step.until) if step.until else None
    if isinstance(step, ActionStep | UndoStep):
        return ("", *PARTS)
    return ("",) if hasattr(step, "check") else None


def among(
    reader: Reader, what: str, name: str, at: At, there: Iterable[str], *, at_key: bool = False
) -> bool:
    """Note a name that is none of those that are there; say whether it is one."""
    options = tuple(there)
    if name in options:
        return True
    fix = did_you_mean(name, options) or f"known: {', '.join(options)}"
    reader.note(f"unknown-{what}", at, f"there is no {what} '{name}'", fix, at_key=at_key)
    return False
