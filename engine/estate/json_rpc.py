"""JSON-RPC 2.0 over MCP's streamable HTTP: the envelope, sessions, and what a server refuses.

A notification is answered 202 without a body; a request without a session is 400, with a session that is not
known 404 (the client then initialises again); GET, the server's own stream, is 405.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.estate.wire import Reply, Request, json_reply
from engine.kinds.values import Json

METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
INVALID_REQUEST = -32600
PARSE_ERROR = -32700
VERSIONS = ("2025-06-18", "2025-03-26", "2024-11-05")


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions a server has handed out and not ended."""

    opened: int = 0
    live: tuple[str, ...] = ()

    def open(self) -> tuple[Sessions, str]:
        """Return the sessions with a new one, and its id."""
        session = f"mcp-session-{self.opened + 1:04d}"
        return Sessions(self.opened + 1, (*self.live, session)), session

    def end(self, session: str) -> Sessions:
        """Return the sessions without one."""
        return replace(self, live=tuple(s for s in self.live if s != session))


def result(call_id: Json, value: Json, *, after: float = 0.02) -> Reply:
    """Return the reply to a request that went well."""
    return json_reply(200, {"jsonrpc": "2.0", "id": call_id, "result": value}, after=after)


def error(call_id: Json, code: int, message: str, *, status: int = 200, after: float = 0.02) -> Reply:
    """Return a protocol error object."""
    body: Json = {"jsonrpc": "2.0", "id": call_id, "error": {"code": code, "message": message}}
    return json_reply(status, body, after=after)


def refusal(sessions: Sessions, request: Request, method: str) -> Reply | None:
    """Return why HTTP itself refuses this request, or None."""
    if request.method not in ("POST", "DELETE"):
        return Reply(405, {"allow": "POST, DELETE", "content-type": "text/plain"}, b"Method Not Allowed")
    session = request.headers.get("mcp-session-id", "")
    if request.method == "POST":
        accept = request.headers.get("accept", "")
        if "application/json" not in accept or "text/event-stream" not in accept:
            return error(None, INVALID_REQUEST, "Accept must list both content types", status=406)
        if method == "initialize":
            return None
    if not session:
        return error(None, INVALID_REQUEST, "Mcp-Session-Id header is required", status=400)
    if session not in sessions.live:
        return error(None, INVALID_REQUEST, "session not found", status=404)
    return None


def initialized(call_id: Json, session: str, asked_version: str, name: str, version: str) -> Reply:
    """Return the reply to `initialize`, with the new session in its header."""
    value: Json = {
        "protocolVersion": asked_version if asked_version in VERSIONS else VERSIONS[0],
        "capabilities": {"tools": {}},
        "serverInfo": {"name": name, "version": version},
    }
    return result(call_id, value).with_headers({"mcp-session-id": session})
