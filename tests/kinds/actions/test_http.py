"""The http action: done, failed, and the one reply that says neither."""

from __future__ import annotations

import pytest

from engine.kinds.actions.http import HttpAction
from engine.kinds.ports import HttpReply, NoAnswer
from tests.kinds.fakes import FakeWorld, http_reply, performed, run

ACTION = HttpAction(
    http="https://api.example.com/v1/apps/shop/machines/m1/restart",
    headers={"Authorization": "Bearer ${secrets.FLY_API_TOKEN}"},
    json={"timeout": "10s"},
)


def test_a_good_reply_is_done() -> None:
    """With status and JSON as facts, and the body as evidence."""
    done = performed(ACTION, http_reply(200, {"ok": True}, seconds=1.4))
    assert ("done", "200 in 1.4s") == (done.outcome, done.summary)
    assert {
        "status": 200,
        "seconds": 1.4,
        "headers": {"content-type": "application/json; charset=utf-8"},
        "json": {"ok": True},
        "insecure": False,
    } == done.facts
    assert (b'{"ok": true}', "application/json") == (done.body, done.media)


@pytest.mark.parametrize(
    ("reply", "outcome", "summary"),
    [
        (http_reply(204), "done", "204 in 212ms"),
        (http_reply(409, {"error": "lease held"}), "failed", "409 in 212ms: lease held"),
        (http_reply(412, {"error": "version"}), "failed", "412 in 212ms: version"),
        (http_reply(404, {"message": "Not Found"}), "failed", "404 in 212ms: Not Found"),
        (http_reply(401, {"errors": ["Sign in"]}), "failed", "401 in 212ms: Sign in"),
        (http_reply(422, {"error": {"message": "bad"}}), "failed", "422 in 212ms: bad"),
        (http_reply(400, b"\nfirst\nsecond"), "failed", "400 in 212ms: first"),
        (
            http_reply(429, {"error": "slow down"}, {"retry-after": "2"}),
            "failed",
            "429 in 212ms: slow down (retry after 2)",
        ),
        (http_reply(503, b"", {"server": "Fly/1 (x)"}), "failed", "503 in 212ms, empty body, server: Fly"),
        (http_reply(500, {"error": "boom"}), "failed", "500 in 212ms: boom"),
        (
            http_reply(302, b"", {"location": "https://x"}),
            "failed",
            "302 in 212ms: redirects are not followed: use the address it leads to",
        ),
        (http_reply(504, b""), "unknown", "504 in 212ms, empty body"),
    ],
)
def test_every_other_reply_says_what_went_wrong(reply: HttpReply, outcome: str, summary: str) -> None:
    """The body's own error text is in the summary; a gateway that gave up knows no more than we do."""
    done = performed(ACTION, reply)
    assert (outcome, summary) == (done.outcome, done.summary)


def test_no_answer_leaves_the_kind_as_it_is() -> None:
    """The performer makes *unknown* of it."""
    with pytest.raises(NoAnswer):
        performed(ACTION, NoAnswer("timeout", "no complete answer", 60.0))


def test_the_request_is_sent_once_as_written() -> None:
    """POST by default; the secret stays a name."""
    world = FakeWorld([http_reply()])
    run(ACTION.perform(world, 20.0))
    (request,) = world.requests
    assert ("POST", ACTION.http, b'{"timeout": "10s"}', 20.0) == (
        request.method,
        request.url,
        request.body,
        request.timeout,
    )
    assert {
        "Authorization": "Bearer ${secrets.FLY_API_TOKEN}",
        "Content-Type": "application/json",
    } == request.headers


def test_two_bodies_are_refused() -> None:
    """JSON and text at once is a mistake."""
    with pytest.raises(ValueError, match="one body"):
        HttpAction(http="https://x", json={}, text="x")


def test_a_throttle_says_how_long_to_wait() -> None:
    """As a fact too, for the step that waits."""
    done = performed(ACTION, http_reply(429, b"", {"retry-after": "7"}))
    assert ("failed", 7.0) == (done.outcome, done.facts["retry_after"])


def test_an_unverified_certificate_is_a_wish_and_shown() -> None:
    """In the request, in the facts and in the line to type."""
    action = HttpAction(http="https://api.example.com/restart", insecure=True, max_bytes=10)
    world = FakeWorld([http_reply(204)])
    done = run(action.perform(world, 5.0))
    assert (True, 10) == (world.requests[0].insecure, world.requests[0].max_bytes)
    assert (True, "204 in 212ms, insecure: certificate not verified") == (
        done.facts["insecure"],
        done.summary,
    )
    assert "curl -sS -i -m 30 -k -X POST 'https://api.example.com/restart'" == action.by_hand()


def test_a_limit_that_makes_no_sense_is_refused() -> None:
    """With what to write."""
    with pytest.raises(ValueError, match="give 1 to"):
        HttpAction(http="https://x", max_bytes=0)


def test_by_hand_is_a_curl_line() -> None:
    """One line, the secret as a variable."""
    assert (
        'curl -sS -i -m 30 -X POST -H "Authorization: Bearer $FLY_API_TOKEN" '
        "-H 'Content-Type: application/json' --data-raw '{\"timeout\": \"10s\"}' "
        "'https://api.example.com/v1/apps/shop/machines/m1/restart'"
    ) == ACTION.by_hand()
    assert "api.example.com" == ACTION.target()
