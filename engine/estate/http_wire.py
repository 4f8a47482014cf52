"""HTTP/1.1 as bytes: reading a request, writing a reply, and breaking it below the protocol."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from http import HTTPStatus

from engine.estate.wire import Reply, Request

MAX_BODY = 4_000_000
DRIP_SECONDS = 0.7
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_OWN_HEADERS = frozenset(("content-length", "connection", "date", "transfer-encoding"))


class BadRequest(Exception):
    """What came is not a request this server reads."""


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """Return the next request of a connection, or None when the client is done; raises BadRequest."""
    read = await _read_head(reader)
    if read is None:
        return None
    first, headers = read
    parts = first.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequest(first[:80])
    return Request.to(parts[0], parts[1], headers, await _read_body(reader, headers))


async def read_reply(reader: asyncio.StreamReader) -> Reply:
    """Return the reply of a machine's process; raises ConnectionError when it ends too early."""
    try:
        read = await _read_head(reader)
        if read is None:
            raise ConnectionResetError("process ended")
        first, headers = read
        body = await _read_body(reader, headers)
    except (asyncio.IncompleteReadError, BadRequest) as error:
        raise ConnectionResetError("process ended") from error
    kept = {name: value for name, value in headers.items() if name not in _OWN_HEADERS}
    return Reply(int(first.split(" ")[1]), kept, body, 0.0)


def request_bytes(request: Request, target: str, headers: Mapping[str, str]) -> bytes:
    """Return a request on the wire, its connection closed afterwards."""
    kept = {name: value for name, value in request.headers.items() if name not in _OWN_HEADERS}
    lines = [f"{request.method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in {**kept, **headers}.items()]
    lines += [f"content-length: {len(request.body)}", "connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + request.body


async def write_reply(writer: asyncio.StreamWriter, reply: Reply, *, head_only: bool = False) -> bool:
    """Write a reply as whole or as broken as it is; return whether the connection may be used again."""
    match reply.fault:
        case "hang":
            await asyncio.Event().wait()
        case "refuse" | "reset":
            reset(writer)
            return False
        case "garble":
            writer.write(b"\x16\x03\x01 this is no HTTP \xff\xfe\r\n\r\n")
            await writer.drain()
            return False
    bodyless = head_only or reply.status in (204, 304)
    reason = HTTPStatus(reply.status).phrase
    lines = [f"HTTP/1.1 {reply.status} {reason}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    if reply.status not in (204, 304):
        lines.append(f"content-length: {len(reply.body)}")
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    body = b"" if bodyless else reply.body
    if reply.fault == "truncate":
        writer.write(head + body[: len(body) // 2] if body else head[: len(head) // 2])
        await writer.drain()
        return False
    writer.write(head)
    if reply.fault == "drip":
        for byte in body:
            await asyncio.sleep(DRIP_SECONDS)
            writer.write(bytes((byte,)))
            await writer.drain()
        return True
    writer.write(body)
    await writer.drain()
    return True


def reset(writer: asyncio.StreamWriter) -> None:
    """Close a connection with RST instead of FIN."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()


async def _read_head(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]] | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequest("header is too large") from error
    first, *rest = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in rest:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return first, headers


async def _read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return await _read_chunks(reader)
    try:
        length = int(headers.get("content-length") or 0)
    except ValueError as error:
        raise BadRequest("content-length is no number") from error
    if not 0 <= length <= MAX_BODY:
        raise BadRequest("body is too large")
    return await reader.readexactly(length)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        try:
            size = int((await reader.readline()).split(b";")[0], 16)
        except ValueError as error:
            raise BadRequest("chunk size is no number") from error
        if size < 0 or len(body) + size > MAX_BODY:
            raise BadRequest("body is too large")
        body += await reader.readexactly(size)
        await reader.readline()
        if size == 0:
            return body
