"""The process of one machine: the app's pure stand-in over real memory, real time and a real exit code.

Run by the supervisor as `python -m engine.estate.process`. The first line on stdin is what lies on the disk
at boot; when stdin ends, whoever started this is gone, and so is the process. What lies outside the process
(secrets, dependencies) comes with every request as a snapshot.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from engine.estate import agent_service, chatwoot, dashboard, llamaindex
from engine.estate.memory import AgentMemory, Approval, DashboardMemory, LlamaMemory
from engine.estate.surroundings import Surroundings
from engine.estate.wire import Reply, Request

NOW = "x-estate-now"
AROUND = "x-estate-around"
WROTE = "x-estate-wrote"
_INTERNAL = frozenset((NOW, AROUND))


class Process:
    """The memory of one boot; requests are answered one at a time, and wait side by side."""

    def __init__(self, serves: str, approvals: tuple[Approval, ...], pace: float) -> None:
        self._serves = serves
        self._agent = AgentMemory(files=approvals)
        self._llama = LlamaMemory()
        self._dashboard = DashboardMemory()
        self._pace = pace
        self._lock = threading.Lock()

    def answer(
        self, request: Request, now: float, around: Surroundings
    ) -> tuple[Reply, tuple[Approval, ...]]:
        """Return the reply and the rows for the database, after the time the reply takes."""
        with self._lock:
            if self._serves == "llamaindex":
                self._llama, reply = llamaindex.handle(self._llama, request, now, around)
                wrote: tuple[Approval, ...] = ()
            elif self._serves == "chatwoot":
                reply, wrote = chatwoot.handle(request, now, around), ()
            elif self._serves == "dashboard":
                self._dashboard, reply = dashboard.serve(self._dashboard, request, now, around)
                wrote = ()
            else:
                self._agent, reply = agent_service.handle(self._agent, request, now, around)
                wrote = self._agent.wrote
        if reply.fault == "hang":
            threading.Event().wait()
        time.sleep(reply.after / self._pace)
        return reply, wrote


def handler(process: Process) -> type[BaseHTTPRequestHandler]:
    """Return the request handler class for one process."""

    class Handler(BaseHTTPRequestHandler):
        """One request of the proxy."""

        def handle_one_request(self) -> None:
            """Read one request, answer it, close."""
            self.raw_requestline = self.rfile.readline(65_537)
            if not self.raw_requestline or not self.parse_request():
                return
            self.close_connection = True
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length") or 0))
            kept = {name: value for name, value in headers.items() if name not in _INTERNAL}
            request = Request.to(self.command, self.path, kept, body)
            around = Surroundings.load(headers[AROUND])
            reply, wrote = process.answer(request, float(headers[NOW]), around)
            self._write(reply, wrote)

        def _write(self, reply: Reply, wrote: tuple[Approval, ...]) -> None:
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if wrote:
                self.send_header(WROTE, json.dumps([row.dump() for row in wrote]))
            self.send_header("content-length", str(len(reply.body)))
            with contextlib.suppress(ConnectionError):  # the client may have given up
                self.end_headers()
                self.wfile.write(reply.body)

    return Handler


def main() -> None:
    """Serve until told to exit, killed, or left alone."""
    options = argparse.ArgumentParser()
    options.add_argument("--serves", required=True)
    options.add_argument("--machine", required=True)
    options.add_argument("--pace", type=float, default=1.0)
    options.add_argument("--exit-after", type=float)
    options.add_argument("--exit-code", type=int, default=1)
    given = options.parse_args()
    rows = json.loads(sys.stdin.readline() or "[]")
    process = Process(given.serves, tuple(Approval.load(row) for row in rows), given.pace)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(process))
    server.daemon_threads = True
    threading.Thread(target=_exit_when_alone, daemon=True).start()
    if given.exit_after is not None:
        timer = threading.Timer(given.exit_after, _exit, (given.exit_code,))
        timer.daemon = True
        timer.start()
    print(f"port {server.server_address[1]}", flush=True)
    server.serve_forever()


def _exit_when_alone() -> None:
    sys.stdin.read()
    os._exit(0)


def _exit(code: int) -> None:
    if code == 128 + signal.SIGKILL:
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(code)


if __name__ == "__main__":
    main()
