"""The paging stand-in: incidents by dedup key, the list of them, and people who acknowledge."""

from __future__ import annotations

import json

import pytest

from engine.estate.pagerduty import OnCall, PagerDuty, handle
from engine.estate.wire import Reply, Request

NOW = 1_763_866_932.0
TOKEN = {"authorization": "Token token=t"}


def event(state: PagerDuty, action: str, key: str = "k", now: float = NOW) -> tuple[PagerDuty, Reply]:
    """Send one event."""
    payload = {"summary": "down", "source": "s", "severity": "critical"}
    body = {"routing_key": "r", "event_action": action, "dedup_key": key, "payload": payload}
    return handle(state, Request.to("POST", "/v2/enqueue", {}, json.dumps(body).encode()), now)


def after(*events: tuple[float, str], people: tuple[OnCall, ...] = ()) -> PagerDuty:
    """Return the state after events of one key."""
    state = PagerDuty(people=people)
    for at, action in events:
        state, reply = event(state, action, now=NOW + at)
        assert 202 == reply.status
    return state


def listed(state: PagerDuty, query: str, now: float, headers: dict[str, str] = TOKEN) -> Reply:
    """Ask for incidents."""
    return handle(state, Request.to("GET", f"/incidents?{query}", headers), now)[1]


@pytest.mark.parametrize(
    ("events", "statuses"),
    [
        ([(0, "trigger")], ["triggered"]),
        ([(0, "trigger"), (1, "trigger")], ["triggered"]),
        ([(0, "trigger"), (1, "acknowledge")], ["acknowledged"]),
        ([(0, "trigger"), (1, "acknowledge"), (2, "resolve")], ["resolved"]),
        ([(0, "trigger"), (1, "resolve"), (2, "trigger")], ["resolved", "triggered"]),
        ([(0, "resolve")], []),
        ([(0, "acknowledge")], []),
    ],
)
def test_one_key_is_one_open_incident(events: list[tuple[float, str]], statuses: list[str]) -> None:
    """A second trigger joins it; after a resolve the key opens another."""
    assert statuses == [one.status for one in after(*events).incidents(NOW + 10)]


def test_a_person_on_call_acknowledges_after_a_while() -> None:
    """Not before, not a resolved one, and only what they are on call for."""
    people = (OnCall("Mia", 5.0, "other"), OnCall("Eli", 30.0))
    state = after((0, "trigger"), people=people)
    assert [("triggered", "")] == [(one.status, one.by) for one in state.incidents(NOW + 29)]
    assert [("acknowledged", "Eli")] == [(one.status, one.by) for one in state.incidents(NOW + 30)]
    closed = after((0, "trigger"), (10, "resolve"), people=people)
    assert [("resolved", "")] == [(one.status, one.by) for one in closed.incidents(NOW + 60)]


def test_the_list_shows_who_acknowledged_and_an_event_has_no_user() -> None:
    """As the real one: a user reference for a person, the service for an event."""
    query = "incident_key=k&statuses%5B%5D=acknowledged&statuses%5B%5D=triggered"
    person = after((0, "trigger"), people=(OnCall("Eli", 1.0),))
    (seen,) = json.loads(listed(person, query, NOW + 5).body)["incidents"]
    assert ("user_reference", "Eli") == tuple(
        seen["acknowledgements"][0]["acknowledger"][key] for key in ("type", "summary")
    )
    (ours,) = json.loads(listed(after((0, "trigger"), (1, "acknowledge")), query, NOW + 5).body)["incidents"]
    assert "service_reference" == ours["acknowledgements"][0]["acknowledger"]["type"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("incident_key=k&statuses[]=triggered", 1),
        ("statuses[]=triggered", 1),
        ("incident_key=other&statuses[]=triggered", 0),
        ("incident_key=k&statuses[]=resolved", 0),
    ],
)
def test_the_list_is_narrowed_by_key_and_status(query: str, count: int) -> None:
    """What nobody asked for is not shown."""
    assert count == len(json.loads(listed(after((0, "trigger")), query, NOW).body)["incidents"])


def test_the_list_needs_a_token_and_is_down_with_the_api() -> None:
    """401 without; in trouble like the events."""
    assert 401 == listed(after((0, "trigger")), "", NOW, {}).status
    reply = handle(PagerDuty(), Request.to("GET", "/incidents", TOKEN), NOW, down=500)[1]
    assert 500 == reply.status
