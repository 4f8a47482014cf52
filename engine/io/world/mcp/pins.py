"""Pins: the tool that is called is the one somebody has read.

Rules. A fingerprint is the SHA-256 of the canonical JSON (sorted keys, no spaces, ASCII) of a tool's `name`,
`description` and `inputSchema`, and of its `outputSchema` where it has one; hints, titles and `_meta` are
claims or decoration and are left out. No description and an empty one are the same. A server with one pin
wants all its tools pinned: else the one that was never read would be the easiest to abuse. A name that is
listed twice is refused, since nobody can tell which of the two would be called.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.io.world.mcp.server import McpServer
from engine.kinds.counted import counted
from engine.kinds.ports import CannotLook
from engine.kinds.values import Json

SHOWN = 12
"""Of a fingerprint, this many characters are enough for a person."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One tool as its server lists it."""

    name: str
    fingerprint: str
    description: str = ""
    definition: str = ""
    """The canonical JSON that the fingerprint is taken of: what there is to read before a tool is pinned."""

    def same_as(self, pin: str) -> bool:
        """Return whether this is the tool that was pinned."""
        return _bare(pin) == self.fingerprint


def listed(tool: Mapping[str, Json]) -> Listed:
    """Return a tool of a `tools/list` answer; raises ValueError where it has no name."""
    name, description = tool.get("name"), tool.get("description")
    if not isinstance(name, str) or not name:
        raise ValueError("a tool without a name")
    said = description if isinstance(description, str) else ""
    content: dict[str, Json] = {
        "name": name,
        "description": said,
        "inputSchema": tool.get("inputSchema") or {},
    }
    if tool.get("outputSchema"):
        content["outputSchema"] = tool["outputSchema"]
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return Listed(name, hashlib.sha256(canonical.encode()).hexdigest(), said, canonical)


def refuse_unpinned(server: McpServer, tool: str) -> None:
    """Raise CannotLook where a server has pins and this tool has none; nothing was asked yet."""
    if server.pins and tool not in server.pins:
        raise CannotLook(
            f"tool {tool} of server {server.name} has no pin, though others have: "
            f"read what it does, then `runbook pins {server.name} --update`"
        )


def refuse_drift(server: McpServer, tool: str, tools: Sequence[Listed]) -> None:
    """Raise CannotLook unless the server lists the tool once, as it was pinned."""
    found = [one for one in tools if one.name == tool]
    mend = f"read what changed, then `runbook pins {server.name} --update`"
    if not found:
        raise CannotLook(f"tool {tool} of server {server.name} is gone since it was pinned: {mend}")
    if len(found) > 1:
        times = counted(len(found), "time")
        raise CannotLook(f"tool {tool} is {times} on the list of server {server.name}: {mend}")
    was, now = _bare(server.pins[tool]), found[0].fingerprint
    if not found[0].same_as(was):
        raise CannotLook(
            f"tool {tool} of server {server.name} has changed since it was pinned "
            f"(was {was[:SHOWN]}, is {now[:SHOWN]}): {mend}"
        )


def _bare(pin: str) -> str:
    return pin.strip().lower().removeprefix("sha256:")
