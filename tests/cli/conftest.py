"""A small workspace with one runbook, the loopback service it is for, and the command itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent.parent

CATALOGUE = """
environments:
  practice: {{title: Practice, real: false, drills: true, variables: {{base: "{url}"}}}}
  production: {{title: Production, real: true, variables: {{base: "{url}"}}}}
services:
  web:
    title: Web
    environments:
      practice: {{url: "${{env.base}}"}}
      production: {{url: "${{env.base}}"}}
roles:
  reliability: {{title: Reliability, level: L1, may: [restart-machine]}}
  manager: {{title: Manager, level: L3, approves: [any], channel: desk}}
channels:
  desk: {{type: webhook, url: "${{service.url}}/page"}}
severities:
  SEV-1: {{meaning: down, respond: 5m, ladder: [{{role: manager, after: 2h}}]}}
  SEV-2: {{meaning: hurt, respond: 15m, ladder: [{{role: manager, after: 4h}}]}}
"""

RUNBOOK = """
runbook: web-down
title: The web service does not answer
service: web
severity: SEV-2
owner: manager
symptoms: [an error page]
triggers: [{alert: WebDown}]
budgets: {diagnose: 5m, mitigate: 10m, verify: 15m}
steps:
  look:
    title: What answers?
    phase: diagnose
    checks:
      health: {http: "${service.url}/health", expect: {status: 200}, timeout: 1m}
      vendor: {http: "${service.url}/vendor", expect: {status: 200}, timeout: 1m}
    then: {any: cause}
  cause:
    title: Whose fault is it?
    decide:
      - {if: {look.health.status: 503}, go: restart, why: "the process is stuck"}
    else: people
  people:
    title: Do users complain?
    ask: Do users still complain?
    options: {complain: "They do", quiet: "All quiet"}
    default: quiet
    then: {complain: restart, quiet: false-alarm}
  restart:
    title: Restart the web service
    phase: mitigate
    action:
      http: "${service.url}/restart"
      method: POST
      operation: OPERATION
      irreversible: a restart is not taken back
    then: recovered
  recovered:
    title: Two good answers in a row
    phase: verify
    wait:
      until: {http: "${service.url}/health", expect: {status: 200}, timeout: 1m}
      soak: {passes: 2, every: 100ms}
      limit: 10m
      recovery: true
    then: resolved
"""


class _Web(BaseHTTPRequestHandler):
    """Answers 503 on /health until it is restarted."""

    def do_GET(self) -> None:
        """Answer a look."""
        service: Service = self.server.service  # type: ignore[attr-defined]
        stuck = self.path == "/health" and service.stuck
        self._say(503 if stuck else 200)

    def do_POST(self) -> None:
        """Take a restart or a page."""
        service: Service = self.server.service  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers.get("content-length") or 0))
        service.posts.append(self.path)
        if self.path == "/restart":
            service.slow.wait(PATIENCE)
            service.stuck = False
        self._say(200)

    def _say(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@dataclass
class Service:
    """The service the runbook is for."""

    url: str = ""
    stuck: bool = True
    slow: threading.Event = field(default_factory=threading.Event)
    """Cleared: a restart takes until it is set."""
    posts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Command:
    """The `runbook` command in a workspace of its own."""

    root: Path
    service: Service
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        """Return what the command is started with."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        return {
            **kept,
            "PYTHONPATH": str(ROOT),
            "RUNBOOK_STATE": str(self.root / "state"),
            "RUNBOOK_AS": "ann:reliability",
            "TERM": "xterm",
        }

    @property
    def words(self) -> list[str]:
        """Return how it is started."""
        return [sys.executable, "-m", "engine"]

    def __call__(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end, with no terminal."""
        return subprocess.run(
            [*self.words, *words],
            cwd=self.root,
            env={**self.environ, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def agree(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Say yes to the open change from another terminal, having read its digest."""
        (asked,) = json.loads(self("answer", "--output", "json").stdout)
        return self("answer", asked["prompt"], "yes", "--digest", asked["digest"][:8], *words)

    def begun(self, *words: str) -> subprocess.Popen[str]:
        """Start it and return at once."""
        process = subprocess.Popen(
            [*self.words, *words],
            cwd=self.root,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def operation(self, name: str) -> None:
        """Let the runbook's change be another operation: one the operator may not decide alone."""
        (self.root / "runbooks/incidents/web-down.yaml").write_text(RUNBOOK.replace("OPERATION", name))


@pytest.fixture
def service() -> Iterator[Service]:
    """Return the service, stuck, on a free port of loopback."""
    known = Service()
    known.slow.set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Web)
    server.service = known  # type: ignore[attr-defined]
    known.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield known
    known.slow.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def runbook(tmp_path: Path, service: Service) -> Iterator[Command]:
    """Return the command in a workspace whose path has a space."""
    root = tmp_path / "a team"
    for folder in ("runbooks/incidents", "runbooks/catalogue", "drills"):
        (root / folder).mkdir(parents=True)
    (root / "runbooks/catalogue/all.yaml").write_text(CATALOGUE.format(url=service.url))
    command = Command(root, service)
    command.operation("restart-machine")
    yield command
    for process in command.processes:
        process.kill()  # one that a failing test has left behind
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
