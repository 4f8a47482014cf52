"""A tool of the Fly MCP server that prints JSON: each runs flyctl, and notices of flyctl come along."""

from __future__ import annotations

from collections.abc import Mapping

from engine.kinds.ports import McpCall, World
from engine.kinds.references import ABSENT, Absent
from engine.kinds.replies import find_json, first_line
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation


async def ask(
    world: World, server: str, tool: str, arguments: Mapping[str, Json], timeout: float
) -> tuple[list[Json] | Absent, Observation]:
    """Return the list that was printed, and the observation to complete; no list is *cannot look*."""
    reply = await world.mcp.call(McpCall(server, tool, arguments, timeout))
    body = reply.text.encode("utf-8", "replace")
    if reply.is_error:
        said = first_line(reply.text) or "without a reason"
        return ABSENT, Observation({}, reply.seconds, body, cannot=f"{tool} says it failed: {said}")
    found = find_json(reply.text)
    if found is None or (isinstance(found, Absent) and _says_null(reply.text)):
        found = []  # Go prints an empty list as null
    if not isinstance(found, list):
        return ABSENT, Observation({}, reply.seconds, body, cannot=f"{tool} printed no list that can be read")
    return found, Observation({}, reply.seconds, body, "application/json")


def _says_null(text: str) -> bool:
    lines = text.strip().splitlines()
    return bool(lines) and lines[-1].strip() == "null"
