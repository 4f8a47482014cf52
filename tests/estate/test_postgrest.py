"""Tables through the REST API: what an empty list may mean, who asks, and the log function that refuses."""

from __future__ import annotations

import json

import pytest

from engine.estate.postgrest import MAX_ROWS, ROWS
from engine.estate.wire import Reply
from tests.estate.by_hand import Estate

VIEW = "decision_sync_events"


def ask(estate: Estate, name: str, role: str = "service", query: str = "limit=1") -> tuple[Reply, object]:
    """Return the reply to a reader of rows, and its body."""
    key = f"sandbox-value-of-supabase_{role}_key"
    sent = {"apikey": key, "authorization": f"Bearer {key}", "prefer": "count=exact"}
    reply = estate.ask("supabase", f"/rest/v1/{name}?{query}", headers=sent)
    try:
        return reply, json.loads(reply.body)
    except ValueError:
        return reply, None


def rows(estate: Estate, role: str, name: str = "facts") -> int:
    """Return how many rows a role sees."""
    body = ask(estate, name, role)[1]
    return len(body) if isinstance(body, list) else -1


def test_a_page_ends_at_a_thousand_rows_and_the_header_has_the_true_number(estate: Estate) -> None:
    """Whoever counts the rows of an unpaged list counts wrongly."""
    reply, body = ask(estate, "facts", query="select=topic")
    assert isinstance(body, list)
    assert (206, MAX_ROWS) == (reply.status, len(body))
    assert f"0-999/{ROWS['facts']}" == reply.headers["content-range"]


def test_on_a_good_day_a_reader_sees_rows_and_an_outsider_none(estate: Estate) -> None:
    """Without an error: hidden rows are an empty list."""
    assert (1, 1, 0) == tuple(rows(estate, role) for role in ("service", "reader", "anon"))
    assert (200, "*/0") == (
        ask(estate, "facts", "anon")[0].status,
        ask(estate, "facts", "anon")[0].headers["content-range"],
    )


@pytest.mark.parametrize(
    ("kind", "seen"),
    [("rest-hides", (1, 0, 0)), ("rest-empty", (0, 0, 0)), ("rest-open", (1, 1, 1)), ("rest-forbids", (1, -1, -1))],
)  # fmt: skip
def test_hidden_empty_open_and_forbidden_differ_by_who_asks(
    estate: Estate, kind: str, seen: tuple[int, ...]
) -> None:
    """One key alone could not tell them apart."""
    estate.strike("database", kind)
    assert seen == tuple(rows(estate, role) for role in ("service", "reader", "anon"))
    assert (1, 1, 0) == tuple(rows(estate, role, VIEW) for role in ("service", "reader", "anon"))


def test_a_missing_right_and_a_missing_object_have_their_own_codes(estate: Estate) -> None:
    """42501 is a 403, PGRST205 a 404."""
    estate.strike("database", "rest-forbids")
    estate.strike("database", "rest-missing")
    refused, said = ask(estate, "facts", "reader")
    missing, why = ask(estate, VIEW)
    assert isinstance(said, dict) and isinstance(why, dict)
    assert (403, "42501", 404, "PGRST205") == (refused.status, said["code"], missing.status, why["code"])


def test_a_page_of_a_gateway_is_neither_rows_nor_none(estate: Estate) -> None:
    """A 200 that is no list: nobody can say what that role sees."""
    estate.strike("database", "rest-strange")
    assert (1, -1) == (rows(estate, "service"), rows(estate, "reader"))


def test_the_log_function_refuses_what_it_cannot_log_and_needs_a_key(estate: Estate) -> None:
    """A bad body is a question that writes nothing."""
    key = {"apikey": "k"}
    path, line = "/functions/v1/occ-log", {"level": "info", "message": "probe"}
    assert [400, 200] == [estate.ask("supabase", path, body, headers=key).status for body in ({}, line)]
    assert 404 == estate.ask("supabase", "/functions/v1/other", {}, headers=key).status
    estate.strike("supabase", "log-function-gone")
    assert 404 == estate.ask("supabase", path, {}, headers=key).status
    estate.strike("supabase", "log-function-gone", status=500)
    assert 500 == estate.ask("supabase", path, {}, headers=key).status


def test_a_busy_day_has_more_orders_than_a_tile_asks_for_and_maybe_other_money(estate: Estate) -> None:
    """The newest first, ten minutes apart; when it is over the shop is as before."""
    query = "{ orders(first: 50) { nodes { createdAt currencyCode } } }"

    def asked() -> list[dict[str, str]]:
        reply = estate.ask(
            "shopify", "/admin/api/2025-10/graphql.json", {"query": query},
            headers={"x-shopify-access-token": "t"},
        )  # fmt: skip
        nodes = json.loads(reply.body)["data"]["orders"]["nodes"]
        assert isinstance(nodes, list)
        return nodes

    assert 3 == len(asked())
    estate.strike("shopify", "shopify-busy-day", orders=77, currency="EUR")
    busy = asked()
    assert (50, ["EUR", "USD"]) == (len(busy), [one["currencyCode"] for one in busy[:2]])
    assert busy[0]["createdAt"] > busy[49]["createdAt"]


def test_an_old_index_answers_and_names_no_source(estate: Estate) -> None:
    """Status 200, no isError, and no word of where it has it from."""
    assert b"Sources:" in estate.query().body
    estate.strike("hotdash-llamaindex-mcp", "llamaindex-uncited")
    reply = estate.query()
    assert 200 == reply.status
    assert b"isError" not in reply.body and b"Sources:" not in reply.body


def test_a_tile_may_be_empty_without_an_error(estate: Estate) -> None:
    """Exactly what a quiet day looks like."""
    estate.strike("database", "tile-empty")
    page = estate.ask("hotdash-production", "/app?mock=0", headers={"user-agent": "Shopify POS/9.30"}).body
    assert b'data-tile="escalations">{"status":"ok","source":"live","count":0,' in page
