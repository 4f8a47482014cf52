"""Data from outside in a command, through plan, journal and asking: an argument, never an option."""

from __future__ import annotations

import re

import pytest

from engine.core.events import Asked, Ended
from tests.core.play import Played, play

TEXT = """
look:
  check: {http: 'http://app.test/'}
  then: {any: act}
act:
  action: {command: [clean, '${look.json.name}'], operation: restart-machine, irreversible: it deletes}
  then: {done: resolved, any: stop}
stop: {check: {tcp: 'db:1'}, then: {any: escalated}}
"""


def played(name: object) -> Played:
    """Play the runbook against a server that says this name."""
    return play(TEXT, {}, "act=yes", facts={"look": {"json": {"name": name}}})


def commands(run: Played) -> list[str]:
    """Return the commands that were asked for."""
    return [one.command for one in run.events(Asked) if isinstance(one, Asked) and one.what == "action"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("m-1", "clean m-1"),
        (7, "clean 7"),
        ("$(reboot); x", "clean '$(reboot); x'"),
        ("${secrets.KEY}", "clean '$ {secrets.KEY}'"),
    ],
)
def test_a_value_from_outside_is_an_argument(name: object, line: str) -> None:
    """As it came, whatever it says."""
    assert [line] == commands(played(name))


@pytest.mark.parametrize("name", ["-rf", "--all", ["a", "b"], {"a": 1}, None])
def test_a_value_that_would_be_more_than_an_argument_is_never_run(name: object) -> None:
    """The performer never hears of it, and the record says why."""
    run = played(name)
    assert ([""], False) == (commands(run), "act" in run.performed)
    ended = [one for one in run.events(Ended) if isinstance(one, Ended) and one.operation.startswith("act")]
    assert ["failed"] == [one.outcome for one in ended]
    assert re.search(r"begins with '-', so it would be an option|an argument is one text", ended[0].why)
    assert "resolved" != run.end


def test_behind_two_dashes_a_value_may_begin_with_one() -> None:
    """The author has said that the program takes it for data."""
    run = play(
        TEXT.replace("[clean, ", "[clean, --, "), {}, "act=yes", facts={"look": {"json": {"name": "-rf"}}}
    )
    assert ["clean '--' '-rf'"] == commands(run)
