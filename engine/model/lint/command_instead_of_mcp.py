"""A command line for what the policy wants asked through an MCP server.

Whoever runs a vendor's command line has all the rights of its login. The server has a list of tools, pins,
and a record of every call; where the team says that it is the way, a command beside it goes round all that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.model.catalogue import Catalogue, McpServer
from engine.model.graph import Graph
from engine.model.guards import Access, Guards
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import used
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "call the tool of the server: 'mcp: SERVER/TOOL', or a kind that does"
BEFORE: Final = """
steps:
  look:
    check: {command: [flyctl, status, --app, shop], read_only_because: it prints the status}
    then: {any: escalated}
"""
AFTER: Final = """
steps:
  look: {check: {mcp: fly/fly-status, read_only_because: it prints the status}, then: {any: escalated}}
"""
FACTS: Final = Facts(
    catalogue=Catalogue(
        mcp={"fly": McpServer(url="http://127.0.0.1:8080", tools=("fly-status",))},
        guards=Guards(access=Access(through_mcp={"flyctl": "fly"})),
    )
)

_STARTERS: Final = frozenset(
    {"sh", "bash", "dash", "zsh", "env", "sudo", "nice", "nohup", "timeout", "xargs", "npx", "ssh", "time"}
)
"""Programs that start another, named behind them."""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield programs that the policy wants replaced, also where a shell starts them."""
    wanted = facts.catalogue.guards.access.through_mcp
    for one in used(graph) if wanted else ():
        command = getattr(one.use.kind, "command", None)
        for word in _programs(command):
            program = word.rpartition("/")[2]
            if program in wanted:
                server = f"the MCP server '{wanted[program]}' (guards.access.through_mcp)"
                message = f"what '{program}' does is asked of {server}"
                yield Fault((*one.place, "command"), message)
                break


def _programs(command: object) -> tuple[str, ...]:
    """Return the words of a command that may be programs: the first, and all behind what starts another."""
    if isinstance(command, str):
        return tuple(re.split(r"[\s;&|()`'\"]+", command))
    words = tuple(map(str, command)) if isinstance(command, tuple | list) else ()
    if words and words[0].rpartition("/")[2] in _STARTERS:
        return tuple(part for word in words for part in _programs(word))
    return words[:1]
