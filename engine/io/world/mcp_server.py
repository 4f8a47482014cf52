"""One MCP server of the catalogue: where it is, and which of its tools may be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class McpServer:
    """One server; `url` and headers may hold `${secrets.NAME}`; only tools named in `tools` are called."""

    name: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    tools: tuple[str, ...] = ()
