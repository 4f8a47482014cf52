"""How fast incidents are simulated: `python -m tests.benchmarks.forecast [ID] [N]` prints a table.

Two runbooks: one of the workspace (with its sub-runbooks, soak and messages), and a plain one of 25 steps that is
made here. The goals are 10,000 incidents in ten seconds, and 100,000 of the plain one in thirty, on two cores.

Two floors are what every incident needs however little is decided, in the same run on the same machine, a moment
later: its records are folded once more into states, and the driver is asked as often for nothing. What stands
above them is asking what should happen now, and drawing what becomes of it. Each figure is the least of several
rounds, of processor time: a busy machine slows only the clock's.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any, cast
from unittest.mock import patch

from engine.app.library import Library
from engine.app.simulating import Setup, Watch, incident, set_up
from engine.app.workspace import Workspace
from engine.core.events import Happened
from engine.core.moves import Move
from engine.core.next import next_moves
from engine.core.state import RunState, evolve
from engine.io.drivers.unwritten import UnwrittenLedger
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.kinds.values import Instant

ROOT = Path(__file__).parents[2]
CORES = 2
ROUNDS = 3
STEPS = 25

CATALOGUE = """
environments: {production: {title: Production, real: true, variables: {}}}
services: {web: {title: Web, environments: {production: {url: "http://web.example.com"}}}}
roles:
  reliability: {title: Reliability, level: L1, may: []}
  manager: {title: Manager, level: L3, approves: [any], channel: desk}
channels: {desk: {type: webhook, url: "http://web.example.com/page"}}
severities: {SEV-2: {meaning: hurt, respond: 15m, ladder: [{role: manager, after: 4h}]}}
"""
PLAIN = """
runbook: plain
title: A plain runbook
service: web
severity: SEV-2
owner: manager
symptoms: [an error page]
steps:
"""
CASES = """
cases: plain
environment: production
tests:
  - {case: all is well, expect: {end: false-alarm}}
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """What one incident came to, on average."""

    records: float
    turns: float


def main(runbook: str = "agent-sdk-down", n: int = 200) -> None:
    """Measure and print."""
    measure(set_up(Library(Workspace(ROOT, ROOT / ".runbook", {})), runbook, 0, ""), runbook, n, 1000.0)
    with tempfile.TemporaryDirectory() as folder:
        measure(plain(Path(folder)), f"a plain runbook of {STEPS} steps", n, 100_000 / 30)


def measure(setup: Setup, title: str, n: int, goal: float) -> None:
    """Print the table of one runbook; the goal is in incidents a second."""
    stories = [recorded(setup, number) for number in range(n)]
    counts = counted(setup, n)
    driven = least(lambda: [incident(setup, number) for number in range(n)]) / n * 1000
    fold = least(lambda: [folded(story) for story in stories]) / n * 1000
    idle = least(lambda: idly(n * int(counts.turns))) / n * 1000
    records = counts.records
    print(f"{title}: {n} incidents, {records:.0f} records and {counts.turns:.0f} turns each")
    print(
        f"  simulated                      {driven:7.2f} ms each   {driven / records * 1000:6.1f} us a record"
    )
    print(f"  of it, folding the records     {fold:7.2f} ms each   {fold / records * 1000:6.1f} us a record")
    print(f"  of it, a driver with no moves  {idle:7.2f} ms each   {idle / records * 1000:6.1f} us a record")
    print(f"  a second, on {CORES} cores          {CORES * 1000 / driven:9.0f}   goal {goal:.0f}")


def least(work: Callable[[], object]) -> float:
    """Return the least processor time of several rounds."""
    times = []
    for _ in range(ROUNDS):
        started = process_time()
        work()
        times.append(process_time() - started)
    return min(times)


def recorded(setup: Setup, number: int) -> Sequence[Happened]:
    """Return the records of one incident."""
    found: list[Happened] = []

    class Recording(Watch):
        def __call__(self, happened: Happened, state: RunState) -> None:
            found.append(happened)
            super().__call__(happened, state)

    incident(setup, number, Recording())
    return found


def counted(setup: Setup, n: int) -> Counts:
    """Return how many records an incident has, and how often the core is asked for it."""
    asked = 0

    def asking(state: RunState, now: Instant, in_flight: Set[str]) -> tuple[Move, ...]:
        nonlocal asked
        asked += 1
        return next_moves(state, now, in_flight)

    with patch("engine.io.drivers.virtual.next_moves", asking):
        records = sum(len(recorded(setup, number)) for number in range(n))
    return Counts(records / n, asked / n)


def folded(happened: Sequence[Happened]) -> RunState:
    """Return the state after all records."""
    state = RunState()
    for one in happened:
        state = evolve(state, one)
    return state


def idly(turns: int) -> None:
    """Ask the driver as often as an incident does, for a run of which nothing is known: there is no move."""
    clock = VirtualClock(Instant(0.0))
    nobody = cast(Any, None)
    driver = VirtualDriver(UnwrittenLedger(clock.now, clock.monotonic), clock, nobody, nobody)
    for _ in range(turns):
        driver._turn()


def plain(root: Path) -> Setup:
    """Write a runbook of looks with a decision after every fourth, and plan it."""
    lines = []
    for number in range(1, STEPS + 1):
        last, target = number == STEPS, f"step-{number + 1}"
        if number % 5 == 0 and not last:
            row = f"{{if: {{step-{number - 1}.status: 200}}, go: {target}, why: it answers}}"
            lines.append(f"  step-{number}: {{title: Decide {number}, decide: [{row}], else: escalated}}")
        else:
            check = f'{{http: "${{service.url}}/{number}", expect: {{status: 200}}, timeout: 1m}}'
            then = "false-alarm" if last else target
            lines.append(
                f"  step-{number}: {{title: Look {number}, phase: diagnose, check: {check}, "
                f"then: {{pass: {then}, fail: escalated, unknown: escalated}}}}"
            )
    for folder in ("runbooks/incidents", "runbooks/catalogue"):
        (root / folder).mkdir(parents=True)
    (root / "runbooks/catalogue/all.yaml").write_text(CATALOGUE)
    (root / "runbooks/incidents/plain.yaml").write_text(PLAIN.lstrip() + "\n".join(lines) + "\n")
    (root / "runbooks/incidents/plain.cases.yaml").write_text(CASES.lstrip())
    return set_up(Library(Workspace(root, root / "state", {})), "plain", 0, "")


if __name__ == "__main__":
    words = sys.argv[1:]
    main(words[0] if words else "agent-sdk-down", int(words[1]) if len(words) > 1 else 200)
