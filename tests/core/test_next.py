"""What the core asks for: each rule of engine/core/next.py, played in virtual time."""

from __future__ import annotations

import itertools

import pytest

from engine.core.events import (
    Aborted,
    Answered,
    Asked,
    Ended,
    Expired,
    Finished,
    Jumped,
    Prompted,
    Settled,
    SeveritySet,
    Skipped,
    TimerFired,
)
from engine.core.next import next_moves
from engine.core.state import RunState
from engine.io.people import Line
from engine.kinds.errors import Waiting
from tests.core.play import ANN, ELI, play

LOOK = """
look: {check: {http: "http://x/health"}, then: {pass: false-alarm, fail: escalated, unknown: aborted}}
"""


def test_a_definite_answer_is_not_asked_again() -> None:
    """A fail that the target gave is an answer."""
    played = play(LOOK, {"look": "fail"})
    assert "escalated" == played.end
    assert ["look"] == played.performed


@pytest.mark.parametrize(("times", "asked"), [(0, 1), (1, 2), (2, 3)])
def test_no_answer_is_asked_again_within_the_retries(times: int, asked: int) -> None:
    """A check is tried once and again as often as its retry says."""
    text = LOOK.replace('/health"', f'/health", retry: {{times: {times}, after: 1s}}')
    played = play(text, {"look": "fail/timeout"})
    assert ["look"] * asked == played.performed
    assert "escalated" == played.end


def test_an_answer_after_a_retry_counts() -> None:
    """The last try decides."""
    assert "false-alarm" == play(LOOK, {"look": ["unknown", "pass"]}).end


def test_what_we_cannot_look_at_is_not_tried_again() -> None:
    """A missing credential does not appear by asking twice."""
    played = play(LOOK, {"look": "unknown/cannot"})
    assert ["look"] == played.performed
    assert "aborted" == played.end


CONTROLS = 'controls: {one: {http: "http://control-1/"}, two: {http: "http://control-2/"}}'


def test_no_answer_from_the_control_probe_either_is_our_own_network() -> None:
    """Nothing is fail while we cannot reach anything."""
    table = {"look": "fail/timeout", "!control": "fail/timeout"}
    played = play(LOOK, table, more=CONTROLS)
    assert "aborted" == played.end
    assert ["look=unknown"] == played.path
    assert "our own network" in played.events(Settled)[0].why


def test_one_control_that_answers_is_enough() -> None:
    """The target is down, not our network."""
    table = {"look": "fail/timeout", "!control.one": "fail/timeout", "!control.two": "fail"}
    assert "escalated" == play(LOOK, table, more=CONTROLS).end


def test_the_network_is_a_fact_of_the_run() -> None:
    """A decide can send our own outage to its own step."""
    text = """
    look: {check: {http: "http://x/"}, then: {any: cause}}
    cause:
      decide: [{if: {run.network: down}, go: aborted}]
      else: escalated
    """
    assert "aborted" == play(text, {"look": "fail/timeout", "!control": "fail/timeout"}, more=CONTROLS).end
    assert "escalated" == play(text, {"look": "fail/timeout"}, more=CONTROLS).end


SELF = """
look:
  check:
    http: "http://x/health"
    expect: {json.state: started}
    look: {question: What does the dashboard say?, facts: {json: "state as JSON"}}
  then: {pass: false-alarm, fail: escalated, unknown: aborted}
"""


@pytest.mark.parametrize(("state", "end"), [("started", "false-alarm"), ("stopped", "escalated")])
def test_a_person_can_look_instead(state: str, end: str) -> None:
    """What a person saw is judged by the same expectation."""
    line = Line("seen", item="look", person=ANN, values={"json": {"state": state}})
    played = play(SELF, {"look": "unknown/cannot"}, line)
    assert end == played.end
    assert "seen by ann" in played.events(Settled)[0].why


def test_a_person_who_cannot_look_either_leaves_it_unknown() -> None:
    """Unknown stays unknown."""
    assert "aborted" == play(SELF, {"look": "unknown/cannot"}, "cannot").end


