"""The Shopify Admin GraphQL API: a shop, its orders and products, two mutations, and the leaky bucket.

A query costs points. The bucket holds `MAXIMUM` of them and fills at `RATE` a second; a query that asks for
more than is in it is throttled (with status 200), one that asks for more than `LARGEST_QUERY` is never
carried out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from engine.estate.fault import Fault
from engine.estate.identifiers import ulid
from engine.estate.selections import Field, Unreadable, selected
from engine.estate.wire import Reply, Request, json_reply, mapping, text
from engine.kinds.graphql_document import Document
from engine.kinds.values import Instant, Json

MAXIMUM = 2000.0
RATE = 100.0
LARGEST_QUERY = 1000
VERSIONS = ("2025-07", "2025-10", "2026-01")
"""What is supported; an older version falls forward to the first of them."""
_DOCS = "https://shopify.dev/api/usage/rate-limits"
_MUTATION_COST = 10


@dataclass(frozen=True, slots=True)
class Item:
    """One order or product."""

    id: str
    name: str
    closed: bool = False
    currency: str = "USD"


def _items(kind: str, names: tuple[str, ...]) -> tuple[Item, ...]:
    return tuple(Item(f"gid://shopify/{kind}/{1001 + n}", name) for n, name in enumerate(names))


@dataclass(frozen=True, slots=True)
class Shopify:
    """The shop, and how many points were left when it was last asked."""

    left: float = MAXIMUM
    at: float = 0.0
    asked: int = 0
    orders: tuple[Item, ...] = _items("Order", ("#1001", "#1002", "#1003"))
    products: tuple[Item, ...] = _items("Product", ("Carburetor 650", "Fuel pump", "Headers"))


BUSY: Final = "shopify-busy-day"
FAULTS: Final[Mapping[str, str]] = {
    BUSY: "The last day has `orders` (77), each 10 minutes apart; the newest is in `currency` (USD).",
}


def busy(shop: Shopify, fault: Fault) -> Shopify:
    """Return the shop after a day with more orders than a tile asks for, or with one in other money."""
    number = max(1, int(fault.number("orders", 77)))
    first, *others = _items("Order", tuple(f"#{1001 + n}" for n in range(number)))
    return replace(shop, orders=(replace(first, currency=fault.text("currency", "USD")), *others))


def quiet(shop: Shopify) -> Shopify:
    """Return the shop after a usual day."""
    return replace(shop, orders=Shopify().orders)


def handle(
    state: Shopify,
    request: Request,
    now: float,
    *,
    revoked: bool = False,
    refused: int = 0,
    most: float = MAXIMUM,
    largest: int = LARGEST_QUERY,
    oldest: str = VERSIONS[0],
) -> tuple[Shopify, Reply]:
    """Answer one call; `refused` is a status for everybody, `most` what other clients leave in the bucket.

    `largest` is what one query may cost, `oldest` the first version that is not retired.
    """
    match request.path.strip("/").split("/"):
        case ["admin", "api", version, "graphql.json"] if _is_version(version):
            pass
        case _:
            return state, json_reply(404, {"errors": "Not Found"})
    state = replace(
        state,
        left=min(MAXIMUM, most, state.left + max(0.0, now - state.at) * RATE),
        at=now,
        asked=state.asked + 1,
    )
    state, reply = _answer(state, request, revoked, refused, largest)
    kept = tuple(one for one in VERSIONS if one >= oldest)
    spoken = version if version in kept else kept[0] if version < kept[0] else kept[-1]
    named = {"x-request-id": ulid("shopify", state.asked, now), "x-shopify-api-version": spoken}
    return state, reply.with_headers(named)


def _answer(
    state: Shopify, request: Request, revoked: bool, refused: int, largest: int
) -> tuple[Shopify, Reply]:
    if request.method != "POST":
        return state, json_reply(405, {"errors": "Method Not Allowed"})
    if revoked or not request.headers.get("x-shopify-access-token"):
        said = "[API] Invalid API key or access token (unrecognized login or wrong password)"
        return state, json_reply(401, {"errors": said})
    if refused and refused != 200:
        return state, json_reply(refused, {"errors": "This shop may not be asked"})
    sent = mapping(request.json())
    variables = mapping(sent.get("variables"))
    try:
        operation = Document.parse(sent.get("query")).chosen(text(sent.get("operationName")))
        fields = selected(text(sent.get("query")), variables)
    except ValueError as error:
        return state, json_reply(200, {"errors": [{"message": str(error)}]})
    requested = _cost(fields) + (_MUTATION_COST if operation.type == "mutation" else 0)
    if requested > largest:
        said = f"Query cost is {requested}, which exceeds the single query max cost limit ({largest})."
        more: Json = {
            "code": "MAX_COST_EXCEEDED",
            "cost": requested,
            "maxCost": largest,
            "documentation": _DOCS,
        }
        return state, json_reply(200, {"errors": [{"message": said, "extensions": more}]})
    if requested > state.left:
        throttled: Json = {
            "message": "Throttled",
            "extensions": {"code": "THROTTLED", "documentation": _DOCS},
        }
        return state, json_reply(
            200, {"errors": [throttled], "extensions": _told(requested, None, state.left)}
        )
    if refused:
        said = "Access denied for this field. Required access: a scope the token does not have."
        denied: Json = {
            "message": said,
            "path": [fields[0].alias or fields[0].name] if fields else [],
            "extensions": {"code": "ACCESS_DENIED"},
        }
        nothing: Json = {one.alias or one.name: None for one in fields}
        return state, json_reply(200, {"data": nothing, "errors": [denied]}, after=0.08)
    try:
        state, data = _carry_out(state, operation.type, fields)
    except Unreadable as error:
        code: Json = {"code": "undefinedField"}
        return state, json_reply(200, {"errors": [{"message": str(error), "extensions": code}]})
    actual = min(requested, _cost(fields, most=max(len(state.orders), len(state.products))))
    state = replace(state, left=state.left - actual)
    good: Json = {"data": data, "extensions": _told(requested, actual, state.left)}
    return state, json_reply(200, good, after=0.08)


def _carry_out(state: Shopify, kind: str, fields: tuple[Field, ...]) -> tuple[Shopify, dict[str, Json]]:
    data: dict[str, Json] = {}
    for one in fields:
        if kind == "mutation":
            state, found = _change(state, one)
        else:
            found = _root(state, one)
        data[one.alias or one.name] = _picked(found, one)
    return state, data


def _root(state: Shopify, asked: Field) -> Json:
    match asked.name:
        case "shop":
            return {"name": "Sandbox parts", "myshopifyDomain": "sandbox.example", "currencyCode": "USD"}
        case "orders" | "products":
            kept = state.orders if asked.name == "orders" else state.products
            shown = [_object(item, state.at - 600.0 * n) for n, item in enumerate(kept[: asked.first()], 1)]
            more = asked.first() < len(kept)
            edges: Json = [{"node": item} for item in shown]
            return {"nodes": shown, "edges": edges, "pageInfo": {"hasNextPage": more}}
        case "order" | "product":
            kept = state.orders if asked.name == "order" else state.products
            wanted = asked.arguments.get("id")
            return next((_object(item, state.at - 600.0) for item in kept if item.id == wanted), None)
    raise Unreadable(f"Field '{asked.name}' doesn't exist on type 'QueryRoot'")


def _change(state: Shopify, asked: Field) -> tuple[Shopify, Json]:
    match asked.name:
        case "orderClose":
            wanted = mapping(asked.arguments.get("input")).get("id")
            order = _by_id(state.orders, wanted)
            if order is None:
                return state, {"order": None, "userErrors": _refusal("id", "Order does not exist")}
            done = replace(order, closed=True)
            state = replace(state, orders=_with(state.orders, done))
            return state, {"order": _object(done, state.at - 600.0), "userErrors": []}
        case "productUpdate":
            given = mapping(asked.arguments.get("product"))
            product, title = _by_id(state.products, given.get("id")), text(given.get("title"))
            if product is None or not title:
                said = _refusal("title", "Title can't be blank") if product else _refusal("id", "Unknown id")
                return state, {"product": None, "userErrors": said}
            done = replace(product, name=title)
            state = replace(state, products=_with(state.products, done))
            return state, {"product": _object(done, state.at - 600.0), "userErrors": []}
    raise Unreadable(f"Field '{asked.name}' doesn't exist on type 'Mutation'")


def _picked(found: Json, asked: Field) -> Json:
    """Return of an object what was asked for; raises Unreadable for a field it does not have."""
    if isinstance(found, list):
        return [_picked(item, asked) for item in found]
    if not isinstance(found, Mapping):
        return found
    if not asked.fields:
        raise Unreadable(f"Field must have selections (field '{asked.name}' returns an object)")
    picked: dict[str, Json] = {}
    for one in asked.fields:
        if one.name not in found:
            raise Unreadable(f"Field '{one.name}' doesn't exist below '{asked.name}'")
        picked[one.alias or one.name] = _picked(found[one.name], one)
    return picked


def _cost(fields: tuple[Field, ...], most: int = 1_000_000) -> int:
    """Return what fields cost: a point for each object, two for a list; of a list at most so many items."""
    points = 0
    for one in fields:
        if one.first():
            points += 2 + min(one.first(), most) * max(1, _cost(one.fields, most))
        elif one.fields:
            points += 1 + _cost(one.fields, most)
    return points


def _told(requested: int, actual: int | None, left: float) -> dict[str, Json]:
    status: Json = {
        "maximumAvailable": MAXIMUM,
        "currentlyAvailable": int(max(left, 0.0)),
        "restoreRate": RATE,
    }
    cost: Json = {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}
    return {"cost": cost}


def _object(item: Item, created: float) -> dict[str, Json]:
    return {
        "id": item.id,
        "name": item.name,
        "title": item.name,
        "closed": item.closed,
        "createdAt": str(Instant(round(created))),
        "currencyCode": item.currency,
    }


def _by_id(items: tuple[Item, ...], wanted: Json) -> Item | None:
    return next((item for item in items if item.id == wanted), None)


def _with(items: tuple[Item, ...], changed: Item) -> tuple[Item, ...]:
    return tuple(changed if item.id == changed.id else item for item in items)


def _refusal(field: str, message: str) -> Json:
    return [{"field": [field], "message": message}]


def _is_version(word: str) -> bool:
    return len(word) == 7 and word[4] == "-" and word.replace("-", "", 1).isdecimal()
