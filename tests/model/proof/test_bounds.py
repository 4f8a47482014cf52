"""Upper bounds, each beside a sum that a reader can do."""

from __future__ import annotations

import pytest

from engine.kinds.errors import UsageError
from engine.model.proof.bound import Bounds, Open
from engine.model.proof.bounds import bounds_of
from engine.model.proof.consents import KEYPRESS
from engine.model.proof.steps import ASKED, BACK, ENDLESS, HAPPENED, LOOK
from engine.model.runbook import Runbook
from tests.core.play import catalogue
from tests.core.play import runbook as loaded

CHANGE = "{http: 'http://x/do', method: POST, irreversible: sent, timeout: 20s}"
RESTART = f"{CHANGE[:-1]}, operation: restart-machine}}"
CONFIRM = "policy: [{consent: confirm, effects: [change]}]"
APPROVE = "policy: [{consent: approve, effects: [change], role: engineer, approve_within: 10m}]"
NONE = "policy: [{consent: none, effects: [change]}]"


def bounds(steps: str, more: str = NONE, **others: str) -> Bounds:
    """Return the bounds of a runbook of these steps, without a severity, whose otherwise is an end."""
    known = {name: head(text, more, name) for name, text in others.items()}
    return bounds_of(head(steps, more), known.get, catalogue(more))


def nothing(name: str) -> Runbook | None:
    """Be a library without runbooks."""
    return None


def head(steps: str, more: str, name: str = "test", rest: str = "") -> Runbook:
    """Return a runbook of these steps."""
    return loaded(f"runbook: {name}\ntitle: T\notherwise: escalated\n{rest}steps:\n{steps}\n", more)


SUMS = [
    # one look of 10 s, asked again once after 1 s, each with a second of grace
    ("  a: {check: {tcp: 'db:1'}, then: {any: escalated}}", 23.1),
    # the pauses double: 2 s, then 4 s
    ("  a: {check: {tcp: 'db:1', timeout: 5s, retry: {times: 2, after: 2s}}, then: {any: escalated}}", 24.1),
    # the loop, each step as often as it may come, and the way out
    (
        (
            "  a: {check: {tcp: 'db:1', retry: {times: 0}}, visits: 3, then: {pass: escalated, fail: b, unknown: b}}\n"
            "  b: {wait: 30s, visits: 2, then: a}"
        ),
        3 * 11.1 + 2 * 30.1,
    ),
    # two ways: the longer one counts
    (
        (
            "  a: {ask: Q, options: {x: X, y: Y}, timeout: 60s, then: {x: b, y: c, timeout: c}}\n"
            "  b: {wait: 10s, then: escalated}\n  c: {wait: 90s, then: b}"
        ),
        60.11 + 90.1 + 10.1,
    ),
    # branches go side by side
    (
        (
            "  a:\n    parallel:\n      p: {steps: {x: {wait: 10s, then: pass}}}\n"
            "      q: {steps: {x: {wait: 50s, then: pass}}}\n    then: {any: escalated}"
        ),
        50.2,
    ),
    # the first branch that ends counts
    (
        (
            "  a:\n    parallel:\n      p: {steps: {x: {wait: 10s, then: pass}}}\n"
            "      q: {steps: {x: {wait: 50s, then: pass}}}\n    until: first\n    then: {any: escalated}"
        ),
        10.2,
    ),
    # a soak has a limit
    (
        "  a: {wait: {until: {tcp: 'db:1'}, soak: {passes: 5, every: 30s, for: 2m}, limit: 20m}, then: escalated}",
        1200.1,
    ),
    # a page is tried for its time, then waited for
    ("  a: {escalate: engineer, decision: D, within: 2m, then: {any: escalated}}", 120 + 11 + 120.01 + 0.1),
    # and a message only tried
    ("  a: {notify: engineer, text: T, within: 1m, then: escalated}", 60 + 11 + 0.1),
    # checks wait for each other: x, then y and z one after the other
    (
        (
            "  a:\n    checks:\n"
            "      x: {tcp: 'db:1', retry: {times: 0}}\n"
            "      y: {tcp: 'db:1', retry: {times: 0}, exclusive: e, after: x}\n"
            "      z: {tcp: 'db:1', retry: {times: 0}, exclusive: e}\n    then: {any: escalated}"
        ),
        33.1,
    ),
    # what cannot be reached does not count
    ("  a: {wait: 10s, then: escalated}\n  b: {wait: 9h, then: escalated}", 10.1),
]