CHANGE = """
restart:
  action: {http: "http://x/restart", operation: restart-machine, irreversible: a restart}
  then: {done: well, failed: escalated, skipped: aborted}
well:
  phase: verify
  wait: {until: {http: "http://x/health"}, soak: {passes: 3, every: 30s, for: 1m}, limit: 10m, recovery: true}
  then: {held: resolved, limit: escalated}
"""


def test_a_change_within_the_role_takes_one_keypress_and_is_proved_by_the_soak() -> None:
    """Consent, change, three passes a minute apart, resolved."""
    played = play(CHANGE, {}, "yes")
    assert "resolved" == played.end
    assert ["confirm"] == [one.kind for one in played.events(Prompted)]
    soak = [one.at for one in played.happened if isinstance(one.event, Asked) and one.event.step == "well"]
    assert [30.0, 30.0] == [b - a for a, b in itertools.pairwise(soak)]


def test_a_change_is_not_performed_before_consent() -> None:
    """No answer, no change."""
    with pytest.raises(Waiting):
        play(CHANGE, {})


@pytest.mark.parametrize(
    ("answer", "path"), [("no", ["restart=skipped"]), ("hand", ["restart=done", "well=held"])]
)
def test_declining_or_doing_it_by_hand_performs_nothing(answer: str, path: list[str]) -> None:
    """The engine touches nothing when the person said so."""
    played = play(CHANGE, {}, answer)
    assert path == played.path
    assert "restart.do.0" not in played.performed


def test_a_change_above_the_role_needs_another_person() -> None:
    """L1 may not scale: the engineer is asked, and the operator's own answer is not taken."""
    text = CHANGE.replace("restart-machine", "scale")
    played = play(text, {}, Line("yes", step="restart", person=ELI))
    assert "resolved" == played.end
    assert ["approve"] == [one.kind for one in played.events(Prompted)]


def test_a_soak_starts_afresh_after_a_fail() -> None:
    """Pass, pass, fail, then three more passes."""
    played = play(CHANGE, {"well": ["pass", "pass", "fail", "pass"]}, "yes")
    assert "resolved" == played.end
    assert 6 == sum(1 for name in played.performed if name.startswith("well."))


def test_a_soak_that_never_holds_ends_at_its_limit() -> None:
    """A false recovery is caught."""
    played = play(CHANGE, {"well": ["pass", "fail"] * 50}, "yes")
    assert ["restart=done", "well=limit"] == played.path
    assert "escalated" == played.end


RECONCILED = CHANGE.replace(
    "irreversible: a restart", 'irreversible: a restart, reconcile: {http: "http://x/version"}'
)


@pytest.mark.parametrize(("seen", "end"), [("pass", "resolved"), ("fail", "escalated")])
def test_an_unknown_change_is_reconciled_never_repeated(seen: str, end: str) -> None:
    """The reconcile check says whether it happened."""
    played = play(RECONCILED, {"restart.do.0": "unknown", "restart.reconcile.0": seen}, "yes")
    assert end == played.end
    assert 1 == played.performed.count("restart.do.0")


def test_an_unknown_change_without_reconcile_is_asked_about() -> None:
    """Never guess."""
    played = play(CHANGE, {"restart.do.0": "unknown"}, "yes", Line("done", item="happened.0", person=ANN))
    assert ["confirm", "happened"] == [one.kind for one in played.events(Prompted)]
    assert "resolved" == played.end


def test_resolved_without_a_recovery_that_held_since_the_last_change_is_only_mitigated() -> None:
    """A jump past the recovery check does not make a run resolved."""

    def jump(happened: object, ledger: object) -> None:
        event = happened.event  # type: ignore[attr-defined]
        if isinstance(event, Asked) and event.step == "well":
            ledger.record([Jumped(step="well", target="resolved", reason="looks fine")], ANN)  # type: ignore[attr-defined]

    played = play(CHANGE, {}, "yes", interfere=jump)
    assert "mitigated" == played.end


