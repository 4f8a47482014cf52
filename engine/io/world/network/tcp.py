"""TCP connections: does the port accept, and how fast."""

from __future__ import annotations

import asyncio
from time import perf_counter

from engine.io.world.failures import answers
from engine.io.world.network.addresses import Addresses, dial
from engine.kinds.ports import Tcp


class SocketTcp(Tcp):
    """Connects and hangs up at once; sends nothing."""

    def __init__(self, addresses: Addresses | None = None) -> None:
        self._addresses = addresses or Addresses()

    async def dial(self, host: str, port: int, timeout: float) -> float:
        """Return the seconds it took to connect, name look-up included; raises NoAnswer or CannotLook."""
        started = perf_counter()
        with answers(f"{host}:{port}", timeout, started):
            async with asyncio.timeout(timeout):
                sock = await dial(await self._addresses.resolve(host, port))
            seconds = perf_counter() - started
            sock.close()
        return seconds
