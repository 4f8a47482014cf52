"""Time within one look, in virtual time."""

from __future__ import annotations

from engine.estate.in_process import InProcessClock
from engine.kinds.values import Instant
from tests.kinds.fakes import run


def test_time_passes_only_when_a_look_lets_it_and_is_forgotten_when_the_run_moves_on() -> None:
    """What the driver says holds again as soon as it says something else."""
    now = [Instant(1000.0)]
    clock = InProcessClock(lambda: now[0])
    before = clock.monotonic()
    run(clock.sleep(2.5))
    run(clock.sleep(-1.0))
    assert (2.5, Instant(1002.5)) == (clock.monotonic() - before, clock.now())
    now[0] = Instant(1001.0)
    assert Instant(1001.0) == clock.now()
    run(clock.sleep(0.5))
    assert Instant(1001.5) == clock.now()
