"""Leaving steps, scopes within scopes, and what must land: rules of engine/core/turn.py and state.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.core.events import (
    Aborted,
    Asked,
    Ended,
    Finished,
    HandedOver,
    Happened,
    Jumped,
    Prompted,
    Settled,
    Skipped,
    Started,
    TakenOver,
)
from engine.core.next import next_moves
from engine.core.state import RunState, evolve
from engine.io.drivers.ledger import Ledger
from engine.io.people import Line
from engine.kinds.errors import JournalDamaged
from tests.core.play import ANN, ELI, play

SUB = """
runbook: other
title: Other
severity: SEV-2
inputs: {app: {default: db, pattern: ".*"}}
outputs: {seen: "${look.answer}"}
steps:
  look: {check: {http: "http://${inputs.app}/"}, then: {any: restart}}
  restart:
    action: {http: "http://x/restart", operation: restart-machine, undo: {http: "http://x/back"}}
    then: {done: mitigated, failed: escalated}
"""
CALL = """
call: {runbook: other, then: {any: again}}
again: {wait: 10s, then: mitigated}
"""


def when(test: Callable[[object], bool], event: object) -> Callable[[Happened, Ledger], None]:
    """Return an interference: say this once the test holds for an event."""
    said: list[bool] = []

    def interfere(happened: Happened, ledger: Ledger) -> None:
        if not said and test(happened.event):
            said.append(True)
            ledger.record([event], ANN)  # type: ignore[list-item]

    return interfere


def asked(step: str) -> Callable[[object], bool]:
    """Return a test for the moment an action is asked."""
    return lambda event: isinstance(event, Asked) and event.step == step and event.what == "action"


def test_leaving_a_step_waits_for_a_change_in_the_air_deep_inside_it() -> None:
    """A skipped sub-runbook does not stop its restart, nor go on before it has landed."""
    interfere = when(asked("call/restart"), Skipped(step="call", reason="no use"))
    played = play(CALL, {}, "yes", library={"other": SUB}, interfere=interfere, seconds=5.0)
    ended = [one.outcome for one in played.events(Ended) if one.operation.startswith("call/restart")]  # type: ignore[attr-defined]
    assert ["done"] == ended
    assert ["call/look=pass", "call=skipped", "again=held"] == played.path
    order = [
        type(one.event)
        for one in played.happened
        if getattr(one.event, "step", "") == "call" or isinstance(one.event, Ended)
    ]
    assert Settled is order[-1]


def test_a_change_that_landed_in_a_step_that_was_left_can_be_undone() -> None:
    """One undo stack for the whole run."""
    interfere = when(asked("call/restart"), Skipped(step="call", reason="no use"))
    played = play(CALL, {}, "yes", library={"other": SUB}, interfere=interfere)
    assert ["call/restart"] == [change.step for change in played.state.changes]
    assert 1 == len(played.events(Finished)[0].undoable)  # type: ignore[attr-defined]


@pytest.mark.parametrize("leave", [Aborted(reason="r"), Skipped(step="one", reason="r")])
def test_a_change_that_nobody_could_say_happened_is_listed_at_the_end(leave: object) -> None:
    """Unknown, then left: neither done nor undone, and not forgotten."""
    text = 'one: {action: {http: "http://x/", operation: restart-machine, undo: {http: "http://x/-"}}, then: mitigated}'
    played = play(text, {"one": "unknown"}, "yes", interfere=when(asked("one"), leave))
    assert ("one (it is not known whether it happened)",) == played.events(Finished)[0].undoable  # type: ignore[attr-defined]


@pytest.mark.parametrize("target", ["nowhere", "call/restart", "pass"])
def test_a_jump_that_leaves_its_graph_changes_nothing(target: str) -> None:
    """No edge crosses a border, whoever wrote it."""
    first = when(
        lambda event: isinstance(event, Settled) and event.step == "call",
        Jumped(step="again", target=target, reason="r"),
    )
    played = play(CALL, {}, "yes", library={"other": SUB}, interfere=first)
    assert ["call/look=pass", "call/restart=done", "call=mitigated", "again=held"] == played.path


def test_a_jump_back_begins_the_count_of_visits_anew() -> None:
    """The bound is against loops of the engine, not against a person."""
    text = """
    look: {check: {http: "http://x/"}, then: {any: rest}}
    rest: {wait: 10s, then: mitigated}
    """
    first = when(
        lambda event: isinstance(event, Settled) and event.step == "look",
        Jumped(step="rest", target="look", reason="r"),
    )
    assert ["look=pass", "rest=skipped", "look=pass", "rest=held"] == play(text, {}, interfere=first).path


def test_a_limit_that_leads_back_to_its_own_step_ends_the_graph() -> None:
    """`otherwise` may be a step of the author, and its own outcomes go there too."""
    text = """
    runbook: test
    title: T
    otherwise: look
    steps:
      look: {check: {http: "http://x/"}, then: {pass: mitigated}}
    """
    played = play(text, {"look": "fail"})
    assert ["look=fail", "look=limit"] == played.path
    assert "escalated" == played.end


def test_facts_of_a_first_opening_do_not_answer_for_the_second() -> None:
    """A sub-runbook that is opened again knows nothing."""
    sub = """
    runbook: other
    title: Other
    steps:
      first: {decide: [{if: {look.outcome: pass}, go: mitigated}], else: look}
      look: {check: {http: "http://x/"}, then: {any: escalated}}
    """
    text = "call: {runbook: other, visits: 2, then: {any: call, limit: aborted}}"
    played = play(text, {}, library={"other": sub})
    opening = ["call/first=decided", "call/look=pass", "call=escalated"]
    assert [*opening, *opening, "call=limit"] == played.path


def test_questions_of_a_scope_that_was_left_are_closed() -> None:
    """Nobody is asked what no longer matters."""
    sub = 'runbook: other\ntitle: O\nsteps:\n  q: {ask: "Q?", options: {yes: "y"}, then: {yes: mitigated}}\n'
    interfere = when(lambda event: isinstance(event, Prompted), Skipped(step="call", reason="r"))
    played = play(
        "call: {runbook: other, then: {any: rest}}\nrest: {wait: 1s, then: mitigated}",
        {},
        library={"other": sub},
        interfere=interfere,
    )
    assert {} == played.state.prompts


def test_a_settlement_of_a_scope_that_was_closed_changes_nothing() -> None:
    """Two records of one turn: the branch ended with the step around it."""
    text = """
    both:
      parallel:
        a: {steps: {x: {check: {tcp: "a:1"}, then: {any: pass}}}}
        b: {steps: {x: {check: {tcp: "b:1"}, then: {any: y}}, y: {wait: 1s, then: pass}}}
      until: first
      then: {any: rest}
    rest: {wait: 10s, then: mitigated}
    """
    played = play(text, {})
    state = RunState()
    for one in played.happened:
        state = evolve(state, one)
        if isinstance(one.event, Settled) and one.event.step == "both":
            late = Happened(one.seq + 1, one.at, one.by, Settled(step="both/b/x", outcome="pass", target="y"))
            assert state.visits == evolve(state, late).visits
    assert [""] == list(state.visits)


def test_a_branch_that_could_settle_with_the_step_around_it_is_not_asked() -> None:
    """The step around it comes first, and what it closes stands still."""
    text = """
    both:
      parallel:
        a: {steps: {x: {check: {tcp: "a:1"}, then: {any: pass}}}}
        b: {steps: {x: {check: {tcp: "b:1"}, then: {any: y}}, y: {wait: 1s, then: pass}}}
      until: first
      then: {any: mitigated}
    """
    played = play(text, {})
    state = RunState()
    for one in played.happened:
        if isinstance(one.event, Settled) and one.event.step == "both":
            break
        state = evolve(state, one)
    b = "both/b/x#1@1"
    if state.operations[b].ended is None:  # both answer in the same turn of the loop
        state = evolve(state, Happened(state.seq + 1, state.now, ANN, Ended(operation=b, outcome="pass")))
    moves = [
        move.event.step
        for move in next_moves(state, state.now, frozenset())
        if isinstance(getattr(move, "event", None), Settled)
    ]  # type: ignore[union-attr]
    assert ["both"] == moves


def test_a_change_that_lands_after_the_recovery_check_held_needs_another_one() -> None:
    """Asked before, landed after: what held says nothing about it."""
    text = """
    both:
      parallel:
        fix: {steps: {do: {action: {http: "http://x/", operation: restart-machine, irreversible: r}, then: {any: pass}}}}
        well: {steps: {soak: {wait: {until: {http: "http://x/"}, limit: 1m, recovery: true}, then: {held: pass, limit: fail}}}}
      then: {any: resolved}
    """
    more = "policy: [{consent: none, effects: [change]}]"
    played = play(text, {}, more=more)
    change = "both/fix/do#1.do.0@1"
    state = RunState()
    for one in played.happened:
        if getattr(one.event, "operation", "") == change and isinstance(one.event, Ended):
            continue  # it takes longer than the soak
        state = evolve(state, one)
        if isinstance(one.event, Settled) and one.event.held:
            break
    assert state.recovered
    landed = Ended(operation=change, outcome="done")
    assert not evolve(state, Happened(state.seq + 1, state.now, ANN, landed)).recovered


def test_a_raise_never_lowers_the_severity() -> None:
    """Only a person lowers it, with a reason."""
    text = """
    up: {decide: [{if: {run.severity: SEV-2}, go: down, raise: SEV-1}], else: escalated}
    down: {decide: [{if: {run.severity: SEV-1}, go: mitigated, raise: SEV-2}], else: escalated}
    """
    played = play(text, {})
    assert ("mitigated", "SEV-1") == (played.end, played.state.severity)


def test_inputs_of_a_sub_runbook_may_name_the_service() -> None:
    """What is known when planning is resolved for them too."""
    more = "services: {db: {environments: {test: {url: db-host}}}}"
    text = "runbook: test\ntitle: T\nservice: db\nsteps:\n  call: {runbook: other, inputs: {app: '${service.url}'}, then: {any: mitigated}}\n"
    sub = SUB.replace("{any: restart}", "{any: mitigated}").split("  restart:")[0]
    played = play(text, {}, more=more, library={"other": sub})
    assert ["http://db-host/"] == [one.args["http"] for one in played.events(Asked)]  # type: ignore[index,call-overload]


def test_a_reconcile_check_knows_its_target() -> None:
    """With `for_each`, each unknown change is reconciled at its own machine."""
    text = """
    one:
      action: {http: "http://x/${each}", operation: restart-machine, irreversible: r, reconcile: {http: "http://x/state/${each}"}}
      for_each: [m1, m2, m3]
      then: {any: mitigated}
    """
    played = play(text, {"one.do.1": "unknown", "one.reconcile.1": "pass"}, "yes")
    looked = [one.args["http"] for one in played.events(Asked) if one.item == "reconcile.1"]  # type: ignore[index,call-overload]
    assert ["http://x/state/m2"] == looked
    assert ["one=done"] == played.path


BACK = """
one: {action: {http: "http://x/1", operation: restart-machine, undo: {http: "http://x/-1"}}, then: back}
back: {undo: all, then: {undone: mitigated, partly: escalated}}
"""


@pytest.mark.parametrize(
    ("said", "end", "left"), [("done", "mitigated", ()), ("failed", "escalated", ("one",))]
)
def test_an_undo_whose_outcome_is_unknown_is_asked_about_and_never_repeated(
    said: str, end: str, left: tuple[str, ...]
) -> None:
    """Without a verification only a person knows."""
    played = play(BACK, {"back": "unknown"}, Line(said, item="happened", person=ANN), "yes")
    assert end == played.end
    assert 1 == sum(name.startswith("back") for name in played.performed)
    assert left == played.events(Finished)[0].undoable  # type: ignore[attr-defined]


@pytest.mark.parametrize(("seen", "end"), [("pass", "mitigated"), ("fail", "escalated")])
def test_an_undo_whose_outcome_is_unknown_is_settled_by_its_verification(seen: str, end: str) -> None:
    """The check that proves an undo also says whether it happened."""
    text = BACK.replace('{http: "http://x/-1"}', '{http: "http://x/-1", verify: {http: "http://x/ok"}}')
    played = play(text, {"back.undo.one#1.do.0@1": "unknown", "back.verify.one#1.do.0@1": seen}, "yes")
    assert end == played.end


def test_an_undo_names_steps_of_its_own_graph() -> None:
    """Within a sub-runbook, too; an undo that finds nothing must not say it is done."""
    sub = """
    runbook: other
    title: Other
    steps:
      one: {action: {http: "http://x/1", operation: restart-machine, undo: {http: "http://x/-1"}}, then: back}
      back: {undo: one, then: {undone: mitigated, partly: escalated}}
    """
    played = play("call: {runbook: other, then: {any: mitigated}}", {}, "yes", library={"other": sub})
    assert "call/back.undo.call/one#1.do.0@1" in played.performed


def test_frozen_arguments_of_an_undo_are_data() -> None:
    """What came from outside is not looked at again, even where it looks like a reference."""
    text = """
    look: {check: {http: "http://x/", facts: {name: server}}, then: one}
    one: {action: {http: "http://x/1", operation: restart-machine, text: t, undo: {http: "http://x/-1", text: "${look.name}"}}, then: back}
    back: {undo: all, then: {undone: mitigated, partly: escalated}}
    """
    played = play(text, {}, "yes", facts={"look": {"name": "${run.id}"}})
    assert ["${run.id}"] == [one.args["text"] for one in played.events(Asked) if one.undoes]  # type: ignore[index,call-overload]


def test_what_a_person_saw_is_held_against_the_resolved_expectation() -> None:
    """A reference in an expectation means the same for a person's eyes."""
    text = """
    base: {check: {http: "http://x/", facts: {name: server}}, then: look}
    look:
      check: {http: "http://x/", expect: {server: {eq: "${base.name}"}}, look: {question: "Which?", facts: {server: name}}}
      then: {pass: mitigated, fail: escalated, unknown: aborted}
    """.replace("{eq: ", "{in: [").replace('name}"}}, look', 'name}"]}}, look')
    line = Line("seen", item="look", person=ANN, values={"server": "db"})
    played = play(text, {"look": "unknown/cannot"}, line, facts={"base": {"name": "db"}})
    assert "mitigated" == played.end


