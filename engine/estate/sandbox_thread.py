"""A running sandbox for a program that blocks: its event loop lives in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from engine.estate.estate import EstateState
from engine.estate.fault import Fault
from engine.estate.sockets import Sandbox


class SandboxThread:
    """A sandbox in a thread with its own event loop, for a program that blocks."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)

    @property
    def urls(self) -> Mapping[str, str]:
        """Return the base URL of every service."""
        return self.sandbox.urls

    @property
    def state(self) -> EstateState:
        """Return the state of this moment (frozen, so safe to read from any thread)."""
        return self.sandbox.state

    def start(self) -> None:
        """Start it and return when every port is open; raises what hindered it."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Stop it and return when every process is gone."""
        if self._loop is None or self._stop is None:
            return
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def strike(self, fault: Fault) -> None:
        """Let a fault begin now, and return when it has; raises UsageError for an unknown one."""
        if self._loop is None:
            raise RuntimeError("the sandbox is not running")

        async def begin() -> None:
            self.sandbox.strike(fault)

        asyncio.run_coroutine_threadsafe(begin(), self._loop).result()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:
            self._failure = error
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with self.sandbox:
            self._ready.set()
            await self._stop.wait()
