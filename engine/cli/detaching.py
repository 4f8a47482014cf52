"""A run in the background: another process of this command resumes it, without a terminal."""

from __future__ import annotations

import os
import subprocess
import sys

from engine.app.runs import RunFolder
from engine.cli.here import put, put_json
from engine.cli.session import Session


def detach(session: Session, folder: RunFolder, scenario: str, yes: bool, identity: str) -> int:
    """Start the process and say how to follow it."""
    workspace = session.here.workspace
    logs = workspace.made_state("detached", mode=0o700)
    log = logs / f"{folder.run}.log"
    words = [sys.executable, "-m", "engine", "resume", folder.run, "--wait", "--output", "json"]
    words += ["--answers-from", scenario] if scenario else []
    words += ["--as", identity] if identity else []
    words += ["--yes"] if yes else []
    environ = {**session.here.environ, "RUNBOOK_STATE": str(workspace.state.absolute())}
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as output:
        process = subprocess.Popen(  # noqa: S603  # our own command, arguments as a list
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, env=environ
        )
    session.here.opened()
    if session.rows:
        put(f" {folder.run} runs in the background (pid {process.pid})")
        put(f" runbook show {folder.run} --follow    runbook answer --run {folder.run}    log: {log}")
    else:
        put_json({"run": folder.run, "pid": process.pid, "log": str(log)})
    return 0
