"""The opening of a connection: encryption is declined, the startup message kept, all else turned away."""

from __future__ import annotations

import asyncio
import struct

import pytest

from engine.estate.relay import startup

TLS = struct.pack("!II", 8, 80_877_103)
CANCEL = struct.pack("!IIII", 16, 80_877_102, 1, 2)
BODY = struct.pack("!I", 196_608) + b"user\0sandbox\0\0"
STARTUP = struct.pack("!I", 4 + len(BODY)) + BODY


def opened(sent: bytes) -> tuple[bytes, bytes]:
    """Return what `startup` makes of what a client sends, and what the client is told."""

    async def talk() -> tuple[bytes, bytes]:
        kept: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                kept.set_result(await startup(reader, writer))
            except asyncio.IncompleteReadError as error:
                kept.set_exception(error)
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(sent)
            writer.write_eof()
            told = await reader.read()
            writer.close()
            return await kept, told

    return asyncio.run(talk())


@pytest.mark.parametrize(
    ("sent", "expected"),
    [(STARTUP, (STARTUP, b"")), (TLS + STARTUP, (STARTUP, b"N")), (CANCEL, (b"", b""))],
)
def test_what_a_client_opens_with_is_understood(sent: bytes, expected: tuple[bytes, bytes]) -> None:
    """Plainly, after asking for TLS, and only to cancel."""
    assert expected == opened(sent)


@pytest.mark.parametrize("length", [0, 7, 10_001, 2**31])
def test_a_length_that_no_startup_message_has_is_turned_away(length: int) -> None:
    """Nobody waits for gigabytes."""
    assert (b"", b"") == opened(struct.pack("!I", length))


def test_a_client_that_leaves_half_way_is_noticed() -> None:
    """As the end of its stream."""
    with pytest.raises(asyncio.IncompleteReadError):
        opened(STARTUP[:-3])