def test_changes_are_undone_in_reverse_order_with_frozen_arguments() -> None:
    """Each with its own undo, the irreversible one listed."""
    text = """
    one: {action: {http: "http://x/${run.severity}/1", operation: restart-machine, undo: {http: "http://x/${run.severity}/-1"}}, then: worse}
    worse: {decide: [{if: {one.outcome: done}, go: two, raise: SEV-1}], else: escalated}
    two: {action: {http: "http://x/2", operation: restart-machine, undo: {http: "http://x/-2", verify: {http: "http://x/ok"}}}, then: back}
    back: {undo: all, then: {undone: mitigated, partly: escalated}}
    """
    played = play(text, {}, "yes")
    assert "mitigated" == played.end
    asked = [one.args["http"] for one in played.events(Asked) if one.what == "action"]  # type: ignore[index,call-overload]
    assert ["http://x/SEV-2/1", "http://x/2", "http://x/-2", "http://x/SEV-2/-1"] == asked
    assert "back.verify.two#1.do.0@1" in played.performed


def test_a_failed_undo_stops_there() -> None:
    """The next person decides."""
    text = """
    one: {action: {http: "http://x/1", operation: restart-machine, undo: {http: "http://x/-1"}}, then: two}
    two: {action: {http: "http://x/2", operation: restart-machine, undo: {http: "http://x/-2"}}, then: back}
    back: {undo: all, then: {undone: mitigated, partly: escalated}}
    """
    played = play(text, {"back.undo.two#1.do.0@1": "failed"}, "yes")
    assert "escalated" == played.end
    assert "back.undo.one#1.do.0@1" not in played.performed


def test_destroy_is_refused_without_a_rule() -> None:
    """Never a question of asking nicely."""
    text = CHANGE.replace("irreversible: a restart", "irreversible: gone, effect: destroy")
    played = play(text, {}, "yes")
    assert ["restart=failed"] == played.path
    assert [] == played.performed


PARALLEL = """
both:
  parallel:
    db: {steps: {x: {check: {tcp: "db:1"}, then: {pass: pass, fail: fail}}}}
    web: {steps: {x: {check: {tcp: "web:1"}, then: {pass: pass, fail: fail}}}}
  until: UNTIL
  then: {pass: false-alarm, fail: escalated, unknown: aborted}
"""


@pytest.mark.parametrize(
    ("until", "db", "web", "end"),
    [
        ("all", "pass", "pass", "false-alarm"),
        ("all", "pass", "fail", "escalated"),
        ("any", "fail", "pass", "false-alarm"),
        ("any", "fail", "fail", "escalated"),
        ("first", "fail", "fail", "escalated"),
    ],
)
def test_branches_settle_by_their_ends(until: str, db: str, web: str, end: str) -> None:
    """all, any and first."""
    table = {"both/db/x": db, "both/web/x": web}
    assert end == play(PARALLEL.replace("UNTIL", until), table).end


SUB = """
runbook: other
title: Other
inputs: {app: {required: true, pattern: ".*"}}
outputs: {seen: "${look.answer}"}
steps:
  look: {check: {http: "http://${inputs.app}/"}, then: {pass: false-alarm, fail: escalated, unknown: escalated}}
"""


def test_a_sub_runbook_is_a_scope_with_inputs_and_outputs() -> None:
    """Values cross only by inputs and outputs; the end is the outcome."""
    text = """
    ask: {check: {http: "http://x/", facts: {name: server}}, then: {any: call}}
    call: {runbook: other, inputs: {app: "${ask.name}"}, then: {resolved: aborted, false-alarm: see, escalated: see}}
    see: {decide: [{if: {call.seen: fail, call.outcome: escalated}, go: escalated}], else: aborted}
    """
    played = play(text, {"call/look": "fail"}, library={"other": SUB}, facts={"ask": {"name": "db"}})
    assert ["ask=pass", "call/look=fail", "call=escalated", "see=decided"] == played.path
    assert "http://db/" in [one.args["http"] for one in played.events(Asked)]  # type: ignore[index,call-overload]
    assert "escalated" == played.end


