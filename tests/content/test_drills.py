"""What must hold in every shipped drill, in virtual time: nothing unsafe happens on the way to its end."""

from __future__ import annotations

import pytest

from engine.core.events import Answered, Asked, Ended, Prompted
from tests.content.harness import case, drill, drilled, library, settled

SCENARIOS = sorted(library().workspace.scenario_files())
EACH = [case(name) for name in SCENARIOS]


@pytest.mark.parametrize("name", EACH)
def test_no_change_is_made_that_nobody_agreed_to(name: str) -> None:
    """Each change follows a yes to a question that was bound to that very change."""
    run = drilled(name)
    agreed: set[str] = set()
    prompts: dict[str, Prompted] = {}
    for one in run.happened:
        match one.event:
            case Prompted():
                prompts[one.event.prompt] = one.event
            case Answered(choice="yes"):
                agreed |= set(prompts[one.event.prompt].digests)
            case Asked(what="action"):
                assert one.event.digest in agreed


@pytest.mark.parametrize("name", EACH)
def test_what_the_journal_says_was_changed_is_what_the_targets_saw(name: str) -> None:
    """The stand-ins count every change that took effect; the journal has neither more nor less.

    A machine that already has the image is left alone, and the journal says so. A change whose answer was lost
    is one that its reconcile has found.
    """
    run, estate = drill(name)
    asked = {one.event.operation: one.event for one in run.happened if isinstance(one.event, Asked)}
    ended = [one.event for one in run.happened if isinstance(one.event, Ended)]
    found = {
        (asked[one.operation].step, asked[one.operation].visit, asked[one.operation].item)
        for one in ended
        if one.operation in asked and one.outcome == "pass"
    }
    done = [
        asked[one.operation]
        for one in ended
        if (one.outcome == "done" and " already has " not in one.why)
        or (one.outcome == "unknown" and _reconciled(asked[one.operation]) in found)
    ]
    calls = {
        "start-machine": "start",
        "restart-machine": "restart",
        "restart-losing-approvals": "restart",
        "rerun-jobs": "rerun-failed-jobs",
    }
    made = [_by_kind(one) or calls.get(one.change, "") for one in done]
    assert sorted(filter(None, made)) == sorted(
        change.call for change in estate.changes if change.by == "api"
    )
    by_statement = {"end-sessions", "cancel-statement", "pause-job", "analyze-tables", "reload-schema-cache"}
    assert len(estate.database.written) == len([one for one in done if one.change in by_statement])


def _reconciled(asked: Asked) -> tuple[str, int, str]:
    """Return which look would tell whether a change has happened."""
    return asked.step, asked.visit, asked.item.replace("do.", "reconcile.")


def _by_kind(asked: Asked) -> str:
    """Return the call of an action that makes the same one under whatever operation of the policy."""
    image = isinstance(asked.args, dict) and asked.args.get("kind") == "fly_image"
    return "update-image" if image else ""


@pytest.mark.parametrize("name", EACH)
def test_no_run_ends_resolved_without_a_recovery_that_held(name: str) -> None:
    """Resolved is what was proved, not where the last arrow points."""
    run = drilled(name)
    held = [one for one in settled(run) if one.held]
    assert run.state.finished is not None
    assert run.state.finished.end != "resolved" or held


@pytest.mark.parametrize("name", EACH)
def test_every_question_a_person_is_asked_has_its_values_filled_in(name: str) -> None:
    """A raw reference on a screen at three in the morning is a riddle."""
    shown = [
        (one.event.step, text)
        for one in drilled(name).happened
        if isinstance(one.event, Prompted | Asked)
        for text in ([one.event.text] if isinstance(one.event, Prompted) else _message(one.event))
        if "${" in text
    ]
    assert [] == shown


def _message(asked: Asked) -> list[str]:
    if asked.what != "message" or not isinstance(asked.args, dict):
        return []
    return [str(asked.args["text"])]
