"""What a program printed, on its way through the performer: whole, redacted, and kept from the journal."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from engine.core.events import Asked, Ended
from engine.core.moves import Perform
from engine.io.evidence import MemoryEvidence
from engine.io.performers.live import LivePerformer
from engine.io.redaction import Redactor
from engine.io.world.programs.commands import LocalCommands
from engine.io.world.secrets import Secrets
from engine.kinds.actions.command import CommandAction
from engine.kinds.checks.command import CommandCheck
from engine.kinds.program import Argument
from engine.kinds.uses import ActionUse, CheckUse
from engine.kinds.values import Duration, Instant
from tests.kinds.fakes import FakeWorld

TOKEN = "tok_9f3kQ7xL2mVb"


class OneWorld(FakeWorld):
    """A world with real programs."""

    port: LocalCommands

    @property
    def commands(self) -> LocalCommands:  # type: ignore[override]
        """The port for programs."""
        return self.port


def ended(folder: Path, use: CheckUse | ActionUse) -> tuple[Ended, bytes]:
    """Perform one command; return its record and its evidence."""
    world = OneWorld()
    world.port = LocalCommands(Secrets({"TOKEN": TOKEN}), folder, {"PATH": os.environ["PATH"]}, grace=0.5)
    redactor = Redactor({"TOKEN": TOKEN})
    evidence = MemoryEvidence(redactor)
    what = "check" if isinstance(use, CheckUse) else "action"
    asked = Asked(
        operation="look#1@1",
        step="look",
        item="",
        what=what,  # type: ignore[arg-type]
        title="Look",
        target="x",
        args={},
        digest="",
        due=Instant(0.0),
    )
    performer = LivePerformer(world, evidence, redactor)  # type: ignore[arg-type]
    record = asyncio.run(performer.perform(Perform(asked, use)))
    return record, b"".join(evidence.files.values())


def python(code: str, **more: object) -> CommandCheck:
    """Return a check that runs some Python."""
    argv = tuple(map(Argument, (sys.executable, "-c", code)))
    return CommandCheck(command=argv, read_only_because="a test", **more)  # type: ignore[arg-type]


def test_every_byte_is_in_the_evidence(tmp_path: Path) -> None:
    """All 256 values, in their order."""
    record, kept = ended(tmp_path, CheckUse(kind=python("import os; os.write(1, bytes(range(256)))")))
    assert ("pass", bytes(range(256))) == (record.outcome, kept)


def test_a_secret_that_was_printed_is_nowhere(tmp_path: Path) -> None:
    """Neither in the facts, nor in the reason, nor in the evidence."""
    code = "import os, sys; print(os.environ['KEY']); sys.exit('bad ' + os.environ['KEY'])"
    record, kept = ended(tmp_path, CheckUse(kind=python(code, env={"KEY": Argument("${secrets.TOKEN}")})))
    assert "fail" == record.outcome
    assert TOKEN not in str(record)
    assert (False, True) == (TOKEN.encode() in kept, b"--- stderr ---" in kept)


def test_what_is_sensitive_stays_out_of_the_journal(tmp_path: Path) -> None:
    """The evidence has it, the record only sizes and hashes."""
    kind = python("print('a name'); print('more')", parse="lines")
    record, kept = ended(tmp_path, CheckUse(kind=kind, sensitive=True))
    assert ("pass", b"a name\nmore\n") == (record.outcome, kept)
    assert "a name" not in str(record)
    assert 12 == record.facts["stdout_size"]


@pytest.mark.parametrize("effect", ["check", "action"])
def test_a_program_that_hangs_is_unknown_with_what_it_said(tmp_path: Path, effect: str) -> None:
    """Never a fail of the target, and of a change nobody can tell."""
    line = "import time; print('Password:', flush=True); time.sleep(60)"
    check = CheckUse(kind=python(line), timeout=Duration(0.5))
    argv = check.kind.command  # type: ignore[attr-defined]
    action = ActionUse(kind=CommandAction(command=argv), timeout=Duration(0.5))
    record, kept = ended(tmp_path, check if effect == "check" else action)
    assert ("unknown", b"Password:\n") == (record.outcome, kept)
    assert "did not end within 0.5s and was stopped; the last it said: Password:" in record.why


def test_a_program_that_is_not_there_is_unknown_for_a_check_and_failed_for_an_action(tmp_path: Path) -> None:
    """Nothing was started, so nothing can have changed."""
    argv = (Argument("no-such-program"),)
    check = CheckUse(kind=CommandCheck(command=argv, read_only_because="a test"))
    assert ("unknown", "failed") == (
        ended(tmp_path, check)[0].outcome,
        ended(tmp_path, ActionUse(kind=CommandAction(command=argv)))[0].outcome,
    )
