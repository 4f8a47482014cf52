"""The MCP servers of the agents: what a GET proves (nothing), and what a greeting and a list do."""

from __future__ import annotations

import json

import pytest

from engine.estate.mcp_server import SERVERS
from engine.estate.wire import Reply
from tests.estate.by_hand import Estate

ACCEPT = {"accept": "application/json, text/event-stream"}
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}


def say(estate: Estate, server: str, method: str, session: str = "", **params: object) -> Reply:
    """Send one message."""
    headers = {**ACCEPT, **({"mcp-session-id": session} if session else {})}
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return estate.ask(server, "/mcp", body, headers=headers)


def greeted(estate: Estate, server: str) -> str:
    """Return the session of a new greeting."""
    return say(estate, server, "initialize", **HELLO).headers["mcp-session-id"]


@pytest.mark.parametrize("server", list(SERVERS))
def test_a_server_greets_and_lists_its_tools_and_refuses_a_get(estate: Estate, server: str) -> None:
    """Each in its own way: 404, 405 or 406."""
    session = greeted(estate, server)
    listed = json.loads(say(estate, server, "tools/list", session).body)["result"]["tools"]
    assert list(SERVERS[server].tools) == [tool["name"] for tool in listed]
    assert SERVERS[server].to_get == estate.ask(server, "/mcp").status
    assert 404 == estate.ask(server, "/").status


def test_a_deaf_server_and_one_without_tools_still_refuse_a_get_as_ever(estate: Estate) -> None:
    """So a GET tells neither from a good one."""
    estate.strike("mcp-context7", "mcp-deaf")
    estate.strike("mcp-github", "mcp-no-tools")
    assert [406, 405] == [estate.ask(one, "/mcp").status for one in ("mcp-context7", "mcp-github")]
    deaf = say(estate, "mcp-context7", "initialize", **HELLO)
    assert (500, -32603) == (deaf.status, json.loads(deaf.body)["error"]["code"])
    session = greeted(estate, "mcp-github")
    assert [] == json.loads(say(estate, "mcp-github", "tools/list", session).body)["result"]["tools"]
    assert "error" in json.loads(say(estate, "mcp-github", "tools/call", session, name="x").body)


def test_sessions_are_wanted_and_belong_to_one_server(estate: Estate) -> None:
    """Without one 400, with another server's 404, after its end 404; a token that is refused is 401."""
    session = greeted(estate, "mcp-memory")
    assert 400 == say(estate, "mcp-memory", "tools/list").status
    assert 404 == say(estate, "mcp-github", "tools/list", session).status
    called = json.loads(say(estate, "mcp-memory", "tools/call", session, name="read_graph").body)
    assert "[]" == called["result"]["content"][0]["text"]
    assert 200 == say(estate, "mcp-memory", "ping", session).status
    assert -32601 == json.loads(say(estate, "mcp-memory", "prompts/list", session).body)["error"]["code"]
    ended = estate.ask("mcp-memory", "/mcp", method="DELETE", headers={**ACCEPT, "mcp-session-id": session})
    assert (200, 404) == (ended.status, say(estate, "mcp-memory", "tools/list", session).status)
    estate.strike("mcp-memory", "token-revoked")
    assert 401 == say(estate, "mcp-memory", "initialize", **HELLO).status


def test_what_is_no_message_is_refused_and_a_notification_is_taken(estate: Estate) -> None:
    """400 for the one, 202 for the other."""
    session = greeted(estate, "mcp-supabase")
    headers = {**ACCEPT, "mcp-session-id": session}
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert 202 == estate.ask("mcp-supabase", "/mcp", note, headers=headers).status
    assert 400 == estate.ask("mcp-supabase", "/mcp", [], headers=headers).status
    assert 406 == estate.ask("mcp-supabase", "/mcp", note, headers={"accept": "application/json"}).status


def advisors(estate: Estate, **arguments: object) -> tuple[bool, dict[str, object]]:
    """Ask Supabase's server what the advisors list: whether it is an error, and what it says."""
    session = greeted(estate, "mcp-supabase")
    reply = say(estate, "mcp-supabase", "tools/call", session, name="get_advisors", arguments=arguments)
    result = json.loads(reply.body)["result"]
    return result["isError"], json.loads(result["content"][0]["text"])


def test_the_advisors_come_by_mcp_as_the_management_api_has_them_in_one_more_envelope(estate: Estate) -> None:
    """Both of them; what is found there is found here."""
    for kind in ("security", "performance"):
        assert (False, {"result": {"lints": []}}) == advisors(estate, type=kind)
    estate.strike("supabase", "advisor-finds", lint="unused_index")
    estate.strike("supabase", "security-advisor-finds", table="drafts")
    assert "unused_index" in str(advisors(estate, type="performance")[1])
    assert "drafts" in str(advisors(estate, type="security")[1])


@pytest.mark.parametrize("arguments", [{}, {"type": "health"}, {"type": "security", "project_id": "x"}])
def test_a_server_for_one_project_takes_the_kind_and_nothing_else(
    estate: Estate, arguments: dict[str, object]
) -> None:
    """What it refuses comes as an error of the tool, inside a green answer."""
    failed, said = advisors(estate, **arguments)
    assert (True, ["error"]) == (failed, list(said))


def test_its_own_token_may_be_refused(estate: Estate) -> None:
    """The vendor's words, which name where the token belongs."""
    estate.strike("supabase", "token-revoked")
    failed, said = advisors(estate, type="security")
    assert (True, True) == (failed, "Unauthorized" in str(said))
