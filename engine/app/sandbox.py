"""The sandbox: the estate of stand-ins in a process of its own, found again by any terminal.

`up` starts it and writes `sandbox.json` into the state folder; `attach` reads that; `down` ends it. It
is a separate process so that a killed engine leaves the targets, and what was done to them, in place.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.app.workspace import Workspace
from engine.kinds.errors import StorageError, UsageError
from engine.kinds.values import Json

NAME = "sandbox.json"
START_SECONDS = 20.0
_LAUNCH = """
import os, subprocess, sys
out, log, *command = sys.argv[1:]
with open(out, "wb") as o, open(log, "wb") as e:
    p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=o, stderr=e, start_new_session=True)
print(p.pid, flush=True)
os._exit(0)
"""
"""Starts the sandbox as nobody's child, so that it outlives whoever started it."""


@dataclass(frozen=True, slots=True)
class SandboxInfo:
    """A running sandbox."""

    pid: int
    urls: Mapping[str, str]
    effects: Path
    scenario: str = ""


def attach(workspace: Workspace) -> SandboxInfo:
    """Return the running sandbox; raises UsageError when none is up."""
    info = find(workspace)
    if info is None:
        raise UsageError(
            "no sandbox is up", hint="`runbook sandbox up --scenario crash-loop-after-release` starts one"
        )
    return info


def find(workspace: Workspace) -> SandboxInfo | None:
    """Return the running sandbox, or None."""
    try:
        data = json.loads((workspace.state / NAME).read_text(encoding="utf-8"))
        info = SandboxInfo(int(data["pid"]), dict(data["urls"]), Path(data["effects"]), str(data["scenario"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return info if _alive(info.pid) else None


def up(
    workspace: Workspace,
    faults: Sequence[Mapping[str, Json]],
    scenario: str,
    pace: float = 1.0,
    *,
    postgres: bool = False,
) -> SandboxInfo:
    """Start a sandbox with these faults, instead of the one that is up; raises StorageError.

    A real Postgres takes a second to start: only where a runbook asks for `${sandbox.postgres}`.
    """
    try:
        down(workspace)
        folder = workspace.made_state("sandbox")
        return _started(workspace, folder, faults, scenario, pace, postgres)
    except (OSError, subprocess.CalledProcessError) as error:
        why = error.strerror if isinstance(error, OSError) else "it cannot be written to"
        hint = "set RUNBOOK_STATE to a folder that can be written"
        raise StorageError(f"{workspace.state}: {why}: no sandbox was started", hint=hint) from None


def _started(
    workspace: Workspace,
    folder: Path,
    faults: Sequence[Mapping[str, Json]],
    scenario: str,
    pace: float,
    postgres: bool,
) -> SandboxInfo:
    log = folder / "sandbox.log"
    command = [sys.executable, "-m", "engine.estate", "--state-dir", str(folder), "--pace", str(pace)]
    if postgres:
        command.append("--postgres")
    for fault in faults:
        command += ["--fault", json.dumps(fault)]
    out = folder / "urls.json"
    out.unlink(missing_ok=True)
    launched = subprocess.run(  # noqa: S603  # our own module, arguments are JSON
        [sys.executable, "-c", _LAUNCH, str(out), str(log), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    pid = int(launched.stdout)
    urls = _urls(pid, out, log)
    info = {"pid": pid, "urls": urls, "effects": str(folder / "effects.jsonl"), "scenario": scenario}
    (workspace.state / NAME).write_text(json.dumps(info), encoding="utf-8")
    return SandboxInfo(pid, urls, folder / "effects.jsonl", scenario)


def said(workspace: Workspace) -> str:
    """Return the last line the sandbox printed about itself."""
    log = workspace.state / "sandbox" / "sandbox.log"
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it said nothing"


def down(workspace: Workspace) -> bool:
    """End the sandbox and every process it started; say whether one was up."""
    info = find(workspace)
    (workspace.state / NAME).unlink(missing_ok=True)
    if info is None:
        return False
    for sig, patience in ((signal.SIGINT, 5.0), (signal.SIGKILL, 2.0)):
        try:
            os.killpg(info.pid, sig)
        except ProcessLookupError:
            return True
        end = time.monotonic() + patience
        while _alive(info.pid) and time.monotonic() < end:
            time.sleep(0.05)
    return True


def secrets(names: Sequence[str]) -> Mapping[str, str]:
    """Return made-up values for the sandbox, so that no real secret ever goes to a stand-in."""
    return {name: f"sandbox-value-of-{name.lower()}" for name in names}


def _urls(pid: int, out: Path, log: Path) -> Mapping[str, str]:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        line = out.read_text(encoding="utf-8") if out.exists() else ""
        if line.endswith("\n"):
            return {str(name): str(url) for name, url in json.loads(line).items()}
        if not _alive(pid):
            break
        time.sleep(0.02)
    words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    raise StorageError(f"the sandbox did not start: {words[-1] if words else 'it said nothing'}")


def _alive(pid: int) -> bool:
    try:
        reaped, _ = os.waitpid(pid, os.WNOHANG)
        if reaped == pid:
            return False
    except ChildProcessError:
        pass  # another process started it
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return _is_sandbox(Path(f"/proc/{pid}"))


def _is_sandbox(process: Path) -> bool:
    """Say whether it lives and is a sandbox: after a reboot, its number may be that of anything."""
    try:
        dead = (process / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
        words = (process / "cmdline").read_bytes()  # empty for a moment, while it is being started
        return not dead and (not words or b"engine.estate" in words)
    except (FileNotFoundError, ProcessLookupError):
        return not Path("/proc/self").exists()  # no /proc here, or it is gone by now
