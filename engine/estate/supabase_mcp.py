"""The tools of Supabase's MCP server, started for one project and only to read: what the advisors list.

The server holds a token of its own and asks the Management API with it. What that refuses comes as a tool's
error inside a green answer; what it answers is wrapped once more, as `result`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.estate.wire import Reply, Request, text
from engine.kinds.values import Json

NAME: Final = "mcp-supabase"
TOOLS: Final = ("get_advisors", "get_logs", "list_tables", "execute_sql")
TYPES: Final = ("security", "performance")
UNAUTHORIZED: Final = (
    "Unauthorized. Please provide a valid access token to the MCP server via the --access-token flag"
    " or SUPABASE_ACCESS_TOKEN."
)
_OWN_TOKEN: Final = {"authorization": "Bearer the-servers-own"}


@dataclass(frozen=True, slots=True)
class Answered:
    """What a tool says, whether it calls it an error, and how long it took."""

    text: str
    failed: bool = False
    after: float = 0.3


def called(tool: str, arguments: Mapping[str, Json], ask: Callable[[Request], Reply]) -> Answered:
    """Return what a tool answers; `ask` is the Management API. Only the advisors say something."""
    if tool != "get_advisors":
        return Answered("[]")
    kind, strange = text(arguments.get("type")), sorted(arguments.keys() - {"type"})
    if kind not in TYPES or strange:
        said = f"Unrecognized key: {strange[0]}" if strange else "type: expected one of security|performance"
        return _error("ZodError", said, 0.05)
    reply = ask(Request.to("GET", f"/v1/projects/own/advisors/{kind}", _OWN_TOKEN))
    if reply.status == 401:
        return _error("Error", UNAUTHORIZED, reply.after)
    if reply.status != 200:
        return _error("Error", f"Failed to fetch {kind} advisors", reply.after)
    return Answered(json.dumps({"result": json.loads(reply.body)}), after=reply.after)


def _error(name: str, message: str, after: float) -> Answered:
    return Answered(json.dumps({"error": {"name": name, "message": message}}), True, after)
