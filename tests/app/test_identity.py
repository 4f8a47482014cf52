"""Who may say something: somebody in a role there is."""

from __future__ import annotations

import pytest

from engine.app.identity import check_role
from engine.app.rehearsing import rehearse
from engine.app.running import Options, start, take_up
from engine.app.workspace import Workspace
from engine.core.events import HandedOver, Noted, Person
from engine.kinds.errors import UsageError

ANN = Person(name="ann", role="reliability", identity="claimed")
EVE = Person(name="eve", role="relaibility", identity="claimed")
HINT = "did you mean 'reliability'?"


def test_an_unknown_role_is_refused_with_the_one_that_was_meant() -> None:
    """Where nothing is near, with all there are."""
    check_role(ANN, ["reliability"])
    with pytest.raises(UsageError, match="there is no role 'relaibility'") as refused:
        check_role(EVE, ["manager", "reliability"])
    assert HINT == refused.value.hint
    with pytest.raises(UsageError) as refused:
        check_role(Person(name="eve", role="x"), ["manager", "reliability"])
    assert "known: manager, reliability" == refused.value.hint


def test_a_role_may_be_left_out_only_where_there_are_none() -> None:
    """A catalogue without roles compares with nothing."""
    nobody = Person(name="eve", role="")
    check_role(nobody, [])
    check_role(EVE, [])
    with pytest.raises(UsageError, match="says no role") as refused:
        check_role(nobody, ["manager"])
    assert "--as eve:ROLE" in refused.value.hint


@pytest.mark.parametrize("said", ["eve:relaibility", "eve"])
def test_nothing_is_started_or_rehearsed_in_an_unknown_role(workspace: Workspace, said: str) -> None:
    """It is told before there is a run."""
    options = Options(environment="practice", identity=said)
    with pytest.raises(UsageError):
        start(workspace, "web-down", options)
    with pytest.raises(UsageError):
        rehearse(workspace, "web-down", options, {})
    assert not workspace.runs.exists() or [] == list(workspace.runs.iterdir())


def test_nothing_is_said_to_a_run_in_a_role_it_does_not_know(workspace: Workspace) -> None:
    """Not by note, not by taking it up, and it is handed to nobody in such a role."""
    folder, _, lease = start(workspace, "web-down", Options(environment="practice"))
    lease.release()
    before = folder.head()
    for event, by in ((Noted(text="x"), EVE), (HandedOver(to=EVE, reason="x"), ANN)):
        with pytest.raises(UsageError) as refused:
            folder.say(event, by)
        assert HINT == refused.value.hint
    with pytest.raises(UsageError):
        take_up(folder, "x", EVE)
    assert before == folder.head()
    assert not folder.driven()
    folder.say(Noted(text="x"), ANN)
    assert before != folder.head()
