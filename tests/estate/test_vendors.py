"""The vendors beside Fly: OpenAI, status pages, Supabase, PagerDuty, a webhook, a control probe."""

from __future__ import annotations

import json

import pytest

from engine.estate.status_page import PAGES
from tests.estate.by_hand import Estate

TRIGGER = {
    "routing_key": "key",
    "event_action": "trigger",
    "dedup_key": "run-1/level-1",
    "payload": {"summary": "agent service down", "source": "runbook", "severity": "critical"},
}


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("openai-outage", 503, None),
        ("openai-quota", 429, "insufficient_quota"),
        ("openai-key", 401, "invalid_api_key"),
    ],
)
def test_openai_fails_in_three_ways(estate: Estate, kind: str, status: int, code: str | None) -> None:
    """Each with its own status and code; a good day lists the models."""
    assert 200 == estate.ask("openai", "/v1/models").status
    estate.strike("openai", kind)
    reply = estate.ask("openai", "/v1/models")
    assert (status, code) == (reply.status, json.loads(reply.body)["error"]["code"])


def test_openai_needs_a_token(estate: Estate) -> None:
    """No bearer, no models; and only what a probe needs exists."""
    assert 401 == estate.ask("openai", "/v1/models", headers={"authorization": ""}).status
    assert 404 == estate.ask("openai", "/v1/chat/completions", {}).status


@pytest.mark.parametrize("service", list(PAGES))
def test_a_status_page_is_green_until_it_is_red(estate: Estate, service: str) -> None:
    """Both documents agree."""
    green = estate.data(service, "/api/v2/status.json")
    assert isinstance(green, dict)
    assert ({"page", "status"}, "none") == (set(green), green["status"]["indicator"])
    estate.strike(service, "status-red", indicator="critical")
    red = estate.data(service, "/api/v2/summary.json")
    assert isinstance(red, dict)
    assert ("critical", "major_outage", 1) == (
        red["status"]["indicator"],
        red["components"][0]["status"],
        len(red["incidents"]),
    )


def test_an_openai_outage_reddens_its_page_and_a_spent_quota_does_not(estate: Estate) -> None:
    """A red page is strong evidence, a green one weak."""
    estate.strike("openai", "openai-quota")
    assert b'"indicator":"none"' in estate.ask("status-openai", "/api/v2/status.json").body
    estate.strike("openai", "openai-outage")
    assert b'"indicator":"major"' in estate.ask("status-openai", "/api/v2/status.json").body
    assert b'"indicator":"none"' in estate.ask("status-supabase", "/api/v2/status.json").body


def test_supabase_reports_each_service_asked_for(estate: Estate) -> None:
    """Repeated and comma-joined parameters are the same; an away database is UNHEALTHY."""
    path = "/v1/projects/abc/health"
    healthy = estate.data("supabase", f"{path}?services=db&services=rest")
    assert healthy == estate.data("supabase", f"{path}?services=db,rest")
    assert [("db", True, "ACTIVE_HEALTHY"), ("rest", True, "ACTIVE_HEALTHY")] == [
        (entry["name"], entry["healthy"], entry["status"])
        for entry in healthy  # type: ignore[attr-defined]  # a list
    ]
    estate.strike("database", "database-away")
    away = estate.data("supabase", f"{path}?services=db")
    assert [{"name": "db", "healthy": False, "status": "UNHEALTHY", "error": "connect ECONNREFUSED"}] == away


def test_supabase_refuses_what_it_does_not_know(estate: Estate) -> None:
    """No token, no services, an unknown one."""
    path = "/v1/projects/abc/health"
    assert 401 == estate.ask("supabase", f"{path}?services=db", headers={"authorization": ""}).status
    assert 400 == estate.ask("supabase", path).status
    assert 400 == estate.ask("supabase", f"{path}?services=mail").status


def test_a_page_is_accepted_and_kept_under_its_dedup_key(estate: Estate) -> None:
    """Retries with the same key are one incident."""
    for _ in range(2):
        reply = estate.ask("pagerduty", "/v2/enqueue", TRIGGER)
        assert (202, "run-1/level-1") == (reply.status, json.loads(reply.body)["dedup_key"])
    kept = estate.state.pager.by_dedup_key()
    assert ["run-1/level-1"] == list(kept)
    assert ["trigger", "trigger"] == [page.action for page in kept["run-1/level-1"]]
    assert "key" not in {
        value for page in estate.state.pager.pages for value in (page.summary, page.dedup_key)
    }


@pytest.mark.parametrize(
    "event",
    [
        {**TRIGGER, "routing_key": ""},
        {**TRIGGER, "event_action": "shout"},
        {**TRIGGER, "payload": {"summary": "x", "source": "y", "severity": "SEV-1"}},
        {**TRIGGER, "payload": {"severity": "critical"}},
        {"routing_key": "key", "event_action": "resolve"},
        [],
    ],
)
def test_an_invalid_event_is_400_and_not_kept(estate: Estate, event: object) -> None:
    """The vendor names what is missing."""
    reply = estate.ask("pagerduty", "/v2/enqueue", event)
    assert 400 == reply.status
    assert json.loads(reply.body)["errors"]
    assert () == estate.state.pager.pages


def test_a_paging_api_in_trouble_keeps_nothing(estate: Estate) -> None:
    """500 by default, 429 when it asks for patience."""
    estate.strike("pagerduty", "page-api-down")
    assert 500 == estate.ask("pagerduty", "/v2/enqueue", TRIGGER).status
    estate.strike("pagerduty", "page-api-down", status=429)
    reply = estate.ask("pagerduty", "/v2/enqueue", TRIGGER)
    assert (429, "30") == (reply.status, reply.headers["retry-after"])
    assert () == estate.state.pager.pages


def test_a_webhook_takes_what_it_gets(estate: Estate) -> None:
    """200, and the body is kept."""
    assert 200 == estate.ask("webhook", "/hooks/incidents", {"text": "hello"}).status
    assert [("/hooks/incidents", b'{"text": "hello"}')] == [
        (taken.path, taken.body) for taken in estate.state.sink.taken
    ]
    assert 405 == estate.ask("webhook", "/hooks/incidents").status


def test_the_control_target_answers_204(estate: Estate) -> None:
    """Unless it is our own network."""
    assert 204 == estate.ask("control", "/generate_204").status
    estate.strike("control", "network-down")
    assert "refuse" == estate.ask("control", "/generate_204").fault
