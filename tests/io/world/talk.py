"""What the tests of HTTP share: a client over loopback, and servers that say one thing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager

from engine.io.world.http.connections import Connections
from engine.io.world.http.socket_http import SocketHttp
from engine.io.world.secrets import Secrets
from engine.kinds.ports import HttpReply, HttpRequest

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Handler = Callable[[Reader, Writer], Awaitable[None]]
Serve = Callable[..., AbstractAsyncContextManager[str]]
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def client(
    connections: Connections | None = None,
    allowed: Callable[[str, int], str] | None = None,
    **environ: str,
) -> SocketHttp:
    """Return a client with these secrets."""
    return SocketHttp(Secrets(environ), "1.2.3", connections, allowed)


async def send(http: SocketHttp, request: HttpRequest) -> HttpReply:
    """Send one request and close the client."""
    try:
        return await http.send(request)
    finally:
        await http.close()


def leads(to: str, status: int = 302) -> bytes:
    """Return a redirect."""
    head = f"HTTP/1.1 {status} Moved\r\nlocation: {to}\r\ncontent-length: 5\r\n\r\nmoved"
    return head.encode("latin-1")


def answers(replies: bytes | Sequence[bytes], heard: list[bytes] | None = None) -> Handler:
    """Return a handler that keeps what it hears and gives these replies, the last one for ever."""
    left = [replies] if isinstance(replies, bytes) else list(replies)

    async def handler(reader: Reader, writer: Writer) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if heard is not None:
                heard.append(head)
            writer.write(left.pop(0) if len(left) > 1 else left[0])
            await writer.drain()

    return handler
