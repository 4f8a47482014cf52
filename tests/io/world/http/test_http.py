"""HTTP requests: what is sent, what is refused before sending, secrets and redirects."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager

import pytest

from engine.io.world.http.connections import Connections
from engine.io.world.http.socket_http import SocketHttp
from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook, HttpReply, HttpRequest, NoAnswer

Serve = Callable[..., AbstractAsyncContextManager[str]]
Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Handler = Callable[[Reader, Writer], Coroutine[None, None, None]]

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
SECRET = "s3cr3t-Zq81"


def _http(connections: Connections | None = None, **environ: str) -> SocketHttp:
    return SocketHttp(Secrets(environ), "1.2.3", connections)


async def _send(http: SocketHttp, request: HttpRequest) -> HttpReply:
    try:
        return await http.send(request)
    finally:
        await http.close()


def _ask(serve: Serve, handler: Handler, **wish: object) -> HttpReply:
    async def ask() -> HttpReply:
        async with serve(handler) as url:
            return await _send(_http(), HttpRequest(url + "/", **wish))  # type: ignore[arg-type]  # any field

    return asyncio.run(ask())


def _says(reply: bytes, *, then: Callable[[Writer], None] | None = None, hang: bool = False) -> Handler:
    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        if then is not None:
            then(writer)
        elif hang:
            await asyncio.Event().wait()
        else:
            writer.write_eof()
            await reader.read()

    return handler


def test_the_request_on_the_wire_is_what_was_asked(serve: Serve) -> None:
    """Method, target, body, identity encoding and our name; a step's own user agent wins."""
    seen: list[str] = []

    async def listen(reader: Reader, writer: Writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append((head + await reader.readexactly(5)).decode().lower())
        writer.write(OK)
        await writer.drain()

    async def ask() -> None:
        async with serve(listen) as url:
            await _send(_http(), HttpRequest(url + "/a?b=c%20d", method="put", body=b"hello"))
            await _send(_http(), HttpRequest(url, method="POST", body=b"hello", headers={"User-Agent": "me"}))

    asyncio.run(ask())
    assert "put /a?b=c%20d http/1.1" == seen[0].splitlines()[0]
    assert {
        "accept-encoding: identity",
        "user-agent: runbook-engine/1.2.3",
        "content-length: 5",
        "hello",
    } <= set(seen[0].split("\r\n"))
    assert 1 == seen[1].count("user-agent:") == seen[1].count("user-agent: me")


def test_nobody_listening_is_refused() -> None:
    """A closed port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NoAnswer) as caught:
        asyncio.run(_send(_http(), HttpRequest(f"http://127.0.0.1:{port}/")))
    assert ("refused", f"127.0.0.1:{port} refused the connection") == (
        caught.value.reason,
        caught.value.detail,
    )


def test_a_redirect_is_a_reply_and_not_followed(serve: Serve) -> None:
    """The other origin never hears of us, nor of our header."""
    heard: list[bytes] = []

    async def other(reader: Reader, writer: Writer) -> None:
        heard.append(await reader.read(100))

    async def ask() -> HttpReply:
        async with serve(other) as elsewhere:
            moved = b"HTTP/1.1 302 Found\r\nlocation: %s/\r\ncontent-length: 0\r\n\r\n" % elsewhere.encode()
            async with serve(_says(moved)) as url:
                request = HttpRequest(url, headers={"X-Api-Key": "${secrets.KEY}"})
                return await _send(_http(KEY=SECRET), request)

    assert 302 == asyncio.run(ask()).status
    assert [] == heard


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://h/x", "gopher://h/", "//h/x", "h/x", "http:///x", ""]
)
def test_only_http_addresses_are_asked(url: str) -> None:
    """Everything else is refused before a socket is opened."""
    with pytest.raises(CannotLook, match=r"only http:// and https://|is no address"):
        asyncio.run(_send(_http(), HttpRequest(url)))


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[::ffff:169.254.169.254]", "[fd00:ec2::254]", "2852039166"]
)
def test_cloud_metadata_is_never_asked(host: str) -> None:
    """In any spelling."""
    with pytest.raises(CannotLook, match="cloud metadata"):
        asyncio.run(_send(_http(), HttpRequest(f"http://{host}/latest/meta-data/")))


def test_secrets_are_put_in_right_before_sending(serve: Serve) -> None:
    """In address, header and JSON body, each in the spelling of its place."""
    seen: list[bytes] = []

    async def listen(reader: Reader, writer: Writer) -> None:
        seen.append(await reader.readuntil(b"}"))
        writer.write(OK)
        await writer.drain()

    async def ask() -> None:
        async with serve(listen) as url:
            request = HttpRequest(
                url + "/?k=${secrets.KEY}",
                method="POST",
                headers={"Authorization": "Bearer ${secrets.KEY}", "Content-Type": "application/json"},
                body=b'{"key": "${secrets.KEY}"}',
            )
            await _send(_http(KEY='a"b/c-and-long-enough'), request)

    asyncio.run(ask())
    assert b"POST /?k=a%22b%2Fc-and-long-enough HTTP/1.1" == seen[0].splitlines()[0]
    assert b'authorization: Bearer a"b/c-and-long-enough' in seen[0].lower().replace(b"bearer", b"Bearer")
    assert b'{"key": "a\\"b/c-and-long-enough"}' == seen[0].split(b"\r\n\r\n")[1]


@pytest.mark.parametrize("place", ["url", "header", "body"])
def test_a_missing_secret_stops_the_request(place: str) -> None:
    """The message says which variable to export."""
    text = "${secrets.SHOPIFY_TOKEN}"
    request = HttpRequest(
        "http://127.0.0.1:9/" + (text if place == "url" else ""),
        headers={"X": text} if place == "header" else {},
        body=text.encode() if place == "body" else b"",
    )
    with pytest.raises(CannotLook, match=r"^SHOPIFY_TOKEN is not set: export it"):
        asyncio.run(_send(_http(), request))


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://127.0.0.1:1/${secrets.KEY}", {"X": "${secrets.KEY}"}),
        ("${secrets.KEY}", {}),
        ("http://127.0.0.1:1/", {"X": "a\n${secrets.KEY}"}),
        ("http://127.0.0.1:1/", {"X": "é${secrets.KEY}"}),
        ("http://[${secrets.KEY}]:x/", {}),
        ("http://${secrets.KEY}.test/", {}),
        ("http://me:${secrets.KEY}@127.0.0.1:1/", {}),
    ],
)
def test_no_failure_carries_a_word_of_a_secret(url: str, headers: dict[str, str]) -> None:
    """Neither the exception nor anything behind it."""
    with pytest.raises((NoAnswer, CannotLook)) as caught:
        asyncio.run(_send(_http(KEY=SECRET), HttpRequest(url, headers=headers)))
    error: BaseException | None = caught.value
    texts = []
    while error is not None:
        texts.append(f"{error} {error!r} {vars(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert SECRET not in " ".join(texts)


def test_cookies_of_one_reply_do_not_travel(serve: Serve) -> None:
    """Checks do not influence each other through a session of the target's making."""
    seen: list[bytes] = []

    async def listen(reader: Reader, writer: Writer) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()

    async def ask() -> None:
        http = _http()
        async with serve(listen) as url:
            await http.send(HttpRequest(url))
            await http.send(HttpRequest(url))
        await http.close()

    asyncio.run(ask())
    assert 2 == len(seen)
    assert b"cookie" not in seen[1].lower()


def test_the_library_is_imported_by_the_first_request() -> None:
    """A run that asks nothing over HTTP does not wait for httpx, nor for the mcp package."""
    code = (
        "import sys, engine.io.world.sockets as s; "
        "print(sorted({'httpx', 'httpcore', 'httpx2', 'mcp', 'pydantic', 'certifi'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


@pytest.mark.parametrize("port", ["70000", "65616"])
def test_a_port_beyond_the_range_is_refused(port: str) -> None:
    """A wrong number is the author's mistake, not an outage; the system would take it modulo 65536."""
    with pytest.raises(CannotLook, match="is no port"):
        asyncio.run(_send(_http(), HttpRequest(f"http://127.0.0.1:{port}/")))
