"""The live world: its four capabilities, and that nothing stays open."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from engine.io.world.files import LocalFiles
from engine.io.world.http.socket_http import SocketHttp
from engine.io.world.mcp.clients import McpClients
from engine.io.world.network.dns import SocketDns
from engine.io.world.network.tcp import SocketTcp
from engine.io.world.network.tls import SocketTls
from engine.io.world.programs.commands import LocalCommands
from engine.io.world.proofs import LocalProofs
from engine.io.world.runs import FolderRuns
from engine.io.world.secrets import Secrets
from engine.io.world.sockets import SocketWorld
from engine.io.world.sql.socket_sql import SocketSql
from engine.io.world.tell import Channel, Channels
from engine.kinds.ports import CannotLook, HttpRequest, McpCall, Message, World
from tests.patience import PATIENCE

Serve = Callable[..., AbstractAsyncContextManager[str]]


def test_the_live_world_serves_all_ports_and_closes(serve: Serve, tmp_path: Path) -> None:
    """HTTP, TCP, MCP and messages through one object; its kept connections end with it."""
    bodies: list[bytes] = []
    hung_up = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := (await reader.readuntil(b"\r\n\r\n")).lower():
            length = next(
                (line[16:] for line in head.split(b"\r\n") if line[:16] == b"content-length: "), b"0"
            )
            bodies.append(await reader.readexactly(int(length)))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            await writer.drain()
            if head.startswith(b"get"):
                assert b"" == await reader.read()
                hung_up.set()
                return

    async def use() -> None:
        async with serve(answer) as url:
            secrets = Secrets({"HOOK": url + "/hook"})
            http = SocketHttp(secrets, "1.2.3")
            channel = Channel("team", "webhook", url="${secrets.HOOK}")
            tell = Channels({"team": channel}, http)
            live = SocketWorld(
                http=http,
                tcp=SocketTcp(),
                tls=SocketTls(),
                dns=SocketDns(),
                sql=SocketSql(secrets),
                commands=LocalCommands(secrets, tmp_path),
                files=LocalFiles(tmp_path),
                mcp=McpClients({}, secrets, "1.2.3"),
                tell=tell,
                proofs=LocalProofs(tell, bytes),
                runs=FolderRuns(tuple),
            )
            world: World = live
            assert b"ok" == (await world.http.send(HttpRequest(url))).body
            assert 0 < await world.tcp.dial("127.0.0.1", urlsplit(url).port or 0, 5)
            assert "HTTP 200" == await world.tell.send(Message("team", "k", "title", "${secrets.HOOK}"))
            with pytest.raises(CannotLook):
                await world.mcp.call(McpCall("none", "x", {}))
            await live.close()
            await asyncio.wait_for(hung_up.wait(), PATIENCE)

    asyncio.run(use())
    assert "${secrets.HOOK}" == json.loads(bodies[-1])["body"]
