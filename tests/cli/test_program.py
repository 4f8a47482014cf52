"""The whole command line: help, unknown words, and no traceback whatever is typed."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.cli import failures
from engine.cli.command_list import commands
from engine.cli.here import Here
from engine.cli.program import program, run
from engine.kinds.errors import (
    Exit,
    FileErrors,
    JournalDamaged,
    LeaseHeld,
    NobodyTold,
    Refused,
    StorageError,
    UsageError,
    Waiting,
)
from engine.kinds.findings import Finding, Located
from tests.cli.conftest import Command

NAMES = [one.name for one in commands()]


@pytest.fixture(autouse=True)
def empty_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a workspace without files, state and terminal."""
    (tmp_path / "runbooks").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNBOOK_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("RUNBOOK_DEBUG", raising=False)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The example is a line that begins with the command."""
    assert 0 == run([name, "--help"])
    output = capsys.readouterr().out
    assert "Example:" in output
    assert any(f"runbook {name}" in line for line in output.partition("Example:")[2].splitlines())


def test_an_unknown_command_suggests_the_one_that_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, one hint, exit 2."""
    assert Exit.USAGE == run(["reusme"])
    assert "error: there is no command 'reusme'\n  hint: did you mean 'resume'?\n" == capsys.readouterr().err


def test_an_unknown_option_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """click's own complaint in the form of ours."""
    assert Exit.USAGE == run(["runs", "--nonsense"])
    error = capsys.readouterr().err.splitlines()
    assert 2 == len(error)
    assert error[0].startswith("error: No such option")
    assert "  hint: `runbook runs --help` shows how" == error[1]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), Exit.USAGE),
        (FileErrors((Located(Finding("r", (), "m"), "f", 1, 1),)), Exit.FILE_ERRORS),
        (Waiting("x"), Exit.WAITING),
        (Refused("x"), Exit.REFUSED),
        (LeaseHeld("x"), Exit.REFUSED),
        (NobodyTold("x"), Exit.NOBODY_TOLD),
        (StorageError("x"), Exit.ENDED),
        (JournalDamaged("x"), Exit.ENDED),
        (IsADirectoryError(21, "Is a directory", "x.yaml"), Exit.FILE_ERRORS),
        (PermissionError(13, "Permission denied", "x.yaml"), Exit.FILE_ERRORS),
        (click.UsageError("x"), Exit.USAGE),
        (click.exceptions.Exit(3), 3),
        (KeyboardInterrupt(), Exit.INTERRUPTED),
        (click.Abort(), Exit.INTERRUPTED),
        (ZeroDivisionError("x"), Exit.BUG),
        (RecursionError("x"), Exit.BUG),
    ],
)
def test_every_error_has_its_exit_code_and_no_traceback(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table of exit codes."""
    assert code == failures.reported(error, Here())
    assert "Traceback" not in capsys.readouterr().err


def test_a_bug_says_that_the_run_is_intact_and_keeps_the_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The traceback is in the state folder; on the screen only with RUNBOOK_DEBUG=1."""
    here = Here(run="INC-1")
    try:
        raise ZeroDivisionError("no")
    except ZeroDivisionError as error:
        assert Exit.BUG == failures.reported(error, here)
    said = capsys.readouterr().err
    assert "error: a bug of ours: ZeroDivisionError: no; the run is intact: runbook resume INC-1" in said
    (kept,) = (tmp_path / "state" / "bugs").iterdir()
    assert "raise ZeroDivisionError" in kept.read_text()
    loud = Here(environ={**here.environ, "RUNBOOK_DEBUG": "1"})
    failures.reported(ZeroDivisionError("no"), loud)
    assert "ZeroDivisionError: no\n" in capsys.readouterr().err


def test_findings_are_shown_with_their_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """A broken file is told by its findings, not by their number alone."""
    failures.reported(
        FileErrors((Located(Finding("rule", (), "it is wrong"), "f.yaml", 3, 1, 1, "a: b"),)), Here()
    )
    error = capsys.readouterr().err
    assert "f.yaml:3:1" in error
    assert "it is wrong" in error


WORDS = st.one_of(
    st.sampled_from(
        [
            *(name for name in NAMES if name not in ("sandbox", "drill", "docs")),
            "--help",
            "--output",
            "json",
            "--run",
        ]
    ),
    st.sampled_from(
        ["--since", "--as", "--reason", "--digest", "--", "-", "", "x=y", "yes", "INC-1", "--follow"]
    ),
    st.text(max_size=8),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, max_size=5))
def test_no_command_line_gives_a_traceback(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    """Whatever is typed ends in an exit code of the table and never in a bug."""
    code = run(words)
    error = capsys.readouterr().err
    assert code in {0, 1, 2, 3, 4, 5}, (words, error)
    assert "Traceback" not in error


def test_the_group_is_built_without_importing_a_command() -> None:
    """The list of names comes from the folder."""
    for name in [name for name in sys.modules if name.startswith("engine.cli.commands.")]:
        del sys.modules[name]
    group = program()
    assert NAMES == group.list_commands(click.Context(group))
    assert [] == [name for name in sys.modules if name.startswith("engine.cli.commands.")]


def test_alone_it_says_what_to_do(runbook: Command) -> None:
    """The runbooks by what is seen, and the one command."""
    done = runbook()
    assert (0, "") == (done.returncode, done.stderr)
    assert "runbook run ID" in done.stdout
    assert "web-down  an error page" in done.stdout
