"""Bytes from one connection to another, both ways, until either side ends."""

from __future__ import annotations

import asyncio

from engine.estate import postgres_startup

_PIECE = 65_536


async def startup(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Return a client's startup message, encryption declined; empty for one that wants something else."""
    while True:
        head = await reader.readexactly(4)
        length = int.from_bytes(head, "big")
        if not 8 <= length <= postgres_startup.LONGEST:
            return b""
        message = head + await reader.readexactly(length - 4)
        match postgres_startup.opening(message):
            case "start":
                return message
            case "other":
                return b""
        writer.write(postgres_startup.NO)
        await writer.drain()


async def relay(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    host: str,
    port: int,
    *,
    first: bytes = b"",
    slow: float = 0.0,
) -> None:
    """Connect to a server, say `first` and let the two talk; raises OSError when it does not listen.

    With `slow`, the first statement takes so many seconds longer, or as long as it may.
    """
    inner_reader, inner_writer = await asyncio.open_connection(host, port)
    inner_writer.write(first)
    ways = [
        asyncio.create_task(
            _held_up(reader, inner_writer, writer, slow) if slow else _pump(reader, inner_writer)
        ),
        asyncio.create_task(_pump(inner_reader, writer)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        inner_writer.transport.abort()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(_PIECE):
        target.write(data)
        await target.drain()


async def _held_up(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, back: asyncio.StreamWriter, seconds: float
) -> None:
    while data := await source.read(_PIECE):
        if postgres_startup.is_query(data):
            limit = postgres_startup.patience(data)
            if limit is not None and limit <= seconds:
                await asyncio.sleep(limit)
                back.write(postgres_startup.cancelled())
                await back.drain()
                return
            await asyncio.sleep(seconds)
            target.write(data)
            await _pump(source, target)
            return
        target.write(data)
        await target.drain()
