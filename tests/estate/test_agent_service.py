"""The agent service's process."""

from __future__ import annotations

import json

import pytest

from engine.estate.estate import AGENT, LLAMAINDEX
from engine.estate.healthy import healthy
from tests.estate.by_hand import START, Estate

MESSAGE = {
    "event": "message_created",
    "content": "Where is my order?",
    "sender": {"type": "contact"},
    "conversation": {"id": 7},
}


def test_health_says_ok_whatever_its_dependencies_do(estate: Estate) -> None:
    """No dependency is checked."""
    estate.strike("database", "database-away")
    estate.strike("openai", "openai-outage")
    body = estate.data(AGENT, "/health")
    expected = {
        "status": "ok",
        "service": "agent-service",
        "version": "1.0.0",
        "timestamp": "2025-11-23T03:00:00.000Z",
    }
    assert expected == body


def test_approvals_are_the_stored_ones(estate: Estate) -> None:
    """Three wait at the start, each with what it wants to do."""
    body = estate.data(AGENT, "/approvals")
    assert isinstance(body, list)
    assert [4101, 4102, 4103] == [entry["conversationId"] for entry in body]
    assert {"id", "conversationId", "createdAt", "pending"} == set(body[0])


def test_approvals_are_500_when_the_database_is_away(estate: Estate) -> None:
    """The app itself answers: JSON with an error."""
    estate.strike("database", "database-away")
    reply = estate.ask(AGENT, "/approvals")
    assert 500 == reply.status
    assert ["error"] == list(json.loads(reply.body))


def test_approvals_survive_a_restart_in_postgres(estate: Estate) -> None:
    """With PG_URL set a restart loses none."""
    estate.act("restart")
    estate.wait(5)
    assert 3 == len(estate.data(AGENT, "/approvals"))  # type: ignore[arg-type]  # a list, see above


def test_approvals_are_lost_by_a_restart_without_pg_url() -> None:
    """The file store is on a disk that is rebuilt."""
    estate = Estate(healthy(START, pg_url=False))
    assert 3 == len(estate.data(AGENT, "/approvals"))  # type: ignore[arg-type]  # a list, see above
    estate.act("restart")
    estate.wait(5)
    assert [] == estate.data(AGENT, "/approvals")


@pytest.mark.parametrize("pg_url", [True, False])
def test_a_message_that_needs_approval_joins_the_queue(pg_url: bool) -> None:
    """Whichever store is in use, the next reader sees it."""
    estate = Estate(healthy(START, pg_url=pg_url))
    reply = estate.ask(AGENT, "/webhooks/chatwoot", {**MESSAGE, "content": "Please cancel my order"})
    assert "pending_approval" == json.loads(reply.body)["status"]
    assert 4 == len(estate.data(AGENT, "/approvals"))  # type: ignore[arg-type]  # a list, see above


def test_a_harmless_event_runs_no_model(estate: Estate) -> None:
    """The safe synthetic: quick, ignored, with a reason."""
    reply = estate.ask(AGENT, "/webhooks/chatwoot", {"event": "conversation_updated"})
    body = json.loads(reply.body)
    assert (200, True, 0.02) == (reply.status, body["ignored"], reply.after)
    assert body["reason"]


def test_a_message_takes_as_long_as_its_model_run(estate: Estate) -> None:
    """Five seconds is normal: the whole run is inside the request."""
    reply = estate.ask(AGENT, "/webhooks/chatwoot", MESSAGE)
    assert ("draft_ready", 5.0) == (json.loads(reply.body)["status"], reply.after)


@pytest.mark.parametrize("kind", ["openai-outage", "openai-quota", "openai-key"])
def test_a_message_is_500_when_openai_does_not_serve(estate: Estate, kind: str) -> None:
    """The model's failure is the webhook's failure."""
    estate.strike("openai", kind)
    assert 500 == estate.ask(AGENT, "/webhooks/chatwoot", MESSAGE).status


def test_a_message_hangs_when_llamaindex_hangs(estate: Estate) -> None:
    """The RAG call has no timeout; a harmless event still answers."""
    estate.strike(LLAMAINDEX, "llamaindex-hang")
    assert "hang" == estate.ask(AGENT, "/webhooks/chatwoot", MESSAGE).fault
    assert 200 == estate.ask(AGENT, "/webhooks/chatwoot", {"event": "conversation_updated"}).status


def test_deciding_answers_as_the_vendor_wrote_it(estate: Estate) -> None:
    """Not found, a wrong index, and done; what is handled stays in the list."""
    listed = estate.data(AGENT, "/approvals")
    assert isinstance(listed, list)
    path = f"/approvals/{listed[0]['id']}"
    assert 404 == estate.ask(AGENT, "/approvals/none/0/approve", {}).status
    assert 400 == estate.ask(AGENT, f"{path}/3/approve", {}).status
    assert 200 == estate.ask(AGENT, f"{path}/0/approve", {}).status
    assert 3 == len(estate.data(AGENT, "/approvals"))  # type: ignore[arg-type]  # a list, see above


def test_an_endpoint_that_does_not_exist_is_404(estate: Estate) -> None:
    """The stand-in invents nothing."""
    for target in ("/", "/ready", "/metrics", "/approvals/1"):
        assert 404 == estate.ask(AGENT, target).status
