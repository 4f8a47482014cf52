"""What is assumed of a dry run is held against the plan: nothing is passed over."""

from __future__ import annotations

import pytest

from engine.app.rehearsing import Rehearsed, rehearse
from engine.app.running import Options
from engine.app.workspace import Workspace
from engine.core.events import Settled
from engine.kinds.errors import UsageError


def walked(workspace: Workspace, **given: str) -> Rehearsed:
    """Walk the small runbook; a name with a dot in it is written with `__`."""
    assume = {name.replace("__", "."): value for name, value in given.items()}
    return rehearse(workspace, "web-down", Options(environment="practice"), assume)


def way(told: Rehearsed) -> list[str]:
    """Return the steps that were left, each with its outcome."""
    return [f"{e.step}={e.outcome}" for one in told.happened if isinstance(e := one.event, Settled)]


def end(told: Rehearsed) -> str:
    """Return the end it reached."""
    return told.state.finished.end if told.state.finished else ""


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        (
            "nonsuch",
            "fail",
            "there is no step 'nonsuch' (there are: look, cause, people, restart, recovered)",
        ),
        ("lok", "fail", "there is no step 'lok' (did you mean 'look'? there are: look,"),
        ("look", "banana", "'banana' is no outcome of look (there are: pass, fail, unknown)"),
        ("look", "fial", "did you mean 'fail'?"),
        (
            "look.heath",
            "fail",
            "look has no check 'heath' (did you mean 'health'? there are: health, vendor)",
        ),
        ("look.status", "503", "look has no check 'status' (there are: health, vendor)"),
        ("look.health", "503", "'503' is no outcome of look.health (there are: pass, fail, unknown)"),
        ("look.health.stats", "503", "'look.health' has no 'stats' (did you mean 'status'?)"),
        ("look.health.answer", "fail", "write look.health=fail"),
        ("cause", "users", "cause does not go to 'users' (there are: restart, people)"),
        ("cause", "fail", "cause does not go to 'fail' (there are: restart, people)"),
        ("people", "complian", "did you mean 'complain'? there are: complain, quiet, timeout"),
        ("people.x", "1", "people looks at nothing"),
        (
            "restart",
            "pass",
            "'pass' is no outcome of restart (there are: done, failed, unknown, yes, no, hand)",
        ),
        ("recovered", "resolved", "there are: held, limit, pass, fail, unknown"),
    ],
)
def test_what_fits_nothing_is_refused_with_what_there_is(
    workspace: Workspace, name: str, value: str, says: str
) -> None:
    """And where the rest can be seen."""
    with pytest.raises(UsageError) as refused:
        walked(workspace, **{name: value})
    assert says in refused.value.message
    assert "`runbook explain web-down`" in refused.value.hint


def test_everything_that_is_wrong_is_told_at_once(workspace: Workspace) -> None:
    """Nobody mends one to be told of the next."""
    with pytest.raises(UsageError) as refused:
        walked(workspace, nonsuch="fail", look="banana", cause="users", people="quiet")
    assert 3 == len(refused.value.message.split("; "))


@pytest.mark.parametrize(
    ("given", "expected", "ends"),
    [
        ({}, "people=quiet", "false-alarm"),
        ({"cause": "restart"}, "cause=decided", "resolved"),
        ({"look__health__status": "503"}, "look=fail", "resolved"),
        ({"look__health__status": "502"}, "people=quiet", "false-alarm"),
        ({"look__health": "fail"}, "look=fail", "false-alarm"),
        ({"look": "unknown"}, "look=unknown", "false-alarm"),
        ({"people": "complain"}, "restart=done", "resolved"),
        ({"people": "complain", "restart": "failed"}, "restart=failed", "escalated"),
        ({"people": "complain", "restart": "no"}, "restart=skipped", "escalated"),
        ({"people": "complain", "recovered": "limit"}, "recovered=limit", "escalated"),
        ({"people": "complain", "recovered": "held"}, "recovered=held", "resolved"),
        (
            {"cause": "restart", "restart": "failed", "otherwise": "unanswered"},
            "otherwise=unanswered",
            "escalated",
        ),
        (
            {"cause": "restart", "restart": "failed", "otherwise": "undelivered"},
            "otherwise=undelivered",
            "escalated",
        ),
    ],
)
def test_an_assumption_is_what_the_run_then_does(
    workspace: Workspace, given: dict[str, str], expected: str, ends: str
) -> None:
    """Outcomes, answers, facts, and the way behind a decision; all of them are met."""
    told = walked(workspace, **given)
    assert (True, ends, ()) == (expected in way(told), end(told), told.missed), way(told)


def test_a_decision_that_is_assumed_says_so(workspace: Workspace) -> None:
    """With the reason of the row that was taken, or that none was."""
    whys = {
        target: next(
            one.event.why
            for one in walked(workspace, cause=target).happened
            if isinstance(one.event, Settled) and one.event.step == "cause"
        )
        for target in ("restart", "people")
    }
    assert {"restart": "assumed: the process is stuck", "people": "assumed: no row holds"} == whys


def test_what_was_not_met_on_the_way_is_named(workspace: Workspace) -> None:
    """A dry run that never came there must not look as if it had."""
    assert ("restart", "recovered") == walked(workspace, restart="failed", recovered="limit").missed


def test_an_outcome_and_a_fact_that_contradict_it_are_refused(workspace: Workspace) -> None:
    """One of the two is wrong, and nobody can say which."""
    with pytest.raises(UsageError, match=r"look\.health: it is assumed pass, and by its facts it is fail"):
        walked(workspace, look__health="pass", look__health__status="503")
