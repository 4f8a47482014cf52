"""MCP against a real server of the package, answering with JSON or SSE, with and without sessions."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import Iterator

import pytest

from engine.io.world.mcp.clients import McpClients, McpServer
from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook, McpCall, McpReply, NoAnswer
from engine.kinds.values import Json
from tests.patience import PATIENCE

pytest.importorskip("mcp", reason="needs the mcp extra")

TOOLS = ("status", "broken", "picture", "slow", "flood", "unlisted")


@pytest.fixture(scope="module", params=["json", "sse", "stateless"])
def real(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run a server of the mcp package on loopback, in each way it can answer."""
    import uvicorn
    from mcp.server.mcpserver import Image, MCPServer

    server = MCPServer("machines")

    @server.tool()
    def status(app: str) -> str:
        return f"{app}: started"

    @server.tool()
    def broken() -> str:
        raise ValueError("no such app")

    @server.tool(structured_output=False)
    def picture() -> list[object]:
        return ["one", Image(data=b"\x89PNG", format="png"), "two"]

    @server.tool()
    async def slow() -> str:
        await asyncio.sleep(30)
        return "late"

    @server.tool()
    def flood() -> str:
        return "y" * 200_000

    app = server.streamable_http_app(
        json_response=request.param == "json", stateless_http=request.param == "stateless"
    )
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named: else Nagle stays on
    sock.bind(("127.0.0.1", 0))
    sock.listen(128)
    config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1)
    runner = uvicorn.Server(config)
    thread = threading.Thread(target=runner.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{sock.getsockname()[1]}/mcp"
    runner.should_exit = True
    thread.join(PATIENCE)
    sock.close()


def _clients(url: str) -> McpClients:
    return McpClients({"fly": McpServer("fly", url, tools=TOOLS)}, Secrets({}), "1.2.3")


def _call(
    tool: str = "status", *, timeout: float = PATIENCE, max_bytes: int = 1_000_000, **arguments: Json
) -> McpCall:
    return McpCall("fly", tool, arguments, timeout, max_bytes)


def _ask(url: str, call: McpCall) -> McpReply:
    async def ask() -> McpReply:
        clients = _clients(url)
        try:
            return await clients.call(call)
        finally:
            await clients.close()

    return asyncio.run(ask())


def test_a_tool_answers_with_its_text(real: str) -> None:
    """JSON or SSE, with or without a session."""
    reply = _ask(real, _call(app="hotdash-staging"))
    assert ("hotdash-staging: started", False) == (reply.text, reply.is_error)
    assert 0 < reply.seconds < 10


def test_a_tool_that_fails_answers_with_an_error(real: str) -> None:
    """The tool's own failure is a reply, not a fault of the protocol."""
    reply = _ask(real, _call("broken"))
    assert reply.is_error
    assert "broken" in reply.text


def test_contents_that_are_no_text_are_noted(real: str) -> None:
    """One line each, in order."""
    assert "one\n[image image/png]\ntwo" == _ask(real, _call("picture")).text


def test_a_tool_that_never_ends_is_left_at_the_deadline(real: str) -> None:
    """The deadline holds although the server is alive."""
    with pytest.raises(NoAnswer) as caught:
        _ask(real, _call("slow", timeout=1.0))
    assert "timeout" == caught.value.reason
    assert caught.value.seconds < PATIENCE


def test_a_reply_beyond_the_limit_is_too_large(real: str) -> None:
    """Not held in memory, not cut in silence."""
    with pytest.raises(NoAnswer) as caught:
        _ask(real, _call("flood", max_bytes=50_000))
    assert "too-large" == caught.value.reason


def test_many_calls_share_one_session_and_may_run_at_once(real: str) -> None:
    """The first of them shakes hands, none waits for another's answer."""

    async def ask() -> list[str]:
        clients = _clients(real)
        replies = await asyncio.gather(*(clients.call(_call(app=str(n))) for n in range(20)))
        again = await clients.call(_call(app="again"))
        await clients.close()
        return [reply.text for reply in (*replies, again)]

    assert [f"{n}: started" for n in (*range(20), "again")] == asyncio.run(ask())


def test_only_listed_tools_of_known_servers_are_called() -> None:
    """Refused before any connection; an empty list allows nothing."""
    clients = McpClients({"fly": McpServer("fly", "http://127.0.0.1:1/mcp")}, Secrets({}), "1")
    with pytest.raises(CannotLook, match="tool 'status' of fly is not on its list"):
        asyncio.run(clients.call(McpCall("fly", "status", {})))
    with pytest.raises(CannotLook, match="no MCP server is called 'supabase'"):
        asyncio.run(clients.call(McpCall("supabase", "status", {})))


def test_without_the_extra_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing package is unknown, not a failure of the target."""
    monkeypatch.delitem(sys.modules, "engine.io.world.mcp.session", raising=False)
    monkeypatch.setitem(sys.modules, "mcp.client.session", None)
    with pytest.raises(CannotLook, match=r"pip install 'runbook-engine\[mcp\]'"):
        asyncio.run(_clients("http://127.0.0.1:1/mcp").call(_call()))
