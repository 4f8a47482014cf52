"""The http check: facts, who answered, and the line to type."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.kinds.checks.http import HttpCheck
from engine.kinds.matchers import Matcher
from engine.kinds.ports import Certificate, HttpReply, NoAnswer, NoAnswerReason, Timing
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer, Observation
from tests.kinds.fakes import FakeWorld, http_reply, observed, run

CHECK = HttpCheck(http="https://shop.example.com/health")
HEALTHY: Json = {"status": "ok", "service": "agent-service", "version": "1.0.0"}
PROXY = {"server": "Fly/7c1d9a52 (2025-10-09)", "fly-request-id": "01J-ord"}


def test_a_healthy_reply_passes_and_gives_every_fact() -> None:
    """All facts of a JSON reply are there, and no others than those published."""
    seen = observed(CHECK, http_reply(200, HEALTHY, {"server": "express", "x-a": "1"}))
    assert "pass" == judge(CheckUse(kind=CHECK), seen).answer
    assert {
        "status": 200,
        "seconds": 0.212,
        "text": '{"status": "ok", "service": "agent-service", "version": "1.0.0"}',
        "json": HEALTHY,
        "headers": {"server": "express", "x-a": "1", "content-type": "application/json; charset=utf-8"},
        "server": "express",
        "empty": False,
        "edge": False,
        "url": "https://shop.example.com/health",
        "redirects": [],
        "insecure": False,
        "timing": {"dns": 0.0, "connect": 0.0, "tls": 0.0, "first_byte": 0.0, "body": 0.0},
    } == seen.facts
    assert {"retry_after", "certificate"} == set(CHECK.fact_names) - set(seen.facts)
    assert ("200 in 212ms", "application/json") == (seen.summary, seen.media)


def test_an_empty_502_of_the_proxy_fails_and_is_told_from_the_application() -> None:
    """The proxy's own error is recognised, and the summary says what a person needs."""
    seen = observed(CHECK, http_reply(502, b"", PROXY, 38.2))
    verdict = judge(CheckUse(kind=CHECK), seen)
    assert ("fail", "status 502, wanted between [200, 299]") == (verdict.answer, verdict.why)
    assert (True, True, "502 in 38.2s, empty body, server: Fly") == (
        seen.facts["edge"],
        seen.facts["empty"],
        seen.summary,
    )


@pytest.mark.parametrize(
    "reply",
    [
        http_reply(500, {"error": "no store"}, PROXY),
        http_reply(200, b"", PROXY),
        http_reply(502, b"", {"server": "nginx"}),
        http_reply(502, b"", {"server": "Fly/7c1d9a52"}),
        http_reply(502, b"", {"fly-request-id": "01J"}),
    ],
)
def test_any_other_reply_is_not_the_proxys_own(reply: HttpReply) -> None:
    """An error with a body, a good status, or another server is not the Fly proxy in its own name."""
    assert observed(CHECK, reply).facts["edge"] is False


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"OK", "OK"),
        (b"\xff\xfe", "��"),
        (b'{"half": ', '{"half": '),
        (b"[" * 5000 + b"]" * 5000, "[" * 5000 + "]" * 5000),
    ],
)
def test_a_body_that_is_no_json_has_no_json_fact(body: bytes, text: str) -> None:
    """Text, broken bytes and hostile nesting stay text; an expectation on JSON is then unknown."""
    seen = observed(CHECK, http_reply(200, body))
    assert text == seen.facts["text"]
    use = CheckUse(kind=CHECK, expect={"json.status": Matcher("ok")})
    assert "unknown" == judge(use, seen).answer


def test_text_among_the_facts_is_capped_while_the_evidence_is_whole() -> None:
    """Facts hold 65,536 characters of text, the observation the full body."""
    seen = observed(CHECK, http_reply(200, b"x" * 100_000))
    assert (65_536, 100_000) == (len(str(seen.facts["text"])), len(seen.body))


