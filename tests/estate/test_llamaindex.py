"""The LlamaIndex server's process."""

from __future__ import annotations

import json

from engine.estate import llamaindex
from engine.estate.estate import LLAMAINDEX
from engine.estate.memory import LlamaMemory
from engine.estate.surroundings import Surroundings
from engine.estate.wire import Request
from tests.estate.by_hand import Estate

AROUND = Surroundings(booted_at=0.0, secrets=("OPENAI_API_KEY",))
CALL = b'{"name":"query_support","arguments":{"q":"x","topK":1}}'


def test_a_known_question_gets_text_with_sources(estate: Estate) -> None:
    """The only proof that the server is of use."""
    reply = estate.query()
    body = json.loads(reply.body)
    assert (200, 0.32) == (reply.status, reply.after)
    assert "Sources:" in body["content"][0]["text"]
    assert "isError" not in body


def test_health_says_ok_and_counts_calls(estate: Estate) -> None:
    """The error rate is a string with a percent sign; no calls are no data."""
    estate.query()
    estate.wait(1)
    estate.query()
    body = estate.data(LLAMAINDEX, "/health")
    assert isinstance(body, dict)
    assert ("ok", "llamaindex-rag-mcp") == (body["status"], body["service"])
    expected = {"calls": 1, "errors": 0, "errorRate": "0.00%", "avgLatencyMs": 320, "p95LatencyMs": 320}
    assert expected == body["metrics"]["query_support"]
    assert 0 == body["metrics"]["refresh_index"]["calls"]


def test_metrics_are_lost_by_a_restart(estate: Estate) -> None:
    """They live in memory: record them first."""
    estate.query()
    index = next(i for i in (0, 1) if estate.machine(LLAMAINDEX, i).memory)
    estate.act("restart", LLAMAINDEX, index)
    assert estate.machine(LLAMAINDEX, index).memory is None


def test_health_waits_while_a_query_blocks_the_event_loop() -> None:
    """One timeout under load is no proof of an outage."""
    memory, _ = llamaindex.handle(
        LlamaMemory(), Request.to("POST", "/mcp/tools/call", body=b'{"name":"refresh_index"}'), 100.0, AROUND
    )
    _, busy = llamaindex.handle(memory, Request.to("GET", "/health"), 101.0, AROUND)
    _, free = llamaindex.handle(memory, Request.to("GET", "/health"), 120.0, AROUND)
    assert (17.02, 0.02) == (busy.after, free.after)


def test_the_limit_is_100_in_60_seconds_for_each_client() -> None:
    """The 101st is refused with the time to wait; another client and the next minute are not."""
    memory = LlamaMemory()
    for _ in range(100):
        request = Request.to("GET", "/health", {"x-client-id": "probe"})
        memory, reply = llamaindex.handle(memory, request, 10.0, AROUND)
        assert 200 == reply.status
    assert "0" == reply.headers["x-ratelimit-remaining"]
    memory, refused = llamaindex.handle(memory, request, 30.0, AROUND)
    assert (429, {"error": "Too many requests", "retryAfter": 40}) == (
        refused.status,
        json.loads(refused.body),
    )
    assert ("40", "100") == (refused.headers["retry-after"], refused.headers["x-ratelimit-limit"])
    other = Request.to("GET", "/health", {"x-client-id": "someone"})
    assert 200 == llamaindex.handle(memory, other, 30.0, AROUND)[1].status
    assert 200 == llamaindex.handle(memory, request, 70.0, AROUND)[1].status


def test_a_missing_program_is_an_error_inside_a_200(estate: Estate) -> None:
    """Health is green and every query fails; another image heals."""
    estate.strike(LLAMAINDEX, "llamaindex-missing-cli")
    assert 200 == estate.ask(LLAMAINDEX, "/health").status
    reply = estate.query()
    body = json.loads(reply.body)
    assert (200, True) == (reply.status, body["isError"])
    assert "Cannot find module" in body["content"][0]["text"]
    assert "/dist/" in body["content"][0]["text"]
    for index in (0, 1):
        estate.act("restart", LLAMAINDEX, index)
    estate.wait(5)
    assert b"isError" in estate.query().body
    for index in (0, 1):
        assert 200 == estate.roll_back(LLAMAINDEX, index).status
    estate.wait(5)
    for _ in range(2):
        assert b"isError" not in estate.query().body
        estate.wait(1)


def test_rolling_back_one_machine_leaves_the_other_broken(estate: Estate) -> None:
    """The fault goes with the image: also after a restart of the other one."""
    estate.strike(LLAMAINDEX, "llamaindex-missing-cli")
    estate.roll_back(LLAMAINDEX, 0)
    estate.wait(5)
    estate.act("restart", LLAMAINDEX, 1)
    estate.wait(5)
    assert {False, True} == {b"isError" in estate.query().body for _ in range(2)}


def test_vendor_trouble_shows_in_the_text(estate: Estate) -> None:
    """Whose fault it is can be read."""
    says = {
        "openai-quota": "429",
        "openai-outage": "OpenAI",
        "openai-key": "401",
        "database-away": "Supabase",
    }
    for kind, word in says.items():
        fresh = Estate(estate.state)
        fresh.strike("database" if kind == "database-away" else "openai", kind)
        body = json.loads(fresh.query().body)
        assert body["isError"] is True
        assert word in body["content"][0]["text"]


def test_a_hang_blocks_health_too_until_a_restart(estate: Estate) -> None:
    """Green before the first query, silent after it, well after a restart of that machine."""
    estate.strike(LLAMAINDEX, "llamaindex-hang")
    assert [200, 200] == [estate.ask(LLAMAINDEX, "/health").status for _ in range(2)]
    estate.wait(1)
    assert ["hang", "hang"] == [estate.query().fault for _ in range(2)]
    assert "hang" == estate.ask(LLAMAINDEX, "/health").fault
    for index in (0, 1):
        estate.act("restart", LLAMAINDEX, index)
        estate.wait(5)
    assert [200, 200] == [estate.query().status for _ in range(2)]


def test_it_is_no_mcp_server() -> None:
    """GET /mcp is 404, POST /mcp a bare result; a missing name is 400."""
    assert 404 == llamaindex.handle(LlamaMemory(), Request.to("GET", "/mcp"), 1.0, AROUND)[1].status
    asked = b'{"method":"tools/call","params":' + CALL + b"}"
    _, bare = llamaindex.handle(LlamaMemory(), Request.to("POST", "/mcp", body=asked), 1.0, AROUND)
    assert ["content"] == list(json.loads(bare.body))
    nameless = Request.to("POST", "/mcp/tools/call", body=b"{}")
    assert 400 == llamaindex.handle(LlamaMemory(), nameless, 1.0, AROUND)[1].status


def test_a_spent_limit_passes_after_its_minute(estate: Estate) -> None:
    """Sitting it out is the cure."""
    estate.strike(LLAMAINDEX, "llamaindex-rate-limit", seconds=60)
    assert 429 == estate.query().status
    estate.wait(61)
    assert 200 == estate.query().status
