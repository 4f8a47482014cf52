"""The Fly MCP server."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from engine.estate.estate import AGENT, LLAMAINDEX
from engine.estate.wire import Reply
from tests.estate.by_hand import Estate

ACCEPT = {"accept": "application/json, text/event-stream"}


def rpc(estate: Estate, method: str, params: object = None, session: str = "") -> Reply:
    """Send one message, in a session when given."""
    body = {"jsonrpc": "2.0", "id": 9, "method": method, "params": params or {}}
    return estate.ask("fly-mcp", "/mcp", body, headers={**ACCEPT, "mcp-session-id": session})


def opened(estate: Estate) -> str:
    """Open a session and return its id."""
    return rpc(estate, "initialize", {"protocolVersion": "2025-06-18"}).headers["mcp-session-id"]


def printed(estate: Estate, tool: str, arguments: Mapping[str, object]) -> str:
    """Call a tool and return its text."""
    reply = rpc(estate, "tools/call", {"name": tool, "arguments": arguments}, opened(estate))
    text = json.loads(reply.body)["result"]["content"][0]["text"]
    assert isinstance(text, str)
    return text


def parsed(estate: Estate, tool: str, arguments: Mapping[str, object]) -> object:
    """Call a tool and parse its text from the first bracket on, as a reader must."""
    text = printed(estate, tool, arguments)
    return json.loads(text[min(at for at in (text.find("{"), text.find("[")) if at >= 0) :])


def test_a_session_is_opened_used_and_ended(estate: Estate) -> None:
    """Without one 400, with an unknown one 404, a notification 202, after its end 404."""
    assert 400 == rpc(estate, "tools/list").status
    assert 404 == rpc(estate, "tools/list", session="old").status
    session = opened(estate)
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    headers = {**ACCEPT, "mcp-session-id": session}
    assert (202, b"") == (
        (said := estate.ask("fly-mcp", "/mcp", note, headers=headers)).status,
        said.body,
    )
    assert 200 == rpc(estate, "tools/list", session=session).status
    assert 200 == estate.ask("fly-mcp", "/mcp", method="DELETE", headers=headers).status
    assert 404 == rpc(estate, "tools/list", session=session).status


def test_http_refuses_what_the_transport_does_not_have(estate: Estate) -> None:
    """GET is 405, a wrong Accept 406, another path 404."""
    assert 405 == estate.ask("fly-mcp", "/mcp").status
    assert 406 == estate.ask("fly-mcp", "/mcp", {"method": "initialize", "id": 1}).status
    assert 404 == estate.ask("fly-mcp", "/", {"method": "initialize", "id": 1}).status


def test_status_is_json_after_a_notice(estate: Estate) -> None:
    """An upgrade notice comes first; capitalised keys outside, the machine's own inside."""
    assert printed(estate, "fly-status", {"app": AGENT}).startswith("Update available")
    status = parsed(estate, "fly-status", {"app": AGENT})
    assert isinstance(status, dict)
    assert (AGENT, True, 11) == (status["Name"], status["Deployed"], status["Version"])
    assert "started" == status["Machines"][0]["state"]


def test_releases_are_capitalised_and_newest_first(estate: Estate) -> None:
    """A lower-case filter would find nothing."""
    estate.strike(AGENT, "crash-loop")
    releases = parsed(estate, "fly-apps-releases", {"name": AGENT})
    assert isinstance(releases, list)
    assert [12, 11, 10] == [release["Version"] for release in releases]
    assert "2025-11-23T02:49:00.000Z" == releases[0]["CreatedAt"]
    assert 3 == len({release["ImageRef"] for release in releases})
    wanted = {"ID", "Version", "Stable", "InProgress", "Status", "ImageRef", "CreatedAt", "Description"}
    assert wanted <= set(releases[0])


def test_secrets_are_names_and_digests(estate: Estate) -> None:
    """Never a value; a lost one is missing."""
    estate.strike(AGENT, "secret-lost")
    secrets = parsed(estate, "fly-secrets-list", {"app": AGENT})
    assert isinstance(secrets, list)
    names = [secret["name"] for secret in secrets]
    assert "PG_URL" in names
    assert "OPENAI_API_KEY" not in names
    assert {"name", "digest"} == set(secrets[0])


def test_logs_tell_why_a_machine_crashes(estate: Estate) -> None:
    """The schema error, and that the platform gave up."""
    estate.strike(AGENT, "crash-loop")
    text = printed(estate, "fly-logs", {"app": AGENT})
    assert "without `.nullable()`" in text
    assert "reached its max restart count of 10" in text
    assert f"app[{estate.machine().id}] ord [error]" in text


def test_logs_of_all_machines_are_in_the_order_of_time(estate: Estate) -> None:
    """Two machines that slept and woke side by side."""
    for _ in range(2):
        estate.query()
        estate.wait(150)
        estate.query()
        estate.wait(400)
    lines = printed(estate, "fly-logs", {"app": LLAMAINDEX}).splitlines()[2:]
    assert 2 == len({line.split("[")[1].split("]")[0] for line in lines})
    assert sorted(line.split()[0] for line in lines) == [line.split()[0] for line in lines]


def test_machine_status_is_text_with_an_event_table(estate: Estate) -> None:
    """Not JSON: exit data as key=value."""
    estate.strike(AGENT, "oom")
    text = printed(estate, "fly-machine-status", {"id": estate.machine().id})
    assert "exit_code=137,oom_killed=true,requested_stop=false" in text


def test_flyctl_leaves_zero_exit_codes_out(estate: Estate) -> None:
    """A missing exit_code means 0, a missing oom_killed false, in flyctl's JSON only."""
    estate.wait(301)
    machines = parsed(estate, "fly-machine-list", {"app": AGENT})
    assert isinstance(machines, list)
    request = machines[0]["events"][0]["request"]
    event = request.get("exit_event") or request["MonitorEvent"]["exit_event"]
    assert ("exit_code" in event, "oom_killed" in event, event["requested_stop"]) == (False, False, True)


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("fly-status", {"app": "nope"}, "failed to execute command: exit status 1"),
        ("fly-status", {"app": AGENT, "verbose": "1"}, "unknown argument verbose"),
        ("fly-status", {}, "missing required argument: app"),
        ("fly-status", {"app": 5}, "argument app must be a string"),
        ("fly-machine-update", {"id": "x"}, "not found"),
    ],
)
def test_what_fails_is_a_protocol_error(
    estate: Estate, tool: str, arguments: Mapping[str, object], said: str
) -> None:
    """Never isError: the reply has an error object and no result."""
    reply = rpc(estate, "tools/call", {"name": tool, "arguments": arguments}, opened(estate))
    body = json.loads(reply.body)
    assert "result" not in body
    assert said in body["error"]["message"]


def test_flyctl_needs_the_machines_api(estate: Estate) -> None:
    """When the API is away the MCP server answers, and its commands fail."""
    session = opened(estate)
    estate.strike("machines-api", "refuse")
    call = {"name": "fly-status", "arguments": {"app": AGENT}}
    assert b"connection refused" in rpc(estate, "tools/call", call, session).body


def test_platform_status_is_the_status_page(estate: Estate) -> None:
    """Whatever the vendor's page says."""
    estate.strike("status-fly", "status-red", indicator="critical")
    status = parsed(estate, "fly-platform-status", {})
    assert isinstance(status, dict)
    assert "critical" == status["status"]["indicator"]