def test_numbers_that_are_no_numbers_are_no_data() -> None:
    """NaN and infinities in a body become null, so no comparison holds."""
    seen = observed(CHECK, http_reply(200, b'{"p95": NaN, "max": 1e999, "min": -Infinity}'))
    assert {"p95": None, "max": None, "min": None} == seen.facts["json"]


@pytest.mark.parametrize(("said", "answer"), [(None, "fail"), ("unknown", "unknown")])
def test_no_answer_is_fail_unless_the_author_says_otherwise(said: Answer | None, answer: Answer) -> None:
    """NoAnswer leaves the kind as it is, and means fail for http."""
    with pytest.raises(NoAnswer):
        observed(CHECK, NoAnswer("refused", "shop.example.com:443 refused the connection", 0.1))
    use = CheckUse(kind=CHECK, no_answer=said)  # type: ignore[arg-type]  # pass is not among the cases
    assert answer == judge(use, Observation(no_answer="refused")).answer


def test_the_request_carries_method_headers_body_and_deadline() -> None:
    """What is sent is what the author wrote, with the content type of a JSON body."""
    check = HttpCheck(
        http="https://rag.example.com/mcp/tools/call",
        method="POST",
        headers={"x-client-id": "runbook"},
        json={"name": "query_support", "arguments": {"q": "wo?"}},
        read_only_because="a query changes nothing",
    )
    world = FakeWorld([http_reply(200, {})])
    run(check.observe(world, 25.0))
    (request,) = world.requests
    assert ("POST", check.http, 25.0) == (request.method, request.url, request.timeout)
    assert {"x-client-id": "runbook", "Content-Type": "application/json"} == request.headers
    assert b'{"name": "query_support", "arguments": {"q": "wo?"}}' == request.body


def test_an_authors_content_type_is_kept() -> None:
    """A content type in the headers is not overruled, whatever its letters."""
    check = HttpCheck(
        http="https://x.example.com",
        method="POST",
        headers={"content-type": "application/graphql+json"},
        json={},
        read_only_because="a query",
    )
    world = FakeWorld([http_reply()])
    run(check.observe(world, 1.0))
    assert {"content-type": "application/graphql+json"} == world.requests[0].headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "get"])
def test_a_method_that_may_change_something_needs_a_reason(method: str) -> None:
    """Without `read_only_because` such a check is refused in one line."""
    with pytest.raises(ValueError, match=f"method {method} needs 'read_only_because'"):
        HttpCheck(http="https://x.example.com", method=method, read_only_because="  ")


def test_two_bodies_are_refused() -> None:
    """JSON and text at once is a mistake."""
    with pytest.raises(ValueError, match="one body"):
        HttpCheck(http="https://x", method="POST", json={}, text="x", read_only_because="a query")


CERTIFICATE = Certificate("shop.example.com", "Example CA", ("shop.example.com",), 0.0, 1.0, days_left=12.5)


def test_a_reply_over_tls_shows_its_certificate_and_where_the_time_went() -> None:
    """Two facts with parts of their own, so that an expectation can name one part."""
    reply = replace(
        http_reply(200, HEALTHY),
        certificate=CERTIFICATE,
        timing=Timing(dns=0.01, connect=0.02, tls=0.03, first_byte=0.1, body=0.004),
    )
    expect = {"certificate.days_left": Matcher({"gt": 14}), "timing.first_byte": Matcher({"lt": "200ms"})}
    verdict = judge(CheckUse(kind=CHECK, expect=expect), observed(CHECK, reply))
    assert ("fail", "certificate.days_left 12.5, wanted > 14") == (verdict.answer, verdict.why)
    assert {
        "days_left": 12.5,
        "issuer": "Example CA",
        "names": ["shop.example.com"],
        "trusted": True,
    } == verdict.facts["certificate"]


