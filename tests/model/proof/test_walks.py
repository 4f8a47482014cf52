"""Walks that contradict an assertion: shortest, possible, and none where there is none."""

from __future__ import annotations

import pytest

from engine.model.graph import graph_of
from engine.model.proof.asserting import Proved, prove
from engine.model.runbook import Runbook
from tests.core.play import runbook as loaded

CHANGE = "{http: 'http://x/do', method: POST, irreversible: sent, operation: scale}"
LOOP = """
  look: {check: {tcp: 'db:1'}, visits: 3, then: {pass: resolved, fail: count, unknown: count}}
  count: {decide: [{if: {look.answer: fail}, go: pause}], else: pause, visits: 2, then: {limit: change}}
  pause: {wait: 10s, visits: 2, then: look}
  change: {action: CHANGE, then: {done: held, failed: escalated}}
  held: {wait: {until: {tcp: 'db:1'}, recovery: true}, then: {held: resolved, limit: escalated}}
otherwise: escalated
""".replace("CHANGE", CHANGE)


def claims(steps: str, *assertions: str, others: dict[str, str] | None = None) -> tuple[Proved, ...]:
    """Return what becomes of assertions."""
    known = {name: made(text, name) for name, text in (others or {}).items()}
    listed = "".join(f"  - {one}\n" for one in assertions)
    runbook = made(steps, rest=f"assert:\n{listed}")
    return prove(runbook, graph_of(runbook), known.get)


def made(steps: str, name: str = "test", rest: str = "") -> Runbook:
    """Return a runbook of these steps."""
    return loaded(f"runbook: {name}\ntitle: T\n{rest}steps:\n{steps.strip(chr(10))}\n")


def test_a_walk_visits_no_step_more_often_than_it_may() -> None:
    """The limit of a step is taken only once its visits are spent."""
    (one,) = claims(LOOP, "{never: {step: change}}")
    assert (*("look", "count", "pause") * 2, "look", "count", "change") == one.path
    assert one.certain
    (two,) = claims(LOOP.replace("visits: 3", "visits: 2"), "{never: {step: change}}")
    assert two.holds


def test_what_only_more_visits_would_allow_is_proved() -> None:
    """The graph alone has a way; its steps may not be visited so often."""
    steps = """
  a: {check: {tcp: 'db:1'}, visits: 1, then: {pass: b, fail: c, unknown: c, limit: escalated}}
  b: {wait: 1s, then: a}
  c: {wait: 1s, then: escalated}
otherwise: escalated
"""
    proved, refuted = claims(steps, "{never: {step: c, after: b}}", "{never: {step: a, after: c}}")[0:2]
    assert proved.holds
    assert refuted.holds
    twice = claims(steps.replace("visits: 1", "visits: 2"), "{never: {step: c, after: b}}")[0]
    assert ("a", "b", "a", "c") == twice.path


def test_a_declined_change_takes_the_way_of_a_failed_one() -> None:
    """A person may say no to it, so `failed` need not have come."""
    steps = f"""
  change: {{action: {CHANGE}, then: {{done: mitigated, failed: engineer}}}}
  engineer: {{escalate: engineer, decision: D, then: {{any: escalated}}}}
otherwise: escalated
"""
    (one,) = claims(steps, "{before: {step: engineer, comes: change.failed}}")
    assert not one.holds
    (two,) = claims(steps, "{before: {step: engineer, comes: change}}")
    assert two.holds


def test_a_circle_of_limits_may_end_escalated() -> None:
    """The engine cuts it there, whatever the author wrote."""
    steps = """
  a: {check: {tcp: 'db:1'}, then: {any: b, limit: b}}
  b: {wait: 1s, then: {held: a, limit: a}}
otherwise: aborted
"""
    (one,) = claims(steps, "{always: {step: a.pass, on: escalated}}")
    assert "escalated" == one.path[-1]


@pytest.mark.parametrize(
    ("step", "change", "holds"),
    [
        ("{undo: all, then: {any: escalated}}", "any", False),
        ("{undo: all, then: {any: escalated}}", "undo", False),
        ("{undo: all, then: {any: escalated}}", "scale", True),
        (f"{{action: {CHANGE}, then: {{any: escalated}}}}", "scale", False),
        (f"{{action: {CHANGE}, then: {{any: escalated}}}}", "undo", True),
        ("{action: {http: 'http://x', effect: read}, then: {any: escalated}}", "any", True),
        ("{runbook: changes, then: {any: escalated}}", "scale", False),
        ("{runbook: looks, then: {any: escalated}}", "any", True),
        ("{runbook: nowhere, then: {any: escalated}}", "scale", False),
        (
            f"{{parallel: {{p: {{steps: {{x: {{action: {CHANGE}, then: {{any: pass}}}}}}}}}}, then: {{any: escalated}}}}",
            "scale",
            False,
        ),
    ],
)
def test_a_change_is_found_wherever_it_is_made(step: str, change: str, holds: bool) -> None:
    """In the step, in what it opens, and in a runbook that nobody can find."""
    others = {
        "changes": f"  x: {{action: {CHANGE}, then: {{any: escalated}}}}\notherwise: escalated",
        "looks": "  x: {check: {tcp: 'db:1'}, then: {any: escalated}}",
    }
    steps = f"  a: {{wait: 1s, then: b}}\n  b: {step}\notherwise: escalated"
    (one,) = claims(steps, f"{{never: {{change: {change}}}}}", others=others)
    assert holds is one.holds


@pytest.mark.parametrize(
    ("assertion", "said"),
    [
        ("{before: {comes: look}}", "names one of change, step, end"),
        ("{before: {change: any, step: look, comes: look}}", "names one of change, step, end"),
        ("{never: {after: look}}", "names one of change, step"),
        ("{why: because}", "one of before, never and always"),
        ("{never: {step: look}, always: {step: look}}", "one of before, never and always"),
        ("{always: {step: look, on: nowhere}}", "nowhere"),
    ],
)
def test_an_assertion_that_says_nothing_is_a_finding_of_the_file(assertion: str, said: str) -> None:
    """Before anything is proved."""
    with pytest.raises(Exception) as refused:
        claims(LOOP, assertion)
    assert said in str(refused.value.findings)  # type: ignore[attr-defined]


def test_the_words_of_an_assertion_are_a_sentence() -> None:
    """As the page and the findings say it."""
    found = claims(
        LOOP,
        "{before: {change: any, comes: look}}",
        "{before: {change: scale, comes: look.pass}}",
        "{never: {step: look, after: change}}",
        "{always: {step: held.held, on: mitigated, after: change}}",
    )
    assert [
        "before any change, 'look' comes",
        "before a change 'scale', 'look' comes and ends 'pass'",
        "never the step 'look' after 'change'",
        "on every path to the end 'mitigated' after 'change', 'held' comes and ends 'held'",
    ] == [one.text for one in found]
    assert [True, False, True, True] == [one.holds for one in found]
