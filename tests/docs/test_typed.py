"""What pages tell to type, typed as it stands: real commands, a real server, every promised line and exit code."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from engine.app.workspace import content_root
from engine.render.skeleton import skeleton
from tests.docs.snippets import DOCS, ROOT, WRITTEN, Block, blocks, commands, missing
from tests.patience import PATIENCE

TUTORIAL = DOCS / "tutorial.md"
TYPED = [page for page in WRITTEN if any(block.info == "console" for block in blocks(page))]
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
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m engine "$@"\n', encoding="utf-8")
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
            timeout=PATIENCE,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return done.returncode, done.stdout

    def _await_port(self) -> None:
        while self.background[-1].poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", int(self.port)), timeout=PATIENCE):
                return
        raise AssertionError("the server of the tutorial did not start")


@pytest.fixture
def shell(tmp_path: Path, port: str) -> Iterator[Shell]:
    """A shell whose background jobs end with the test."""
    made = Shell(tmp_path, port)
    yield made
    for job in made.background:
        job.terminate()
        job.wait(timeout=PATIENCE)


@pytest.mark.parametrize("page", TYPED, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_does_what_it_says(page: Path, shell: Shell) -> None:
    """Files are written and commands typed in the order of the page; outputs and exit codes are compared."""
    for block in (one for one in blocks(page) if one.file and one.mark != "bad" and page != TUTORIAL):
        shell.write(block)
    for block in blocks(page):
        if block.file:
            shell.write(block)
        elif block.info == "console":
            _type(shell, block)


def _type(shell: Shell, block: Block) -> None:
    steps = commands(block)
    for number, step in enumerate(steps, 1):
        code, output = shell.type(step.typed.replace(PORT, shell.port))
        last = number == len(steps) and block.mark.startswith("exit ")
        expected = int(block.mark.removeprefix("exit ")) if last else 0
        promised = [line.replace(PORT, shell.port) for line in step.promised]
        assert (expected, "") == (code, missing(promised, output)), f"{block}: $ {step.typed}\n{output}"


def test_the_tutorial_has_something_to_type() -> None:
    """A renamed info string would make the test above pass without typing anything."""
    assert sum(len(commands(block)) for block in blocks(TUTORIAL) if block.info == "console") >= 12
    assert TUTORIAL in TYPED


def test_the_smallest_runbook_is_at_most_twelve_lines() -> None:
    """As its heading says."""
    first = next(block for block in blocks(TUTORIAL) if block.file.startswith("runbooks/incidents/"))
    assert len([row for row in first.text.splitlines() if row and not row.startswith("#")]) <= 12


def test_the_steps_the_tutorial_explains_are_those_of_the_skeleton() -> None:
    """Line by line, in the order of the file; lines may be left out."""
    (shown,) = [block for block in blocks(TUTORIAL) if block.info == "yaml" and not block.file]
    values = dict.fromkeys(("name", "title", "owner", "role", "today", "within"), "x")
    made = skeleton(
        "incident.yaml",
        content_root() / "templates",
        values
        | {
            "service": "site",
            "severity": "SEV-2",
            "severities": "SEV-1, SEV-2",
            "operation": "restart-service",
            "look": '"${service.url}/health"',
            "change": '"${service.url}/restart"',
        },
    ).splitlines()
    left = iter(made)
    assert [] == [row for row in shown.text.splitlines() if row not in left]