def test_a_step_beyond_its_visits_settles_as_limit() -> None:
    """A loop ends."""
    text = """
    look: {check: {http: "http://x/"}, visits: 3, then: {pass: false-alarm, fail: rest, unknown: rest, limit: escalated}}
    rest: {wait: 10s, visits: 9, then: look}
    """
    played = play(text, {"look": "fail"})
    assert 3 == played.performed.count("look")
    assert "look=limit" == played.path[-1]


def test_a_question_that_nobody_answers_expires_at_its_due() -> None:
    """The timeout is an outcome, recorded."""
    text = 'more: {ask: "Still bad?", options: {yes: "yes"}, timeout: 2m, then: {yes: escalated, timeout: aborted}}'
    played = play(text, {})
    assert "aborted" == played.end
    assert 1 == len(played.events(Expired))


def test_an_answer_after_the_due_is_refused_even_if_nobody_recorded_that_it_expired() -> None:
    """Time is in the records."""
    text = 'more: {ask: "Still bad?", options: {yes: "yes"}, timeout: 2m, then: {yes: escalated, timeout: aborted}}'
    played = play(text, {}, Line("yes", person=ANN, after=121.0))
    assert "aborted" == played.end


def test_the_ladder_pages_by_severity_from_the_alert_and_once() -> None:
    """Raising to SEV-1 pages the engineer at once and the manager at five minutes."""
    text = """
    bad: {decide: [{if: {run.severity: SEV-2}, go: pause, raise: SEV-1}], else: escalated}
    pause: {wait: 20m, then: escalated}
    """
    played = play(text, {})
    fired = [
        (one.event.key, one.at - played.happened[0].at)
        for one in played.happened
        if isinstance(one.event, TimerFired) and one.event.timer == "ladder"
    ]
    assert [("engineer", 0.0), ("manager", 300.0)] == fired
    assert ["!ladder.engineer", "!ladder.manager"] == played.performed
    updates = [one.key for one in played.events(TimerFired) if one.timer == "update"]  # type: ignore[attr-defined]
    assert ["1"] == updates


def test_a_page_that_does_not_get_through_is_tried_for_five_minutes() -> None:
    """Then it is undelivered, loudly, and the run goes on."""
    text = "tell: {escalate: engineer, decision: Help, then: {acknowledged: escalated, undelivered: aborted}}"
    played = play(text, {"tell": "undelivered/refused"})
    assert 7 == len(played.performed)
    lasted = played.happened[-1].at - played.happened[0].at
    assert 200.0 < lasted <= 301.0
    assert "aborted" == played.end
    assert played.state.undelivered and not played.state.delivered


def test_outcomes_that_are_not_good_walk_the_ladder_and_end_escalated() -> None:
    """The built-in otherwise pages the roles after one another."""
    played = play("look: {check: {http: 'http://x/'}, then: false-alarm}", {"look": "fail"})
    assert ["look=fail", "otherwise=unanswered"] == played.path
    assert "escalated" == played.end


def test_an_abort_lets_a_change_land_and_starts_nothing_new() -> None:
    """Reads are stopped, the change in the air is recorded."""

    def abort(happened: object, ledger: object) -> None:
        event = happened.event  # type: ignore[attr-defined]
        if isinstance(event, Asked) and event.what == "action":
            ledger.record([Aborted(reason="wrong run")], ANN)  # type: ignore[attr-defined]

    played = play(CHANGE, {}, "yes", interfere=abort)
    assert "aborted" == played.end
    ended = [one.operation for one in played.events(Ended)]
    assert ["restart#1.do.0@1"] == ended
    assert ("restart (irreversible: a restart)",) == played.events(Finished)[0].undoable  # type: ignore[attr-defined]


def test_a_skipped_step_goes_where_skipped_goes() -> None:
    """A person's deviation is an event with a reason."""

    def skip(happened: object, ledger: object) -> None:
        event = happened.event  # type: ignore[attr-defined]
        if isinstance(event, Asked) and event.step == "look":
            ledger.record([Skipped(step="look", reason="known broken probe")], ANN)  # type: ignore[attr-defined]

    played = play(LOOK, {}, interfere=skip)
    assert ["look=skipped"] == played.path
    assert "known broken probe" in played.events(Settled)[0].why  # type: ignore[attr-defined]


