"""The clock of the live world."""

from __future__ import annotations

import asyncio

from engine.io.world.clock import SystemClock


def test_a_pause_lasts_at_least_as_long_and_lets_others_work() -> None:
    """A pause of nothing, or less, is none."""

    async def together() -> tuple[float, list[bool]]:
        clock = SystemClock()
        done = asyncio.Event()

        async def work() -> None:
            done.set()

        other = asyncio.create_task(work())
        began = clock.monotonic()
        await clock.sleep(0.0)
        await clock.sleep(-1.0)
        at_once = done.is_set()
        await clock.sleep(0.02)
        await other
        return clock.monotonic() - began, [at_once, done.is_set()]

    lasted, worked = asyncio.run(together())
    assert (True, [False, True]) == (0.02 <= lasted < 20.0, worked)
