"""The Shopify stand-in: the bucket, the limits, who is refused, and the graphql kinds over both worlds."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.estate import shopify
from engine.estate.estate import EstateState
from engine.estate.fault import Fault
from engine.estate.healthy import healthy
from engine.estate.in_process import EstateHolder, InProcessHttp
from engine.estate.shopify import Shopify
from engine.estate.sockets import Sandbox
from engine.estate.wire import Reply, Request
from engine.io.world.http.socket_http import SocketHttp
from engine.io.world.secrets import Secrets
from engine.kinds.actions.graphql import GraphqlAction
from engine.kinds.checks.graphql import GraphqlCheck
from engine.kinds.graphql_document import Document
from engine.kinds.ports import Http
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Instant, Json
from engine.kinds.verdicts import Performed, Verdict
from tests.estate.by_hand import START, Estate

PATH = "/admin/api/2025-10/graphql.json"
TOKEN = {"X-Shopify-Access-Token": "${secrets.SHOPIFY_ADMIN_TOKEN}"}
SHOP = "{ shop { name } }"
ORDERS = "query($n: Int!) { orders(first: $n) { nodes { id name } pageInfo { hasNextPage } } }"
CLOSE = (
    "mutation($id: ID!) { orderClose(input: {id: $id}) { order { closed } userErrors { field message } } }"
)


def ask(
    estate: Estate, query: str, *, path: str = PATH, token: str = "t", **variables: Json
) -> tuple[Reply, Mapping[str, Json]]:
    """Return the reply to a query, and its body."""
    headers = {"X-Shopify-Access-Token": token} if token else {}
    reply = estate.ask("shopify", path, {"query": query, "variables": variables}, headers=headers)
    body = json.loads(reply.body)
    assert isinstance(body, dict)
    return reply, body


def left(body: Mapping[str, Json]) -> Json:
    """Return how many points a reply says are there."""
    told = json.loads(json.dumps(body))
    points: Json = told["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"]
    return points


def test_a_query_answers_what_was_asked_for_and_tells_its_cost(estate: Estate) -> None:
    """Only the selected fields, by alias, and a request id for the vendor's support."""
    reply, body = ask(estate, ORDERS, n=2)
    data = {
        "orders": {
            "nodes": [
                {"id": "gid://shopify/Order/1001", "name": "#1001"},
                {"id": "gid://shopify/Order/1002", "name": "#1002"},
            ],
            "pageInfo": {"hasNextPage": True},
        }
    }
    assert (200, data) == (reply.status, body["data"])
    assert ("2025-10", 26) == (reply.headers["x-shopify-api-version"], len(reply.headers["x-request-id"]))
    _, aliased = ask(
        estate, '{ it: product(id: "gid://shopify/Product/1002") { title } none: order(id: 1) { id } }'
    )
    assert {"it": {"title": "Fuel pump"}, "none": None} == aliased["data"]


def test_the_bucket_empties_and_fills(estate: Estate) -> None:
    """A hundred points a second, and never more than it holds."""
    queries = 0
    while "data" in ask(estate, "{ orders(first: 300) { nodes { name } edges { node { id } } } }")[1]:
        queries += 1
        assert queries < 1000
        estate.state = _drained(estate, 800)
    assert queries >= 1
    estate.wait(3600)
    assert 1999 == left(ask(estate, SHOP)[1])


def _drained(estate: Estate, points: float) -> EstateState:

    return replace(estate.state, shop=replace(estate.state.shop, left=estate.state.shop.left - points))


def test_another_client_can_leave_too_little(estate: Estate) -> None:
    """THROTTLED comes with a 200; a cheaper query still goes through; waiting alone does not help."""
    estate.strike("shopify", "shopify-throttled", available=5)
    reply, body = ask(estate, ORDERS, n=50)
    errors = body["errors"]
    assert isinstance(errors, list)
    assert (200, "THROTTLED", False) == (reply.status, errors[0]["extensions"]["code"], "data" in body)
    assert 5 == left(body)
    assert "data" in ask(estate, SHOP)[1]
    estate.wait(60)
    assert "errors" in ask(estate, ORDERS, n=50)[1]


