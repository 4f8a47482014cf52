"""Pins against a server of our own over both transports: what has changed since it was read is not called."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

from engine.io.world.mcp.clients import McpClients
from engine.io.world.mcp.pins import listed
from engine.io.world.mcp.server import McpServer, servers_of
from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook, McpCall, McpFault, McpReply, NoAnswer
from engine.kinds.values import Json
from engine.model.catalogue import McpServer as Described
from tests.patience import PATIENCE

pytest.importorskip("mcp", reason="needs the mcp extra")

OURS = Path(__file__).parents[3] / "parts" / "mcp_server.py"
TOOLS = (
    "status", "turn", "broken", "fault", "picture", "link", "figures", "only-figures",
    "slow", "flood", "die", "environment", "pid", "nobody",
)  # fmt: skip
T = TypeVar("T")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Run our server over HTTP on a free port of loopback."""
    process = subprocess.Popen([sys.executable, str(OURS), "http"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait(PATIENCE)
    process.stdout.close()


@pytest.fixture(params=["stdio", "http"])
def ours(request: pytest.FixtureRequest, address: str) -> McpServer:
    """Return our server, listing what it lists at first, over each transport."""
    if request.param == "stdio":
        return McpServer("ours", tools=TOOLS, command=(sys.executable, str(OURS), "stdio"))
    server = McpServer("ours", url=address, tools=TOOLS)
    _with(server, lambda clients: clients.call(_call("turn", to="as-it-was")))
    return server


def _call(tool: str, timeout: float = PATIENCE, max_bytes: int = 1_000_000, **arguments: Json) -> McpCall:
    return McpCall("ours", tool, arguments, timeout, max_bytes)


def _with(server: McpServer, work: Callable[[McpClients], Awaitable[T]]) -> T:
    async def run() -> T:
        clients = McpClients({"ours": server}, Secrets({}), "1", environ=dict(os.environ))
        try:
            return await work(clients)
        finally:
            await clients.close()

    return asyncio.run(run())


def _pins(server: McpServer) -> Mapping[str, str]:
    """Return the pins of every tool, as they are listed now: a process that was just started lists the same."""
    return _of_a_start(server.command) if server.command else _listed_now(server)


@cache
def _of_a_start(command: tuple[str, ...]) -> Mapping[str, str]:
    return _listed_now(McpServer("ours", command=command))


def _listed_now(server: McpServer) -> Mapping[str, str]:
    tools = _with(server, lambda clients: clients.tools("ours", PATIENCE))
    return {one.name: one.fingerprint for one in tools}


def test_a_fingerprint_is_over_name_description_and_schemas() -> None:
    """Canonical JSON, written out here; hints, titles, `_meta` and the order of keys are no part of it."""
    schema: Json = {"type": "object", "properties": {"ü": {"type": "string"}}}
    canonical = (
        '{"description":"Shows","inputSchema":{"properties":{"\\u00fc":{"type":"string"}},"type":"object"},'
        '"name":"status"}'
    )
    plain = listed({"name": "status", "description": "Shows", "inputSchema": schema})
    assert hashlib.sha256(canonical.encode()).hexdigest() == plain.fingerprint
    hinted: dict[str, Json] = {"annotations": {"readOnlyHint": True}, "title": "T", "_meta": {"a": 1}}
    same = listed({**hinted, "inputSchema": schema, "description": "Shows", "name": "status"})
    assert plain == same
    others: list[dict[str, Json]] = [
        {"name": "Status"},
        {"description": "Shows "},
        {"description": None},
        {"inputSchema": {"type": "object"}},
        {"outputSchema": {"type": "object"}},
    ]
    whole: dict[str, Json] = {"name": "status", "description": "Shows", "inputSchema": schema}
    prints = [listed({**whole, **other}).fingerprint for other in others]
    assert len(others) + 1 == len({plain.fingerprint, *prints})
    with pytest.raises(ValueError, match="without a name"):
        listed({"name": 3})


def test_a_pin_may_be_written_with_its_method() -> None:
    """`sha256:` before it, and in capitals."""
    tool = listed({"name": "a"})
    assert tool.same_as(f" sha256:{tool.fingerprint}")
    assert tool.same_as(tool.fingerprint.upper())
    assert not tool.same_as(tool.fingerprint[:-1])


def test_the_whole_list_is_read_page_by_page(ours: McpServer) -> None:
    """In the server's order, the same over both transports."""
    assert [name for name in TOOLS if name != "nobody"] == list(_pins(ours))
    stdio = McpServer("ours", command=(sys.executable, str(OURS), "stdio"))
    assert _pins(stdio) == _pins(ours)


def test_a_tool_as_it_was_pinned_is_called(ours: McpServer) -> None:
    """Hints that came later change nothing."""
    pinned = replace(ours, pins=_pins(ours), tools=TOOLS[:-1])

    async def work(clients: McpClients) -> list[str]:
        texts = [(await clients.call(_call("status", app="a"))).text]
        await clients.call(_call("turn", to="hinted", tell=True))
        return [*texts, (await clients.call(_call("status", app="b"))).text]

    assert ["a: started", "b: started"] == _with(pinned, work)


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("changed", r"has changed since it was pinned \(was {was}, is [0-9a-f]{{12}}\): read what changed"),
        ("gone", "tool status of server ours is gone since it was pinned: read what changed"),
        ("twice", "tool status is 2 times on the list of server ours: read what changed"),
    ],
)
def test_a_tool_that_drifts_between_two_calls_is_refused(ours: McpServer, to: str, said: str) -> None:
    """Only that one; and it is called again when it is as it was."""
    pinned = replace(ours, pins=_pins(ours), tools=TOOLS[:-1])

    async def work(clients: McpClients) -> tuple[str, str, str]:
        before = await clients.call(_call("status", app="a"))
        await clients.call(_call("turn", to=to, tell=True))
        with pytest.raises(CannotLook, match=said.format(was=pinned.pins["status"][:12])) as caught:
            await clients.call(_call("status", app="a"))
        assert "`runbook pins ours --update`" in str(caught.value)
        await clients.call(_call("turn", to="as-it-was", tell=True))
        return before.text, str(caught.value), (await clients.call(_call("status", app="a"))).text

    before, _, after = _with(pinned, work)
    assert "a: started" == before == after


