"""The clock of the live world."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Time as it passes on this machine."""

    def monotonic(self) -> float:
        """Return the reading of the monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait; other work goes on meanwhile."""
        if seconds > 0:
            await asyncio.sleep(seconds)