def test_a_query_of_more_than_a_thousand_points_is_never_carried_out(estate: Estate) -> None:
    """Waiting would not help: another code, and no cost is taken."""
    nested = "{ orders(first: 100) { nodes { name products(first: 50) { nodes { id } } } } }"
    errors = ask(estate, nested)[1]["errors"]
    assert isinstance(errors, list)
    assert "MAX_COST_EXCEEDED" == errors[0]["extensions"]["code"]
    assert 1999 == left(ask(estate, SHOP)[1])


@pytest.mark.parametrize(
    ("kind", "params", "status", "said"),
    [
        ("token-revoked", {}, 401, "Invalid API key"),
        ("shopify-refused", {}, 403, "may not be asked"),
        ("shopify-refused", {"status": 402}, 402, "may not be asked"),
        ("shopify-refused", {"status": 200}, 200, "ACCESS_DENIED"),
    ],
)
def test_who_may_not_ask_is_told(
    estate: Estate, kind: str, params: dict[str, int], status: int, said: str
) -> None:
    """By status, or among the errors; and without a token always."""
    estate.strike("shopify", kind, **params)
    reply, body = ask(estate, SHOP)
    assert (status, True) == (reply.status, said in json.dumps(body))
    assert 401 == ask(estate, SHOP, token="")[0].status


@pytest.mark.parametrize(
    ("path", "status", "version"),
    [
        ("/admin/api/2024-01/graphql.json", 200, "2025-07"),
        ("/admin/api/2099-01/graphql.json", 200, "2026-01"),
        ("/admin/api/latest/graphql.json", 404, None),
        ("/admin/graphql.json", 404, None),
    ],
)
def test_a_retired_version_falls_forward(estate: Estate, path: str, status: int, version: str | None) -> None:
    """The header says which one answered."""
    reply, _ = ask(estate, SHOP, path=path)
    assert (status, version) == (reply.status, reply.headers.get("x-shopify-api-version"))


def test_a_mutation_changes_or_refuses_in_its_data(estate: Estate) -> None:
    """A 200 either way."""
    order = "gid://shopify/Order/1002"
    assert {"orderClose": {"order": {"closed": True}, "userErrors": []}} == ask(estate, CLOSE, id=order)[1][
        "data"
    ]
    assert [False, True, False] == [one.closed for one in estate.state.shop.orders]
    refused = ask(estate, CLOSE, id="gid://shopify/Order/9")[1]["data"]
    said = [{"field": ["id"], "message": "Order does not exist"}]
    assert {"orderClose": {"order": None, "userErrors": said}} == refused
    rename = 'mutation { productUpdate(product: {id: "gid://shopify/Product/1001", title: "New"}) { product { title } } }'
    assert {"productUpdate": {"product": {"title": "New"}}} == ask(estate, rename)[1]["data"]
    blank = rename.replace('"New"', '""').replace("product { title }", "userErrors { message }")
    assert {"productUpdate": {"userErrors": [{"message": "Title can't be blank"}]}} == ask(estate, blank)[1][
        "data"
    ]


@pytest.mark.parametrize(
    "query",
    [
        "{ nothing { x } }", "{ shop { nothing } }", "{ shop }", "{ shop { ...F } } fragment F on Shop { name }",
        "{ shop {", "query", "", "mutation { orderDelete(id: 1) { id } }", "{ orders(first) { nodes { id } } }",
        "{" + "a{" * 50 + "b" + "}" * 51, "{ orders(first: " + "[" * 50 + "]" * 50 + ") { nodes { id } } }",
    ],
)  # fmt: skip
def test_what_it_does_not_know_is_an_error_without_data(estate: Estate, query: str) -> None:
    """With a status of 200, as the real one does."""
    reply, body = ask(estate, query)
    assert (200, False, True) == (reply.status, "data" in body, bool(body["errors"]))


