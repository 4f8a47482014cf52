"""What may be drawn for people, and what sockets refuse to play."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.app import sandbox
from engine.app.drilling import drawn, live_drill, only_virtual, require_playable
from engine.app.library import Library
from engine.app.workspace import Workspace
from engine.cli.program import run as run_words
from engine.kinds.errors import UsageError
from tests.app.test_runs import NoFront
from tests.app.test_workspace import SCENARIO
from tests.cli.conftest import Command

FULL = "faults: [{service: database, kind: database-full}]\n"
SHOWS = "faults: [{service: database, kind: database-shows, params: {figures: {used_percent: 97}}}]\n"
TAGGED = "tags: [database, virtual]\n"
SEEDS = range(30)


@pytest.fixture
def write(root: Path) -> Callable[..., None]:
    """Return what writes a scenario for the runbook web-down."""

    def written(name: str, more: str = "") -> None:
        text = SCENARIO.replace("scenario: dark", f"scenario: {name}") + more
        (root / f"drills/{name}.yaml").write_text(text)

    return written


@pytest.mark.parametrize(
    ("more", "why"), [("", ""), (FULL, ""), (SHOWS, "database-shows"), (TAGGED, "virtual")]
)
def test_the_faults_or_the_tag_keep_a_scenario_from_sockets(
    workspace: Workspace, write: Callable[..., None], more: str, why: str
) -> None:
    """A fault needs no tag, and a tag needs no fault."""
    write("one", more)
    said = only_virtual(Library(workspace).scenario("one"))
    assert bool(why) == bool(said)
    assert why in said


def test_every_scenario_that_can_be_drawn_is_playable(
    workspace: Workspace, write: Callable[..., None]
) -> None:
    """Whatever the seed; for virtual time all of them can be drawn."""
    for name, more in {"dark": "", "full": FULL, "shown": SHOWS, "tagged": TAGGED}.items():
        write(name, more)
    names = {drawn(workspace, "web-down", seed) for seed in SEEDS}
    assert {"dark", "full"} == names
    for name in names:
        require_playable(Library(workspace).scenario(name))
    anywhere = {drawn(workspace, "web-down", seed, virtual=True) for seed in SEEDS}
    assert {"dark", "full", "shown", "tagged"} == anywhere


def test_the_same_seed_draws_the_same_scenario(workspace: Workspace, write: Callable[..., None]) -> None:
    """However many there are beside it that are never drawn."""
    for name in ("a", "b", "c"):
        write(name)
    before = [drawn(workspace, "web-down", seed) for seed in SEEDS]
    write("aa", SHOWS)
    assert before == [drawn(workspace, "web-down", seed) for seed in SEEDS]


def test_where_nothing_can_be_drawn_it_says_what_can_be_done(
    workspace: Workspace, write: Callable[..., None]
) -> None:
    """There are scenarios, and none for sockets."""
    write("shown", SHOWS)
    with pytest.raises(UsageError, match="every scenario for web-down") as refused:
        drawn(workspace, "web-down", 1)
    assert refused.value.hint.startswith("runbook drill web-down --virtual")


def test_a_scenario_for_virtual_time_breaks_no_sandbox(
    workspace: Workspace, write: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused before anything is started, with what to type."""
    write("shown", SHOWS)
    monkeypatch.setattr(sandbox, "up", lambda *rest, **more: pytest.fail("it was started"))
    with pytest.raises(UsageError, match="shown can be played in virtual time only") as refused:
        asyncio.run(live_drill(workspace, "shown", NoFront(), scripted=True))
    assert "runbook drill --scenario shown --virtual" == refused.value.hint


@pytest.mark.parametrize("words", [("--scenario", "shown"), ("web-down",)])
def test_the_command_says_so_in_a_line(
    runbook: Command,
    write: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
) -> None:
    """Named or to be drawn: exit 2, and nothing on the screen that says a drill began."""
    write("shown", SHOWS)
    monkeypatch.chdir(runbook.root)
    for name, value in runbook.environ.items():
        monkeypatch.setenv(name, value)
    assert 2 == run_words(["drill", *words])
    said = capsys.readouterr()
    assert "" == said.out
    assert "in virtual time only" in said.err
    assert "--virtual" in said.err
