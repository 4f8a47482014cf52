"""The tutorial, typed as it stands: real commands, a real server, and every promised line and exit code."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.docs.snippets import DOCS, ROOT, Block, blocks, commands, missing

TUTORIAL = DOCS / "tutorial.md"
PORT = "8000"
"""The port in the text; the test takes a free one."""


@pytest.fixture
def port() -> str:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


class Shell:
    """A person at a shell in an empty folder."""

    def __init__(self, folder: Path, port: str) -> None:
        self.folder = folder / "my runbooks"
        self.folder.mkdir()
        self.port = port
        self.background: list[subprocess.Popen[bytes]] = []
        programs = folder / "bin"
        programs.mkdir()
        script = programs / "runbook"
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m engine.cli "$@"\n', encoding="utf-8")
        script.chmod(0o755)
        (programs / "python3").symlink_to(sys.executable)
        known = {name: value for name, value in os.environ.items() if not name.startswith("RUNBOOK_")}
        self.environ = known | {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "NO_COLOR": "1",
            "COLUMNS": "120",
        }

    def write(self, block: Block) -> None:
        """Put a file of the page where it says."""
        path = self.folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text.replace(PORT, self.port), encoding="utf-8")

    def type(self, typed: str) -> tuple[int, str]:
        """Type one command; return its exit code and all it says."""
        if typed.endswith(" &"):
            self.background.append(
                subprocess.Popen(["/bin/sh", "-c", f"exec {typed[:-2]}"], cwd=self.folder, env=self.environ)
            )
            self._await_port()
            return 0, ""
        done = subprocess.run(
            ["/bin/sh", "-c", typed],
            cwd=self.folder,
            env=self.environ,
            timeout=60,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return done.returncode, done.stdout

    def _await_port(self) -> None:
        while self.background[-1].poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", int(self.port)), timeout=5):
                return
        raise AssertionError("the server of the tutorial did not start")


@pytest.fixture
def shell(tmp_path: Path, port: str) -> Iterator[Shell]:
    """A shell whose background jobs end with the test."""
    made = Shell(tmp_path, port)
    yield made
    for job in made.background:
        job.terminate()
        job.wait(timeout=10)


def test_the_tutorial_does_what_it_says(shell: Shell) -> None:
    """Files are written and commands typed in the order of the page; outputs and exit codes are compared."""
    typed = 0
    for block in blocks(TUTORIAL):
        if block.file:
            shell.write(block)
        elif block.info == "console":
            steps = commands(block)
            for number, step in enumerate(steps, 1):
                code, output = shell.type(step.typed.replace(PORT, shell.port))
                last = number == len(steps) and block.mark.startswith("exit ")
                expected = int(block.mark.removeprefix("exit ")) if last else 0
                promised = [line.replace(PORT, shell.port) for line in step.promised]
                assert (expected, "") == (code, missing(promised, output)), (
                    f"{block}: $ {step.typed}\n{output}"
                )
                typed += 1
    assert typed >= 12


def test_the_first_runbook_is_at_most_twelve_lines() -> None:
    """The catalogue's environment counted in."""
    first = [block for block in blocks(TUTORIAL) if block.file.startswith("runbooks/")][:2]
    lines = [row for block in first for row in block.text.splitlines() if row and not row.startswith("#")]
    assert len(lines) <= 12
