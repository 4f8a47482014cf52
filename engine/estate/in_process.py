"""The estate in virtual time: a `World` that asks the pure stand-ins and never waits.

Every call completes at once; what it would have taken is in the reply's `seconds` (or the exception's), and
whoever drives the run moves the clock by that much.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from engine.estate.beyond import NoCommands, NoDns, NoFiles, NoRuns, NoTls, ScriptedProofs
from engine.estate.estate import EstateState, advance, apply, handle
from engine.estate.fault import Fault
from engine.estate.in_process_sql import InProcessSql
from engine.estate.wire import Reply, Request, mapping, number, text
from engine.kinds.ports import (
    CannotLook,
    HttpReply,
    HttpRequest,
    McpCall,
    McpFault,
    McpReply,
    NoAnswer,
    NoAnswerReason,
    Tell,
    Timing,
)
from engine.kinds.values import Instant, Json

DRIP_SECONDS = 0.7  # for each byte
REFUSED_SECONDS = 0.01
_ACCEPT = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


@dataclass(slots=True)
class EstateHolder:
    """The one mutable thing: which state is current."""

    state: EstateState

    def ask(self, service: str, request: Request, now: float) -> Reply:
        """Let one request happen."""
        self.state, reply = handle(self.state, service, request, now)
        return reply

    def strike(self, fault: Fault, now: float) -> None:
        """Let one fault begin."""
        self.state = apply(advance(self.state, now), fault, now)

    def pass_time(self, now: float) -> None:
        """Let everything happen that is due."""
        self.state = advance(self.state, now)


class InProcessHttp:
    """HTTP to the stand-ins; the longest matching base URL names the service."""

    def __init__(
        self,
        estate: EstateHolder,
        routes: Mapping[str, str],
        clock: Callable[[], Instant],
        fill: Callable[[str], str],
    ) -> None:
        self._estate = estate
        self._routes = sorted(routes.items(), key=lambda route: -len(route[0]))
        self._clock = clock
        self._fill = fill

    async def send(self, request: HttpRequest) -> HttpReply:
        """Return the reply; raises NoAnswer."""
        url = self._fill(request.url)
        service = next((name for base, name in self._routes if _under(url, base)), None)
        if service is None:
            raise NoAnswer("dns", f"no such host in the sandbox: {urlsplit(url).netloc}", REFUSED_SECONDS)
        parts = urlsplit(url)
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        headers = {name: self._fill(value) for name, value in request.headers.items()}
        body = self._fill(request.body.decode()).encode() if b"${secrets." in request.body else request.body
        reply = self._estate.ask(service, Request.to(request.method, target, headers, body), self._clock())
        return received(reply, request.timeout, request.max_bytes)


class InProcessTcp:
    """Connections to the stand-ins' ports."""

    def __init__(
        self, estate: EstateHolder, ports: Mapping[tuple[str, int], str], clock: Callable[[], Instant]
    ) -> None:
        self._estate = estate
        self._ports = ports
        self._clock = clock

    async def dial(self, host: str, port: int, timeout: float) -> float:
        """Return the seconds a connection took; raises NoAnswer."""
        service = self._ports.get((host, port))
        if service is None:
            raise NoAnswer("dns", f"no such host in the sandbox: {host}:{port}", REFUSED_SECONDS)
        self._estate.pass_time(self._clock())
        if not self._estate.state.reachable(service):
            raise NoAnswer("refused", f"{host}:{port} refused the connection", REFUSED_SECONDS)
        return REFUSED_SECONDS


class InProcessMcp:
    """Tools of the MCP servers, spoken to in JSON-RPC like any client would."""

    def __init__(
        self, estate: EstateHolder, servers: Mapping[str, str], clock: Callable[[], Instant]
    ) -> None:
        self._estate = estate
        self._servers = servers
        self._clock = clock
        self._sessions: dict[str, str] = {}

    async def call(self, call: McpCall) -> McpReply:
        """Return the tool's answer; raises NoAnswer, CannotLook or McpFault."""
        service = self._servers.get(call.server)
        if service is None:
            raise CannotLook(f"MCP server {call.server} is not set up")
        spent = 0.0
        if service not in self._sessions:
            hello: Json = {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "engine"},
            }
            opened = self._post(service, "initialize", hello, call)
            self._sessions[service] = opened.headers.get("mcp-session-id", "")
            spent = opened.seconds
        params: Json = {"name": call.tool, "arguments": call.arguments}
        reply = self._post(service, "tools/call", params, call)
        seconds = spent + reply.seconds
        message = mapping(_parsed(reply, seconds))
        if "error" in message:
            error = mapping(message["error"])
            raise McpFault(int(number(error.get("code"), 0)), text(error.get("message")), seconds)
        result = mapping(message.get("result"))
        content = result.get("content")
        texts = [text(mapping(item).get("text")) for item in content] if isinstance(content, list) else []
        return McpReply("\n".join(texts), result.get("isError") is True, seconds)

    def _post(self, service: str, method: str, params: Json, call: McpCall) -> HttpReply:
        body: Json = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        headers = dict(_ACCEPT)
        if service in self._sessions:
            headers["mcp-session-id"] = self._sessions[service]
        request = Request.to("POST", "/mcp", headers, json.dumps(body).encode())
        return received(self._estate.ask(service, request, self._clock()), call.timeout, call.max_bytes)


