"""One GraphQL query.

It goes out as a POST, and still changes nothing: the language says which operations do, so a query needs no
`read_only_because`, and a document that holds a mutation is refused before it is ever sent. What a refused
credential, a throttle and an error in a 200 mean is in engine.kinds.graphql_reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

from engine.kinds import exchange, graphql_reply
from engine.kinds.by_hand import SECONDS, curl
from engine.kinds.check import Check
from engine.kinds.graphql_document import Document
from engine.kinds.ports import HttpRequest, World
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation

_SHARED = ("seconds", "text", "json", "headers", "url", "insecure", "timing", "certificate")


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphqlCheck(Check):
    """Send one GraphQL query and look at data, errors and cost; it is sent by POST, which changes nothing.

    Errors are a fail, also in a 200 and beside partial data. THROTTLED is our own limit and therefore
    unknown (`cost.wait` says how long); MAX_COST_EXCEEDED is a fail: waiting does not help. A credential that
    is refused (401, 403, ACCESS_DENIED) is a fail too.
    """

    kind: ClassVar[str] = "graphql"
    example: ClassVar[str] = (
        "{graphql: 'https://shop.example.com/admin/api/2025-10/graphql.json', "
        "query: 'query($id: ID!) { order(id: $id) { name } }', variables: {id: 'gid://shop/Order/1'}, "
        "headers: {X-Shopify-Access-Token: '${secrets.SHOPIFY_ADMIN_TOKEN}'}, "
        "expect: {data.order.name: {exists: true}}}"
    )
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "status": "status code; absent where it is 429 or 430, our own limit",
            "data": "what was asked for, also partial data beside errors; absent when throttled",
            "errors": "the errors, empty when there are none; absent when throttled, or if no GraphQL came",
            "error_codes": "their codes (`extensions.code`), each once",
            "throttled": "true when our own limit was met",
            "too_costly": "true when the query asks for more than one query may (MAX_COST_EXCEEDED)",
            "cost": (
                "`requested`, `actual`, `available`, `maximum` points, `restore_rate` in points per second, "
                "and `wait`: seconds until the requested points are there; absent where no cost is told"
            ),
            "retry_after": "seconds to wait, from the header or the cost; absent where neither says so",
            **{name: exchange.REPLY_FACTS[name] for name in _SHARED},
        }
    )
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"status": 200, "errors": {"len": 0}})
    always_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"errors": {"len": 0}})

    graphql: str
    """The address of the API."""
    query: Document
    """The query; values go into `variables`, never into this text. A mutation is refused."""
    variables: Mapping[str, Json] = field(default_factory=dict)
    """Values of the document's variables, by name."""
    operation_name: str = ""
    """Which operation to run, where `query` holds several."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of the request, by name."""
    insecure: bool = False
    """Take a certificate that cannot be verified; the report shows it."""

    def __post_init__(self) -> None:
        for operation in self.query.operations:
            if operation.type != "query":
                raise ValueError(f"a check may not hold a {operation.type}: make it an action")
        self.query.chosen(self.operation_name)

    async def observe(self, world: World, timeout: float) -> Observation:
        """Send the query once."""
        request = self._request(timeout)
        answer = graphql_reply.read(await world.http.send(request), request)
        reply = answer.reply
        return Observation(answer.facts(), reply.seconds, reply.body, exchange.media(reply), answer.summary())

    def by_hand(self) -> str:
        """Return the curl line."""
        return curl(self._request(SECONDS))

    def target(self) -> str:
        """Return the host, with the port where one is written."""
        return exchange.place(self.graphql)

    def _request(self, timeout: float) -> HttpRequest:
        return graphql_reply.request(
            self.graphql,
            self.query,
            self.variables,
            self.operation_name,
            self.headers,
            timeout,
            insecure=self.insecure,
        )
