"""The MCP servers that agents use, over streamable HTTP: a greeting, tools, few answers that say more.

A GET is refused by every one of them, each in its own way (404, 405, 406), whether the server is well or not:
it proves nothing. A server that is deaf still does so, and fails at the greeting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.estate import analytics, supabase_mcp
from engine.estate.json_rpc import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    Sessions,
    error,
    initialized,
    refusal,
    result,
)
from engine.estate.wire import Reply, Request, json_reply, mapping, text, text_reply
from engine.kinds.values import Json

FAULTS: Mapping[str, str] = {
    "mcp-deaf": "The MCP server refuses a GET as ever, and answers the greeting with an internal error.",
    "mcp-no-tools": "The MCP server greets, and its list of tools is empty.",
}


@dataclass(frozen=True, slots=True)
class Server:
    """One server: what it calls itself, its tools, and how it refuses a GET."""

    name: str
    tools: tuple[str, ...]
    to_get: int = 405


SERVERS: Mapping[str, Server] = {
    "mcp-context7": Server("Context7", ("resolve-library-id", "get-library-docs"), 406),
    supabase_mcp.NAME: Server("supabase", supabase_mcp.TOOLS),
    "mcp-github": Server("github-mcp-server", ("list_workflow_runs", "get_file_contents")),
    "mcp-memory": Server("memory-server", ("read_graph", "search_nodes")),
    "mcp-analytics": Server(
        "Google Analytics MCP Server",
        (
            "get_account_summaries",
            "get_property_details",
            "list_google_ads_links",
            "run_report",
            "run_funnel_report",
            "get_custom_dimensions_and_metrics",
            "run_realtime_report",
        ),
        404,
    ),
}


def handle(
    sessions: Sessions,
    server: Server,
    request: Request,
    *,
    deaf: bool = False,
    no_tools: bool = False,
    revoked: bool = False,
    trouble: str = "",
    supabase: Callable[[Request], Reply] | None = None,
) -> tuple[Sessions, Reply]:
    """Answer one message; `supabase` is the Management API, as Supabase's own server asks it."""
    if request.path != "/mcp" or request.method == "GET":
        return sessions, text_reply(server.to_get if request.path == "/mcp" else 404, "no page for people")
    if revoked:
        return sessions, json_reply(401, {"error": "invalid_token"})
    message = mapping(request.json())
    method, call_id = text(message.get("method")), message.get("id")
    refused = refusal(sessions, request, method)
    if refused is not None:
        return sessions, refused
    if request.method == "DELETE":
        return sessions.end(request.headers["mcp-session-id"]), Reply(200)
    if not method:
        return sessions, error(None, PARSE_ERROR, "Parse error", status=400)
    if deaf:
        return sessions, error(call_id, INTERNAL_ERROR, "Internal error", status=500)
    if "id" not in message:
        return sessions, Reply(202)
    params = mapping(message.get("params"))
    tools = () if no_tools else analytics.offered(server.tools, trouble)
    match method:
        case "initialize":
            sessions, session = sessions.open()
            version = text(params.get("protocolVersion"))
            return sessions, initialized(call_id, session, version, server.name, "1.0.0")
        case "ping":
            return sessions, result(call_id, {})
        case "tools/list":
            return sessions, result(call_id, {"tools": [_listed(name) for name in tools]}, after=0.1)
        case "tools/call" if text(params.get("name")) in tools and supabase is not None:
            given = mapping(params.get("arguments"))
            answer = supabase_mcp.called(text(params.get("name")), given, supabase)
            value: Json = {"content": [{"type": "text", "text": answer.text}], "isError": answer.failed}
            return sessions, result(call_id, value, after=answer.after)
        case "tools/call" if text(params.get("name")) in tools:
            said = analytics.called(text(params.get("name")), trouble)
            content: Json = [{"type": "text", "text": said.text}]
            return sessions, result(call_id, {"content": content, "isError": said.failed}, after=0.3)
        case "tools/call":
            return sessions, error(call_id, INVALID_PARAMS, "no such tool")
        case _:
            return sessions, error(call_id, METHOD_NOT_FOUND, f"Method {method} not found")


def _listed(name: str) -> Json:
    schema: Json = {"type": "object", "properties": {}}
    return {"name": name, "description": name.replace("_", " "), "inputSchema": schema}
