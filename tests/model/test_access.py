"""What the lists say of a whole change before it is sent."""

from __future__ import annotations

import pytest

from engine.kinds.action import Action
from engine.kinds.actions.command import CommandAction
from engine.kinds.actions.http import HttpAction
from engine.kinds.actions.mcp import McpAction
from engine.kinds.actions.sql import SqlAction
from engine.kinds.program import Argument
from engine.model.access import action_refused
from engine.model.catalogue import Channel, McpServer
from engine.model.guards import Access, CommandRule

ACCESS = Access(hosts=("*.shop.example",), commands=(CommandRule(run="git", sub=("log",)),))
SERVERS = {
    "far": McpServer(url="https://mcp.far.example/x"),
    "near": McpServer(url="https://mcp.shop.example/x"),
    "own": McpServer(command=(Argument("bash"), Argument("serve.sh"))),
}
CHANNELS = {
    "pager": Channel(type="pagerduty", url="https://events.people.example/v2"),
    "desk": Channel(type="webhook", url="http://localhost:4711/desk"),
}
FAR = "host far.example is not on the list (guards.access.hosts)"
CASES: dict[str, tuple[Action, str]] = {
    "http": (HttpAction(http="https://far.example/x"), FAR),
    "allowed http": (HttpAction(http="https://api.shop.example/x"), ""),
    "secret http": (HttpAction(http="${secrets.WEBHOOK}"), ""),
    "people": (HttpAction(http="https://events.people.example/v2"), ""),
    "people on this machine, by its other name": (HttpAction(http="http://127.0.0.1:4711/x"), ""),
    "an address in the text": (HttpAction(http="https://api.shop.example", text="https://far.example"), ""),
    "sql": (SqlAction(sql="UPDATE t SET a = 1", database="postgresql://app@far.example/app"), FAR),
    "secret sql": (SqlAction(sql="UPDATE t SET a = 1", database="${secrets.PG_URL}"), ""),
    "far mcp": (McpAction(mcp="far/drain"), FAR.replace("far.example", "mcp.far.example")),
    "near mcp": (McpAction(mcp="near/drain"), ""),
    "own mcp": (McpAction(mcp="own/drain"), "program bash is not on the list (guards.access.commands)"),
    "unknown mcp": (McpAction(mcp="nobody/drain"), ""),
    "program": (
        CommandAction(command=(Argument("git"), Argument("push"))),
        "'git push' is not on the list (guards.access.commands)",
    ),
    "open program": (CommandAction(command=(Argument("git"), Argument("${inputs.what}"))), ""),
}


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_judged_as_far_as_it_is_known(name: str) -> None:
    """Secrets and open references are left to the guard; whoever is paged is always reached."""
    action, why = CASES[name]
    assert why == action_refused(action, "change", ACCESS, SERVERS, CHANNELS)


def test_hosts_of_a_drill_are_the_sandbox_s() -> None:
    """Its own targets are reached whatever the list says; programs stay on the list."""
    judged = [
        action_refused(action, "change", ACCESS, SERVERS, CHANNELS, drill=True)
        for action, _ in CASES.values()
    ]
    assert [why for _, why in CASES.values() if "program" in why or "git" in why] == [w for w in judged if w]
