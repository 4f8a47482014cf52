"""Every kind of fault: how it looks, what heals it, what does not."""

from __future__ import annotations

import pytest

from engine.estate.estate import AGENT, LLAMAINDEX, schedule
from engine.estate.fault import Fault
from engine.estate.faults import APP_FAULTS, fault_kinds
from engine.kinds.errors import UsageError
from tests.estate.by_hand import START, Estate

WIRE = [kind.name for kind in fault_kinds() if kind.layer == "wire"]


def test_every_kind_has_one_sentence_or_two() -> None:
    """The reference is generated from them."""
    kinds = fault_kinds()
    assert len(kinds) == len({kind.name for kind in kinds})
    assert all(kind.doc.endswith(".") for kind in kinds)


@pytest.mark.parametrize("kind", [kind.name for kind in fault_kinds()])
def test_every_kind_can_strike_and_end(estate: Estate, kind: str) -> None:
    """A fault with an `until` leaves no trace in what is active."""
    service = LLAMAINDEX if kind in APP_FAULTS or kind in WIRE else "openai"
    fault = Fault(service, kind, at=5.0, until=60.0)
    estate.state = schedule(estate.state, [fault])
    assert not estate.state.active
    estate.wait(10)
    assert (fault,) == tuple(entry.fault for entry in estate.state.active)
    estate.wait(60)
    assert ((), ()) == (estate.state.active, estate.state.scheduled)
    estate.act("restart", LLAMAINDEX)
    estate.wait(10)
    assert estate.query().fault is None


def test_an_unknown_kind_names_the_known_ones(estate: Estate) -> None:
    """And guesses what was meant."""
    with pytest.raises(UsageError) as caught:
        estate.strike(AGENT, "crashloop")
    assert "did you mean 'crash-loop'?" in caught.value.hint
    assert "llamaindex-hang" in caught.value.hint


def test_an_app_fault_cannot_strike_a_vendor(estate: Estate) -> None:
    """The service is checked before anything begins."""
    with pytest.raises(UsageError, match="unknown service 'openai'"):
        schedule(estate.state, [Fault("openai", "crash-loop")])


def test_idle_is_no_outage(estate: Estate) -> None:
    """Stopped cleanly, and the first request wakes it."""
    estate.strike(AGENT, "idle")
    assert estate.machine().merely_stopped
    assert 200 == estate.ask(AGENT, "/health").status


@pytest.mark.parametrize(
    ("kind", "code", "oom"), [("single-crash", 1, False), ("oom", 137, True), ("killed", 137, False)]
)
@pytest.mark.parametrize("action", ["restart", "start"])
def test_one_exit_is_healed_by_starting_again(
    estate: Estate, kind: str, code: int, oom: bool, action: str
) -> None:
    """The exit event tells them apart; a start or restart brings the app back for good."""
    estate.strike(AGENT, kind)
    last = estate.machine().last_exit
    assert last is not None
    assert ("stopped", code, oom, False) == (
        estate.machine().state,
        last.exit_code,
        last.oom_killed,
        last.requested_stop,
    )
    estate.wait(60)
    assert 503 == estate.ask(AGENT, "/health").status
    estate.act(action)
    estate.wait(5)
    assert 200 == estate.ask(AGENT, "/health").status
    estate.wait(120)
    assert "started" == estate.machine().state


def test_a_recurring_oom_comes_again_after_a_restart(estate: Estate) -> None:
    """It serves in between: a restart buys time and heals nothing."""
    estate.strike(AGENT, "oom", recurring=True, every=90)
    estate.act("restart")
    estate.wait(10)
    assert 200 == estate.ask(AGENT, "/health").status
    estate.wait(85)
    last = estate.machine().last_exit
    assert last is not None
    assert (137, True, True) == (last.exit_code, last.oom_killed, last.restarting)


def test_only_the_struck_machine_exits(estate: Estate) -> None:
    """With `machine` one of two is down and the app still answers."""
    estate.strike(LLAMAINDEX, "killed", machine=1)
    assert ["started", "stopped"] == [estate.machine(LLAMAINDEX, index).state for index in (0, 1)]
    assert 200 == estate.query().status


def test_a_crash_loop_began_with_its_release(estate: Estate) -> None:
    """Released eleven minutes before, all restarts used up by now, and the history is there."""
    estate.strike(AGENT, "crash-loop")
    app = estate.state.fly.app(AGENT)
    assert app is not None
    assert (12, START - 660) == (app.releases[0].version, app.releases[0].created_at)
    assert ("stopped", 10) == (estate.machine().state, estate.machine().restarts)
    assert app.releases[0].image_ref == estate.machine().image


def test_a_crash_loop_may_have_just_begun(estate: Estate) -> None:
    """Then its restarts happen while people look."""
    estate.strike(AGENT, "crash-loop", minutes_before=0)
    seen = []
    for _ in range(8):
        estate.wait(10)
        seen.append(estate.machine().restarts)
    assert sorted(seen) == seen
    assert (1, 10) == (seen[0], seen[-1])


