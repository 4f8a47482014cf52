"""A tool of an MCP server that the server's list does not have, or a server the catalogue does not have.

The list says which tools may be called at all. A call that is not on it is refused in the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity, did_you_mean, meant_or_known
from engine.model.catalogue import Catalogue, McpServer
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import used
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "add the tool to the server's 'tools' and pin it, or look another way"
BEFORE: Final = """
steps:
  look: {check: {mcp: fly/fly-destroy, read_only_because: it says so}, then: {any: escalated}}
"""
AFTER: Final = """
steps:
  look: {check: {mcp: fly/fly-status, read_only_because: it prints the status}, then: {any: escalated}}
"""
FACTS: Final = Facts(
    catalogue=Catalogue(mcp={"fly": McpServer(url="http://127.0.0.1:8080", tools=("fly-status",))})
)


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield calls that the catalogue does not allow; a catalogue without servers says nothing."""
    servers = facts.catalogue.mcp
    for one in used(graph) if servers else ():
        kind = one.use.kind
        target = kind.target()
        name, _, tool = target.partition("/")
        if "${" in target or not (kind.kind == "mcp" or getattr(kind, "server", None) == name) or not tool:
            continue
        server = servers.get(name)
        if server is None:
            fix = meant_or_known(name, servers, "write it below 'mcp'")
            yield Fault((*one.place, kind.kind), f"the catalogue has no MCP server '{name}'", fix)
        elif tool not in server.tools:
            fix = did_you_mean(tool, server.tools)
            yield Fault(
                (*one.place, kind.kind), f"'{tool}' is not on the list of the MCP server '{name}'", fix
            )