def test_a_change_under_way_at_an_executor_that_was_taken_over_is_not_lost_before_its_deadline() -> None:
    """It may still land there; reconciling too early would see the state before it."""
    text = 'one: {action: {http: "http://x/", operation: restart-machine, irreversible: r}, then: mitigated}'
    played = play(text, {}, "yes")
    state = RunState()
    for one in played.happened:
        state = evolve(state, one)
        if isinstance(one.event, Asked):
            break
    due = state.operations["one#1.do.0@1"].asked.due
    taken = evolve(state, Happened(state.seq + 1, state.now, ELI, TakenOver(why="r"), epoch=2))
    assert not any(hasattr(move, "event") for move in next_moves(taken, taken.now, frozenset()))
    assert any(hasattr(move, "event") for move in next_moves(taken, due, frozenset()))
    assert any(hasattr(move, "event") for move in next_moves(state, state.now, frozenset()))


def test_a_journal_of_a_newer_engine_is_refused_with_its_version() -> None:
    """Never a traceback, never a guess."""
    from engine.core.events import from_record
    from engine.kinds import codec

    played = play("a: {wait: 1s, then: mitigated}", {})
    started = played.happened[0].event
    assert isinstance(started, Started)
    plain = codec.plain(started)
    assert isinstance(plain, dict)
    with pytest.raises(JournalDamaged, match="version 99"):
        from_record("started", {**plain, "plan": {**plain["plan"], "decision": 99}})
    with pytest.raises(JournalDamaged, match="newer engine"):
        from_record("expired", {"prompt": "x", "due": "2025-11-23T03:02:12Z", "mood": "new"})
    with pytest.raises(JournalDamaged, match="newer engine"):
        from_record("teleported", {})


def test_a_long_soak_keeps_a_small_state() -> None:
    """State is bounded by the graph, not by the history."""
    text = """
    well:
      wait: {until: {http: "http://x/"}, soak: {passes: 300, every: 3s, for: 10m}, limit: 30m, recovery: true}
      then: {held: resolved, limit: escalated}
    """
    sizes: list[int] = []
    played = play(text, {}, interfere=lambda one, ledger: sizes.append(len(ledger.state.operations)))
    assert "resolved" == played.end
    assert "300 passes in a row" in played.events(Settled)[0].why  # type: ignore[attr-defined]
    assert max(sizes) <= 3


def test_handing_over_does_not_page_who_handed_over() -> None:
    """Who has run the run is their level's acknowledgement."""
    text = "pause: {wait: 5m, then: mitigated}"
    first = when(lambda event: isinstance(event, Started), HandedOver(to=ELI, reason="shift"))
    assert [] == play(text, {}, interfere=first).performed
