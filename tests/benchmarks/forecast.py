"""How fast incidents are simulated: `python -m tests.benchmarks.forecast [ID] [N]` prints a table.

The floor is what every incident needs however little is decided: its records are folded once more into states, in
the same run on the same machine, a moment later. What stands above it is asking what should happen now, after each
of them, and drawing what becomes of it. Processor time counts, since a busy machine slows only the clock's.

The goal is 10,000 incidents in ten seconds on two cores.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time

from engine.app.library import Library
from engine.app.simulating import Setup, Watch, incident, set_up
from engine.app.workspace import Workspace
from engine.core.events import Happened
from engine.core.state import RunState, evolve

ROOT = Path(__file__).parents[2]
GOAL = 1000.0
"""Incidents a second, on two cores."""
CORES = 2


def main(runbook: str = "agent-sdk-down", n: int = 200) -> None:
    """Measure and print."""
    setup = set_up(Library(Workspace(ROOT, ROOT / ".runbook", {})), runbook, 0, "")
    incident(setup, 0)
    driven = floor = 0.0
    records = 0
    for number in range(n):
        started = process_time()
        incident(setup, number)
        driven += process_time() - started
        happened = recorded(setup, number)
        started = process_time()
        folded(happened)
        floor += process_time() - started
        records += len(happened)
    print(f"{runbook}: {n} incidents, {records / n:.0f} records each")
    print(f"  floor (folding the records)  {floor / n * 1000:7.2f} ms each")
    print(f"  simulated                    {driven / n * 1000:7.2f} ms each  {driven / floor:6.1f} x floor")
    print(f"  a second, on {CORES} cores          {CORES * n / driven:7.0f}          goal {GOAL:.0f}")


def recorded(setup: Setup, number: int) -> Sequence[Happened]:
    """Return the records of one incident: it is simulated again, which comes to the same."""
    found: list[Happened] = []

    class Recording(Watch):
        def __call__(self, happened: Happened, state: RunState) -> None:
            found.append(happened)
            super().__call__(happened, state)

    incident(setup, number, Recording())
    return found


def folded(happened: Sequence[Happened]) -> RunState:
    """Return the state after all records."""
    state = RunState()
    for one in happened:
        state = evolve(state, one)
    return state


if __name__ == "__main__":
    words = sys.argv[1:]
    main(words[0] if words else "agent-sdk-down", int(words[1]) if len(words) > 1 else 200)
