"""One GraphQL mutation: done, failed, or nobody knows.

Rules. `errors` without `data` means that nothing was begun: failed. An error with a `path` was raised while
that field was being carried out, so what it had changed by then nobody can say: unknown, except where the
code says that it was refused. A mutation also refuses in its own data (`userErrors`): failed. Throttled is
failed: nothing was begun, and `retry_after` says when it may be tried again. A gateway that gave up waiting
(504), and a good status without a GraphQL answer, are unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from engine.kinds import exchange, graphql_reply
from engine.kinds.action import Action
from engine.kinds.by_hand import SECONDS, curl
from engine.kinds.graphql_document import Document
from engine.kinds.graphql_reply import THROTTLES, Answer
from engine.kinds.ports import HttpRequest, World
from engine.kinds.replies import as_list, as_mapping, as_text
from engine.kinds.values import Json
from engine.kinds.verdicts import Performed

_REFUSALS = THROTTLES | {"MAX_COST_EXCEEDED", "ACCESS_DENIED", "FORBIDDEN", "UNAUTHENTICATED"}
_FACTS = ("status", "seconds", "data", "errors", "error_codes", "throttled", "cost", "headers", "retry_after")


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphqlAction(Action):
    """Send one GraphQL mutation; done when it answers with data, without errors and without user errors."""

    kind: ClassVar[str] = "graphql"
    example: ClassVar[str] = (
        "{graphql: 'https://shop.example.com/admin/api/2025-10/graphql.json', "
        "query: 'mutation($id: ID!) { orderClose(input: {id: $id}) { userErrors { field message } } }', "
        "variables: {id: 'gid://shop/Order/1'}, operation: close-order, irreversible: open it by hand}"
    )

    graphql: str
    """The address of the API."""
    query: Document
    """The mutation; values go into `variables`, never into this text. One change is best: they end alike."""
    variables: Mapping[str, Json] = field(default_factory=dict)
    """Values of the document's variables, by name."""
    operation_name: str = ""
    """Which operation to run, where `query` holds several."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of the request, by name."""
    user_errors: tuple[str, ...] = ("data.*.userErrors",)
    """Where the answer lists why it was refused, `*` being any name; anything there means failed."""
    insecure: bool = False
    """Take a certificate that cannot be verified; the report shows it."""

    def __post_init__(self) -> None:
        chosen = self.query.chosen(self.operation_name)
        if chosen.type != "mutation":
            raise ValueError(f"an action needs a mutation, this is a {chosen.type}: make it a check")

    async def perform(self, world: World, timeout: float) -> Performed:
        """Send the mutation once; raises NoAnswer or CannotLook."""
        request = self._request(timeout)
        answer = graphql_reply.read(await world.http.send(request), request)
        outcome, why = self._outcome(answer)
        facts, reply = answer.facts(), answer.reply
        kept = {name: facts[name] for name in _FACTS if name in facts}
        return Performed(outcome, why, kept, reply.seconds, reply.body, exchange.media(reply))

    def by_hand(self) -> str:
        """Return the curl line."""
        return curl(self._request(SECONDS))

    def target(self) -> str:
        """Return the host, with the port where one is written."""
        return exchange.place(self.graphql)

    def _outcome(self, answer: Answer) -> tuple[Literal["done", "failed", "unknown"], str]:
        status, summary = answer.reply.status, answer.summary()
        if answer.throttled:
            return "failed", f"not done: {answer.limit()}"
        if status == 504:
            return "unknown", summary
        if not 200 <= status < 300:
            said = "" if answer.errors else exchange.complaint(answer.reply)
            return "failed", summary + (f": {said}" if said else "")
        if answer.errors is None:
            return "unknown", summary
        if answer.errors:
            return ("unknown" if _begun(answer) else "failed"), summary
        refused = [
            error
            for path in self.user_errors
            for found in graphql_reply.found_at(answer.body, path)
            for error in as_list(found)
        ]
        return ("failed", f"refused: {graphql_reply.told(refused)}") if refused else ("done", summary)

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


def _begun(answer: Answer) -> bool:
    """Tell whether a field was being carried out when something went wrong."""
    if "data" not in answer.body:
        return False
    if any(value is not None for value in as_mapping(answer.body["data"]).values()):
        return True  # another field may have been done
    return any(_raised_within(as_mapping(error)) for error in answer.errors or ())


def _raised_within(error: Mapping[str, Json]) -> bool:
    code = as_text(as_mapping(error.get("extensions")).get("code"))
    return bool(as_list(error.get("path"))) and code not in _REFUSALS