@pytest.mark.parametrize(("steps", "seconds"), SUMS)
def test_the_bound_is_the_sum_along_the_longest_path(steps: str, seconds: float) -> None:
    """Rounded up to a second."""
    found = bounds(steps).resolution
    assert () == found.open
    assert found.at_most == found.besides
    assert 0 <= found.besides - seconds < 1


OPEN = [
    ("  a: {ask: Q, options: {x: X}, then: escalated}", NONE, [("a", ASKED)]),
    (
        "  a: {check: {tcp: 'db:1', look: {question: Q}}, then: {any: escalated}}",
        NONE,
        [("a", LOOK)],
    ),
    (f"  a: {{action: {CHANGE}, then: {{any: escalated}}}}", NONE, [("a", HAPPENED)]),
    (f"  a: {{action: {CHANGE}, timeout: 5m, then: {{any: escalated}}}}", CONFIRM, [("a", HAPPENED)]),
    (f"  a: {{action: {CHANGE}, then: {{any: escalated}}}}", CONFIRM, [("a", HAPPENED)]),
    (
        f"  a: {{action: {RESTART}, then: {{any: escalated}}}}",
        CONFIRM,
        [("a", HAPPENED), ("a", KEYPRESS)],
    ),
    (f"  a: {{action: {RESTART}, then: {{any: escalated}}}}", "{}", [("a", HAPPENED), ("a", KEYPRESS)]),
    (
        "  a: {action: {http: 'http://x/${each}', effect: read}, for_each: '${inputs.n}', then: {any: escalated}}",
        NONE,
        [("a", HAPPENED), ("a", ENDLESS)],
    ),
    (
        (
            "  a: {action: {http: 'http://x', undo: {http: 'http://y'}}, then: {any: b}}\n"
            "  b: {undo: all, then: {any: escalated}}"
        ),
        NONE,
        [("a", HAPPENED), ("b", HAPPENED), ("b", BACK)],
    ),
    (
        (
            "  a:\n    parallel:\n      p: {steps: {x: {ask: Q, options: {y: Y}, then: pass}}}\n"
            "      q: {steps: {x: {wait: 50s, then: pass}}}\n    then: {any: escalated}"
        ),
        NONE,
        [("a/p/x", ASKED)],
    ),
]


@pytest.mark.parametrize(("steps", "policy", "waits"), OPEN)
def test_where_a_person_may_never_answer_there_is_no_bound(
    steps: str, policy: str, waits: list[tuple[str, str]]
) -> None:
    """It says where and why, and what all the rest takes at most."""
    rest = "inputs: {n: {}}\n" if "inputs.n" in steps else ""
    found = bounds_of(head(steps, policy, rest=rest), nothing, catalogue(policy)).resolution
    assert found.at_most is None
    assert [Open(*one) for one in waits] == list(found.open)
    assert found.besides > 0


def test_an_approval_climbs_the_ladder_until_its_time_is_over() -> None:
    """Two roles of the ladder may approve; each has ten minutes and the time of a proof."""
    steps = f"  a: {{action: {CHANGE}, then: {{any: escalated}}}}"
    found = bounds(steps, APPROVE).resolution
    assert 0 <= found.besides - (3 * (600 + 11.01) + 21 + 0.1) < 1
    timed = bounds(steps.replace("then", "timeout: 2m, then"), APPROVE).resolution
    assert 0 <= timed.besides - (120 + 11 + 0.04 + 21 + 0.1) < 1


@pytest.mark.parametrize("policy", [CONFIRM, "{}"])
def test_what_no_role_may_do_alone_waits_no_longer_than_its_approvals(policy: str) -> None:
    """Whoever runs it asks another person: three times a quarter of an hour, by the ladder, then it fails."""
    steps = "  a: {action: %s, then: {any: escalated}}"
    purge = bounds(steps % RESTART.replace("restart-machine", "purge"), policy).resolution
    assert [Open("a", HAPPENED)] == list(purge.open)
    assert 0 <= purge.besides - (3 * (900 + 11.01) + 21 + 0.1) < 1
    assert KEYPRESS in {one.why for one in bounds(steps % RESTART, policy).resolution.open}


