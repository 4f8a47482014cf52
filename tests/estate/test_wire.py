"""What crosses the wire."""

from __future__ import annotations

from engine.estate.wire import Request, json_reply, mapping, number


def test_a_repeated_query_parameter_is_joined_by_commas() -> None:
    """Supabase's `services` comes repeated or joined; a stand-in sees one form."""
    request = Request.to("get", "/v1/x?services=db&services=rest&timeout_ms=5")
    assert {"services": "db,rest", "timeout_ms": "5"} == request.query
    assert "GET" == request.method


def test_both_schemes_of_a_fly_token_are_read() -> None:
    """Newer tokens bring their own scheme word, and a basic password is no token."""
    schemes = {"Bearer abc": "abc", "FlyV1 abc": "abc", "Basic abc": "", "": ""}
    seen = {value: Request.to("GET", "/", {"Authorization": value}).bearer() for value in schemes}
    assert schemes == seen


def test_a_body_that_is_no_json_reads_as_nothing() -> None:
    """Outside data has any shape, and none of it is an exception."""
    assert Request.to("POST", "/", body=b"{not json").json() is None
    assert {} == mapping(["a list"])
    assert 5.0 == number(True, 5.0)


def test_a_json_reply_declares_itself() -> None:
    """The content type and the extra headers are both there."""
    reply = json_reply(429, {"error": "slow down"}, headers={"retry-after": "3"})
    assert b'{"error":"slow down"}' == reply.body
    assert ("application/json; charset=utf-8", "3") == (
        reply.headers["content-type"],
        reply.headers["retry-after"],
    )
