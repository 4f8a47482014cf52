"""`--observe` looks and changes nothing; `--dry-run` does not even look. Both say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.desk import Desk

RUN = ("run", "agent-sdk-down", "--env", "sandbox")
WATCHED = """\
import os, sys

def watch(event, arguments):
    if event == "socket.connect":
        with open(os.environ["CONNECTIONS"], "a") as file:
            file.write(f"{arguments[1]}\\n")

sys.addaudithook(watch)
"""


@pytest.fixture
def connections(desk: Desk) -> Path:
    """Where every command of this desk writes down each connection it opens, before it is opened."""
    folder = desk.root / "watched"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WATCHED, encoding="utf-8")
    desk.environ["PYTHONPATH"] = f"{folder}:{desk.environ['PYTHONPATH']}"
    desk.environ["CONNECTIONS"] = str(desk.root / "connections.txt")
    return desk.root / "connections.txt"


def test_a_dry_run_opens_no_connection_and_leaves_nothing_behind(desk: Desk, connections: Path) -> None:
    """No sandbox is up, and none is needed: the way is shown as if all were well."""
    as_text = desk.say(*RUN, "--dry-run", "--output", "text")
    as_json = desk.say(*RUN, "--dry-run", "--output", "json")
    assert (0, 0) == (as_text.code, as_json.code)
    assert "DRY RUN: nothing is asked" in as_text.out
    assert "dry-run" == as_json.events[0]["data"]["mode"]
    assert "finished" == as_json.events[-1]["type"]
    for said in (as_text, as_json):
        assert "nothing was asked, nothing was changed" in said.err
    assert not connections.exists()
    assert [] == [path for path in desk.state.rglob("*") if path.is_file()]


def test_observing_looks_for_real_and_changes_and_tells_nothing(desk: Desk, connections: Path) -> None:
    """The machine that is down stays down, although somebody consented; the change is named with its command."""
    desk.break_sandbox("single-crash")
    said = desk.say(*RUN, "--observe", "--answers-from", "single-crash", "--output", "json")
    assert "observe" == said.events[0]["data"]["mode"]
    assert connections.exists()
    asked = {one["data"]["operation"]: one["data"] for one in said.events if one["type"] == "asked"}
    ended = {one["data"]["operation"]: one["data"] for one in said.events if one["type"] == "ended"}
    changes = [name for name, one in asked.items() if one.get("effect") == "change"]
    assert ["start#1.do.0@1"] == changes
    assert "named" == ended[changes[0]]["outcome"]
    assert "/machines/148ed51278ea81/start" in ended[changes[0]]["why"]
    assert "fail" == ended["look#1.machines@1"]["outcome"]
    assert ([], [], []) == (desk.effects(), desk.effects("pagerduty"), desk.effects("webhook"))
    assert "OBSERVE: checks are real, changes are only" in desk.told("show").out


def test_the_two_are_not_mixed(desk: Desk) -> None:
    """Exit 2 before anything is begun."""
    said = desk.say(*RUN, "--observe", "--dry-run")
    assert (2, "") == (said.code, said.out)
    assert not (desk.state / "runs").exists()
