"""A tool of an MCP server as kinds see it: its written name, and the facts in its answer."""

from __future__ import annotations

from engine.kinds.ports import McpReply
from engine.kinds.references import Absent
from engine.kinds.replies import clipped, find_json, first_line, took
from engine.kinds.values import Json


def split(written: str) -> tuple[str, str]:
    """Return server and tool of `server/tool`; raises ValueError."""
    server, _, tool = written.partition("/")
    if not server or not tool:
        raise ValueError(f"{written!r} is no tool: write server/tool, such as fly/fly-status")
    return server, tool


def facts(reply: McpReply) -> dict[str, Json]:
    """Return the facts every answer of a tool has; `json` and `structured` only where there is some."""
    found: dict[str, Json] = {
        "text": clipped(reply.text),
        "is_error": reply.is_error,
        "seconds": round(reply.seconds, 3),
    }
    json = find_json(reply.text)
    if not isinstance(json, Absent):
        found["json"] = json
    if reply.structured is not None:
        found["structured"] = reply.structured
    return found


def summary(tool: str, reply: McpReply) -> str:
    """Return the answer in a few words; of the first use of a stdio server, its whole command too."""
    started = f" (started: {reply.started})" if reply.started else ""
    if reply.is_error:
        return f"{tool} says it failed: {first_line(reply.text) or 'without a reason'}{started}"
    return f"{tool} answered in {took(reply.seconds)}{started}"
