"""Connections, nothing sent."""

from __future__ import annotations

from typing import Protocol


class Tcp(Protocol):
    """Connections, nothing sent."""

    async def dial(self, host: str, port: int, timeout: float) -> float:
        """Return the seconds it took to connect; raises NoAnswer."""
        ...
