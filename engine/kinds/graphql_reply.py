"""What a GraphQL server answered: data, errors with their codes, and what the query cost.

Rules, for all kinds that speak GraphQL:

1. An error is an error whatever the status: most servers send them with a 200.
2. Throttled (an error code of that meaning, or status 429 or 430) is our own limit: we could not look. So
   `data` and `errors` are absent, and `status` too where it is the throttle itself. Beside any other error
   it is only one of the errors.
3. A credential that is refused (401, 403, ACCESS_DENIED) is a definite answer of the target, therefore no
   *unknown*; only a credential that is not there is (the request is never sent).
4. `cost` is read from the reply, never assumed: plans differ, and their limits change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.kinds import exchange
from engine.kinds.graphql_document import Document
from engine.kinds.ports import HttpReply, HttpRequest
from engine.kinds.references import Absent
from engine.kinds.replies import as_list, as_mapping, as_text, first_line, read_json, took
from engine.kinds.values import Json

THROTTLES: Final = frozenset({"THROTTLED", "RATE_LIMITED", "RATELIMITED", "TOO_MANY_REQUESTS"})
_TOO_COSTLY: Final = "MAX_COST_EXCEEDED"
_THROTTLE_STATUSES: Final = (429, 430)


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply, read; `errors` is None where the body is no GraphQL answer at all."""

    reply: HttpReply
    request: HttpRequest
    body: Mapping[str, Json]
    errors: tuple[Json, ...] | None
    codes: tuple[str, ...]
    cost: Mapping[str, Json]

    @property
    def throttled(self) -> bool:
        """Tell whether nothing but our own limit is in the way."""
        if self.reply.status in _THROTTLE_STATUSES:
            return True
        return bool(self.errors) and THROTTLES.issuperset(_code(one) for one in self.errors or ())

    def facts(self) -> dict[str, Json]:
        """Return the facts, by the rules above."""
        facts = exchange.facts(self.reply, self.request)
        for name in ("server", "empty", "edge", "redirects"):
            facts.pop(name, None)
        if self.throttled and self.reply.status != 200:
            facts.pop("status")
        facts["throttled"] = self.throttled or not THROTTLES.isdisjoint(self.codes)
        facts["too_costly"] = _TOO_COSTLY in self.codes
        facts["error_codes"] = list(self.codes)
        if self.errors is not None and not self.throttled:
            facts["errors"] = list(self.errors)
            if "data" in self.body:
                facts["data"] = self.body["data"]
        if self.cost:
            facts["cost"] = dict(self.cost)
        if "retry_after" not in facts and self.throttled and "wait" in self.cost:
            facts["retry_after"] = self.cost["wait"]
        return facts

    def summary(self) -> str:
        """Return the answer in a few words."""
        said = exchange.summary(self.reply, self.request)
        if self.throttled:
            return f"{said}: {self.limit()}"
        if self.errors:
            more = f" and {len(self.errors) - 1} more" if len(self.errors) > 1 else ""
            return f"{said}: {_words(self.errors[0])}{more}"
        if self.errors is None:
            return f"{said}, no GraphQL answer"
        if {"actual", "available"} <= self.cost.keys():
            return f"{said}, cost {_points(self.cost['actual'])}, {_points(self.cost['available'])} left"
        return said

    def limit(self) -> str:
        """Say which limit of ours was met, and when it is over."""
        said = "throttled"
        if {"requested", "available"} <= self.cost.keys():
            asked, left = _points(self.cost["requested"]), _points(self.cost["available"])
            said = f"throttled: asked for {asked} points, {left} left"
        wait = exchange.retry_after(self.reply.headers)
        wait = _number(self.cost.get("wait")) if wait is None else wait
        return said if wait is None else f"{said}, wait {took(wait)}"


def request(
    url: str,
    document: Document,
    variables: Mapping[str, Json],
    operation_name: str,
    headers: Mapping[str, str],
    timeout: float,
    *,
    insecure: bool,
) -> HttpRequest:
    """Return the request that sends a document."""
    sent: dict[str, Json] = {"query": document.text}
    if variables:
        sent["variables"] = dict(variables)
    if operation_name:
        sent["operationName"] = operation_name
    ours = {} if any(name.lower() == "accept" for name in headers) else {"Accept": "application/json"}
    return exchange.build(url, "POST", {**ours, **headers}, sent, "", timeout, insecure=insecure)


def read(reply: HttpReply, request: HttpRequest) -> Answer:
    """Read a reply, whatever it is."""
    found: Json | Absent = None if reply.encoding else read_json(reply.body)
    body = as_mapping(found)
    errors = _errors(body) if {"data", "errors"} & body.keys() else None
    codes = tuple(dict.fromkeys(code for one in errors or () if (code := _code(one))))
    return Answer(reply, request, body, errors, codes, _cost(body))


def found_at(data: Json, path: str) -> Iterator[Json]:
    """Yield what is at a dotted path in which `*` is any key or any item."""
    name, _, rest = path.partition(".")
    if isinstance(data, Mapping):
        inner = list(data.values()) if name == "*" else [data[name]] if name in data else []
    elif isinstance(data, list):
        inner = data if name == "*" else data[int(name) : int(name) + 1] if name.isdecimal() else []
    else:
        inner = []
    for one in inner:
        if rest:
            yield from found_at(one, rest)
        else:
            yield one


def told(errors: list[Json]) -> str:
    """Return what user errors say, in one line."""
    first = as_mapping(errors[0]) if errors else {}
    field = ".".join(as_text(part) or json.dumps(part) for part in as_list(first.get("field")))
    said = as_text(first.get("message")) or first_line(json.dumps(errors[:1], ensure_ascii=False))
    more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
    return (f"{field}: " if field else "") + first_line(said) + more


def _errors(body: Mapping[str, Json]) -> tuple[Json, ...]:
    said = body.get("errors")
    if said is None:
        return ()
    # Gateways in front of a GraphQL server say `errors` their own way: as a text, or as an object.
    return tuple(said) if isinstance(said, list) else (said,)


def _code(error: Json) -> str:
    one = as_mapping(error)
    return as_text(as_mapping(one.get("extensions")).get("code")) or as_text(one.get("type"))


def _words(error: Json) -> str:
    code = _code(error)
    said = as_text(error) or as_text(as_mapping(error).get("message"))
    said = first_line(said or json.dumps(error, ensure_ascii=False))
    return f"{said} ({first_line(code, 40)})" if code else said


def _cost(body: Mapping[str, Json]) -> dict[str, Json]:
    """Return the cost as Shopify tells it; `wait` until it is there, where it ever will be."""
    told_cost = as_mapping(as_mapping(body.get("extensions")).get("cost"))
    status = as_mapping(told_cost.get("throttleStatus"))
    read = {
        "requested": _number(told_cost.get("requestedQueryCost")),
        "actual": _number(told_cost.get("actualQueryCost")),
        "available": _number(status.get("currentlyAvailable")),
        "maximum": _number(status.get("maximumAvailable")),
        "restore_rate": _number(status.get("restoreRate")),
    }
    found: dict[str, Json] = {name: value for name, value in read.items() if value is not None}
    requested, available, rate = read["requested"], read["available"], read["restore_rate"]
    if requested is not None and available is not None and rate:
        maximum = read["maximum"]
        if rate > 0 and (maximum is None or requested <= maximum):
            found["wait"] = round(max(0.0, (requested - available) / rate), 2)
    return found


def _number(value: Json) -> float | None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15
    return value if good and isinstance(value, (int, float)) else None


def _points(value: Json) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else "?"
