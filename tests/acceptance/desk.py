"""A team's desk: a workspace of its own, the real command in it, and the sandbox it runs against.

Rules:
1. Everything is a process: nothing of the engine is imported, so that what is tested is what is typed.
2. Every process that a desk starts is gone when the desk is closed, and so is its sandbox.
3. The runbooks are the shipped ones. Only patience is cut (`HURRY`): an acceptance test waits for nobody.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent.parent
ENGINE = (sys.executable, "-m", "engine")
CONTENT = ("runbooks", "drills", "templates", "runbook.toml")
PACE = "2"
"""How much faster than real ones the stand-ins live. Faster, and Fly still says `starting` when it answers."""

HURRY: Mapping[str, Sequence[tuple[str, str]]] = {
    "runbooks/catalogue/environments.yaml": [(r"time_scale: \d+", "time_scale: 200")],
    # A person at the keyboard is not scaled; these answer at once.
    "drills/*.yaml": [(r"after: \d+[sm],", "after: 50ms,")],
    # A killed and resumed run may begin its soak again several times, in real seconds.
    "runbooks/incidents/agent-sdk-down.yaml": [
        (r"limit: \d+m\b", "limit: 10h"),
        # Of a process that hangs each look takes as long; of one that answers, even a slow machine takes less.
        (r"timeout: 45s", "timeout: 6s"),
        (r"timeout: 5s", "timeout: 4s"),
    ],
    "runbooks/catalogue/checks.yaml": [
        (r"(agent-(?:approvals|webhook):\n(?:    .*\n)*?    timeout:) 15s", r"\1 4s")
    ],
}

Event = Mapping[str, Any]
"""One line of `--output json`."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command that has ended said."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[Event]:
        """Return standard output as events."""
        return [json.loads(line) for line in self.out.splitlines()]


class Ended(AssertionError):
    """A command ended before what was waited for."""


class Executor:
    """A command that is still running; its lines are read as they come."""

    def __init__(self, command: Sequence[str], cwd: Path, environ: Mapping[str, str], errors: Path) -> None:
        self._errors = errors
        with errors.open("wb") as stderr:
            self.process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                encoding="utf-8",
            )
        self._lines: queue.Queue[str] = queue.Queue()
        self.seen: list[Event] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def until(self, wanted: Callable[[Event], bool], seconds: float = PATIENCE) -> Event:
        """Wait for the first event, from here on, that is wanted; fails when the command ends without it."""
        while True:
            line = self._lines.get(timeout=seconds)
            if not line:
                raise Ended(f"it ended before that; {self.tail()}")
            event: Event = json.loads(line)
            self.seen.append(event)
            if wanted(event):
                return event

    def until_asked(self, step: str) -> Event:
        """Wait for the question of a step and return its data."""
        data: Event = self.until(lambda one: one["type"] == "prompted" and one["data"]["step"] == step)[
            "data"
        ]
        return data

    def send(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """Kill it, as a power cut would, and wait until it is gone."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def end(self, seconds: float = PATIENCE) -> Said:
        """Wait for its end."""
        code = self.process.wait(seconds)
        self._reader.join(seconds)
        while not self._lines.empty():
            line = self._lines.get()
            if line:
                self.seen.append(json.loads(line))
        out = "\n".join(json.dumps(event) for event in self.seen)
        return Said(code, out, self._errors.read_text(encoding="utf-8"))

    def tail(self) -> str:
        """Return the last events and everything on standard error, for the message of a failure."""
        words = [f"{one['type']} {json.dumps(one['data'])[:160]}" for one in self.seen[-5:]]
        return "\n".join([*words, self._errors.read_text(encoding="utf-8")])

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                if line.endswith("\n"):  # a killed process may leave half a line
                    self._lines.put(line)
        self._lines.put("")


@dataclass(slots=True)
class Desk:
    """One workspace with its state folder, and whoever sits there: ann of reliability unless `--as` says otherwise."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)
    _executors: list[Executor] = field(default_factory=list)

    @classmethod
    def set_up(cls, root: Path) -> Desk:
        """Copy the shipped content into a folder, in a hurry."""
        root.mkdir(parents=True, exist_ok=True)
        for name in CONTENT:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, root / name)
            else:
                shutil.copy(source, root / name)
        for pattern, changes in HURRY.items():
            for old, new in changes:
                found = 0
                for path in root.glob(pattern):
                    text, count = re.subn(old, new, path.read_text(encoding="utf-8"))
                    path.write_text(text, encoding="utf-8")
                    found += count
                assert found, f"nothing to hurry in {pattern}: {old}"
        environ = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
        }
        environ |= {
            "PYTHONPATH": str(ROOT),
            "RUNBOOK_STATE": str(root / "state"),
            "RUNBOOK_AS": "ann:reliability",
        }
        return cls(root, environ)

    @property
    def state(self) -> Path:
        """Return the state folder."""
        return self.root / "state"

    def run_folder(self, run: str) -> Path:
        """Return the folder of one run."""
        return self.state / "runs" / run

    def say(self, *words: str, seconds: float = PATIENCE, **more: Any) -> Said:
        """Type a command and wait for its end; `more` goes to the process."""
        done = subprocess.run(
            [*ENGINE, *words],
            cwd=self.root,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            encoding="utf-8",
            timeout=seconds,
            **more,
        )
        assert "Traceback" not in done.stderr + done.stdout, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    def told(self, *words: str) -> Said:
        """Type a command that must succeed."""
        said = self.say(*words)
        assert 0 == said.code, (words, said)
        return said

    def begin(self, *words: str) -> Executor:
        """Type a command and leave it running."""
        errors = self.root / f"errors-{len(self._executors)}.txt"
        executor = Executor([*ENGINE, *words], self.root, self.environ, errors)
        self._executors.append(executor)
        return executor

    def break_sandbox(self, scenario: str = "") -> None:
        """Bring the sandbox up, broken as a scenario says; whatever it did before is forgotten."""
        self.effects_file.unlink(missing_ok=True)
        chosen = ("--scenario", scenario) if scenario else ()
        self.told("sandbox", "up", *chosen, "--pace", PACE, "--output", "json")

    @property
    def effects_file(self) -> Path:
        """Return where the targets write down what reached them."""
        return self.state / "sandbox" / "effects.jsonl"

    def effects(self, target: str = "") -> list[Event]:
        """Return what reached the targets, by their own account: changes, or what one other target took."""
        lines = (
            self.effects_file.read_text(encoding="utf-8").splitlines() if self.effects_file.exists() else []
        )
        found = [json.loads(line) for line in lines]
        if target:
            return [one for one in found if one["target"] == target]
        return [one for one in found if one["target"] not in ("pagerduty", "webhook")]

    def runs(self) -> list[Event]:
        """Return the runs, newest first."""
        return self.told("runs", "--output", "json").events

    def events(self, run: str) -> list[Event]:
        """Return everything that a run's record holds."""
        return self.told("show", run, "--output", "json").events

    def close(self) -> None:
        """End whatever is left running, the sandbox last."""
        for executor in self._executors:
            if executor.process.poll() is None:
                executor.kill()
        self.say("sandbox", "down")


def engine_processes(root: Path) -> Iterator[tuple[int, str]]:
    """Yield the processes of the engine or the estate that were started for a folder below `root`."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            about = words + (folder / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "-m engine" in words and str(root) in about and int(folder.name) != os.getpid():
            yield int(folder.name), words
