"""The graphql action: done, refused in its own data, throttled, and what nobody can know."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.kinds.actions.graphql import GraphqlAction
from engine.kinds.graphql_document import Document
from engine.kinds.ports import NoAnswer
from engine.kinds.values import Json
from tests.kinds.fakes import FakeWorld, http_reply, performed, run

URL = "https://shop.example.com/admin/api/2025-10/graphql.json"
MUTATION = Document.parse("mutation($id: ID!) { orderClose(input: {id: $id}) { userErrors { message } } }")
ACTION = GraphqlAction(graphql=URL, query=MUTATION, variables={"id": "gid://shop/Order/1"})
GOOD: Json = {"orderClose": {"order": {"closed": True}, "userErrors": []}}


def error(code: str = "", path: bool = False, message: str = "boom") -> Json:
    """Return an error as servers write it."""
    extensions: dict[str, Json] = {"extensions": {"code": code}} if code else {}
    return {"message": message, **extensions, **({"path": ["orderClose"]} if path else {})}


@pytest.mark.parametrize(
    ("status", "body", "outcome", "summary"),
    [
        (200, {"data": GOOD}, "done", "200 in 212ms"),
        (
            200,
            {"data": {"orderClose": {"userErrors": [{"field": ["input", "id"], "message": "is unknown"}]}}},
            "failed",
            "refused: input.id: is unknown",
        ),
        (
            200,
            {"data": {"orderClose": {"userErrors": [{"message": "a"}, {"message": "b"}]}}},
            "failed",
            "refused: a and 1 more",
        ),
        (200, {"errors": [error(message="no such field")]}, "failed", "200 in 212ms: no such field"),
        (200, {"data": None, "errors": [error()]}, "failed", "200 in 212ms: boom"),
        (
            200,
            {"data": {"orderClose": None}, "errors": [error("ACCESS_DENIED", path=True)]},
            "failed",
            "200 in 212ms: boom (ACCESS_DENIED)",
        ),
        (
            200,
            {"data": {"orderClose": None}, "errors": [error("INTERNAL_SERVER_ERROR", path=True)]},
            "unknown",
            "200 in 212ms: boom (INTERNAL_SERVER_ERROR)",
        ),
        (200, {"data": None, "errors": [error(path=True)]}, "unknown", "200 in 212ms: boom"),
        (200, {"data": {"a": {"x": 1}, "b": None}, "errors": [error()]}, "unknown", "200 in 212ms: boom"),
        (200, b"<html>", "unknown", "200 in 212ms, no GraphQL answer"),
        (401, {"errors": "[API] Invalid API key"}, "failed", "401 in 212ms: [API] Invalid API key"),
        (404, b"gone", "failed", "404 in 212ms, no GraphQL answer: gone"),
        (504, b"", "unknown", "504 in 212ms, empty body, no GraphQL answer"),
    ],
)
def test_the_outcome_is_only_certain_where_the_answer_is(
    status: int, body: Any, outcome: str, summary: str
) -> None:
    """An error raised while a field was carried out leaves open what had changed by then."""
    done = performed(ACTION, http_reply(status, body))
    assert (outcome, summary) == (done.outcome, done.summary)


def test_throttled_is_not_done_and_says_when_to_try_again() -> None:
    """Nothing was begun, so it is failed and not unknown."""
    cost: Json = {
        "requestedQueryCost": 202,
        "actualQueryCost": None,
        "throttleStatus": {"maximumAvailable": 1000.0, "currentlyAvailable": 118, "restoreRate": 50.0},
    }
    body: Json = {"errors": [error("THROTTLED")], "extensions": {"cost": cost}}
    done = performed(ACTION, http_reply(200, body))
    assert ("failed", "not done: throttled: asked for 202 points, 118 left, wait 1.7s") == (
        done.outcome,
        done.summary,
    )
    assert (True, 1.68) == (done.facts["throttled"], done.facts["retry_after"])


def test_a_throttle_by_status_is_not_done_either() -> None:
    """With the header's word for how long."""
    done = performed(ACTION, http_reply(429, b"", {"retry-after": "3"}))
    assert ("failed", "not done: throttled, wait 3.0s", 3.0) == (
        done.outcome,
        done.summary,
        done.facts["retry_after"],
    )


def test_other_vendors_list_their_refusals_elsewhere() -> None:
    """The path is the author's; what is there means failed."""
    action = GraphqlAction(graphql=URL, query=MUTATION, user_errors=("data.*.problems", "data.save.0.bad"))
    refused = performed(action, http_reply(200, {"data": {"save": {"problems": ["no"]}}}))
    assert ("failed", 'refused: ["no"]') == (refused.outcome, refused.summary)
    assert "done" == performed(action, http_reply(200, {"data": {"save": {"problems": []}}})).outcome
    listed = performed(action, http_reply(200, {"data": {"save": [{"bad": [{"message": "x"}]}]}}))
    assert ("failed", "refused: x") == (listed.outcome, listed.summary)


def test_no_answer_leaves_the_kind_as_it_is() -> None:
    """The performer makes *unknown* of it."""
    with pytest.raises(NoAnswer):
        performed(ACTION, NoAnswer("timeout", "no complete answer", 60.0))


def test_the_mutation_is_sent_once_with_its_variables() -> None:
    """As data beside the text."""
    world = FakeWorld([http_reply(200, {"data": GOOD})])
    run(ACTION.perform(world, 20.0))
    (request,) = world.requests
    assert {"query": MUTATION.text, "variables": {"id": "gid://shop/Order/1"}} == json.loads(request.body)


def test_a_query_is_no_action() -> None:
    """Refused when the file is loaded."""
    with pytest.raises(ValueError, match="an action needs a mutation, this is a query"):
        GraphqlAction(graphql=URL, query=Document.parse("{ a }"))
    both = Document.parse("query A { a } mutation B { b }")
    assert "B" == GraphqlAction(graphql=URL, query=both, operation_name="B").operation_name
    with pytest.raises(ValueError, match="this is a query"):
        GraphqlAction(graphql=URL, query=both, operation_name="A")


def test_by_hand_is_a_curl_line() -> None:
    """With the variables in the body."""
    line = ACTION.by_hand()
    assert line.startswith("curl -sS -i -m 30 -X POST -H 'Accept: application/json'")
    assert '"variables": {"id": "gid://shop/Order/1"}' in line
    assert "shop.example.com" == ACTION.target()
