"""Servers that are no Postgres, or a bad one: every look ends in time, and nothing of the address is told."""

from __future__ import annotations

import asyncio
import ssl
import struct
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from engine.io.world.secrets import Secrets
from engine.io.world.sql.postgres_address import PostgresAddress
from engine.io.world.sql.socket_sql import SocketSql, fill_database
from engine.kinds.ports import CannotLook, NoAnswer, SqlRequest
from engine.kinds.ports.sql import NotCommitted
from tests.io.world.conftest import Serve
from tests.patience import PATIENCE

PASSWORD = "Kx7-never-shown"
TIMEOUT = 0.8


def frame(kind: bytes, body: bytes) -> bytes:
    """Return one message of a server."""
    return kind + struct.pack("!I", len(body) + 4) + body


LET_IN = frame(b"R", struct.pack("!I", 0)) + frame(b"K", b"\0" * 8)
READY = frame(b"Z", b"I")
WELCOME = LET_IN + frame(b"S", b"server_version\x0015.1\0") + READY


async def refuse_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the question for TLS with no, and read the start-up message."""
    await reader.readexactly(8)
    writer.write(b"N")
    await reader.readexactly(4)


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)


async def hang_after_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await refuse_tls(reader, writer)
    await reader.read(-1)


async def hang_after_welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await refuse_tls(reader, writer)
    writer.write(WELCOME)
    await asyncio.Event().wait()


async def nameless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await refuse_tls(reader, writer)
    writer.write(LET_IN + READY)
    await reader.read(-1)


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await refuse_tls(reader, writer)
    for byte in frame(b"S", b"server_version\0" + b"1" * 4000 + b"\0"):
        writer.write(bytes([byte]))
        await asyncio.sleep(0.05)


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(8)


async def hang_up_after_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await refuse_tls(reader, writer)


async def web_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(8)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await reader.read(-1)


async def garble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await refuse_tls(reader, writer)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await reader.read(-1)


async def noise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await refuse_tls(reader, writer)
    writer.write(WELCOME + bytes(range(255, 0, -1)) * 40)
    await reader.read(-1)


async def announce_gigabytes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await refuse_tls(reader, writer)
    writer.write(b"Z" + struct.pack("!I", 2**31 - 1) + b"x")
    await reader.read(-1)


async def broken_message(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await refuse_tls(reader, writer)
    writer.write(frame(b"R", b""))
    await reader.read(-1)


async def flood_rows(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await refuse_tls(reader, writer)
    writer.write(WELCOME)
    row = frame(b"D", struct.pack("!HI", 1, 60_000) + b"x" * 60_000)
    while True:
        writer.write(row)
        await writer.drain()


BAD: list[tuple[Callable[..., Awaitable[None]], set[str]]] = [
    (hang, {"timeout"}),
    (hang_after_tls, {"timeout"}),
    (hang_after_welcome, {"timeout"}),
    (drip, {"timeout"}),
    (nameless, {"garbled"}),
    (hang_up, {"reset"}),
    (hang_up_after_tls, {"reset"}),
    (web_server, {"tls"}),
    (garble, {"garbled"}),
    (noise, {"garbled"}),
    (announce_gigabytes, {"garbled"}),
    (broken_message, {"garbled"}),
    (flood_rows, {"garbled", "too-large"}),
]


def sql(**secrets: str) -> SocketSql:
    """Return the client."""
    return SocketSql(Secrets(secrets))


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(("handler", "reasons"), BAD, ids=lambda item: getattr(item, "__name__", ""))
def test_every_bad_server_ends_in_time(
    serve: Serve, handler: Callable[..., Awaitable[None]], reasons: set[str], write: bool
) -> None:
    """By the deadline, where the server never would; a change has then certainly not been committed."""

    async def look() -> tuple[NoAnswer, float]:
        async with serve(handler) as url:
            dsn = f"postgresql://app:{PASSWORD}@{url.removeprefix('http://')}/db"
            started = time.monotonic()
            statement = "update t set a = 1" if write else "select 1"
            with pytest.raises(NoAnswer) as caught:
                await sql().run(SqlRequest(dsn, statement, timeout=TIMEOUT, write=write))
            return caught.value, time.monotonic() - started

    lost, seconds = asyncio.run(look())
    assert lost.reason in reasons
    assert seconds < PATIENCE
    assert write == isinstance(lost, NotCommitted)
    assert PASSWORD not in f"{lost!r}{lost.detail}{lost.__cause__!r}"


def test_nobody_there_refuses(unused_port: int) -> None:
    """Like any closed port."""
    with pytest.raises(NoAnswer, match="refused") as caught:
        asyncio.run(
            sql().run(SqlRequest(f"postgresql://a:{PASSWORD}@127.0.0.1:{unused_port}/db", "select 1"))
        )
    assert "refused" == caught.value.reason


@pytest.fixture
def unused_port() -> int:
    """A port nobody listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_name_is_judged_by_our_own_addresses() -> None:
    """The metadata service of a cloud is never asked, in any spelling."""
    for host in ("169.254.169.254", "[::ffff:169.254.169.254]"):
        with pytest.raises(CannotLook, match="never asked"):
            asyncio.run(sql().run(SqlRequest(f"postgresql://a@{host}/db?sslmode=disable", "select 1")))


