"""Optional packages: which steps of a plan need one, and whether it is there.

Told before the run starts, because the first call would find out only when the answer is wanted.
"""

from __future__ import annotations

import importlib.util

from engine.core.plan import Plan
from engine.kinds.nested import nested

MCP = "the mcp extra (pip install 'runbook-engine[mcp]')"


def installed(package: str) -> bool:
    """Say whether a package can be imported, without importing it."""
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def steps_with_mcp(plan: Plan) -> tuple[str, ...]:
    """Return the steps that call a tool of an MCP server: their kinds name a tool, or one of its servers."""
    return tuple(
        step.path
        for step in plan.steps.values()
        if any(hasattr(one, "mcp") or getattr(one, "server", None) in plan.mcp for one in nested(step.step))
    )
