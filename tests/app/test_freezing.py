"""Freezes on disk: the last word that is meant for an environment holds, and an unreadable one holds too."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.app.freezing import FILE, say, standing
from engine.app.surroundings import Surroundings
from engine.app.workspace import Workspace
from engine.core.events import Frozen, Person, PolicyRead, Thawed
from engine.core.state import RunState
from engine.kinds.errors import StorageError
from engine.kinds.values import Instant
from tests.core.play import plan_of

ANN = Person(name="ann", role="reliability", identity="claimed")
NOW = Instant.parse("2025-11-23T03:02:12Z")
RUNBOOK = 'one: {check: {http: "http://a/"}, then: {any: escalated}}'


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a catalogue of one rule."""
    catalogue = tmp_path / "runbooks" / "catalogue"
    catalogue.mkdir(parents=True)
    (catalogue / "policy.yaml").write_text("policy: [{consent: none, effects: [read]}]\n", encoding="utf-8")
    return Workspace.find(tmp_path, {})


def test_the_last_word_for_an_environment_holds(workspace: Workspace) -> None:
    """One for all, one for staging, and the thaw of it."""
    assert None is standing(workspace.state, "production")
    say(workspace, ANN, "migration", NOW, "", frozen=True)
    say(workspace, ANN, "done here", NOW, "staging", frozen=False)
    found = standing(workspace.state, "production")
    assert found
    assert ("ann (reliability)", "migration") == (found.who, found.reason)
    assert None is standing(workspace.state, "staging")
    assert 0o600 == (workspace.state / FILE).stat().st_mode & 0o777


def test_a_line_that_cannot_be_read_freezes(workspace: Workspace) -> None:
    """Better held than changed."""
    say(workspace, ANN, "over", NOW, "", frozen=False)
    with (workspace.state / FILE).open("a", encoding="utf-8") as file:
        file.write('{"frozen": fal\n')
    found = standing(workspace.state, "production")
    assert found
    assert "cannot be read" in found.reason


def test_a_freeze_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A file where the state folder should be."""
    (tmp_path / "runbooks").mkdir()
    (tmp_path / ".runbook").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="nothing was recorded"):
        say(Workspace.find(tmp_path, {}), ANN, "r", NOW, "", frozen=True)


def test_a_run_hears_of_a_freeze_once_and_of_its_end_once(workspace: Workspace) -> None:
    """As records; the core decides upon them."""
    around = Surroundings(workspace)
    state = RunState(plan=plan_of(RUNBOOK), started=Instant(4e9))
    assert () == around.news(state)
    say(workspace, ANN, "migration", NOW, "", frozen=True)
    assert (Frozen(reason="migration", who="ann (reliability)"),) == around.news(state)
    frozen = RunState(plan=state.plan, started=state.started, frozen="by ann")
    assert () == around.news(frozen)
    say(workspace, ANN, "through", NOW, "", frozen=False)
    assert [Thawed] == [type(one) for one in around.news(frozen)]


def test_a_run_hears_of_another_policy_once_and_a_broken_file_changes_nothing(workspace: Workspace) -> None:
    """Read only when a file's time is another one; half-written YAML is passed over."""
    policy = workspace.root / "runbooks" / "catalogue" / "policy.yaml"
    around = Surroundings(workspace)
    state = RunState(plan=plan_of(RUNBOOK), started=Instant(4e9))
    assert () == around.news(state)
    policy.write_text("policy: [{consent: refuse, effects: [change], why: never}]\n", encoding="utf-8")
    (found,) = around.news(state)
    assert isinstance(found, PolicyRead)
    assert ["refuse"] == [rule.consent for rule in found.policy]
    policy.write_text("policy: [{consent: ref", encoding="utf-8")
    assert () == around.news(state)
