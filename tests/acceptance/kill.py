"""`kill -9` at random moments of the sandbox run; the targets count what was done to them.

    python -m tests.acceptance.kill --rounds 50

Rules:
1. The moment is drawn as a place in the record plus some milliseconds, so that it means the same on a slow
   machine: every second round right behind the intent of the change, the others anywhere in the run, and one
   in eight while it is still starting.
2. Effects are counted by the targets. This file knows nothing of the engine but its command line.
3. Whoever is asked whether a lost change happened looks at the target and says what is true.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.acceptance.desk import Desk, Ended, Event, Executor, Said

RUNBOOK = "agent-sdk-down"
SCENARIOS = {"single-crash": "start", "process-hangs": "restart"}
"""Each with the one change it needs: the first may be repeated, the second may not."""
RECORDS = 160
"""About as many records as the shorter of the two runs has."""
KILLS = 3
"""How often, at most, a resumed run is killed again."""
TIMES = 12
"""How often a run may be taken up before it counts as stuck."""


@dataclass(slots=True)
class Round:
    """One run that was killed and resumed until it ended."""

    number: int
    scenario: str
    killed_behind: list[str] = field(default_factory=list)
    asked: str = ""
    """What the person who looked at the target said about a lost change."""
    changes: int = 0
    pages: int = 0
    end: str = ""
    problems: list[str] = field(default_factory=list)

    def expect(self, what: str, expected: object, seen: object) -> None:
        """Write down a difference."""
        if expected != seen:
            self.problems.append(f"{what}: expected {expected}, saw {seen}")


def play(desk: Desk, number: int, seed: int) -> Round:
    """Break the sandbox, run, kill, resume, and compare with what the targets saw."""
    rng = random.Random(f"{seed}/{number}")
    scenario = list(SCENARIOS)[number // 2 % len(SCENARIOS)]
    result = Round(number, scenario)
    people = ("--answers-from", scenario, "--output", "json")
    desk.break_sandbox(scenario)
    run = ""
    for attempt in range(TIMES):
        run = run or _run(desk)
        words = ("resume", run) if run else ("run", RUNBOOK, "--env", "sandbox")
        executor = desk.begin(*words, *people)
        if result.asked == "failed":
            _acknowledged(desk, run, executor)
        elif attempt == 0 or (attempt <= KILLS and rng.random() < 0.7):
            wanted: Callable[[Event], bool] | None
            if attempt == 0 and number % 8 == 4:
                wanted, pause = None, rng.uniform(0, 1)
            elif attempt == 0 and number % 2:
                wanted, pause = _change_intended, rng.uniform(0, 0.08)
            else:
                wanted, pause = _nth(rng.randrange(RECORDS) >> attempt), rng.uniform(0, 0.08)
            if _killed(executor, wanted, pause):
                last = executor.seen[-1] if executor.seen else None
                result.killed_behind.append(f"{last['seq']} {last['type']}" if last else "nothing yet")
        said = executor.end()
        result.expect("tracebacks", 0, said.err.count("Traceback"))
        if said.code == 4:
            run = run or _run(desk)
            _tell_the_truth(desk, run, result)
        elif said.code >= 0:
            break
        if result.problems:
            break
    _judge(desk, run or _run(desk), result, said)
    return result


def _killed(executor: Executor, wanted: Callable[[Event], bool] | None, pause: float) -> bool:
    """Kill behind the first event that is wanted and a pause; say whether it was still there to be killed."""
    try:
        if wanted is not None:
            executor.until(wanted)
        executor.process.wait(pause)
    except Ended:
        return False
    except subprocess.TimeoutExpired:
        executor.kill()
        return True
    return False


def _nth(number: int) -> Callable[[Event], bool]:
    seen: list[Event] = []

    def counted(event: Event) -> bool:
        seen.append(event)
        return len(seen) > number

    return counted


def _change_intended(event: Event) -> bool:
    return bool(event["type"] == "asked" and event["data"].get("effect") == "change")


def _run(desk: Desk) -> str:
    """Return the run, once it has a first record."""
    return next((str(one["run"]) for one in desk.runs() if one["runbook"]), "")


def _tell_the_truth(desk: Desk, run: str, result: Round) -> None:
    """Answer whether a lost change happened, having looked at the target."""
    questions = json.loads(desk.told("answer", "--run", run, "--output", "json").out)
    for one in questions:
        if one["kind"] == "happened":
            result.asked = "done" if _changes(desk, result) else "failed"
            desk.told("answer", "--run", run, one["prompt"], result.asked, "--digest", one["digest"])
        else:
            result.problems.append(f"nobody should have been asked: {one['prompt']} {one['text']}")


def _acknowledged(desk: Desk, run: str, executor: Executor) -> None:
    """Take what the runbook hands to the engineer: the run waits for that, and looks whether it is seen."""
    asked = executor.until(lambda one: one["type"] == "prompted" and one["data"]["kind"] == "acknowledge")
    desk.told("answer", "--run", run, str(asked["data"]["prompt"]), "ack", "--as", "eli:engineer")


def _changes(desk: Desk, result: Round) -> int:
    calls = Counter(one["call"] for one in desk.effects())
    return calls[SCENARIOS[result.scenario]]


def _judge(desk: Desk, run: str, result: Round, said: Said) -> None:
    events = desk.events(run)
    # The change: once, or not at all where a person saw that it never reached the target.
    result.changes = _changes(desk, result)
    intents = sum(map(_change_intended, events))
    expected = 0 if result.asked == "failed" else 1
    result.expect("changes at the target", expected, result.changes)
    result.expect("changes of any kind", expected, len(desk.effects()))
    if result.changes > intents:
        result.problems.append(f"{result.changes} changes for {intents} recorded intents")
    # Pages: a key for each escalation, however often its delivery was tried; its resolve has the same.
    told = Counter(one["dedup_key"] for one in desk.effects("pagerduty"))
    tried = Counter(
        one["data"]["args"]["dedup_key"]
        for one in events
        if one["type"] == "asked" and one["data"]["what"] == "message"
    )
    result.pages = len(told)
    for key, times in told.items():
        if times > tried[key]:
            result.problems.append(f"{key}: {times} pages for {tried[key]} recorded intents")
    # The end, and the record of it.
    ended = [one["data"]["end"] for one in events if one["type"] == "finished"]
    result.end = ", ".join(ended) or f"exit {said.code}"
    result.expect("end", ["escalated" if result.asked == "failed" else "resolved"], ended)
    verified = desk.say("verify", run)
    result.expect("verify", 0, verified.code)
    result.expect("sequence", list(range(1, len(events) + 1)), [one["seq"] for one in events])


def table(rounds: Sequence[Round]) -> str:
    """Return a line for each round, and what was wrong below it."""
    lines = ["round  scenario       kills  changes  pages  asked   end        killed behind record"]
    for one in rounds:
        behind = ", ".join(one.killed_behind)
        lines.append(
            f"{one.number:>5}  {one.scenario:<13}  {len(one.killed_behind):>5}  {one.changes:>7}  {one.pages:>5}  "
            f"{one.asked or '-':<6}  {one.end:<9}  {behind}"
        )
        lines += [f"       WRONG {problem}" for problem in one.problems]
    kills = sum(len(one.killed_behind) for one in rounds)
    wrong = sum(bool(one.problems) for one in rounds)
    lines.append(f"{len(rounds)} runs, {kills} kills, {wrong} wrong")
    return "\n".join(lines)


def main() -> int:
    """Play the rounds and print their table; 1 when one is wrong."""
    options = argparse.ArgumentParser(description="Kill -9 at random moments of the sandbox run.")
    options.add_argument("--rounds", type=int, default=50)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--jobs", type=int, default=2)
    given = options.parse_args()

    def played(number: int) -> Round:
        with tempfile.TemporaryDirectory(prefix="runbook-kill-") as folder:
            desk = Desk.set_up(Path(folder) / "workspace")
            try:
                one = play(desk, number, given.seed)
            finally:
                desk.close()
        print(table([one]).splitlines()[1], file=sys.stderr, flush=True)
        return one

    with ThreadPoolExecutor(given.jobs) as pool:
        rounds = list(pool.map(played, range(given.rounds)))
    print(table(rounds))
    return int(any(one.problems for one in rounds))


if __name__ == "__main__":
    sys.exit(main())
