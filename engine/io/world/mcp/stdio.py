"""The session with a stdio MCP server. Imported at first use only, with the types of the `mcp` package.

Rules. The server is started by the first call and lives as long as the run. A call that finds it dead starts
it afresh, once; a call during which it dies is over, and is never sent again: nobody can tell what it did.
Starting is not cut short by the deadline of a call, since the first start of a launcher downloads the server:
the next call waits for the same start. Its time is no part of a tool's `seconds`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter

import mcp_types as types

from engine.io.world.failures import Broken
from engine.io.world.mcp.answer import PAGES, reply_of, tools_of
from engine.io.world.mcp.lines import Lines, Refusal
from engine.io.world.mcp.pins import Listed, refuse_drift
from engine.io.world.mcp.server import McpServer, Sent, Start
from engine.io.world.mcp.server_process import INHERITED
from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook, McpCall, McpFault, McpReply
from engine.kinds.values import Json

_LIST_BYTES = 4_000_000  # of one page of tools
_TICKS = 5  # of the event loop, from the end of a pipe to our notice of it


class StdioSession:
    """One server's process and what was learnt from it."""

    def __init__(
        self,
        server: McpServer,
        secrets: Secrets,
        version: str,
        environ: Mapping[str, str],
        root: Path | None,
        on_start: Callable[[Start], None],
    ) -> None:
        self._server = server
        self._secrets = secrets
        self._version = version
        self._environ = environ
        self._root = root
        self._on_start = on_start
        self._lines: Lines | None = None
        self._opening: asyncio.Task[Lines] | None = None
        self._all: list[Lines] = []
        self._tools: tuple[Lines, int, tuple[Listed, ...]] | None = None
        self._told = ""

    async def call(self, call: McpCall, started: float, sent: Sent) -> McpReply:
        """Call a tool; raises Broken, CannotLook or McpFault."""
        lines = await self._open()
        if self._server.pins:
            refuse_drift(self._server, call.tool, await self._listed(lines))
        asked, sent.tool = perf_counter(), True
        parameters: dict[str, Json] = {"name": call.tool, "arguments": dict(call.arguments)}
        answer = await self._ask(lines, "tools/call", parameters, call.max_bytes)
        try:
            result = types.CallToolResult.model_validate(answer)
        except ValueError:
            raise self._garbled() from None
        told, self._told = self._told, ""
        reply = reply_of(result, perf_counter() - asked)
        return McpReply(reply.text, reply.is_error, reply.seconds, reply.structured, told)

    async def tools(self) -> tuple[Listed, ...]:
        """Return the tools the server lists; raises as `call` does."""
        return await self._listed(await self._open())

    def instead(self) -> Broken | None:
        """Return what came where an answer should have come, if anything did."""
        return self._all[-1].instead() if self._all else None

    async def end(self) -> None:
        """End the server and everything it started."""
        try:
            if self._opening is not None and not self._opening.done():
                self._opening.cancel()
                await asyncio.wait({self._opening})
        finally:
            await asyncio.gather(*(lines.process.end() for lines in self._all))

    async def _open(self) -> Lines:
        for _ in range(_TICKS):
            await asyncio.sleep(0)  # what the loop has not told us yet: it may have died meanwhile
        if self._lines is not None and self._lines.process.usable:
            return self._lines
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._start())
            self._opening.add_done_callback(_seen)
        try:
            self._lines = await asyncio.shield(self._opening)
        except Refusal as refusal:
            raise McpFault(refusal.code, refusal.message, 0.0) from None
        return self._lines

    async def _start(self) -> Lines:
        command = self._server.command
        if any("${" in word for word in command):
            raise CannotLook(
                f"the command of MCP server {self._server.name} holds a reference: "
                "any user can read a command, give secrets by `env`"
            )
        env = {name: self._environ[name] for name in INHERITED if name in self._environ}
        env |= {name: self._secrets.fill(value) for name, value in self._server.env.items()}
        lines = Lines(self._server.name)
        self._all.append(lines)
        try:
            pid = await lines.start(command, env, self._root)
            start = Start(self._server.name, self._server.line, pid)
            self._told = start.line
            self._on_start(start)
            await lines.greet(self._version)
        except BaseException:
            lines.process.kill()
            raise
        return lines

    async def _listed(self, lines: Lines) -> tuple[Listed, ...]:
        if self._tools is None or self._tools[:2] != (lines, lines.changes):
            changes = lines.changes  # a change during the reading makes this reading void
            self._tools = (lines, changes, await self._read(lines))
        return self._tools[2]

    async def _read(self, lines: Lines) -> tuple[Listed, ...]:
        found: list[Listed] = []
        parameters: dict[str, Json] = {}
        for _ in range(PAGES):
            answer = await self._ask(lines, "tools/list", parameters, _LIST_BYTES)
            try:
                page = types.ListToolsResult.model_validate(answer)
                found += tools_of(page.tools)
            except ValueError:
                raise self._garbled() from None
            if not page.next_cursor:
                return tuple(found)
            parameters = {"cursor": page.next_cursor}
        raise Broken("garbled", f"MCP server {self._server.name} lists tools without end")

    async def _ask(
        self, lines: Lines, method: str, parameters: Mapping[str, Json], limit: int
    ) -> Mapping[str, Json]:
        asked = perf_counter()
        try:
            return await lines.ask(method, parameters, limit)
        except Refusal as refusal:
            raise McpFault(refusal.code, refusal.message, perf_counter() - asked) from None

    def _garbled(self) -> Broken:
        return Broken("garbled", f"what MCP server {self._server.name} sent is not an MCP reply")


def _seen(task: asyncio.Task[Lines]) -> None:
    """Take note of how a start ended, where nobody waited for it any more."""
    if not task.cancelled():
        task.exception()