def test_an_unverified_certificate_is_asked_for_and_shown() -> None:
    """The request carries the wish, the facts the problem, and the summary a word of it."""
    check = HttpCheck(http="https://shop.example.com/health", insecure=True)
    shown = replace(CERTIFICATE, trusted=False, problem="it has expired", days_left=-3.0)
    world = FakeWorld([replace(http_reply(200, HEALTHY), certificate=shown)])
    seen = run(check.observe(world, 5.0))
    certificate = seen.facts["certificate"]
    assert isinstance(certificate, dict)
    assert (True, True, False, "it has expired") == (
        world.requests[0].insecure,
        seen.facts["insecure"],
        certificate["trusted"],
        certificate["problem"],
    )
    assert "200 in 212ms, insecure: certificate not verified (it has expired)" == seen.summary


def test_a_certificate_for_another_host_is_not_called_trusted() -> None:
    """Its chain may be good: for this host it proves nothing."""
    shown = replace(CERTIFICATE, covers=False, problem="it is for another host")
    certificate = observed(CHECK, replace(http_reply(), certificate=shown)).facts["certificate"]
    assert isinstance(certificate, dict)
    assert certificate["trusted"] is False


def test_followed_redirects_are_facts() -> None:
    """How many are followed is in the request; where they led is in the reply."""
    check = HttpCheck(http="http://shop.example.com/", redirects=3, max_bytes=500)
    reply = replace(http_reply(200), url="https://shop.example.com/", redirects=("http://shop.example.com/",))
    world = FakeWorld([reply])
    seen = run(check.observe(world, 5.0))
    assert (3, 500) == (world.requests[0].redirects, world.requests[0].max_bytes)
    assert ("https://shop.example.com/", ["http://shop.example.com/"]) == (
        seen.facts["url"],
        seen.facts["redirects"],
    )
    assert "200 in 212ms, led to https://shop.example.com/" == seen.summary


@pytest.mark.parametrize("reason", ["redirects", "too-large", "tls"])
def test_a_circle_a_flood_or_a_bad_certificate_is_a_fail_with_its_story(reason: NoAnswerReason) -> None:
    """They are no answer, whatever the author expects."""
    use = CheckUse(kind=CHECK, expect={"json.status": Matcher("ok")})
    verdict = judge(use, Observation(no_answer=reason, summary="no answer in 0.1s: a -> b -> a: a loop"))
    assert ("fail", "no answer in 0.1s: a -> b -> a: a loop") == (verdict.answer, verdict.why)


def test_a_body_that_is_still_packed_is_not_taken_for_text() -> None:
    """Then an expectation on the text is unknown, never a fail; the status still counts."""
    seen = observed(CHECK, replace(http_reply(200, b"\x1b\x00\x80"), encoding="br"))
    assert set() == {"text", "json"} & set(seen.facts)
    assert "pass" == judge(CheckUse(kind=CHECK), seen).answer
    said = CheckUse(kind=CHECK, expect={"text": Matcher({"contains": "ok"})})
    assert "unknown" == judge(said, seen).answer
    assert "packed as br" in seen.summary


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "1.5"}, 1.5),
        (
            {
                "retry-after": "Sun, 23 Nov 2025 03:06:30 GMT",
                "date": "Sun, 23 Nov 2025 03:05:00 GMT",
            },
            90.0,
        ),
        (
            {
                "retry-after": "Sun, 23 Nov 2025 03:04:00 GMT",
                "date": "Sun, 23 Nov 2025 03:05:00 GMT",
            },
            0.0,
        ),
        ({"retry-after": "Sun, 23 Nov 2025 03:06:30 GMT"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 99 Nov 2025 03:06:30 GMT", "date": "Sun, 23 Nov 2025 03:05:00 GMT"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_a_fact_in_seconds(headers: dict[str, str], seconds: float | None) -> None:
    """A number, or a date that counts from the server's own clock; a 429 stays a reply like any other."""
    seen = observed(CHECK, http_reply(429, b"", headers))
    assert (429, seconds) == (seen.facts["status"], seen.facts.get("retry_after"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"redirects": -1}, "give 0 to 20"),
        ({"redirects": 21}, "give 0 to 20"),
        ({"max_bytes": 0}, "give 1 to"),
        ({"max_bytes": 10**9}, "give 1 to"),
        ({"redirects": 1, "method": "POST", "read_only_because": "a query"}, "GET and HEAD only"),
    ],
)
def test_what_goes_too_far_is_refused_with_what_to_write(fields: dict[str, Any], words: str) -> None:
    """When the file is loaded, not at night."""
    with pytest.raises(ValueError, match=words):
        HttpCheck(http="https://x.example.com", **fields)


