"""What the kinds may ask of the outside: protocols, and the frozen data that crosses them.

A kind never imports a client library: it is handed a `World`. The live world opens sockets, the
in-process world of a drill asks pure stand-ins; a kind cannot tell which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.kinds.values import Json

NoAnswerReason = Literal["refused", "reset", "timeout", "dns", "tls", "garbled", "too-large"]


class NoAnswer(Exception):
    """The target gave no (complete) answer; `seconds` is how long we tried."""

    def __init__(self, reason: NoAnswerReason, detail: str, seconds: float) -> None:
        super().__init__(detail)
        self.reason: NoAnswerReason = reason
        self.detail = detail
        self.seconds = seconds


class CannotLook(Exception):
    """We could not even ask: no credential, no client, refused by policy. Always *unknown*."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request. Strings may hold `${secrets.NAME}`: the world reads the value at use.

    `timeout` is the total deadline in seconds, name look-up and body included.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    timeout: float = 10.0
    max_bytes: int = 1_000_000


@dataclass(frozen=True, slots=True)
class HttpReply:
    """One reply: header names in lower case, the body as received (identity encoding)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class Http(Protocol):
    """Plain HTTP; redirects are not followed."""

    async def send(self, request: HttpRequest) -> HttpReply:
        """Return the reply; raises NoAnswer or CannotLook."""
        ...


class Tcp(Protocol):
    """Connections, nothing sent."""

    async def dial(self, host: str, port: int, timeout: float) -> float:
        """Return the seconds it took to connect; raises NoAnswer."""
        ...


@dataclass(frozen=True, slots=True)
class McpCall:
    """One tool call on a configured MCP server (streamable HTTP)."""

    server: str
    tool: str
    arguments: Mapping[str, Json]
    timeout: float = 10.0
    max_bytes: int = 1_000_000


@dataclass(frozen=True, slots=True)
class McpReply:
    """The tool's answer: all text contents joined, and whether the tool called it an error."""

    text: str
    is_error: bool
    seconds: float


class McpFault(Exception):
    """The server answered with a protocol error object (`code`, `message`)."""

    def __init__(self, code: int, message: str, seconds: float) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.seconds = seconds


class Mcp(Protocol):
    """Tools of MCP servers."""

    async def call(self, call: McpCall) -> McpReply:
        """Return the reply; raises NoAnswer, CannotLook or McpFault."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """What a person is told, by which channel, with one dedup key for every retry."""

    channel: str
    dedup_key: str
    title: str
    body: str
    severity: str = ""
    timeout: float = 10.0


class Tell(Protocol):
    """Channels that reach people."""

    async def send(self, message: Message) -> str:
        """Deliver and return the receipt; raises NoAnswer or CannotLook."""
        ...


class World(Protocol):
    """Everything outside, one capability each."""

    @property
    def http(self) -> Http: ...
    @property
    def tcp(self) -> Tcp: ...
    @property
    def mcp(self) -> Mcp: ...
    @property
    def tell(self) -> Tell: ...
