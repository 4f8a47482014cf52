"""MCP sessions against servers of our own: the conversation itself, and what a peer may do to us."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager

import pytest

from engine.io.world.mcp.clients import McpClients, McpServer
from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook, McpCall, McpFault, McpReply, NoAnswer
from engine.kinds.ports.mcp import NotAsked
from engine.kinds.values import Json
from tests.patience import PATIENCE

pytest.importorskip("mcp", reason="needs the mcp extra")

Serve = Callable[..., AbstractAsyncContextManager[str]]
Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Seen = list[tuple[str, dict[str, str], dict[str, object]]]


def _clients(
    url: str, secrets: Secrets | None = None, headers: Mapping[str, str] | None = None
) -> McpClients:
    server = McpServer("fly", url, headers or {}, ("status",))
    return McpClients({"fly": server}, secrets or Secrets({}), "1.2.3")


def _call(*, timeout: float = PATIENCE, **arguments: Json) -> McpCall:
    return McpCall("fly", "status", arguments, timeout)


async def _request(reader: Reader) -> tuple[str, dict[str, str], dict[str, object]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return head[0].split()[0], headers, json.loads(body) if body else {}


def _reply(status: int, content: object = None, *, kind: str = "application/json", extra: str = "") -> bytes:
    body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
    head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body


def _greeting(identity: object, session: str = "s1") -> bytes:
    result = {
        "protocolVersion": "2025-06-18",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "x", "version": "1"},
    }
    answer = {"jsonrpc": "2.0", "id": identity, "result": result}
    return _reply(200, answer, extra=f"mcp-session-id: {session}\r\n")


def _text(identity: object, text: str) -> dict[str, object]:
    content = [{"type": "text", "text": text}]
    return {"jsonrpc": "2.0", "id": identity, "result": {"content": content, "isError": False}}


def _fake(on_call: Callable[[object], bytes], seen: Seen | None = None) -> object:
    async def handler(reader: Reader, writer: Writer) -> None:
        while True:
            request = await _request(reader)
            method, _, message = request
            if seen is not None:
                seen.append(request)
            match message.get("method"):
                case "initialize":
                    writer.write(_greeting(message["id"]))
                case "tools/call":
                    writer.write(on_call(message["id"]))
                case _:
                    writer.write(_reply(202 if method == "POST" else 200))
            await writer.drain()

    return handler


def _against(serve: Serve, handler: object, call: McpCall | None = None) -> McpReply:
    async def ask() -> McpReply:
        async with serve(handler) as url:
            clients = _clients(url)
            try:
                return await clients.call(call or _call(timeout=PATIENCE))
            finally:
                await clients.close()

    return asyncio.run(ask())


def test_the_conversation_is_the_one_of_the_specification(serve: Serve) -> None:
    """Handshake once, session and protocol version on later requests, goodbye at the end."""
    seen: Seen = []

    async def ask() -> None:
        async with serve(_fake(lambda identity: _reply(200, _text(identity, "ok")), seen)) as url:
            clients = _clients(url, Secrets({"T": "tok-4711-xyz"}), {"Authorization": "Bearer ${secrets.T}"})
            await clients.call(_call(app="a"))
            await clients.call(_call(app="b"))
            await clients.close()

    asyncio.run(ask())
    methods = [message.get("method", method) for method, _, message in seen]
    assert ["initialize", "notifications/initialized", "tools/call", "tools/call", "DELETE"] == methods
    assert [None, "s1", "s1", "s1", "s1"] == [headers.get("mcp-session-id") for _, headers, _ in seen]
    assert {"Bearer tok-4711-xyz"} == {headers["authorization"] for _, headers, _ in seen}
    assert {"identity"} == {headers["accept-encoding"] for _, headers, _ in seen}
    assert ["2025-06-18"] * 3 == [headers["mcp-protocol-version"] for _, headers, _ in seen[1:4]]
    parameters = seen[3][2]["params"]
    assert isinstance(parameters, dict)
    assert ("status", {"app": "b"}) == (parameters["name"], parameters["arguments"])


def test_an_event_stream_that_stays_open_does_not_hold_the_answer(serve: Serve) -> None:
    """The answer counts when it has come, whatever else the server wants to send."""

    async def handler(reader: Reader, writer: Writer) -> None:
        while True:
            _, _, message = await _request(reader)
            if message.get("method") == "initialize":
                writer.write(_greeting(message["id"]))
            elif message.get("method") == "tools/call":
                answer = json.dumps(_text(message["id"], "ok"))
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
                writer.write(f": hello\n\nevent: message\ndata: {answer}\n\n".encode())
                await writer.drain()
                await asyncio.Event().wait()
            else:
                writer.write(_reply(202))
            await writer.drain()

    assert "ok" == _against(serve, handler, _call(timeout=PATIENCE)).text


@pytest.mark.parametrize("status", [200, 400])
def test_an_error_object_is_the_servers_fault(serve: Serve, status: int) -> None:
    """Its code and its message, under any status."""
    error = {"code": -32602, "message": "unknown tool: status"}
    with pytest.raises(McpFault) as caught:
        _against(
            serve, _fake(lambda identity: _reply(status, {"jsonrpc": "2.0", "id": identity, "error": error}))
        )
    assert (-32602, "unknown tool: status", True) == (
        caught.value.code,
        caught.value.message,
        caught.value.asked,
    )


@pytest.mark.parametrize(
    "reply",
    [
        _reply(200, b"<html>It works!</html>", kind="text/html"),
        _reply(200, b"{not json"),
        _reply(200, b"[1, 2]"),
        _reply(200, b'{"hello": "world"}'),
        _reply(200, b"data: {not json}\n\n", kind="text/event-stream"),
        _reply(200, b": nothing\n\n", kind="text/event-stream"),
        _reply(200, b'{"jsonrpc":"2.0","id":1,"result":{"content":"no list"}}'),
        _reply(302, extra="location: http://127.0.0.1:1/\r\n"),
        _reply(202),
        _reply(500, b"oops"),
        _reply(502, b"<html>", kind="text/html"),
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    ],
)
@pytest.mark.parametrize("when", ["at once", "after the handshake"])
def test_what_is_no_mcp_reply_is_garbled(serve: Serve, reply: bytes, when: str) -> None:
    """Never taken for an error object of the server."""

    async def garbage(reader: Reader, writer: Writer) -> None:
        while True:
            await _request(reader)
            writer.write(reply)
            await writer.drain()

    def after(identity: object) -> bytes:
        return reply.replace(b'"id":1', f'"id":{identity}'.encode())

    handler = garbage if when == "at once" else _fake(after)
    with pytest.raises(NoAnswer) as caught:
        _against(serve, handler)
    assert "garbled" == caught.value.reason
    assert (when == "at once") is isinstance(caught.value, NotAsked)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_credential_is_unknown_not_down(serve: Serve, status: int) -> None:
    """We could not look; the tool may be fine."""

    async def refuse(reader: Reader, writer: Writer) -> None:
        while True:
            await _request(reader)
            writer.write(_reply(status, b"", extra='www-authenticate: Bearer realm="x"\r\n'))
            await writer.drain()

    with pytest.raises(CannotLook, match=f"fly refused our credential: HTTP {status}"):
        _against(serve, refuse)


def test_silence_ends_with_the_deadline(serve: Serve) -> None:
    """A server that accepts and says nothing, before the handshake and after it."""

    async def silent(reader: Reader, writer: Writer) -> None:
        await asyncio.Event().wait()

    async def later(reader: Reader, writer: Writer) -> None:
        while True:
            _, _, message = await _request(reader)
            if message.get("method") != "initialize":
                await asyncio.Event().wait()
            writer.write(_greeting(message["id"]))
            await writer.drain()

    for handler in (silent, later):
        with pytest.raises(NotAsked) as caught:
            _against(serve, handler, _call(timeout=0.6))
        assert "timeout" == caught.value.reason
        assert 0.6 <= caught.value.seconds < PATIENCE


def test_socket_failures_keep_their_reason(serve: Serve) -> None:
    """Refused is refused and reset is reset, also through the package."""

    async def hang_up(reader: Reader, writer: Writer) -> None:
        await _request(reader)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NoAnswer) as refused:
        asyncio.run(_clients(f"http://127.0.0.1:{port}/mcp").call(_call()))
    with pytest.raises(NoAnswer) as reset:
        _against(serve, hang_up)
    assert ("refused", "reset") == (refused.value.reason, reset.value.reason)


def test_a_forgotten_session_is_opened_anew_once(serve: Serve) -> None:
    """404 to a known session: shake hands again; a server that forgets each time is garbled."""
    left = [2]
    seen: Seen = []

    def forget_second(identity: object) -> bytes:
        left[0] -= 1
        return _reply(404) if left[0] == 0 else _reply(200, _text(identity, f"{left[0]}"))

    async def ask() -> list[str]:
        async with serve(_fake(forget_second, seen)) as url:
            clients = _clients(url)
            texts = [(await clients.call(_call())).text for _ in range(2)]
            await clients.close()
            return texts

    assert ["1", "-1"] == asyncio.run(ask())
    assert 2 == sum(message.get("method") == "initialize" for _, _, message in seen)
    with pytest.raises(NoAnswer, match="forgets each session"):
        _against(serve, _fake(lambda identity: _reply(404)))


def test_the_end_does_not_wait_for_a_silent_server(serve: Serve) -> None:
    """A goodbye nobody answers costs a second at most."""

    async def handler(reader: Reader, writer: Writer) -> None:
        while True:
            method, _, message = await _request(reader)
            if method == "DELETE":
                await asyncio.Event().wait()
            elif message.get("method") == "initialize":
                writer.write(_greeting(message["id"]))
            elif message.get("method") == "tools/call":
                writer.write(_reply(200, _text(message["id"], "ok")))
            else:
                writer.write(_reply(202))
            await writer.drain()

    async def ask() -> float:
        async with serve(handler) as url:
            clients = _clients(url)
            await clients.call(_call())
            started = asyncio.get_running_loop().time()
            await clients.close()
            return asyncio.get_running_loop().time() - started

    assert asyncio.run(ask()) < 3


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/mcp",
        "file:///etc/passwd",
        "http://127.0.0.1:x/mcp",
        "http://127.0.0.1:70000/mcp",
        "${secrets.NOPE}",
    ],
)
def test_forbidden_addresses_and_missing_secrets_are_refused(url: str) -> None:
    """By the same rules as plain HTTP."""
    with pytest.raises(CannotLook):
        asyncio.run(_clients(url).call(_call()))


def test_nothing_is_logged_that_could_hold_a_secret(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """Neither addresses nor tracebacks of the package."""
    caplog.set_level(0)

    async def ask() -> None:
        async with serve(_fake(lambda identity: _reply(200, b"{not json"))) as url:
            clients = _clients(url + "/${secrets.T}", Secrets({"T": "s3cr3t-Zq81"}), {"X": "${secrets.T}"})
            with pytest.raises(NoAnswer):
                await clients.call(_call())
            await clients.close()

    asyncio.run(ask())
    assert "s3cr3t-Zq81" not in caplog.text
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"result": {"tools": [], "nextCursor": "again"}}, "garbled"),
        ({"result": {"tools": "none"}}, "garbled"),
        ({"result": {"tools": [{"name": "", "inputSchema": {"type": "object"}}]}}, "garbled"),
        ({"result": {"tools": []}}, "is gone since it was pinned"),
        ({"error": {"code": -32601, "message": "no tools here"}}, "no tools here"),
    ],
)
def test_a_list_that_cannot_be_read_calls_nothing(
    serve: Serve, answer: dict[str, object], problem: str
) -> None:
    """Where a tool is pinned, the list comes first, in the same session."""
    seen: list[object] = []

    async def handler(reader: Reader, writer: Writer) -> None:
        while True:
            _, _, message = await _request(reader)
            seen.append(message.get("method"))
            match message.get("method"):
                case "initialize":
                    writer.write(_greeting(message["id"]))
                case "tools/list":
                    writer.write(_reply(200, {"jsonrpc": "2.0", "id": message["id"], **answer}))
                case _:
                    writer.write(_reply(202))
            await writer.drain()

    async def ask() -> McpReply:
        async with serve(handler) as url:
            server = McpServer("fly", url, {}, ("status",), pins={"status": "0" * 64})
            clients = McpClients({"fly": server}, Secrets({}), "1.2.3")
            try:
                return await clients.call(_call())
            finally:
                await clients.close()

    with pytest.raises((NoAnswer, McpFault, CannotLook)) as caught:
        asyncio.run(ask())
    assert problem in f"{getattr(caught.value, 'reason', '')} {caught.value}"
    assert (1, 0) == (seen.count("initialize"), seen.count("tools/call"))
    assert isinstance(caught.value, NotAsked | CannotLook) or caught.value.asked is False