WORDS = st.sampled_from(
    [
        "query",
        "mutation",
        "{",
        "}",
        "(",
        ")",
        ":",
        "first",
        "1000000000000",
        "$n",
        "shop",
        "orders",
        '"x"',
        "[",
    ]
)


@settings(max_examples=150, deadline=None)
@given(words=st.lists(WORDS, max_size=25), value=st.none() | st.integers() | st.text() | st.lists(st.none()))
def test_any_query_is_answered(words: list[str], value: Json) -> None:
    """Whatever is sent, there is a reply and no exception."""
    body = json.dumps({"query": " ".join(words), "variables": {"n": value}}).encode()
    request = Request.to("POST", PATH, {"x-shopify-access-token": "t"}, body)
    state, reply = shopify.handle(Shopify(), request, START)
    assert 200 == reply.status
    assert 0 <= state.left <= shopify.MAXIMUM


def _check(base: str, query: str, **variables: Json) -> CheckUse:
    kind = GraphqlCheck(
        graphql=f"{base}{PATH}", query=Document.parse(query), variables=variables, headers=TOKEN
    )
    return CheckUse(kind=kind)


class _Only:
    """A world that has HTTP."""

    def __init__(self, http: Http) -> None:
        self.http = http


async def _looked(http: Http, use: CheckUse) -> Verdict:
    return judge(use, await use.kind.observe(_Only(http), 10.0))  # type: ignore[arg-type]  # HTTP is all it asks


async def _changed(http: Http, base: str, order: str) -> Performed:
    action = GraphqlAction(
        graphql=f"{base}{PATH}", query=Document.parse(CLOSE), variables={"id": order}, headers=TOKEN
    )
    return await action.perform(_Only(http), 10.0)  # type: ignore[arg-type]  # HTTP is all it asks


FAULTS: list[tuple[Fault | None, str, str]] = [
    (None, SHOP, "pass"),
    (Fault("shopify", "shopify-throttled", params={"available": 0}), SHOP, "unknown"),
    (None, "{ orders(first: 2000) { nodes { id } } }", "fail"),
    (Fault("shopify", "token-revoked"), SHOP, "fail"),
    (Fault("shopify", "shopify-refused", params={"status": 200}), SHOP, "fail"),
]


def test_the_graphql_kinds_see_the_same_in_virtual_time_and_on_sockets(tmp_path: Path) -> None:
    """Each fault gives the same answer, the same words and the same facts, but for the time it took."""
    secrets = Secrets({"SHOPIFY_ADMIN_TOKEN": "sandbox-value-of-the-token"})

    def kept(verdict: Verdict) -> dict[str, Json]:
        moving = ("seconds", "timing", "url", "headers", "text", "json", "cost", "retry_after")
        return {name: value for name, value in verdict.facts.items() if name not in moving}

    async def scenario(fault: Fault | None, query: str, folder: Path) -> list[tuple[Verdict, str, str]]:
        now = Instant(time.time())
        holder = EstateHolder(healthy(now))
        virtual = InProcessHttp(holder, {"https://shop.example": "shopify"}, lambda: now, secrets.fill)
        found = []
        async with Sandbox(folder, time.time, healthy(now), pace=20.0) as sandbox:
            if fault is not None:
                holder.strike(fault, now)
                sandbox.strike(fault)
            live = SocketHttp(secrets, "1")
            try:
                for http, base in ((virtual, "https://shop.example"), (live, sandbox.urls["shopify"])):
                    looked = await _looked(http, _check(base, query))
                    done = await _changed(http, base, "gid://shopify/Order/1001")
                    found.append((looked, done.outcome, done.summary.partition(" in ")[0]))
            finally:
                await live.close()
        return found

    for number, (fault, query, answer) in enumerate(FAULTS):
        first, second = asyncio.run(scenario(fault, query, tmp_path / str(number)))
        assert (answer, answer) == (first[0].answer, second[0].answer)
        assert (kept(first[0]), first[1:]) == (kept(second[0]), second[1:])
        assert set(first[0].facts) == set(second[0].facts)
        assert ("failed" if fault else "done") == first[1]
