"""What must hold in every drill of missing data, incorrect data and failures of a sync."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.core.events import Asked, Prompted
from engine.views.coverage import coverage
from tests.content.harness import case, drilled, library, runbook_of, settled, whole

OURS = ("missing-data", "incorrect-data", "sync-failures")
SCENARIOS = [name for name in sorted(library().workspace.scenario_files()) if runbook_of(name) in OURS]
EACH = [case(name) for name in SCENARIOS]
ALONE = {"restart-machine", "start-machine", "roll-back"}
APPROVED = {"pause-job", "reload-schema-cache", "refresh-index", "rerun-jobs"}
RARE = {
    ("cause", "own-network"),
    ("cause", "engineer"),
    ("source", "engineer"),
    ("where", "engineer"),
    ("stored-wrong", "engineer"),
    ("wrong-again", "documents"),
}
"""Our network goes away in the middle of a look, or what nobody can read at all."""


def changes(name: str) -> Iterator[tuple[str, Asked]]:
    """Yield every change that was carried out in a drill, by its operation."""
    for one in drilled(name).happened:
        if isinstance(one.event, Asked) and one.event.what == "action":
            yield one.event.change, one.event


@pytest.mark.parametrize("runbook", [whole(name) for name in OURS])
def test_every_cause_that_a_decision_can_name_is_practised(runbook: str) -> None:
    """Except what only a second failure brings in the middle."""
    names = [name for name in SCENARIOS if runbook_of(name) == runbook]
    missing = coverage(drilled(names[0]).plan, [drilled(name).happened for name in names]).missing
    left = {(one.step, one.target) for one in missing if one.outcome == "decided" and "/" not in one.step}
    assert set() == left - RARE


@pytest.mark.parametrize("runbook", [whole(name) for name in OURS])
def test_a_false_alarm_a_second_fault_and_nobody_answering_are_practised(runbook: str) -> None:
    """And that a green light after a repair is not believed."""
    ends = {name: drilled(name).state.finished for name in SCENARIOS if runbook_of(name) == runbook}
    assert any(end and end.end == "false-alarm" for end in ends.values())
    assert any(name.endswith("two-faults") for name in ends)
    assert any("answers" in name or "nobody" in name for name in ends)


@pytest.mark.parametrize("name", EACH)
def test_only_what_may_be_changed_is_changed_and_the_rest_with_approval(name: str) -> None:
    """No row, no right and no policy is ever changed by the engine; those are for people."""
    kinds = {
        (one.event.step, one.event.kind)
        for one in drilled(name).happened
        if isinstance(one.event, Prompted) and one.event.item == "consent"
    }
    for change, asked in changes(name):
        assert change in ALONE | APPROVED
        assert change in ALONE or (asked.step, "approve") in kinds


@pytest.mark.parametrize("name", EACH)
def test_resolved_is_what_was_proved(name: str) -> None:
    """A wait for the recovery has held, and what a person was told has its values filled in."""
    run = drilled(name)
    assert run.state.finished is not None
    assert run.state.finished.end != "resolved" or any(one.held for one in settled(run))
    said = [one.event.text for one in run.happened if isinstance(one.event, Prompted)]
    said += [
        str(one.event.args["text"])
        for one in run.happened
        if isinstance(one.event, Asked) and one.event.what == "message" and isinstance(one.event.args, dict)
    ]
    assert [] == [text for text in said if "${" in text or " null " in text]
