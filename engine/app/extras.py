"""Optional packages: which steps of a plan need one, and whether it is there.

Told before the run starts, because the first call would find out only when the answer is wanted.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping

from engine.core.plan import Plan
from engine.kinds.nested import nested

MCP = "the mcp extra (pip install 'runbook-engine[mcp]')"
SQL = "the sql extra (pip install 'runbook-engine[sql]')"
TELL = "the tell extra (pip install 'runbook-engine[tell]')"


def installed(package: str) -> bool:
    """Say whether a package can be imported, without importing it."""
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):
        return False


def missing_extras(plan: Plan) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every extra that a plan needs and that is not installed, with what it costs."""
    for package, (extra, costs) in _EXTRAS.items():
        needing = costs(plan)
        if needing and not installed(package):
            yield extra, needing


def steps_with_mcp(plan: Plan) -> tuple[str, ...]:
    """Return the steps that call a tool of an MCP server: their kinds name a tool, or one of its servers."""
    return _steps(plan, lambda one: hasattr(one, "mcp") or getattr(one, "server", None) in plan.mcp)


def steps_with_postgres(plan: Plan) -> tuple[str, ...]:
    """Return the steps that ask a database other than SQLite."""
    return _steps(plan, lambda one: hasattr(one, "sql") and not _is_sqlite(getattr(one, "database", "")))


def messages_by_apprise(plan: Plan) -> tuple[str, ...]:
    """Return the channels that only apprise can reach, in the words of a lost credential."""
    found = [name for name, one in plan.channels.items() if one.type in ("email", "apprise")]
    return tuple(f"messages by {name}" for name in found)


def _steps(plan: Plan, needs: Callable[[object], bool]) -> tuple[str, ...]:
    return tuple(step.path for step in plan.steps.values() if any(map(needs, nested(step.step))))


def _is_sqlite(database: object) -> bool:
    return isinstance(database, str) and database.lower().startswith("sqlite:")


_EXTRAS: Mapping[str, tuple[str, Callable[[Plan], tuple[str, ...]]]] = {
    "mcp": (MCP, steps_with_mcp),
    "asyncpg": (SQL, steps_with_postgres),
    "apprise": (TELL, messages_by_apprise),
}
"""Extras by the package they bring."""