def test_a_crash_loop_can_be_declared_healed_by_a_restart(estate: Estate) -> None:
    """A scenario may name another action."""
    estate.strike(AGENT, "crash-loop", heal="restart")
    estate.act("restart")
    estate.wait(5)
    assert 200 == estate.ask(AGENT, "/health").status


def test_a_lost_secret_is_not_healed_by_a_restart_or_a_rollback(estate: Estate) -> None:
    """The log names the variable; only a person who sets it helps."""
    estate.strike(AGENT, "secret-lost")
    estate.act("restart")
    estate.wait(5)
    assert 200 == estate.roll_back().status
    estate.wait(30)
    assert 502 == estate.ask(AGENT, "/health").status
    assert any("OPENAI_API_KEY" in line.message for line in estate.state.logs)


def test_a_secret_that_is_set_again_restarts_the_machines(estate: Estate) -> None:
    """With `until` a person sets it, and the app is back."""
    estate.state = schedule(estate.state, [Fault(AGENT, "secret-lost", at=0.0, until=60.0)])
    estate.wait(10)
    assert 502 == estate.ask(AGENT, "/health").status
    estate.wait(60)
    assert 200 == estate.ask(AGENT, "/health").status
    assert {} == estate.state.counts()


def test_losing_pg_url_empties_the_queue_without_a_crash(estate: Estate) -> None:
    """The service falls back to files, of which there are none."""
    estate.strike(AGENT, "secret-lost", secret="PG_URL")
    assert [] == estate.data(AGENT, "/approvals")


@pytest.mark.parametrize("kind", [kind for kind in WIRE if kind not in ("slow", "reset-changes")])
def test_a_fault_below_the_protocol_marks_every_reply(estate: Estate, kind: str) -> None:
    """Of that service only."""
    estate.strike("control", kind)
    assert kind == estate.ask("control", "/").fault
    assert estate.ask("openai", "/v1/models").fault is None


def test_slow_is_an_answer_later(estate: Estate) -> None:
    """The reply is whole."""
    estate.strike(AGENT, "slow", seconds=9)
    reply = estate.ask(AGENT, "/health")
    assert (200, 9.02, None) == (reply.status, round(reply.after, 3), reply.fault)


def test_where_only_the_answer_to_a_change_is_lost_it_has_happened_and_reads_are_answered(
    estate: Estate,
) -> None:
    """Whoever looks afterwards can find out."""
    before = len(estate.state.changes)
    estate.strike("machines-api", "reset-changes")
    assert "reset" == estate.act("restart").fault
    assert before + 1 == len(estate.state.changes)
    assert None is estate.ask("machines-api", f"/v1/apps/{AGENT}/machines").fault


def test_a_reset_change_has_happened_and_a_reset_before_has_not(estate: Estate) -> None:
    """The outcome is unknown to the caller: the estate knows."""
    estate.strike("machines-api", "reset")
    assert "reset" == estate.act("restart").fault
    assert {("restart", estate.machine().id): 1} == estate.state.counts()
    estate.strike("machines-api", "reset", before=True)
    assert "reset" == estate.act("restart").fault
    assert {("restart", estate.machine().id): 1} == estate.state.counts()


def test_a_hanging_llamaindex_edge_hangs_the_agent(estate: Estate) -> None:
    """The agent's call goes the same way as everyone's."""
    estate.strike(LLAMAINDEX, "hang")
    message = {
        "event": "message_created",
        "content": "Hello?",
        "sender": {"type": "contact"},
        "conversation": {"id": 7},
    }
    assert "hang" == estate.ask(AGENT, "/webhooks/chatwoot", message).fault


def test_when_our_network_is_down_nothing_answers(estate: Estate) -> None:
    """Every target refuses, the control probe's too, and nothing is performed."""
    estate.strike("control", "network-down")
    services = estate.state.services - {"database"}
    assert {"refuse"} == {estate.ask(service, "/").fault for service in services}
    assert "refuse" == estate.act("restart").fault
    assert {} == estate.state.counts()
    assert not estate.state.reachable("database")


def test_a_dependency_fault_may_be_healed_by_an_action(estate: Estate) -> None:
    """`heal` names the action on the app the fault is about."""
    estate.strike(AGENT, "slow", heal="restart")
    estate.act("restart")
    assert () == estate.state.active


def test_a_scheduled_fault_begins_by_itself_in_the_past_tense(estate: Estate) -> None:
    """What was due before a look has happened at its own time."""
    estate.state = schedule(estate.state, [Fault(AGENT, "killed", at=20.0)])
    estate.wait(100)
    last = estate.machine().last_exit
    assert last is not None
    assert START + 20 == last.at
