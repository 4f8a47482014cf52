"""The graphql check: errors in a 200, throttles, costs, and what may not be sent at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.kinds.checks.graphql import GraphqlCheck
from engine.kinds.graphql_document import Document
from engine.kinds.matchers import Matcher
from engine.kinds.ports import NoAnswer
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer
from tests.kinds.fakes import FakeWorld, http_reply, observed, run

URL = "https://shop.example.com/admin/api/2025-10/graphql.json"
CHECK = GraphqlCheck(graphql=URL, query=Document.parse("{ shop { name } }"))
COST: Json = {
    "requestedQueryCost": 202,
    "actualQueryCost": None,
    "throttleStatus": {"maximumAvailable": 1000.0, "currentlyAvailable": 118, "restoreRate": 50.0},
}
THROTTLED: Json = {
    "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
    "extensions": {"cost": COST},
}
DENIED: Json = {"message": "Access denied", "path": ["orders"], "extensions": {"code": "ACCESS_DENIED"}}


def test_data_without_errors_passes_and_tells_its_cost() -> None:
    """The cost is in the body, and nowhere else."""
    cost: Json = {
        "requestedQueryCost": 12,
        "actualQueryCost": 8,
        "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1992, "restoreRate": 100.0},
    }
    body: Json = {"data": {"shop": {"name": "Parts"}}, "extensions": {"cost": cost}}
    seen = observed(CHECK, http_reply(200, body, {"x-request-id": "r-1"}))
    verdict = judge(CheckUse(kind=CHECK, expect={"data.shop.name": Matcher("Parts")}), seen)
    assert "pass" == verdict.answer
    assert ["data.shop.name", "errors"] == [one.subject for one in verdict.seen]
    assert {
        "requested": 12,
        "actual": 8,
        "available": 1992,
        "maximum": 2000.0,
        "restore_rate": 100.0,
        "wait": 0.0,
    } == seen.facts["cost"]
    assert set(seen.facts) <= set(CHECK.fact_names)
    assert "200 in 212ms, cost 8, 1992 left" == seen.summary


def test_throttled_is_unknown_and_says_how_long_to_wait() -> None:
    """(202 - 118) / 50 points a second; the facts stay readable for the step that decides."""
    seen = observed(CHECK, http_reply(200, THROTTLED))
    verdict = judge(CheckUse(kind=CHECK), seen)
    assert "unknown" == verdict.answer
    cost = verdict.facts["cost"]
    assert isinstance(cost, dict)
    assert (True, False, ["THROTTLED"], 1.68, 1.68) == (
        verdict.facts["throttled"],
        verdict.facts["too_costly"],
        verdict.facts["error_codes"],
        cost["wait"],
        verdict.facts["retry_after"],
    )
    assert "200 in 212ms: throttled: asked for 202 points, 118 left, wait 1.7s" == seen.summary


@pytest.mark.parametrize(
    "expect", [{"status": 200}, {"data.shop.name": "Parts"}, {"cost.available": {"gt": 100}}, {}]
)
def test_no_expectation_makes_a_pass_of_a_throttle(expect: dict[str, Json]) -> None:
    """What could not be looked at is never a pass."""
    use = CheckUse(kind=CHECK, expect={name: Matcher.parse(data) for name, data in expect.items()})
    assert "unknown" == judge(use, observed(CHECK, http_reply(200, THROTTLED))).answer


@pytest.mark.parametrize("status", [429, 430])
def test_a_throttle_by_status_is_unknown_too(status: int) -> None:
    """The gateway's limit is as much our own as the API's."""
    seen = observed(CHECK, http_reply(status, b"slow down", {"retry-after": "2.0"}))
    assert "unknown" == judge(CheckUse(kind=CHECK), seen).answer
    assert (2.0, True, False) == (
        seen.facts["retry_after"],
        seen.facts["throttled"],
        "status" in seen.facts,
    )


@pytest.mark.parametrize(
    ("status", "body", "summary"),
    [
        (
            200,
            {"errors": [{"message": "Query cost is 1202", "extensions": {"code": "MAX_COST_EXCEEDED"}}]},
            "200 in 212ms: Query cost is 1202 (MAX_COST_EXCEEDED)",
        ),
        (200, {"data": {"shop": {"name": "Parts"}, "orders": None}, "errors": [DENIED]}, "(ACCESS_DENIED)"),
        (200, {"errors": [{"message": "no field x"}, {"message": "no field y"}]}, "no field x and 1 more"),
        (200, {"errors": {"base": ["odd"]}}, '{"base": ["odd"]}'),
        (401, {"errors": "[API] Invalid API key or access token"}, "Invalid API key"),
        (403, {"errors": "no scope"}, "no scope"),
        (502, b"", "empty body"),
    ],
)
def test_an_error_is_a_fail_whatever_its_status(status: int, body: Any, summary: str) -> None:
    """Also beside partial data, which the author's expectation alone would take for good."""
    seen = observed(CHECK, http_reply(status, body))
    assert "fail" == judge(CheckUse(kind=CHECK), seen).answer
    assert summary in seen.summary
    if "data" in seen.facts:
        use = CheckUse(kind=CHECK, expect={"data.shop.name": Matcher("Parts")})
        assert "fail" == judge(use, seen).answer


