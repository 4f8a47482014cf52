"""What the access lists refuse is refused before anybody is asked."""

from __future__ import annotations

import pytest

from engine.core.events import Prompted, Settled
from engine.io.people import Line
from tests.core.play import ELI, Played, play

ACCESS = "guards: {access: {commands: [{run: git, sub: [log]}, {run: npx}]}}"
REFUSED = {
    "[bash, drain.py]": "program bash is not on the list (guards.access.commands)",
    "[git, push]": "'git push' is not on the list (guards.access.commands)",
    "'a | b', shell: true": "no line for the shell is allowed (guards.access.shell)",
}


def changed(command: str, operation: str, more: str = ACCESS) -> Played:
    """Play a runbook of one change, with somebody who would say yes."""
    text = (
        f"one: {{action: {{command: {command}, operation: {operation}, irreversible: r}}, "
        "then: {done: mitigated, any: escalated}}"
    )
    return play(text, {}, Line("yes", person=ELI), Line("yes"), more=more)


@pytest.mark.parametrize("operation", ["scale", "restart-machine"])
@pytest.mark.parametrize("command", REFUSED)
def test_what_the_lists_refuse_is_asked_of_nobody(command: str, operation: str) -> None:
    """Neither an approval nor a keypress is spent on it, and nothing is started."""
    played = changed(command, operation)
    settled = [one for one in played.events(Settled) if isinstance(one, Settled) and one.step == "one"]
    assert [("failed", f"refused by policy: {REFUSED[command]}")] == [(o.outcome, o.why) for o in settled]
    assert [] == [one for one in played.events(Prompted) if isinstance(one, Prompted) and one.step == "one"]
    assert "one.do.0" not in played.performed
    assert "escalated" == played.end


def test_what_the_lists_allow_is_asked() -> None:
    """The rule has a way through."""
    played = changed("[npx, drain]", "scale")
    assert [("approve", "engineer")] == [
        (one.kind, one.role) for one in played.events(Prompted) if isinstance(one, Prompted)
    ]
    assert "mitigated" == played.end


def test_one_refused_target_of_several_stops_the_change_before_the_first() -> None:
    """No change stands half made for the sake of a list that was known before."""
    text = (
        "one: {for_each: [log, push], action: {command: [git, '${each}'], operation: scale, irreversible: r}, "
        "then: {done: mitigated, any: escalated}}"
    )
    played = play(text, {}, Line("yes", person=ELI), more=ACCESS)
    assert [] == [name for name in played.performed if name.startswith("one")]
    assert "escalated" == played.end