@pytest.mark.parametrize("mode", ["verify-full", "verify-ca", "require"])
def test_tls_is_asked_for_and_verified_as_the_address_says(
    serve: Serve, certificate: tuple[Path, Path], mode: str
) -> None:
    """A certificate signed by nobody is refused, unless only encryption was asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"S")
        await writer.start_tls(context)
        await reader.readexactly(4)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read(-1)

    async def look() -> NoAnswer:
        async with serve(upgrade) as url:
            dsn = f"postgresql://app:{PASSWORD}@{url.removeprefix('http://')}/db?sslmode={mode}"
            with pytest.raises(NoAnswer) as caught:
                await sql().run(SqlRequest(dsn, "select 1", timeout=TIMEOUT))
            return caught.value

    if mode == "require":
        assert "garbled" == asyncio.run(look()).reason
    else:
        lost = asyncio.run(look())
        assert "tls" == lost.reason
        assert "self-signed" in lost.detail


@pytest.mark.parametrize(
    ("dsn", "mode"),
    [
        ("postgresql://a@db.example.com/x", "verify-full"),
        ("postgresql://a@127.0.0.1/x", "prefer"),
        ("postgresql://a@localhost/x", "prefer"),
        ("postgresql://a@[::1]:5/x", "prefer"),
        ("postgres://a@db.example.com/x?sslmode=require&pgbouncer=true&schema=public", "require"),
        ("postgresql:///x?host=/run/postgresql&user=a", "prefer"),
    ],
)
def test_an_address_is_read_as_libpq_reads_it(dsn: str, mode: str) -> None:
    """But away from this machine the server is verified by default."""
    assert mode == PostgresAddress.parse(dsn).sslmode


def test_the_parts_of_an_address() -> None:
    """Escapes are undone, and it shows itself without its password."""
    address = PostgresAddress.parse(f"postgresql://us%40er:p%3A{PASSWORD}@db.example.com:6543/my%20db")
    assert ("us@er", f"p:{PASSWORD}", "db.example.com", 6543, "my db") == (
        address.user, address.password, address.host, address.port, address.database,
    )  # fmt: skip
    assert PASSWORD not in f"{address!r}{address}"


@pytest.mark.parametrize(
    "dsn",
    ["", "db", "http://a@b/c", f"postgresql://a:{PASSWORD}@h1,h2/c", f"postgresql://:{PASSWORD}@h/c",
     f"postgresql://a:{PASSWORD}@/c", f"postgresql://a:{PASSWORD}@h:x/c", f"postgresql://a:{PASSWORD}@[x/c",
     f"postgresql://a:{PASSWORD}@h/c?sslmode=maybe", f"postgresql://a:{PASSWORD}@h:99999/c",
     f"postgresql://a:{PASSWORD}@h/c?sslmode=require&sslrootcert=/nowhere/{PASSWORD}"],
)  # fmt: skip
def test_a_bad_address_is_ours_and_not_shown(dsn: str) -> None:
    """We cannot look, and say how an address is written."""
    with pytest.raises(CannotLook) as caught:
        asyncio.run(sql(PG_URL=dsn or "value-of-nothing").run(SqlRequest("${secrets.PG_URL}", "select 1")))
    assert PASSWORD not in f"{caught.value!r}{caught.value.__cause__!r}"


def test_a_secret_may_be_a_part_of_an_address_but_not_of_the_host() -> None:
    """It is escaped, so that it cannot bend the rest."""
    secrets = Secrets({"PG_PASSWORD": f"{PASSWORD}@evil.example/x?host=evil", "PG_HOST": "evil.example.com"})
    filled = fill_database(secrets, "postgresql://app:${secrets.PG_PASSWORD}@127.0.0.1:1/db")
    address = PostgresAddress.parse(filled)
    assert ("127.0.0.1", f"{PASSWORD}@evil.example/x?host=evil") == (address.host, address.password)
    for bad in (
        "postgresql://${secrets.PG_HOST}/db",
        "postgresql://app@${secrets.PG_HOST}/db",
        "postgresql://app:${secrets.PG_PASSWORD}@${secrets.PG_HOST}:5432/db",
        "postgresql://app@db-${secrets.PG_HOST}.example.com/db",
    ):
        with pytest.raises(CannotLook, match="host"):
            fill_database(secrets, bad)


def test_a_missing_secret_is_named() -> None:
    """And nothing else."""
    with pytest.raises(CannotLook, match="PG_URL is not set"):
        asyncio.run(sql().run(SqlRequest("${secrets.PG_URL}", "select 1")))
