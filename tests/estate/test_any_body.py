"""Whatever is sent, a stand-in answers."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.estate.estate import AGENT, LLAMAINDEX, handle
from engine.estate.healthy import healthy
from engine.estate.wire import Request
from engine.kinds.values import Json
from tests.estate.by_hand import START

ESTATE = healthy(START)
AGENT_APP = ESTATE.fly.app(AGENT)
assert AGENT_APP is not None
MACHINE = f"/v1/apps/{AGENT}/machines/{AGENT_APP.machines[0].id}"
ENDPOINTS = [
    (AGENT, "/webhooks/chatwoot"),
    (LLAMAINDEX, "/mcp"),
    (LLAMAINDEX, "/mcp/tools/call"),
    ("machines-api", MACHINE),
    ("machines-api", f"{MACHINE}/lease"),
    ("fly-mcp", "/mcp"),
    ("pagerduty", "/v2/enqueue"),
]
KEYS = st.sampled_from(
    [
        "event",
        "content",
        "conversation",
        "id",
        "sender",
        "type",
        "name",
        "arguments",
        "q",
        "topK",
        "method",
        "params",
        "config",
        "image",
        "ttl",
        "payload",
        "event_action",
        "dedup_key",
        "jsonrpc",
        "app",
    ]
)
WORDS = st.sampled_from(
    [
        "message_created",
        "contact",
        "query_support",
        "tools/call",
        "initialize",
        "trigger",
        "fly-status",
        "cancel",
    ]
)
LEAVES = (
    st.none() | st.booleans() | st.floats() | st.integers() | st.text() | WORDS | st.just("\ud800 cancel")
)
BODIES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=12)
HEADERS = {"authorization": "Bearer token", "accept": "application/json, text/event-stream"}


@pytest.mark.parametrize(("service", "target"), ENDPOINTS)
@settings(max_examples=60, deadline=None)
@given(body=BODIES)
def test_any_json_is_answered(service: str, target: str, body: Json) -> None:
    """With a status and a finite time, never an exception."""
    sent = json.dumps(body).encode()
    _, reply = handle(ESTATE, service, Request.to("POST", target, HEADERS, sent), START)
    assert 200 <= reply.status < 600
    assert 0 <= reply.after < 60


def test_nesting_beyond_the_parser_reads_as_nothing() -> None:
    """Refused like any other body that is no JSON."""
    deep = b"[" * 100_000
    _, reply = handle(ESTATE, "pagerduty", Request.to("POST", "/v2/enqueue", HEADERS, deep), START)
    assert 400 == reply.status


def test_a_lone_surrogate_comes_back_as_a_reply() -> None:
    """A message that needs approval is echoed, whatever is in it."""
    message = {"event": "message_created", "content": "cancel \ud800", "conversation": {"id": 1}}
    body = json.dumps({**message, "sender": {"type": "contact"}}).encode()
    _, reply = handle(ESTATE, AGENT, Request.to("POST", "/webhooks/chatwoot", {}, body), START)
    assert "pending_approval" == json.loads(reply.body)["status"]