def test_an_escalation_is_no_part_of_the_phase_of_the_step_above_it() -> None:
    """Unless its author says so."""
    steps = (
        "  a: {check: {tcp: 'db:1', retry: {times: 0}}, then: {pass: b, fail: c, unknown: c}}\n"
        "  b: {phase: verify, wait: 9s, then: escalated}\n"
        "  c: {escalate: engineer, decision: D, within: 2m, then: {any: escalated}}"
    )
    carried, own = bounds(steps), bounds(steps.replace("c: {", "c: {phase: verify, "))
    assert ["diagnose", "verify", "close"] == list(carried.phases)
    assert 10.0 == float(carried.phases["verify"].besides)
    assert 252.0 == float(carried.phases["close"].besides)
    assert ["diagnose", "verify"] == list(own.phases)


def test_the_limits_of_a_run_bound_what_a_list_may_hold() -> None:
    """Ten changes of one operation, two of any."""
    action = "{http: 'http://x/${each}', irreversible: sent, timeout: 20s, operation: restart-machine}"
    steps = f"  a: {{action: {action}, for_each: '${{inputs.n}}', then: {{any: escalated}}}}"
    of_one = bounds_of(head(steps, NONE, rest="inputs: {n: {}}\n"), nothing, catalogue(NONE))
    assert 0 <= of_one.resolution.besides - (10 * 21 + 0.1) < 1
    fewer = f"{NONE}\nguards: {{limits: {{changes: 2}}}}"
    of_any = bounds_of(head(steps, fewer, rest="inputs: {n: {}}\n"), nothing, catalogue(fewer))
    assert 0 <= of_any.resolution.besides - (2 * 21 + 0.1) < 1


def test_a_called_runbook_counts_with_all_its_paths() -> None:
    """As often as it is called; its own hand-over is an end and takes no time."""
    other = "  x: {wait: 40s, visits: 2, then: {held: x, limit: resolved}}"
    steps = "  a: {runbook: other, visits: 3, then: {resolved: a, any: escalated}}"
    found = bounds(steps, other=other)
    assert 0 <= found.resolution.besides - 3 * (2 * 40.1 + 0.1) < 1
    assert ("a",) == found.slowest


def test_runbooks_that_call_themselves_have_no_bound() -> None:
    """Nor can they be planned; so for those that are not there."""
    with pytest.raises(UsageError, match="test -> other -> test calls itself"):
        bounds(
            "  a: {runbook: other, then: {any: escalated}}",
            other="  x: {runbook: test, then: {any: escalated}}",
            test="  a: {runbook: other, then: {any: escalated}}",
        )
    with pytest.raises(UsageError, match="there is no runbook 'nowhere'"):
        bounds("  a: {runbook: nowhere, then: {any: escalated}}")


def test_the_built_in_hand_over_pages_the_whole_ladder() -> None:
    """Both roles of SEV-2, each tried for five minutes and waited for as long."""
    made = loaded("a: {wait: 10s, then: {held: false-alarm, limit: false-alarm}}\n")
    assert 0 <= bounds_of(made, nothing, catalogue()).resolution.besides - 10.1 < 1
    made = loaded("a: {check: {tcp: 'db:1', retry: {times: 0}}, then: false-alarm}\n")
    found = bounds_of(made, nothing, catalogue()).resolution
    assert 0 <= found.besides - (11.1 + 2 * (300 + 11 + 300.01 + 0.1)) < 1


def test_control_probes_may_hold_up_a_silent_check() -> None:
    """Two rounds: one that was under way, and its own."""
    more = f"{NONE}\ncontrols: {{one: {{http: 'http://c/', timeout: 3s}}}}"
    found = bounds("  a: {check: {tcp: 'db:1', retry: {times: 0}}, then: {any: escalated}}", more)
    assert 0 <= found.resolution.besides - (11.1 + 2 * 4) < 1


