"""One journal read for all views: visits with their scopes, questions and how they were closed."""

from __future__ import annotations

from dataclasses import replace

from engine.core.events import Happened, Skipped
from engine.core.plan import Plan, PlanStep, Scope
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.parallel import Branch, ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.wait import WaitStep
from engine.views.changes import changes
from engine.views.coverage import Edge, coverage
from engine.views.history import history
from engine.views.phases import spent
from engine.views.progress import board
from tests.views.story import MARA, SOAK, check, ended, plan, step, tell


def nested() -> Plan:
    """A root that opens two branches, then a sub-runbook with phases of its own."""
    branches = ParallelStep(parallel={"left": Branch(), "right": Branch()})
    root = [
        step("both", "diagnose", branches, dict.fromkeys(("pass", "fail", "unknown"), "child")),
        step(
            "child",
            "mitigate",
            RunbookStep(runbook="other"),
            {"resolved": "resolved", "mitigated": "escalated"},
        ),
    ]
    one = ChecksStep(checks={"page": check("page")})
    inner = [
        _inside("both/left", "look", "diagnose", one, "pass"),
        _inside("both/right", "look", "diagnose", one, "pass"),
        _inside("child", "look", "diagnose", one, "held"),
        _inside("child", "held", "verify", SOAK, "resolved"),
    ]
    scopes = {
        "": Scope(path="", runbook="root", start="both"),
        "both/left": Scope(path="both/left", runbook="", start="look", parent="both", branch=True),
        "both/right": Scope(path="both/right", runbook="", start="look", parent="both", branch=True),
        "child": Scope(path="child", runbook="other", start="look", parent="child"),
    }
    return plan(steps={one.path: one for one in [*root, *inner]}, scopes=scopes)


def _inside(scope: str, name: str, phase: str, kind: ChecksStep | WaitStep, target: str) -> PlanStep:
    routes = dict.fromkeys((*kind.outcomes(), "limit", "skipped"), target)
    return replace(step(name, phase, kind, routes), path=f"{scope}/{name}", scope=scope)


def story() -> tuple[Happened, ...]:
    """The nested plan, run to its end."""
    good = ended("pass", "200", seconds=4.0)
    return tell(
        {"both/left/look": [good], "both/right/look": [good], "child/look": [good], "child/held": [good]},
        of=nested(),
    )


def test_visits_of_branches_and_sub_runbooks_are_kept_with_their_times() -> None:
    """Each is entered and left once, in order, with how it settled."""
    past = history(story())
    assert ("both", "both/left/look", "both/right/look", "child", "child/look", "child/held") == past.path()
    assert ["pass", "pass", "pass", "resolved", "pass", "held"] == [
        one.settled.outcome if one.settled else "" for one in past.stays.values()
    ]
    assert all(one.left is not None for one in past.stays.values())


def test_the_phase_is_that_of_the_innermost_step() -> None:
    """A sub-runbook's diagnosis is diagnosis, though its step stands in mitigation."""
    past = history(story())
    assert {"diagnose": 8.0, "mitigate": 0.0, "verify": 64.0} == {
        one.name: round(one.elapsed, 3) for one in spent(past, past.state.now).phases
    }


def test_the_way_ahead_leaves_a_sub_runbook_by_its_end() -> None:
    """From its last step to the end of the whole run."""
    happened = story()
    cut = next(n for n, one in enumerate(happened) if getattr(one.event, "step", "") == "child/look")
    assert ("Held (3 passes 30s apart over 1m)", "resolved") == board(
        happened[: cut + 1], happened[cut].at
    ).then


def test_only_the_ends_a_sub_runbook_can_have_are_branches() -> None:
    """Its graph leads nowhere but to resolved."""
    found = coverage(nested(), [story()])
    edges = {edge for edge in (*found.covered, *found.missing) if edge.step == "child"}
    assert {Edge("child", "resolved", "resolved")} == edges


def test_a_question_of_a_step_that_was_skipped_is_closed_without_an_answer() -> None:
    """Nobody waits for it any more; it did not expire."""
    happened = tell(said=((60.0, Skipped(step="roll-back", reason="no"), MARA),), people=())
    asking = next(one for one in history(happened).askings.values() if one.prompted.step == "look")
    assert (None, False) == (asking.closed, asking.expired)
    skipped = tell(said=((5.0, Skipped(step="look", reason="known"), MARA),), people=())
    asking = next(one for one in history(skipped).askings.values() if one.prompted.step == "look")
    assert (None, False) == (asking.answered, asking.expired)
    assert asking.closed is not None


def test_a_reconciled_change_is_told_by_what_the_check_found() -> None:
    """Unknown, then looked up."""
    the_plan = plan()
    back = the_plan.steps["roll-back"]
    action = replace(back.step.action, reconcile=check("version"))  # type: ignore[attr-defined]
    steps = {**the_plan.steps, "roll-back": replace(back, step=replace(back.step, action=action))}  # type: ignore[type-var]
    answers = {
        "roll-back.do.0": [ended("unknown", "no answer")],
        "roll-back.reconcile.0": [ended("pass", "v11")],
    }
    (change,) = changes(history(tell(answers, of=replace(the_plan, steps=steps))))
    assert "done (reconciled)" == change.outcome
