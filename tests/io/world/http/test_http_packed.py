"""Bodies that come packed although `identity` was asked for, and bombs among them."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import subprocess
import sys
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.io.world.failures import Broken
from engine.io.world.http.inflate import inflated
from engine.kinds.ports import HttpReply, HttpRequest, NoAnswer
from tests.io.world.talk import Serve, answers, client, send
from tests.patience import PATIENCE

TEXT = b'{"status": "ok"}' * 100
BARE = zlib.compressobj(wbits=-15)
DEFLATED = BARE.compress(TEXT) + BARE.flush()


def packed(body: bytes, encoding: str) -> bytes:
    """Return a whole reply."""
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: {encoding}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def ask(serve: Serve, reply: bytes, **wish: int) -> HttpReply:
    """Return what a client makes of a reply."""

    async def once() -> HttpReply:
        async with serve(answers(reply)) as url:
            return await send(client(), HttpRequest(url, **wish))

    return asyncio.run(once())


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), "X-GZIP"),
        (gzip.compress(TEXT[:700]) + gzip.compress(TEXT[700:]), "gzip"),
        (zlib.compress(TEXT), "deflate"),
        (DEFLATED, "deflate"),
        (gzip.compress(zlib.compress(TEXT)), "deflate, gzip"),
        (TEXT, "identity"),
        (TEXT, ""),
    ],
    ids=["gzip", "x-gzip", "two members", "zlib", "bare", "zlib in gzip", "identity", "not said"],
)
def test_a_body_packed_unasked_is_unpacked(serve: Serve, body: bytes, encoding: str) -> None:
    """In every way servers do it, several on top of each other too."""
    reply = ask(serve, packed(body, encoding))
    assert (TEXT, "") == (reply.body, reply.encoding)


@pytest.mark.parametrize("encoding", ["br", "zstd", "br, gzip", "nonsense"])
def test_what_cannot_be_unpacked_is_named_and_not_taken_for_text(serve: Serve, encoding: str) -> None:
    """As received, with what it is packed as."""
    body = bz2.compress(TEXT)
    sent = gzip.compress(body) if encoding.endswith("gzip") else body
    reply = ask(serve, packed(sent, encoding))
    assert (body, encoding.partition(",")[0]) == (reply.body, reply.encoding)


@pytest.mark.parametrize(
    "body",
    [
        b"this is no gzip",
        gzip.compress(TEXT)[:-9],
        gzip.compress(TEXT)[:-3] + b"abc",
        gzip.compress(TEXT) + b"x",
    ],
    ids=["no gzip", "cut", "another end", "more after it"],
)
def test_a_body_that_is_not_what_it_says_is_garbled(serve: Serve, body: bytes) -> None:
    """Broken, cut short, or with something behind it."""
    with pytest.raises(NoAnswer, match="is not the gzip it says it is") as caught:
        ask(serve, packed(body, "gzip"))
    assert "garbled" == caught.value.reason


def test_an_empty_body_needs_no_unpacking(serve: Serve) -> None:
    """Servers name an encoding on replies without a body, too."""
    assert b"" == ask(serve, packed(b"", "gzip")).body
    assert (b"", "") == inflated(gzip.compress(b""), "deflate, gzip", 1000, "here")


def test_the_limit_is_for_the_body_as_it_is_meant(serve: Serve) -> None:
    """Exactly the limit is fine, one byte more is not."""
    assert TEXT == ask(serve, packed(gzip.compress(TEXT), "gzip"), max_bytes=len(TEXT)).body
    with pytest.raises(NoAnswer, match="larger than 1599 bytes when unpacked") as caught:
        ask(serve, packed(gzip.compress(TEXT), "gzip"), max_bytes=len(TEXT) - 1)
    assert "too-large" == caught.value.reason


def test_packed_many_times_over_is_refused() -> None:
    """Nobody honest does that."""
    with pytest.raises(Broken, match="encoded 6 times over"):
        inflated(b"x", ", ".join(["gzip"] * 6), 1000, "here")


BOMBS = """
import asyncio, gzip, io, resource, sys, time, zlib
from engine.io.world.http.socket_http import SocketHttp
from engine.io.world.secrets import Secrets
from engine.kinds.ports import HttpRequest, NoAnswer

def bomb(size):
    worker = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 20)
    return b"".join([*(worker.compress(block) for _ in range(size)), worker.flush()])

single = bomb(200)
double = gzip.compress(bomb(300), 9)
bombs = {"gzip": single, "gzip, gzip": double}

async def main():
    async def serve(reader, writer):
        path = (await reader.readuntil(b"\\r\\n\\r\\n")).split()[1].decode()
        encoding = "gzip" if path == "/single" else "gzip, gzip"
        body = bombs[encoding]
        writer.write(b"HTTP/1.1 200 OK\\r\\ncontent-encoding: %s\\r\\ncontent-length: %d\\r\\n\\r\\n" % (encoding.encode(), len(body)) + body)
        await writer.drain()
        writer.close()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    http = SocketHttp(Secrets({}), "1")
    http._open(); http._prepare(HttpRequest("http://127.0.0.1/"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in ("single", "double"):
        began = time.perf_counter()
        try:
            await http.send(HttpRequest(f"http://127.0.0.1:{port}/{path}"))
        except NoAnswer as none:
            print(path, none.reason, time.perf_counter() - began)
    print("grown", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    await http.close()
    server.close()

asyncio.run(main())
"""


def test_bombs_cost_the_limit_and_no_more() -> None:
    """200 MB in 200 KB and 300 MB in two: refused within two seconds, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", BOMBS], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    single, double, grown = (line.split() for line in done.stdout.splitlines())
    assert [["single", "too-large"], ["double", "too-large"]] == [single[:2], double[:2]]
    assert max(float(single[2]), float(double[2])) < 2
    assert int(grown[1]) <= 32 * 1024  # kilobytes


@settings(max_examples=200, deadline=None)
@given(
    body=st.binary(max_size=200) | st.binary(max_size=200).map(gzip.compress),
    encoding=st.lists(st.sampled_from(["gzip", "deflate", "x-gzip", "identity", "br", "", "\x00"])).map(
        ",".join
    ),
)
def test_any_body_with_any_encoding_ends_one_way(body: bytes, encoding: str) -> None:
    """Plain within the limit, packed and named, or a failure with a reason; never another exception."""
    try:
        plain, left = inflated(body, encoding, 1000, "here")
    except Broken as broken:
        assert broken.reason in ("garbled", "too-large")
    else:
        assert len(plain) <= 1000 or plain == body
        assert left == "" or left.rpartition(", ")[2] in ("br", "\x00")
