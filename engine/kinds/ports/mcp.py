"""Tools of MCP servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

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
