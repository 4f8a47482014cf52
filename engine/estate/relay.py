"""Bytes from one connection to another, both ways, until either side ends."""

from __future__ import annotations

import asyncio

_PIECE = 65_536


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int) -> None:
    """Connect to a server and let the two talk; raises OSError when it does not listen."""
    inner_reader, inner_writer = await asyncio.open_connection(host, port)
    ways = [
        asyncio.create_task(_pump(reader, inner_writer)),
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
