"""Analytics' stand-in: a green wrapper that proves nothing, and a tool whose errors come inside a 200."""

from __future__ import annotations

import json

import pytest

from engine.estate import analytics
from tests.estate.by_hand import Estate

HEAD = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


def call(estate: Estate, method: str, params: object, session: str = "") -> tuple[dict[str, object], str]:
    """Return the result of one message to the server, and its session."""
    headers = HEAD | ({"mcp-session-id": session} if session else {})
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    reply = estate.ask(analytics.SERVER, "/mcp", message, headers=headers)
    return json.loads(reply.body)["result"], reply.headers.get("mcp-session-id", session)


def report(estate: Estate) -> tuple[bool, str]:
    """Return whether the report is an error, and its text."""
    _, session = call(estate, "initialize", {"protocolVersion": "2025-06-18"})
    found, _ = call(estate, "tools/call", {"name": "run_report", "arguments": {}}, session)
    content = found["content"]
    assert isinstance(content, list)
    return found["isError"] is True, str(content[0]["text"])


def test_health_of_the_wrapper_is_ok_and_its_door_wants_a_bearer(estate: Estate) -> None:
    """So /health alone proves nothing."""
    assert b"OK" == estate.ask(analytics.NAME, "/health").body
    assert 401 == estate.ask(analytics.NAME, "/mcp", headers={"authorization": ""}).status
    assert 400 == estate.ask(analytics.NAME, "/mcp", headers={"authorization": "Bearer token"}).status
    assert 404 == estate.ask(analytics.NAME, "/landing-pages").status
    estate.strike(analytics.NAME, "token-revoked")
    assert 401 == estate.ask(analytics.NAME, "/mcp", headers={"authorization": "Bearer token"}).status
    assert 200 == estate.ask(analytics.NAME, "/health").status


@pytest.mark.parametrize(
    ("kind", "failed", "words"),
    [
        ("", False, '"row_count": 1'),
        ("analytics-no-rows", False, '"row_count": 0'),
        ("analytics-quota-low", False, '"remaining": 900'),
        ("analytics-no-access", True, "PERMISSION_DENIED"),
        ("analytics-quota-spent", True, "RESOURCE_EXHAUSTED"),
    ],
)
def test_only_a_report_tells_whether_numbers_come(
    estate: Estate, kind: str, failed: bool, words: str
) -> None:
    """What the data API refuses is an error of the tool, in an answer that is a 200."""
    if kind:
        estate.strike(analytics.SERVER, kind)
    said = report(estate)
    assert failed is said[0]
    assert words in said[1]


def test_another_server_lists_other_tools(estate: Estate) -> None:
    """Seven are known; the report is the one that is needed."""
    _, session = call(estate, "initialize", {"protocolVersion": "2025-06-18"})
    listed, _ = call(estate, "tools/list", {}, session)
    assert 7 == len(listed["tools"])  # type: ignore[arg-type]  # a list
    estate.strike(analytics.SERVER, "analytics-fewer-tools")
    listed, _ = call(estate, "tools/list", {}, session)
    assert "run_report" not in json.dumps(listed)
