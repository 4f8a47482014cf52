"""What is worth trying on a step: every outcome, every expectation, everybody's answer, both sides of a bound."""

from __future__ import annotations

from pathlib import Path

from engine.app.step_testing import Bench
from engine.model.step_tests import StepTest, StepTests
from engine.render.step_tests_file import flow, plain_test
from engine.views.step_candidates import Trying, needs
from tests.app.websteps import RUNBOOK, library


def tried(root: Path, step: str, before: str = "", after: str = "") -> list[str]:
    """Return what is tried on a step of the small runbook, as it would be written."""
    assert before in RUNBOOK
    bench = Bench(library(root, "", RUNBOOK.replace(before, after, 1) if before else RUNBOOK))
    plan, state = bench.start(StepTests(runbook="web-down", tests={}), StepTest())
    base = next(needs(plan, plan.steps[step]))
    found = Trying(state, plan, plan.steps[step], base).tests()
    return [flow(plain_test(one)) for one in found]


def test_each_expectation_of_a_check_fails_alone(tmp_path: Path) -> None:
    """All good at their boundaries first; then silence, and what nobody could see."""
    assert [
        "{given: {health: {facts: {status: 200, seconds: 4}}, vendor: {facts: {status: 200}}}}",
        "{given: {health: {facts: {status: 201}}}}",
        "{given: {health: {facts: {seconds: 5}}}}",
        "{given: {health: timeout}}",
        "{given: {health: unknown}}",
        "{given: {vendor: {facts: {status: 201}}}}",
        "{given: {vendor: timeout}}",
        "{given: {vendor: unknown}}",
    ] == tried(tmp_path, "look")


def test_a_person_who_can_look_is_tried_too(tmp_path: Path) -> None:
    """What they see is judged like what the engine sees."""
    found = tried(
        tmp_path,
        "look",
        "timeout: 9s}",
        "timeout: 9s, look: {question: What is it?, facts: {status: The code}}}",
    )
    assert (
        "{given: {health: unknown}, people: [{item: look, answer: seen, values: {status: 200, seconds: 4}}]}"
        in found
    )


def test_a_soak_is_broken_once_and_never_holds_once(tmp_path: Path) -> None:
    """So that passes, pauses and the limit all decide something."""
    assert [
        "{given: {check: {facts: {status: 200}}}}",
        "{given: {check: fail}}",
        "{given: {check: [pass, fail, pass]}}",
        "{given: {check: [timeout, pass]}}",
        "{given: {check: [{facts: {status: 201}}, pass]}}",
        "{given: {check: [{facts: {status: 199}}, pass]}}",
        "{given: {check: [{facts: {status: 503}}, pass]}}",
    ] == tried(tmp_path, "recovered")


def test_a_change_is_agreed_to_refused_done_by_hand_failed_and_in_doubt(tmp_path: Path) -> None:
    """And its reconcile check is asked on both sides; its watch stops it; somebody else's change is seen."""
    found = tried(
        tmp_path, "restart", "action: {use: restart}",
        "watch: {http: 'http://x.example', expect: {status: {lt: 500}}}, action: {use: restart}",
    )  # fmt: skip
    assert {
        "{}",
        "{people: [{item: consent, answer: no}]}",
        "{people: [{item: consent, answer: hand}]}",
        "{people: []}",
        "{given: {do: failed}}",
        "{given: {do: unknown, reconcile: {facts: {status: 200}}}}",
        "{given: {do: unknown, reconcile: {facts: {status: 201}}}}",
        "{given: {do: unknown, reconcile: timeout}}",
        "{given: {watch: {facts: {status: 500}}}}",
        "{given: {watch: fail}}",
    } <= set(found)


def test_every_change_that_can_be_taken_back_is(tmp_path: Path) -> None:
    """Or not: refused, failed, and not proved."""
    found = tried(tmp_path, "back")
    assert {
        "{}",
        "{made: [restart]}",
        "{made: [restart], people: [{item: consent, answer: no}]}",
        "{made: [restart], given: {undo: failed}}",
        "{made: [restart], given: {verify: fail}}",
    } == set(found)


def test_people_and_what_is_opened_end_every_way_they_can(tmp_path: Path) -> None:
    """Another runbook only at ends its own steps lead to."""
    assert ["{given: {'': resolved}}", "{given: {'': escalated}}"] == tried(tmp_path, "below")
    assert ["{people: [{answer: complain}]}", "{people: [{answer: quiet}]}", "{people: []}"] == tried(
        tmp_path, "people"
    )
    assert "{given: {left: fail, right: pass}}" in tried(tmp_path, "both")
    assert ["{}", "{people: []}", "{channels: {desk: undelivered}}"] == tried(tmp_path, "page")


def test_a_bound_is_tried_on_both_sides(tmp_path: Path) -> None:
    """The last visit that is one, and the first that is none; a pause has its limit there alone."""
    assert ["{visit: 2}", "{visit: 3}"] == tried(tmp_path, "cause")[-2:]
    assert ["{}", "{visit: 2}"] == tried(tmp_path, "pause")


def test_facts_that_a_text_refers_to_are_given_several_ways(tmp_path: Path) -> None:
    """A text, a number, a moment, a list: what the step can use is found by asking it."""
    bench = Bench(library(tmp_path, ""))
    plan, _ = bench.start(StepTests(runbook="web-down", tests={}), StepTest())
    found = [one.facts["look.health.status"] for one in needs(plan, plan.steps["tell"])]
    assert ["a-1", 1, "2025-11-23T03:00:00Z", ["a-1"]] == found