def test_a_question_changes_nothing() -> None:
    """Asking twice gives the same moves and the same state."""
    played = play(CHANGE, {}, "yes")
    for upto in range(1, len(played.happened)):
        state = RunState()
        from engine.core.state import evolve

        for happened in played.happened[:upto]:
            state = evolve(state, happened)
        now = played.happened[upto - 1].at
        assert next_moves(state, now, frozenset()) == next_moves(state, now, frozenset())


def test_the_second_answer_changes_nothing() -> None:
    """The first valid answer wins."""
    text = 'more: {ask: "Bad?", options: {yes: "yes", no: "no"}, then: {yes: escalated, no: aborted}}'

    def answer(happened: object, ledger: object) -> None:
        event = happened.event  # type: ignore[attr-defined]
        if isinstance(event, Prompted):
            ledger.record([Answered(prompt=event.prompt, choice="no")], ELI)  # type: ignore[attr-defined]
            ledger.record([Answered(prompt=event.prompt, choice="yes")], ANN)  # type: ignore[attr-defined]

    assert "aborted" == play(text, {}, interfere=answer).end


def test_severity_is_state_that_a_person_can_set() -> None:
    """Lowered by a person, kept."""

    def lower(happened: object, ledger: object) -> None:
        event = happened.event  # type: ignore[attr-defined]
        if isinstance(event, Asked) and ledger.state.severity == "SEV-2":  # type: ignore[attr-defined]
            ledger.record([SeveritySet(severity="SEV-1", why="customers call")], ANN)  # type: ignore[attr-defined]

    assert "SEV-1" == play(LOOK, {}, interfere=lower).state.severity


UNSURE = CHANGE.replace(
    "irreversible: a restart", 'undo: {http: "http://x/back"}, reconcile: {http: "http://x/version"}'
)


@pytest.mark.parametrize("how", ["reconciled", "said by a person"])
def test_a_change_that_turned_out_to_have_happened_can_be_undone(how: str) -> None:
    """Unknown, then known: it is a change like any other."""
    text = UNSURE if how == "reconciled" else UNSURE.replace(', reconcile: {http: "http://x/version"}', "")
    played = play(text, {"restart.do.0": "unknown"}, "yes", Line("done", item="happened.0", person=ANN))
    assert "resolved" == played.end
    assert ("restart",) == played.events(Finished)[0].undoable


@pytest.mark.parametrize("scale", [1.0, 7.0, 13.0, 60.0])
def test_status_updates_keep_their_cadence_at_any_time_scale(scale: float) -> None:
    """The due moment itself counts as due, whatever the rounding."""
    text = """
    bad: {decide: [{if: {run.severity: SEV-2}, go: pause, raise: SEV-1}], else: escalated}
    pause: {wait: 2h, then: escalated}
    """
    played = play(text, {}, scale=scale)
    updates = [one.key for one in played.events(TimerFired) if one.timer == "update"]
    assert [str(n) for n in range(1, 8)] == updates[:7]


def test_a_change_made_by_hand_needs_a_recovery_check_of_its_own() -> None:
    """What held before the hand-made change proves nothing about after it."""
    text = """
    before: {wait: {until: {http: "http://x/"}, limit: 1m, recovery: true}, then: {held: restart, limit: escalated}}
    restart: {action: {http: "http://x/restart", operation: restart-machine, irreversible: a restart}, then: {done: again}}
    again: {wait: {until: {http: "http://x/"}, limit: 1m, recovery: true}, then: {held: resolved, limit: escalated}}
    """

    def jump(happened: object, ledger: object) -> None:
        event = happened.event
        if isinstance(event, Asked) and event.step == "again":
            ledger.record([Jumped(step="again", target="resolved", reason="no time")], ANN)

    assert "mitigated" == play(text, {}, "hand", interfere=jump).end