def test_over_stdio_the_list_is_read_once_until_the_server_says_it_changed(ours: McpServer) -> None:
    """A change that is not told is seen by the next session; over HTTP, where news do not reach us, at once."""
    pinned = replace(ours, pins=_pins(ours), tools=TOOLS[:-1])

    async def work(clients: McpClients) -> str:
        await clients.call(_call("status"))
        await clients.call(_call("turn", to="changed"))
        try:
            return (await clients.call(_call("status", app="a"))).text
        except CannotLook:
            return "refused"

    assert ("a: started" if ours.command else "refused") == _with(pinned, work)


def test_a_tool_without_a_pin_is_refused_where_others_have_one(ours: McpServer) -> None:
    """Before anything is asked or started; without any pin nothing is asked of the list."""
    pinned = replace(ours, pins={"status": "0" * 64})

    async def work(clients: McpClients) -> int:
        with pytest.raises(CannotLook, match="tool turn of server ours has no pin, though others have"):
            await clients.call(_call("turn", to="gone"))
        return len(clients.started)

    assert 0 == _with(pinned, work)


def test_a_tool_off_the_list_is_refused_before_anything_is_sent(ours: McpServer) -> None:
    """No server is started and nothing is connected for it, pinned or not."""
    closed = replace(ours, tools=("Status", "statu"), url=ours.url and "http://127.0.0.1:1/mcp")

    async def work(clients: McpClients) -> int:
        with pytest.raises(CannotLook, match="tool 'status' of ours is not on its list"):
            await clients.call(_call("status"))
        return len(clients.started)

    assert 0 == _with(closed, work)


def test_outcomes_are_told_apart(ours: McpServer) -> None:
    """An answer, an error of the tool, an error of the protocol, silence, and too much: five different things."""

    async def work(clients: McpClients) -> list[McpReply]:
        for code in (-32602, -32603):
            with pytest.raises(McpFault) as fault:
                await clients.call(_call("fault", code=code))
            assert (code, "exit status 1") == (fault.value.code, fault.value.message)
        with pytest.raises(McpFault, match="Unknown tool"):
            await clients.call(_call("nobody"))
        with pytest.raises(NoAnswer) as silence:
            await clients.call(_call("slow", timeout=0.8))
        assert ("timeout", True) == (silence.value.reason, silence.value.seconds < PATIENCE)
        with pytest.raises(NoAnswer) as much:
            await clients.call(_call("flood", max_bytes=50_000))
        assert "too-large" == much.value.reason
        names = ("status", "broken", "picture", "link", "figures", "only-figures")
        return [await clients.call(_call(name, app="a")) for name in names]

    replies = _with(ours, work)
    assert [False, True, False, False, False, False] == [reply.is_error for reply in replies]
    assert [
        "a: started",
        "no such app",
        "one\n[image image/png]\ntwo",
        "[resource file:///log text/plain]\n[resource_link https://example.com/log]",
        "3 machines",
        '{"machines": 3}',
    ] == [reply.text for reply in replies]
    assert [None] * 4 + [{"machines": 3}] * 2 == [reply.structured for reply in replies]


def test_pins_are_not_asked_of_a_stand_in() -> None:
    """In an environment for drills, at an address of this machine; a program is always the real one."""
    described = {
        "near": Described(url="http://127.0.0.1:8080/mcp", pins={"a": "1"}),
        "far": Described(url="https://mcp.example.com/mcp", pins={"a": "1"}),
        "odd": Described(url="http://[::1/mcp", pins={"a": "1"}),
        "program": Described(command=("npx", "x"), env={"A": "b"}, tools=("a",), pins={"a": "1"}),
    }
    assert [{}, {"a": "1"}, {"a": "1"}, {"a": "1"}] == [
        one.pins for one in servers_of(described, drills=True).values()
    ]
    real = servers_of(described)
    assert {"a": "1"} == real["near"].pins
    assert McpServer("program", "", {}, ("a",), ("npx", "x"), {"A": "b"}, {"a": "1"}) == real["program"]
