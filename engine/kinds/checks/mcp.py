"""One tool call on an MCP server that changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

from engine.kinds import tool as tools
from engine.kinds.by_hand import inspector
from engine.kinds.check import Check
from engine.kinds.ports import CannotLook, McpCall, World
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation

MCP_FACTS: Mapping[str, str] = MappingProxyType(
    {
        "text": "all text of the answer, the first 65,536 characters",
        "is_error": "true when the tool called its answer an error",
        "json": "the object or list in the text, notices around it left out; absent where there is none",
        "structured": "the answer as data, where the tool gives one beside its text (`structuredContent`)",
        "seconds": "time from call to answer, in seconds",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class McpCheck(Check):
    """Call one tool that only reads and look at its answer."""

    kind: ClassVar[str] = "mcp"
    example: ClassVar[str] = (
        "{mcp: fly/fly-status, args: {app: shop}, read_only_because: it prints the status, "
        "expect: {json.Deployed: true}}"
    )
    fact_names: ClassVar[Mapping[str, str]] = MCP_FACTS
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"is_error": False})

    mcp: str
    """Server and tool, `fly/fly-status`."""
    args: Mapping[str, Json] = field(default_factory=dict)
    """Arguments of the tool, by name."""
    read_only_because: str = ""
    """Why the call changes nothing; required, since a tool's own hints are claims."""

    def __post_init__(self) -> None:
        if "${" not in self.mcp:
            tools.split(self.mcp)
        if not self.read_only_because.strip():
            raise ValueError(
                f"a check that calls {self.mcp} needs 'read_only_because': say why it changes nothing, "
                "or make it an action"
            )

    async def observe(self, world: World, timeout: float) -> Observation:
        """Call the tool once."""
        try:
            server, tool = tools.split(self.mcp)
        except ValueError as error:
            raise CannotLook(str(error)) from None
        reply = await world.mcp.call(McpCall(server, tool, self.args, timeout))
        body = reply.text.encode("utf-8", "replace")
        return Observation(tools.facts(reply), reply.seconds, body, summary=tools.summary(tool, reply))

    def by_hand(self) -> str:
        """Return the line for the protocol's inspector; the server's address is `$<SERVER>_MCP_URL`."""
        server, _, tool = self.mcp.partition("/")
        return inspector(server, tool, self.args)

    def target(self) -> str:
        """Return server and tool."""
        return self.mcp
