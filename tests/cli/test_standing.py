"""What a person is told who leaves the runbook at a step."""

from __future__ import annotations

import pytest

from engine.app.running import Options, start
from engine.app.workspace import Workspace
from engine.cli.standing import follows
from tests.cli.conftest import Command

MITIGATED = (
    "what follows: the end; a change whose recovery nothing has proved ends mitigated, not resolved, "
    "and nobody is paged"
)


@pytest.mark.parametrize(
    ("step", "outcome", "says"),
    [
        ("look", "skipped", "what follows: cause"),
        ("look", "fail", "what follows: cause"),
        ("people", "complain", "what follows: restart"),
        ("people", "skipped", "what follows: it is handed over along the ladder"),
        ("restart", "skipped", "what follows: it is handed over along the ladder"),
        ("recovered", "limit", "what follows: it is handed over along the ladder"),
        (
            "recovered",
            "skipped",
            MITIGATED,
        ),
    ],
)
def test_what_follows_a_skip_is_said_in_a_line(runbook: Command, step: str, outcome: str, says: str) -> None:
    """A recovery that is skipped is none, though its way on is that of one that held."""
    workspace = Workspace.find(runbook.root, runbook.environ)
    folder, _, lease = start(workspace, "web-down", Options(environment="practice"))
    lease.release()
    assert says == follows(folder.state(), step, outcome)
