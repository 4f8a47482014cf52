"""HTTP/1.1 as bytes."""

from __future__ import annotations

import asyncio

import pytest

from engine.estate.http_wire import BadRequest, read_reply, read_request, request_bytes
from engine.estate.wire import Request


def fed(*data: bytes) -> asyncio.StreamReader:
    """Return a reader that holds these bytes and ends."""
    reader = asyncio.StreamReader()
    for part in data:
        reader.feed_data(part)
    reader.feed_eof()
    return reader


def read(*data: bytes) -> Request | None:
    """Read one request from bytes."""

    async def scenario() -> Request | None:
        return await read_request(fed(*data))

    return asyncio.run(scenario())


def test_a_request_is_read_with_its_body() -> None:
    """Names in lower case, the target taken apart."""
    request = read(b"POST /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello")
    assert Request("POST", "/a b", {"x": "1"}, {"host": "h", "content-length": "5"}, b"hello") == request


def test_a_chunked_body_is_put_together() -> None:
    """Clients that stream send it so."""
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    request = read(head, b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n")
    assert request is not None
    assert b"hello world" == request.body


def test_a_connection_that_ends_between_requests_is_done() -> None:
    """Also one that ends in the middle of a header."""
    assert read(b"") is None
    assert read(b"GET / HT") is None


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/2\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
        b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n-5\r\n",
        b"GET / HTTP/1.1\r\nx: " + b"y" * 200_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(data: bytes) -> None:
    """Never an exception of another kind."""
    with pytest.raises(BadRequest):
        read(data)


def test_a_request_survives_the_way_to_the_process() -> None:
    """What is written is what is read."""
    request = Request.to("POST", "/x", {"X-Client-Id": "probe"}, b"body")
    passed = read(request_bytes(request, "/x", {"x-estate-now": "1.5"}))
    assert passed is not None
    assert (request.body, "probe", "1.5") == (
        passed.body,
        passed.headers["x-client-id"],
        passed.headers["x-estate-now"],
    )


def test_half_a_reply_is_a_broken_connection() -> None:
    """A process killed in the middle of its answer."""

    async def scenario(data: bytes) -> None:
        await read_reply(fed(data))

    for data in (b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"):
        with pytest.raises(ConnectionResetError):
            asyncio.run(scenario(data))
