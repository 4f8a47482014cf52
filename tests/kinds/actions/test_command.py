"""The command action: done, failed, and the ends that leave it open what has happened."""

from __future__ import annotations

import pytest

from engine.kinds.actions.command import CommandAction
from engine.kinds.ports import CannotLook, CommandReply, Output
from engine.kinds.program import Argument
from tests.kinds.fakes import performed


def action(exit: int | tuple[int, ...] = 0) -> CommandAction:
    """Return an action of a tool."""
    return CommandAction(command=(Argument("tool"),), exit=exit, parse="json")


def ended(exit: int, **more: object) -> CommandReply:
    """Return how a program ended."""
    return CommandReply(exit, Output(b'{"id": 7}', 9, "ab"), Output(), 0.5, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "exit", "outcome"),
    [
        (0, 0, "done"), (0, 1, "failed"), (0, 127, "failed"), (0, 128, "failed"), (0, 137, "unknown"),
        (0, 143, "unknown"), (0, 160, "failed"), (0, -9, "unknown"), (0, -15, "unknown"), (3, 3, "done"),
        (3, 0, "failed"), ((0, 2), 2, "done"), ((0, 2), 1, "failed"), (137, 137, "done"),
    ],
)  # fmt: skip
def test_the_exit_code_says_whether_it_is_done(
    wanted: int | tuple[int, ...], exit: int, outcome: str
) -> None:
    """A signal, also as a shell reports it, may have come in the middle of the work."""
    assert outcome == performed(action(wanted), ended(exit)).outcome


def test_a_program_that_hung_leaves_it_open() -> None:
    """Whatever its exit code was when it was ended."""
    done = performed(action(), ended(0, ended="timeout"), timeout=60)
    assert ("unknown", {}, b'{"id": 7}') == (done.outcome, dict(done.facts), done.body)
    assert done.summary.startswith("tool did not end within 60s and was stopped")


def test_facts_and_evidence_come_back() -> None:
    """For the steps that follow."""
    done = performed(action(), ended(0))
    assert ({"id": 7}, 0, "exit 0 in 500ms") == (done.facts["json"], done.facts["exit"], done.summary)


def test_a_program_that_cannot_start_has_changed_nothing() -> None:
    """The performer makes it a fail."""
    with pytest.raises(CannotLook):
        performed(action(), CannotLook("tool is not installed"))


def test_an_action_whose_offspring_was_ended_with_it_has_failed() -> None:
    """A restart that started nothing that lives is no restart; where it may leave something, it is done."""
    reply = CommandReply(0, Output(), Output(), 0.1, "exit", 1, 0)
    ended = performed(CommandAction(command=("sh", "restart.sh")), reply)
    assert "failed" == ended.outcome
    assert "leaves_running: true" in ended.summary
    assert CommandAction(command=("x",), leaves_running=True)._invocation().request(1.0).leaves_running
