"""The Fly proxy in front of an app."""

from __future__ import annotations

from engine.estate.estate import AGENT, LLAMAINDEX
from tests.estate.by_hand import Estate


def test_a_healthy_app_answers_through_the_proxy(estate: Estate) -> None:
    """The app's reply carries the proxy's headers."""
    reply = estate.ask(AGENT, "/health")
    assert 200 == reply.status
    assert reply.headers["server"].startswith("Fly/")
    assert reply.headers["fly-request-id"].endswith("-ord")


def test_a_sleeping_machine_is_woken_by_a_request(estate: Estate) -> None:
    """The cold start is in the time, the wake-up in the changes, and no person did it."""
    estate.wait(301)
    assert "stopped" == estate.machine().state
    reply = estate.ask(AGENT, "/health")
    assert (200, 2.22) == (reply.status, reply.after)
    assert {("start", estate.machine().id): 1} == estate.state.counts(by="proxy")
    assert {} == estate.state.counts()
    estate.wait(3)
    assert 0.02 == estate.ask(AGENT, "/health").after


def test_a_crashed_machine_is_not_woken(estate: Estate) -> None:
    """Only a clean stop is sleep: the proxy answers itself, with an empty body."""
    estate.strike(AGENT, "single-crash")
    reply = estate.ask(AGENT, "/health")
    assert (503, b"") == (reply.status, reply.body)
    assert reply.headers["server"].startswith("Fly/")
    assert "stopped" == estate.machine().state


def test_a_crash_looping_app_is_502_after_42_seconds(estate: Estate) -> None:
    """What was seen in the field: slow, empty, from the proxy."""
    estate.strike(AGENT, "crash-loop")
    reply = estate.ask(AGENT, "/health")
    assert (502, b"", 42.058) == (reply.status, reply.body, reply.after)


def test_a_machine_between_two_crashes_gets_no_request(estate: Estate) -> None:
    """It says started for a second, and nothing listens."""
    estate.strike(AGENT, "crash-loop", minutes_before=0)
    estate.wait(1)
    assert "started" == estate.machine().state
    assert 502 == estate.ask(AGENT, "/health").status


def test_an_app_without_machines_is_503(estate: Estate) -> None:
    """No candidate and nothing to wake."""
    for mode in ("none", "host"):
        estate.strike(AGENT, "no-machine", mode=mode)
        reply = estate.ask(AGENT, "/health")
        assert (503, b"") == (reply.status, reply.body)


def test_a_machine_without_a_service_in_its_config_gets_no_request(estate: Estate) -> None:
    """An update that forgot the services takes the machine out of the proxy: it replaces the whole config."""
    image = estate.machine().image
    assert 200 == estate.act("", body={"config": {"image": image}}).status
    estate.wait(5)
    assert "started" == estate.machine().state
    assert 503 == estate.ask(AGENT, "/health").status


def test_requests_take_turns_among_machines(estate: Estate) -> None:
    """Two machines hold two memories: each counts its own calls."""
    for _ in range(4):
        estate.query()
        estate.wait(1)
    calls = [dict(estate.machine(LLAMAINDEX, i).memory.tools)["query_support"].calls for i in (0, 1)]  # type: ignore[union-attr]  # LlamaIndex machines hold its memory
    assert [2, 2] == calls
