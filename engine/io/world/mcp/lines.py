"""JSON-RPC with one stdio server: a message is a line, an answer belongs to the request of its number.

Rules. A line that is no message (a banner, a log line) is passed over: the answer counts if it comes, and if
none comes the reason is *garbled*, not silence. What nobody asked for is bounded too. A server's `ping` is
answered; anything else it asks of us (sampling, roots, elicitation) is refused. Of its notifications only
`notifications/tools/list_changed` counts. A request that is given up is cancelled by the protocol's own word,
and its late answer is dropped.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.io.world.failures import Broken
from engine.io.world.mcp.server_process import ServerProcess, start
from engine.kinds.references import Absent
from engine.kinds.replies import as_mapping, first_line, read_json
from engine.kinds.values import Json

LATEST: Final = "2025-11-25"
"""The newest protocol with a handshake; a server answers with the one it wants to speak."""
UNASKED: Final = 1_000_000
"""Bytes between two answers that nobody asked for."""


class Refusal(Exception):
    """The server answered with an error object."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class _Waiting:
    answer: asyncio.Future[Mapping[str, Json]]
    limit: int


class Lines:
    """One conversation, from start to end of the process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.process = ServerProcess(name, self._heard, self._ended)
        self.changes = 0
        """How often the server said that its tools have changed."""
        self.strayed = ""
        """The first line since the last answer that was no message."""
        self._waiting: dict[int, _Waiting] = {}
        self._numbers = itertools.count(1)
        self._unasked = UNASKED
        self._over: Broken | None = None
        self._closed = asyncio.Event()

    async def start(self, command: tuple[str, ...], env: Mapping[str, str], root: Path | None) -> int:
        """Start the server and return the number of its process; raises CannotLook."""
        await start(self.process, command, env, root)
        return self.process.pid

    async def greet(self, version: str) -> None:
        """Shake hands; raises Broken or Refusal."""
        client: dict[str, Json] = {"name": "runbook-engine", "version": version}
        greeting: dict[str, Json] = {"protocolVersion": LATEST, "capabilities": {}, "clientInfo": client}
        try:
            reply = await self.ask("initialize", greeting, UNASKED)
        except Broken as broken:
            if broken.reason != "reset":
                raise
            # It never was there: what was to be asked has certainly not happened.
            raise Broken("refused", broken.detail.replace(" ended (", " ended at once (", 1)) from None
        if not isinstance(reply.get("protocolVersion"), str):
            raise Broken("garbled", f"what MCP server {self.name} sent is no greeting")
        self._send({"method": "notifications/initialized"})

    async def ask(self, method: str, params: Mapping[str, Json], limit: int) -> Mapping[str, Json]:
        """Return the result of a request; raises Broken or Refusal."""
        if not self.process.usable:
            await self._closed.wait()  # a moment at most: its last words may still be on the way
        if self._over is not None:
            raise self._over
        number = next(self._numbers)
        waiting = _Waiting(asyncio.get_running_loop().create_future(), limit)
        self._waiting[number] = waiting
        self.process.limit = max(UNASKED, *(one.limit for one in self._waiting.values())) + 1024
        self._unasked = max(UNASKED, limit)
        self._send({"id": number, "method": method, "params": dict(params)})
        try:
            return await waiting.answer
        except asyncio.CancelledError:
            if method != "initialize":
                given_up: dict[str, Json] = {"requestId": number, "reason": "the deadline has passed"}
                self._send({"method": "notifications/cancelled", "params": given_up})
            raise
        finally:
            del self._waiting[number]

    def instead(self) -> Broken | None:
        """Return what came where an answer should have come, if anything did."""
        if not self.strayed:
            return None
        return Broken("garbled", f"MCP server {self.name} wrote no message but {self.strayed!r}")

    def _send(self, message: Mapping[str, Json]) -> None:
        line = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":"), default=_plain)
        self.process.write(line.encode() + b"\n")

    def _heard(self, line: bytes) -> None:
        if not line.strip():
            return
        found = read_json(line)
        message = as_mapping(None if isinstance(found, Absent) else found)
        number, method = message.get("id"), message.get("method")
        if message.get("jsonrpc") != "2.0":
            self.strayed = self.strayed or first_line(line.decode("utf-8", "replace"), 60)
            self._bear(line)
        elif isinstance(method, str):
            self._asked(method, number)
            self._bear(line)
        elif type(number) is int and number in self._waiting:
            self._answer(self._waiting[number], message, len(line))
        else:
            self._bear(line)  # the late answer to a request that was given up

    def _answer(self, waiting: _Waiting, message: Mapping[str, Json], size: int) -> None:
        if waiting.answer.done():
            return
        self.strayed, self._unasked = "", UNASKED
        error, result = message.get("error"), message.get("result")
        if size > waiting.limit:
            problem: Exception = Broken("too-large", f"the reply is larger than {waiting.limit} bytes")
        elif isinstance(error, Mapping) and isinstance(error.get("code"), int):
            code, said = error["code"], error.get("message")
            problem = Refusal(code if isinstance(code, int) else 0, said if isinstance(said, str) else "")
        elif isinstance(result, Mapping):
            waiting.answer.set_result(result)
            return
        else:
            problem = Broken("garbled", f"what MCP server {self.name} sent is not an MCP reply")
        waiting.answer.set_exception(problem)

    def _asked(self, method: str, number: Json) -> None:
        if method == "notifications/tools/list_changed":
            self.changes += 1
        elif number is not None and method == "ping":
            self._send({"id": number, "result": {}})
        elif number is not None:
            self._send({"id": number, "error": {"code": -32601, "message": f"{method} is not offered"}})

    def _bear(self, line: bytes) -> None:
        self._unasked -= len(line)
        if self._unasked < 0:
            if self.strayed:
                trouble = Broken("garbled", f"MCP server {self.name} writes no messages, without end")
            else:
                trouble = Broken("too-large", f"MCP server {self.name} writes what nobody asked, without end")
            self.process.kill(trouble)

    def _ended(self, why: Broken) -> None:
        if why.reason == "reset" and self.strayed:
            why = Broken("garbled", f"{why.detail}; it wrote {self.strayed!r}")
        self._over = why
        self._closed.set()
        for waiting in self._waiting.values():
            if not waiting.answer.done():
                waiting.answer.set_exception(why)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
