"""Every line that is offered to copy, typed as it stands in the shell where it was offered.

That shell says nobody's role: the run was begun with `--as`, and neither `RUNBOOK_AS` nor `runbook.toml` names one.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.cli.program import run as run_words
from engine.kinds.errors import Exit
from tests.cli.conftest import Command

ANN = "ann:reliability"
TYPED = re.compile(r"(?:^|[`\s])(runbook [a-z-]+(?: [^`\n;]*)?)(?:`|\s*$)", re.MULTILINE)
STANDS_FOR = re.compile(r"\b(NAME|VALUE|COMMAND|CODE|ID|TEXT)\b")
OPEN_END = re.compile(r" {2,}|\.{3}|…")
"""A row of the front page that explains itself after the command."""


@dataclass(frozen=True)
class Shell:
    """A shell in the workspace in which nobody's role is set."""

    root: Path
    say: Callable[[], str]
    """What was written since it was last asked."""
    monkeypatch: pytest.MonkeyPatch

    def type(self, line: str) -> tuple[int, str]:
        """Type one line, split as a shell does; return its exit code and all it says."""
        program, *words = shlex.split(line)
        assert "runbook" == program
        code = run_words(words)
        return code, self.say()

    def type_in_a_copy(self, line: str, number: int) -> tuple[int, str]:
        """Type one line with the state as it is now, and leave that as it is."""
        copy = self.root / f"state-{number}"
        shutil.copytree(self.root / "state", copy)
        self.monkeypatch.setenv("RUNBOOK_STATE", str(copy))
        try:
            return self.type(line)
        finally:
            self.monkeypatch.setenv("RUNBOOK_STATE", str(self.root / "state"))


@pytest.fixture
def shell(runbook: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Return it; what is offered inside of it is not wrapped."""
    monkeypatch.chdir(runbook.root)
    for name, value in runbook.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("RUNBOOK_AS")
    monkeypatch.setenv("COLUMNS", "300")

    def said() -> str:
        out, err = capsys.readouterr()
        return f"{out}\n{err}"

    return Shell(runbook.root, said, monkeypatch)


def lines(text: str) -> list[str]:
    """Return the lines in a text that can be copied, once each, without what stands beside them."""
    found = (OPEN_END.split(one)[0].strip() for one in TYPED.findall(text))
    return list(dict.fromkeys(found))


def everything_offered(shell: Shell, *, approving: bool = False) -> list[str]:
    """Begin a run, look at it in every way there is, and return all lines that this offered."""
    looks = [
        "runbook run web-down --env practice --as " + ANN,
        "runbook answer",
        "runbook answer yes",
        "runbook show",
        "runbook runs",
        "runbook runs --output json",
        "runbook",
        f"runbook note 'they know' --as {ANN}",
        "runbook freeze --env production --reason later",
    ]
    looks += [] if approving else ["runbook answer 'restart#1.consent' yes"]
    text = "\n".join(shell.type(one)[1] for one in looks)
    return lines("\n".join(piece for row in text.splitlines() for piece in texts(row)))


def texts(row: str) -> list[str]:
    """Return what a person reads of a row: of a JSON object its texts, of an event of a run none."""
    if not row.startswith("{"):
        return [row]
    data = json.loads(row)
    return [] if "seq" in data else [value for value in data.values() if isinstance(value, str)]


def test_every_offered_line_is_taken_as_it_stands(shell: Shell) -> None:
    """A question about a change, its list, the end screen, the front page, the list of runs, and hints."""
    offered = everything_offered(shell)
    commands = {line.split()[1] for line in offered}
    assert {"answer", "resume", "abort", "show", "report", "verify", "thaw"} <= commands
    assert 3 == len([line for line in offered if " 'restart#1.consent' " in line])
    for number, line in enumerate(line for line in offered if not STANDS_FOR.search(line)):
        code, told = shell.type_in_a_copy(line, number)
        assert code in (Exit.RESOLVED, Exit.ENDED, Exit.WAITING), (line, code, told)


def test_a_line_with_a_word_that_stands_for_something_is_refused_in_a_line(shell: Shell) -> None:
    """Nobody is called NAME, and nobody typed COMMAND: pasted as it is, nothing is recorded."""
    (shell.root / "runbooks/incidents/web-down.yaml").write_text(
        (shell.root / "runbooks/incidents/web-down.yaml").read_text().replace("restart-machine", "deploy")
    )
    offered = everything_offered(shell, approving=True)
    approvals = [line for line in offered if line.startswith("runbook approve")]
    assert approvals
    for line in [*approvals, "runbook did -- COMMAND"]:
        code, told = shell.type(line)
        assert (Exit.USAGE, True) == (code, " stands for " in told), (line, told)
    assert not [line for line in offered if re.search(r"\b(CHOICE|PROMPT)\b", line)]


def test_where_the_settings_say_the_role_a_line_names_nobody(shell: Shell) -> None:
    """It is as short as it can be, and taken."""
    (shell.root / "runbook.toml").write_text(
        '[workspace]\nenvironment = "practice"\nrole = "reliability"\n', encoding="utf-8"
    )
    _, text = shell.type("runbook run web-down")
    offered = lines("\n".join(row for row in text.splitlines() if not row.startswith("{")))
    assert ["resume"] == [line.split()[1] for line in offered if " --" not in line and "resume" in line]
    assert not [line for line in offered if "--as" in line]
    _, listed = shell.type("runbook answer")
    assert not [line for line in lines(listed) if "--as" in line]


def test_a_broken_identity_hides_no_run(shell: Shell) -> None:
    """Neither a name that is none nor settings that cannot be read keep anybody from looking."""
    assert Exit.WAITING == shell.type(f"runbook run web-down --env practice --as {ANN}")[0]
    shell.monkeypatch.setenv("RUNBOOK_AS", "ann:re:li")
    for line in ("runbook show", "runbook runs", "runbook", "runbook answer"):
        code, told = shell.type(line)
        assert Exit.RESOLVED == code, told
    assert "--as ann:reliability" in told
    shell.monkeypatch.delenv("RUNBOOK_AS")
    (shell.root / "runbook.toml").write_text("[workspace]\nrol = 'x'\n", encoding="utf-8")
    for line in ("runbook show", "runbook runs", "runbook"):
        code, told = shell.type(line)
        assert Exit.RESOLVED == code, told
