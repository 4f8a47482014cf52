"""Google Analytics as its MCP server sees it, and the wrapper in front of that server at Fly.

The wrapper says `OK` at /health and looks at nothing; its /mcp wants a bearer. Behind the server is the data
API: what it refuses comes as a tool's error inside a green answer, and a property without visits has no rows.
Only the two tools that readiness asks are answered with numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.estate.wire import Reply, Request, json_reply, text_reply
from engine.kinds.values import Json

NAME: Final = "hotdash-analytics-mcp"
SERVER: Final = "mcp-analytics"
FAULTS: Final[Mapping[str, str]] = {
    "analytics-no-access": "The service account may not read the property: reports are PERMISSION_DENIED.",
    "analytics-quota-spent": "The property's quota is spent: reports are RESOURCE_EXHAUSTED.",
    "analytics-quota-low": "The property has few tokens left today: reports still come.",
    "analytics-no-rows": "The report of yesterday has no row: nothing is measured any more.",
    "analytics-fewer-tools": "The server lists other tools: its report is not among them.",
}
_REFUSED: Final[Mapping[str, str]] = {
    "analytics-no-access": "403 PERMISSION_DENIED: User does not have sufficient permissions",
    "analytics-quota-spent": "429 RESOURCE_EXHAUSTED: Exhausted property tokens per day",
}
_TOKENS: Final = 200_000
_SPENT: Final = 1_200
_LOW: Final = 900


@dataclass(frozen=True, slots=True)
class Said:
    """What a tool says, and whether it calls it an error."""

    text: str
    failed: bool = False


def wrapper(request: Request, *, revoked: bool = False) -> Reply:
    """Answer one request to the wrapper; what lies behind its door has a stand-in of its own."""
    if request.path == "/health" and request.method == "GET":
        return text_reply(200, "OK")
    if request.path != "/mcp":
        return text_reply(404, "Not Found")
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if revoked or not bearer:
        return json_reply(401, {"error": "Unauthorized"})
    return json_reply(400, {"error": "X-MCP-Session-ID is required"})


def offered(tools: tuple[str, ...], trouble: str) -> tuple[str, ...]:
    """Return the tools that are listed."""
    return tuple(name for name in tools if trouble != "analytics-fewer-tools" or name != "run_report")


def called(tool: str, trouble: str) -> Said:
    """Return what a tool answers."""
    if tool not in ("run_report", "get_property_details"):
        return Said("[]")
    if trouble in _REFUSED:
        return Said(_REFUSED[trouble], failed=True)
    if tool == "get_property_details":
        return Said(json.dumps({"name": "properties/1", "display_name": "Shop", "time_zone": "UTC"}))
    left = _LOW if trouble == "analytics-quota-low" else _TOKENS - _SPENT
    row: Json = {"dimension_values": [{"value": "yesterday"}], "metric_values": [{"value": "312"}]}
    rows: Json = [] if trouble == "analytics-no-rows" else [row]
    report: Json = {
        "rows": rows,
        "row_count": len(rows) if isinstance(rows, list) else 0,
        "property_quota": {"tokens_per_day": {"consumed": _TOKENS - left, "remaining": left}},
    }
    return Said(json.dumps(report))
