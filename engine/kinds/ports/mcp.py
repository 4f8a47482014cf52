"""Tools of MCP servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from engine.kinds.ports.faults import NoAnswer
from engine.kinds.values import Json


@dataclass(frozen=True, slots=True)
class McpCall:
    """One tool call on a configured MCP server."""

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
    structured: Json = None
    """The answer as data, where the tool gave one beside the text."""
    started: str = ""
    """The whole command of the server, where this call was the first to use it."""


class NotAsked(NoAnswer):
    """No answer came even before the tool was asked (at the greeting, or to the list): it has not run."""


class McpFault(Exception):
    """The server answered with a protocol error object (`code`, `message`).

    `asked` is false where that came before the tool was asked: it has certainly not run.
    """

    def __init__(self, code: int, message: str, seconds: float, asked: bool = True) -> None:
        super().__init__(message)
        self.asked = asked
        self.code = code
        self.message = message
        self.seconds = seconds


class Mcp(Protocol):
    """Tools of MCP servers."""

    async def call(self, call: McpCall) -> McpReply:
        """Return the reply; raises NoAnswer (NotAsked where that is certain), CannotLook or McpFault."""
        ...