PERSON = [
    ("  a: {wait: 2m, then: b}\n  b: {ask: Q, options: {x: X}, then: escalated}", 120.2),
    ("  a: {wait: 2m, then: b}\n  b: {escalate: engineer, decision: D, then: {any: escalated}}", 120.2),
    # where the run may be over before anybody is asked, that counts
    ("  a: {wait: 2m, then: escalated}", 120.1),
    # a loop counts as often as it may turn before somebody is asked
    (
        (
            "  a: {check: {tcp: 'db:1', retry: {times: 0}}, visits: 3, then: {pass: b, fail: c, unknown: c}}\n"
            "  b: {wait: 30s, visits: 3, then: a}\n  c: {ask: Q, options: {x: X}, then: a}"
        ),
        3 * 11.1 + 3 * 30.1 + 0.1,
    ),
    # one branch of all asks at once
    (
        (
            "  a:\n    parallel:\n      p: {steps: {x: {ask: Q, options: {y: Y}, then: pass}}}\n"
            "      q: {steps: {x: {wait: 50s, then: pass}}}\n    then: {any: escalated}"
        ),
        0.2,
    ),
]


@pytest.mark.parametrize(("steps", "seconds"), PERSON)
def test_the_time_to_a_person_ends_with_the_first_question_or_page(steps: str, seconds: float) -> None:
    """Or with the end, where there is one before."""
    found = bounds(steps).person
    assert () == found.open
    assert 0 <= found.besides - seconds < 1


def test_a_change_that_is_always_asked_for_reaches_a_person() -> None:
    """Not one that policy may let pass, nor one whose arguments may be missing."""
    waits = "\n  b: {wait: 9m, then: escalated}"
    sure = f"  a: {{action: {CHANGE}, then: {{any: b}}}}{waits}"
    assert 1.0 == float(bounds(sure, CONFIRM).person.besides)
    assert 540 < bounds(sure, NONE).person.besides
    gap = f"  a: {{action: {CHANGE.replace('x/do', 'x/${run.id}')}, then: {{any: b}}}}{waits}"
    assert 540 < bounds(gap, CONFIRM).person.besides


def test_the_ladder_pages_whatever_the_graph_does() -> None:
    """The first rung may be the operator's own, so the second counts; the latest of all severities."""
    waits = "a: {wait: 3h, then: escalated}\n"
    made = loaded("runbook: t\ntitle: T\nseverity: SEV-1\nsteps:\n  " + waits)
    assert 300.0 == float(bounds_of(made, nothing, catalogue()).person.besides)
    made = loaded("runbook: t\ntitle: T\nsteps:\n  " + waits)
    assert 10_801.0 == float(bounds_of(made, nothing, catalogue()).person.besides)


def test_phases_count_their_own_steps() -> None:
    """However often a phase is come back to; a phase without steps has none."""
    found = bounds(
        "  a: {wait: 10s, visits: 2, then: b}\n"
        "  b: {decide: [{if: {a.outcome: x}, go: a}], else: c, phase: mitigate, visits: 2}\n"
        "  c: {wait: 1000s, phase: verify, then: escalated}"
    )
    assert {"diagnose": 21, "mitigate": 1, "verify": 1001} == {
        phase: float(one.besides) for phase, one in found.phases.items()
    }


def test_visits_that_run_out_in_a_circle_are_named() -> None:
    """Every other path ends by itself."""
    steps = (
        "  a: {check: {tcp: 'db:1'}, then: {pass: escalated, fail: b, unknown: b, limit: b}}\n"
        "  b: {wait: 5s, then: {held: a, limit: a}}"
    )
    assert ("a", "b") == bounds(steps).circles
    assert () == bounds(steps.replace("limit: a", "limit: escalated")).circles


def test_a_list_without_a_limit_leaves_the_time_to_a_person_open() -> None:
    """Nobody is asked while it is read, and the ladder of no severity pages anybody."""
    steps = (
        "  a: {check: {http: 'http://x'}, then: {any: b}}\n"
        "  b: {action: {http: 'http://x/${each}', effect: read}, for_each: '${a.json.ids}', then: {any: c}}\n"
        "  c: {escalate: engineer, decision: D, then: {any: escalated}}"
    )
    found = bounds(steps)
    assert (Open("b", ENDLESS),) == found.person.open
    assert None is found.person.at_most
