"""What an MCP server answered, out of the package's types into ours. Imported at first use only."""

from __future__ import annotations

import json
from collections.abc import Iterable

import mcp_types as types

from engine.io.world.mcp.pins import Listed, listed
from engine.kinds.ports import McpReply
from engine.kinds.references import Absent
from engine.kinds.replies import read_json
from engine.kinds.values import Json

PAGES = 100
"""More pages of tools than this are no list."""


def reply_of(result: types.CallToolResult, seconds: float) -> McpReply:
    """Return the answer of a tool; `_meta` and hints of contents are left out."""
    structured = _plain(result.structured_content)
    parts = [one.text if isinstance(one, types.TextContent) else _note(one) for one in result.content]
    if not parts and structured is not None:
        parts = [json.dumps(structured, ensure_ascii=False)]
    return McpReply("\n".join(parts), bool(result.is_error), seconds, structured)


def tools_of(tools: Iterable[types.Tool]) -> tuple[Listed, ...]:
    """Return the tools of a page; raises ValueError for one without a name."""
    return tuple(
        listed(
            {
                "name": tool.name,
                "description": tool.description,
                "inputSchema": tool.input_schema,
                "outputSchema": tool.output_schema,
            }
        )
        for tool in tools
    )


def _plain(value: object) -> Json:
    """Return JSON of a sane depth, without NaN; anything else is left out."""
    if value is None:
        return None
    try:
        found = read_json(json.dumps(value))
    except (ValueError, TypeError, RecursionError):
        return None
    return None if isinstance(found, Absent) else found


def _note(content: types.ContentBlock) -> str:
    """Say in one line what is there that is no text."""
    held = content.resource if isinstance(content, types.EmbeddedResource) else content
    words = [getattr(held, "uri", None), getattr(held, "mime_type", None)]
    return f"[{' '.join([content.type, *(str(word) for word in words if word)])}]"
