"""One tool call on an MCP server that changes something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from engine.kinds import tool as tools
from engine.kinds.action import Action
from engine.kinds.by_hand import inspector
from engine.kinds.ports import McpCall, McpFault, World
from engine.kinds.ports.mcp import NotAsked
from engine.kinds.replies import first_line
from engine.kinds.values import Json
from engine.kinds.verdicts import Performed

_NOT_BEGUN: Final = (-32700, -32600, -32601, -32602)
"""Protocol errors that come before the tool runs: no such method, tool or argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class McpAction(Action):
    """Call one tool; an answer it calls an error means failed.

    A protocol error from inside the tool (-32603) leaves open how far it got: unknown.
    """

    kind: ClassVar[str] = "mcp"
    example: ClassVar[str] = (
        "{mcp: fly/fly-machine-start, args: {id: <machine-id>}, operation: start-machine}"
    )

    mcp: str
    """Server and tool, `fly/fly-machine-start`."""
    args: Mapping[str, Json] = field(default_factory=dict)
    """Arguments of the tool, by name."""

    def __post_init__(self) -> None:
        if "${" not in self.mcp:
            tools.split(self.mcp)

    async def perform(self, world: World, timeout: float) -> Performed:
        """Call the tool once; raises NoAnswer or CannotLook."""
        try:
            server, tool = tools.split(self.mcp)
        except ValueError as error:
            return Performed("failed", str(error))
        try:
            reply = await world.mcp.call(McpCall(server, tool, self.args, timeout))
        except NotAsked as none:
            return Performed("failed", f"{tool} was not asked: {none.detail}", seconds=none.seconds)
        except McpFault as fault:
            said = f"{tool} ended in an error of the server: {first_line(fault.message)} ({fault.code})"
            return Performed(
                "failed" if not fault.asked or fault.code in _NOT_BEGUN else "unknown",
                said,
                {"code": fault.code},
                fault.seconds,
                fault.message.encode("utf-8", "replace"),
            )
        return Performed(
            "failed" if reply.is_error else "done",
            tools.summary(tool, reply),
            tools.facts(reply),
            reply.seconds,
            reply.text.encode("utf-8", "replace"),
        )

    def by_hand(self) -> str:
        """Return the line for the protocol's inspector; the server's address is `$<SERVER>_MCP_URL`."""
        server, _, tool = self.mcp.partition("/")
        return inspector(server, tool, self.args)

    def target(self) -> str:
        """Return server and tool."""
        return self.mcp