@pytest.mark.parametrize(
    ("check", "line"),
    [
        (
            HttpCheck(http="https://x.example.com/", redirects=2, insecure=True),
            ("curl -sS -i -m 30 -k -L --max-redirs 2 --proto-redir =https 'https://x.example.com/'"),
        ),
        (
            HttpCheck(http="http://x.example.com/", method="HEAD", redirects=1),
            "curl -sS -I -m 30 -L --max-redirs 1 --proto-redir =http,https 'http://x.example.com/'",
        ),
        (  # curl would hand the header to the other host
            HttpCheck(http="http://x.example.com/", headers={"X-Key": "${secrets.KEY}"}, redirects=1),
            "curl -sS -i -m 30 -H \"X-Key: $KEY\" 'http://x.example.com/'",
        ),
        (CHECK, "curl -sS -i -m 30 'https://shop.example.com/health'"),
        (
            HttpCheck(
                http="https://api.example.com/v1/models",
                headers={"Authorization": "Bearer ${secrets.FLY_API_TOKEN}", "X-A": "it's"},
            ),
            (
                "curl -sS -i -m 30 -H \"Authorization: Bearer $FLY_API_TOKEN\" -H 'X-A: it'\\''s' "
                "'https://api.example.com/v1/models'"
            ),
        ),
        (
            HttpCheck(http="https://x.example.com/a?b=[1]&c={d}", method="HEAD"),
            "curl -sS -I -m 30 -g 'https://x.example.com/a?b=[1]&c={d}'",
        ),
        (
            HttpCheck(
                http="https://x.example.com",
                method="POST",
                json={"key": "${secrets.KEY}s", "cost": "$5 `x`"},
                read_only_because="a query",
            ),
            (
                "curl -sS -i -m 30 -X POST -H 'Content-Type: application/json' "
                '--data-raw "{\\"key\\": \\"${KEY}s\\", \\"cost\\": \\"\\$5 \\`x\\`\\"}" \'https://x.example.com\''
            ),
        ),
        (
            HttpCheck(
                http="https://x.example.com",
                method="POST",
                text="one\ntwo's ${secrets.KEY}!",
                headers={"content-type": "text/plain"},
                read_only_because="a query",
            ),
            (
                "curl -sS -i -m 30 -X POST -H 'content-type: text/plain' "
                "--data-raw $'one\\ntwo\\'s '\"$KEY\"'!' 'https://x.example.com'"
            ),
        ),
        (
            HttpCheck(http="${secrets.HOOK}/health"),
            'curl -sS -i -m 30 "$HOOK/health"',
        ),
        (
            HttpCheck(http="${service.url}/health"),
            "curl -sS -i -m 30 -g '${service.url}/health'",
        ),
    ],
)
def test_by_hand_is_a_curl_line_that_can_be_pasted(check: HttpCheck, line: str) -> None:
    """Everything is quoted; a secret is a variable in double quotes."""
    assert line == check.by_hand()


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://shop.example.com/health", "shop.example.com"),
        ("http://127.0.0.1:8787/health", "127.0.0.1:8787"),
        ("https://user:pw@shop.example.com/", "shop.example.com"),
        ("${service.url}/health?x=1", "${service.url}/health"),
        ("http://[bad/health", "http://[bad/health"),
    ],
)
def test_the_target_is_the_host(url: str, place: str) -> None:
    """The host as written, never a user name or password."""
    assert place == HttpCheck(http=url).target()
