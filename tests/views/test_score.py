"""The score of a drill: every expectation counts, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.events import Noted
from engine.io.people import Line
from engine.kinds.steps.ask import AskStep
from engine.kinds.values import Duration
from engine.model.scenario import Alert, Diagnosis, Expectation, Fault, Scenario
from engine.views.score import Score, score
from tests.views.story import ERIK, GOOD, MARA, PEOPLE, SOAK, check, ended, plan, step, tell

EXPECT = Expectation(
    path=("look", "cause", "roll-back", "recovered"),
    never=("restart",),
    end="resolved",
    diagnosis=Diagnosis(step="cause", goes="roll-back"),
    severity="SEV-1",
    changes={"roll-back": 1, "restart-machine": 0},
    within=Duration(300.0),
)
SCENARIO = Scenario(
    scenario="crash-loop",
    runbook="agent-sdk-down",
    title="Crash loop after a release",
    alert=Alert(name="AgentDown"),
    faults=(Fault(service="agent", kind="crash-loop", heal="roll-back"),),
    expect=EXPECT,
)


def of(expect: Expectation = EXPECT, **story: object) -> Score:
    """Score a story."""
    return score(tell(**story), replace(SCENARIO, expect=expect), "h" * 64, Duration(30 * 86_400.0))  # type: ignore[arg-type]


def test_a_drill_as_expected_passes() -> None:
    """All expectations are held, and each shows what was seen."""
    told = of()
    assert told.passed
    assert all(one.held for one in told.expectations)
    assert [
        "path",
        "not",
        "end",
        "diagnosis",
        "severity",
        "changes: roll-back",
        "changes: restart-machine",
        "within",
    ] == [one.what for one in told.expectations]


@pytest.mark.parametrize(
    "false",
    [
        {"path": ("look", "restart")},
        {"path": ("roll-back", "look")},
        {"path": ("look", "look")},
        {"never": ("roll-back",)},
        {"end": "escalated"},
        {"diagnosis": Diagnosis(step="cause", goes="restart")},
        {"diagnosis": Diagnosis(step="nowhere", goes="roll-back")},
        {"severity": "SEV-2"},
        {"changes": {"roll-back": 2}},
        {"changes": {"roll-back": 0}},
        {"changes": {"scale-up": 1}},
        {"within": Duration(200.0)},
    ],
    ids=str,
)
def test_any_one_falsified_expectation_fails_the_drill(false: dict[str, object]) -> None:
    """The rest being right does not help."""
    told = of(replace(EXPECT, **false))  # type: ignore[arg-type]
    assert not told.passed
    assert 1 == sum(not one.held for one in told.expectations)


def test_a_drill_that_did_not_end_is_not_passed() -> None:
    """Even with nothing expected, a run that hangs at a question is no success."""
    assert not of(Expectation(), people=PEOPLE[:1]).passed


def test_a_wrong_diagnosis_is_told_with_the_turn_it_led_to() -> None:
    """Going to restart where roll-back was right is a wrong turn; diagnosis steps in between are not."""
    told = of(answers={"look.health": [ended("fail", "502", facts={"oom": True})]})
    assert (False, ("restart",)) == (told.first_diagnosis, told.wrong_turns)
    assert not told.passed


def test_moments_are_counted_from_the_alert() -> None:
    """First check, first change, verified recovery, end."""
    assert [
        ("first check", 60.0),
        ("first mitigating action", 128.2),
        ("verified recovery", 248.3),
        ("end", 248.3),
    ] == [(one.what, None if one.measured is None else round(one.measured, 1)) for one in of().took]


def test_a_scaled_drill_keeps_both_times_and_is_held_to_the_full_length() -> None:
    """Sixty seconds of soak in six do not make a drill fast."""
    story = {"of": plan(time_scale=10.0, drills=True)}
    end = of(**story).took[-1]
    assert (194, 248) == (round(end.measured or 0), round(end.real or 0))
    assert of().took[-1].measured == pytest.approx(end.real), "as long as the same run without a scale"
    assert not of(replace(EXPECT, within=Duration(220.0)), **story).passed
    assert of(replace(EXPECT, within=Duration(260.0)), **story).passed


def test_waiting_is_counted_per_role() -> None:
    """Whatever was asked: who was waited for, how long, and how often nobody came."""
    told = of(answers={"roll-back.do.0": [ended("failed", "403")]}, people=PEOPLE[:2])
    assert [
        ("reliability", "look", 20.0, 1, 0),
        ("reliability", "confirm", 30.0, 1, 0),
        ("engineer", "acknowledge", 300.0, 1, 1),
    ] == [(one.role, one.kind, round(one.seconds, 1), one.times, one.unanswered) for one in told.waited]
    assert "Have engineer acknowledge pages" in [one.what for one in told.improvements]


def test_a_soak_that_broke_is_a_false_recovery_caught() -> None:
    """Passes, then a fail: a run without a soak would have called it recovered."""
    told = of(replace(EXPECT, within=None), answers={"recovered": [GOOD, GOOD, ended("fail", "503"), GOOD]})
    assert ("Recovered: fail at 03:05:22Z after 2 passes: 503",) == told.false_recovery
    assert told.passed


def test_passes_are_counted_by_sample_and_not_by_check() -> None:
    """One of two checks failing breaks the sample; the next fail after a fail is no new false recovery."""
    steps = dict(plan().steps)
    steps["recovered"] = replace(
        steps["recovered"], step=replace(SOAK, until={"a": check("a"), "b": check("b")})
    )
    bad = ended("fail", "503", seconds=0.1)
    answers = {"recovered": [GOOD], "recovered.2.a": [bad], "recovered.3.b": [bad]}
    told = of(of=plan(steps=steps), answers=answers)
    assert ("Recovered: fail at 03:04:50Z after 1 pass: 503",) == told.false_recovery


def test_a_recovery_that_never_held_is_told_too() -> None:
    """The limit of the wait is what kept the run from ending resolved."""
    told = of(answers={"recovered": [ended("fail", "503", seconds=0.1)]}, people=[*PEOPLE])
    assert 1 == len(told.false_recovery)
    assert "not held within 10m" in told.false_recovery[0]
    assert None is told.took[2].measured


def test_commands_beside_the_runbook_are_counted_with_their_reason() -> None:
    """Typed by hand or done instead of the engine: both are off the script and become improvements."""
    hand = Line("hand", step="roll-back", item="consent", after=30.0, person=MARA, reason="faster")
    told = of(
        people=[PEOPLE[0], hand], said=((3.0, Noted(text="looked at the disk", command="df -h"), ERIK),)
    )
    assert [("df -h", "looked at the disk"), ("Roll back", "faster")] == [
        (one.text, one.reason) for one in told.off_script
    ]
    assert 2 == sum(one.what.startswith("Put into the runbook") for one in told.improvements)
    assert told.passed, "done by hand counts as done"


def test_an_answer_that_an_author_called_hand_is_no_work_by_hand() -> None:
    """Nor is one called no or break-glass a deviation: only a prompt about a change has the engine's words."""
    steps = dict(plan().steps)
    steps["recovered"] = replace(steps["recovered"], routes={**steps["recovered"].routes, "held": "after"})
    options = {"m": "a machine", "hand": "somebody", "no": "nobody", "break-glass": "both"}
    ask = AskStep(ask="Who mended it?", options=options)
    steps["after"] = step("after", "close", ask, dict.fromkeys((*options, "timeout"), "resolved"))
    for choice in ("hand", "no", "break-glass"):
        given = Line(choice, step="after", after=7.0, person=MARA)
        told = of(replace(EXPECT, within=None), of=plan(steps=steps), people=[*PEOPLE, given])
        assert told.passed
        assert ((), (), ()) == (told.off_script, told.report.deviations, told.report.broke_glass)
        assert ["roll-back"] == [one.operation for one in told.report.changes]
        assert not [one for one in told.improvements if one.what.startswith("Put into the runbook")]
        assert ("reliability", "ask", 7.0, 1, 0) in [
            (one.role, one.kind, round(one.seconds, 1), one.times, one.unanswered) for one in told.waited
        ]


def test_the_next_date_follows_from_the_interval() -> None:
    """A month after the end; without an interval there is none."""
    assert "2025-12-23T03:05:20.300Z" == str(of().next)
    assert None is score(tell(), SCENARIO, "h").next


def test_improvements_name_budgets_unknown_answers_and_wrong_turns() -> None:
    """Each with the role that should act."""
    budgets = plan().budgets.__class__(diagnose=Duration(10.0))
    told = of(replace(EXPECT, path=("look", "cause")), of=plan(budgets=budgets))
    assert [
        (
            "Shorten diagnose, or correct its budget",
            "38s of 10s; the longest part, 38s, was machine",
            "reliability",
        ),
        ("Let the engine see: logs", "it answered unknown: could not look: no log access", "reliability"),
        ("Make the diagnosis rule out roll-back", "the run went there, off the expected path", "reliability"),
    ] == [(one.what, one.because, one.owner) for one in told.improvements]