class InProcessClock:
    """The time of the run, and how far ahead of it the look has come that is going on.

    What the driver knows is when a look began; within a long one, time passes by `sleep`. It is forgotten as
    soon as the driver moves on.
    """

    def __init__(self, clock: Callable[[], Instant]) -> None:
        self._clock = clock
        self._began = clock()
        self._ahead = 0.0

    def now(self) -> Instant:
        """Return the time at the stand-ins."""
        began = self._clock()
        if began != self._began:
            self._began, self._ahead = began, 0.0
        return began.after(self._ahead)

    def monotonic(self) -> float:
        """Return the same as a reading."""
        return float(self.now())

    async def sleep(self, seconds: float) -> None:
        """Let time pass at the stand-ins; nothing is awaited."""
        self.now()
        self._ahead += max(0.0, seconds)


class InProcessWorld:
    """Everything outside, in virtual time."""

    def __init__(
        self,
        estate: EstateHolder,
        *,
        routes: Mapping[str, str],
        clock: Callable[[], Instant],
        tell: Tell,
        fill: Callable[[str], str] = str,
        servers: Mapping[str, str] | None = None,
        ports: Mapping[tuple[str, int], str] | None = None,
    ) -> None:
        self.estate = estate
        self._time = InProcessClock(clock)
        self._http = InProcessHttp(estate, routes, self._time.now, fill)
        self._tcp = InProcessTcp(estate, ports or {}, self._time.now)
        self._mcp = InProcessMcp(estate, servers or {"fly": "fly-mcp"}, self._time.now)
        self._sql = InProcessSql(estate, self._time.now, fill)
        self._tell = tell

    @property
    def http(self) -> InProcessHttp:
        """Return HTTP."""
        return self._http

    @property
    def tcp(self) -> InProcessTcp:
        """Return TCP."""
        return self._tcp

    @property
    def mcp(self) -> InProcessMcp:
        """Return the MCP client."""
        return self._mcp

    @property
    def tell(self) -> Tell:
        """Return the channels the caller built."""
        return self._tell

    @property
    def tls(self) -> NoTls:
        """Return hand-shakes."""
        return NoTls()

    @property
    def dns(self) -> NoDns:
        """Return the name service."""
        return NoDns()

    @property
    def sql(self) -> InProcessSql:
        """Return databases."""
        return self._sql

    @property
    def commands(self) -> NoCommands:
        """Return programs."""
        return NoCommands()

    @property
    def files(self) -> NoFiles:
        """Return files."""
        return NoFiles()

    @property
    def clock(self) -> InProcessClock:
        """Return the clock."""
        return self._time

    @property
    def proofs(self) -> ScriptedProofs:
        """Return proofs of identity."""
        return ScriptedProofs()

    @property
    def runs(self) -> NoRuns:
        """Return other runs."""
        return NoRuns()


def received(reply: Reply, timeout: float, max_bytes: int) -> HttpReply:
    """Return what a client with this deadline gets; raises NoAnswer."""
    match reply.fault:
        case "refuse":
            raise NoAnswer("refused", "connection refused", REFUSED_SECONDS)
        case "hang":
            raise NoAnswer("timeout", f"no answer within {timeout:g}s", timeout)
        case "drip" if reply.after + DRIP_SECONDS * len(reply.body) > timeout:
            raise NoAnswer("timeout", f"reply not complete within {timeout:g}s", timeout)
        case "drip":
            return _within(reply, reply.after + DRIP_SECONDS * len(reply.body), timeout, max_bytes)
        case None:
            return _within(reply, reply.after, timeout, max_bytes)
        case _ if reply.after > timeout:
            raise NoAnswer("timeout", f"no answer within {timeout:g}s", timeout)
        case "garble":
            raise NoAnswer("garbled", "the reply is not HTTP", reply.after)
        case "reset" | "truncate":
            reason: NoAnswerReason = "reset"
            raise NoAnswer(reason, "connection closed before the reply was complete", reply.after)


def _within(reply: Reply, seconds: float, timeout: float, max_bytes: int) -> HttpReply:
    if seconds > timeout:
        raise NoAnswer("timeout", f"no answer within {timeout:g}s", timeout)
    if len(reply.body) > max_bytes:
        raise NoAnswer("too-large", f"body is larger than {max_bytes} bytes", seconds)
    return HttpReply(
        reply.status,
        reply.headers,
        reply.body,
        seconds,
        timing=Timing(first_byte=reply.after, body=seconds - reply.after),
    )


def _parsed(reply: HttpReply, seconds: float) -> Json:
    try:
        value: Json = json.loads(reply.body)
    except ValueError:
        raise NoAnswer("garbled", f"MCP server answered {reply.status} without JSON", seconds) from None
    return value


def _under(url: str, base: str) -> bool:
    base = base.rstrip("/")
    return url.startswith(base) and url[len(base) : len(base) + 1] in ("", "/", "?")