def test_too_costly_is_told_from_throttled() -> None:
    """One needs another query, the other a little patience."""
    error: Json = {"message": "too much", "extensions": {"code": "MAX_COST_EXCEEDED"}}
    facts = observed(CHECK, http_reply(200, {"errors": [error]})).facts
    assert (True, False) == (facts["too_costly"], facts["throttled"])


def test_a_throttle_beside_another_error_is_a_fail() -> None:
    """The other error is a definite answer."""
    errors: list[Json] = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}, DENIED]
    seen = observed(CHECK, http_reply(200, {"errors": errors}))
    assert ("fail", True) == (judge(CheckUse(kind=CHECK), seen).answer, seen.facts["throttled"])


def test_an_author_may_expect_an_error() -> None:
    """Who speaks of `errors` is taken at their word."""
    use = CheckUse(kind=CHECK, expect={"errors.0.extensions.code": Matcher("ACCESS_DENIED")})
    assert "pass" == judge(use, observed(CHECK, http_reply(200, {"data": None, "errors": [DENIED]}))).answer


@pytest.mark.parametrize(("status", "answer"), [(200, "unknown"), (404, "fail")])
def test_a_page_instead_of_an_answer_says_nothing_of_errors(status: int, answer: Answer) -> None:
    """A proxy's page with a 200 is unknown; its status may still contradict."""
    seen = observed(CHECK, http_reply(status, b"<html>hello"))
    assert answer == judge(CheckUse(kind=CHECK), seen).answer
    assert "no GraphQL answer" in seen.summary


@pytest.mark.parametrize(
    ("cost", "wait"),
    [
        ({"requestedQueryCost": 50, "throttleStatus": {"currentlyAvailable": 100, "restoreRate": 50}}, 0.0),
        ({"requestedQueryCost": 50, "throttleStatus": {"currentlyAvailable": 0, "restoreRate": 0}}, None),
        (
            {
                "requestedQueryCost": 2000,
                "throttleStatus": {"currentlyAvailable": 0, "restoreRate": 50, "maximumAvailable": 1000},
            },
            None,
        ),
        ({"requestedQueryCost": "many", "throttleStatus": []}, None),
        ("odd", None),
    ],
)
def test_the_wait_is_only_said_where_it_ever_ends(cost: Json, wait: float | None) -> None:
    """A bucket that does not fill, or not so far, has no time to wait for."""
    facts = observed(CHECK, http_reply(200, {"data": {}, "extensions": {"cost": cost}})).facts
    told = facts.get("cost", {})
    assert isinstance(told, dict)
    assert wait == told.get("wait")


def test_the_request_is_one_post_with_query_and_variables() -> None:
    """Values travel as data; the author's headers win."""
    check = GraphqlCheck(
        graphql=URL,
        query=Document.parse("query A($id: ID!) { order(id: $id) { name } } query B { b }"),
        variables={"id": 'gid://x/1" } mutation { y'},
        operation_name="A",
        headers={"accept": "application/graphql-response+json", "X-Token": "${secrets.TOKEN}"},
    )
    world = FakeWorld([http_reply(200, {"data": {}})])
    run(check.observe(world, 7.0))
    (request,) = world.requests
    assert ("POST", URL, 7.0) == (request.method, request.url, request.timeout)
    assert {
        "accept": "application/graphql-response+json",
        "X-Token": "${secrets.TOKEN}",
        "Content-Type": "application/json",
    } == request.headers
    assert {
        "query": check.query.text,
        "variables": {"id": 'gid://x/1" } mutation { y'},
        "operationName": "A",
    } == json.loads(request.body)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mutation { a }", "a check may not hold a mutation: make it an action"),
        ("query A { a } mutation B { b }", "may not hold a mutation"),
        ("subscription { a }", "may not hold a subscription"),
        ("query A { a } query B { b }", "operation_name"),
    ],
)
def test_a_check_holds_nothing_but_queries(text: str, words: str) -> None:
    """Refused when the file is loaded, also where another operation would be run."""
    with pytest.raises(ValueError, match=words):
        GraphqlCheck(graphql=URL, query=Document.parse(text))


def test_silence_is_unknown() -> None:
    """The kind leaves no answer as it is."""
    with pytest.raises(NoAnswer):
        observed(CHECK, NoAnswer("timeout", "no complete answer", 10.0))
    assert "unknown" == CHECK.no_answer


def test_by_hand_is_a_curl_line() -> None:
    """The query is quoted, the secret a variable."""
    check = GraphqlCheck(
        graphql=URL, query=CHECK.query, headers={"X-Token": "${secrets.TOKEN}"}, insecure=True
    )
    assert (
        "curl -sS -i -m 30 -k -X POST -H 'Accept: application/json' -H \"X-Token: $TOKEN\" "
        "-H 'Content-Type: application/json' --data-raw '{\"query\": \"{ shop { name } }\"}' "
        f"'{URL}'"
    ) == check.by_hand()
    assert "shop.example.com" == check.target()
