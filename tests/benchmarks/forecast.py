"""How fast incidents are simulated: `python -m tests.benchmarks.forecast [ID] [N]` prints a table.

The goal is 10,000 incidents in ten seconds on two cores. Processor time is printed beside the clock's, since a
busy machine slows only the latter.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter, process_time

from engine.app.library import Library
from engine.app.simulating import incident, set_up
from engine.app.workspace import Workspace

ROOT = Path(__file__).parents[2]
GOAL = 1000.0
"""Incidents a second, on two cores."""
CORES = 2


def main(runbook: str = "agent-sdk-down", n: int = 200) -> None:
    """Measure and print."""
    library = Library(Workspace(ROOT, ROOT / ".runbook", {}))
    setup = set_up(library, runbook, 0, "")
    incident(setup, 0)
    wall, busy = perf_counter(), process_time()
    for number in range(n):
        incident(setup, number)
    wall, busy = perf_counter() - wall, process_time() - busy
    both = CORES * n / busy
    print(
        f"{'runbook':<24}{'n':>6}{'ms each (cpu)':>16}{'ms each (clock)':>17}{'a second, 2 cores':>19}{'goal':>7}"
    )
    print(f"{runbook:<24}{n:>6}{busy / n * 1000:>16.1f}{wall / n * 1000:>17.1f}{both:>19.0f}{GOAL:>7.0f}")


if __name__ == "__main__":
    words = sys.argv[1:]
    main(words[0] if words else "agent-sdk-down", int(words[1]) if len(words) > 1 else 200)
