"""A secret that stands in the file itself: in a field, a header, an address or a text.

The file is in version control, on the page and in every bundle: who reads the runbook has the secret, for
ever. The reader of secrets fills `${secrets.NAME}` in when a request is sent, and masks the value in
everything that is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Final

from engine.kinds.findings import Route, Severity
from engine.kinds.matchers import Matcher
from engine.kinds.nodes import Node
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.model.catalogue import Catalogue
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._secrets import secret_in, secret_under
from engine.model.lint._uses import used
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = (
    "write ${secrets.NAME}, put the value where 'credentials' says, and revoke it: it has been in a file"
)
BEFORE: Final = """
steps:
  look:
    check: {http: 'https://x.example/v1', headers: {Authorization: Bearer 8f3a91c2d4e5f60718293a4b}}
    then: {any: escalated}
"""
AFTER: Final = """
steps:
  look:
    check: {http: 'https://x.example/v1', headers: {Authorization: 'Bearer ${secrets.API_TOKEN}'}}
    then: {any: escalated}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield every text of the file that holds one."""
    for use in used(graph):
        yield from _in(use.use, use.place, flat=True)
    for one in graph.every():
        for name, node in one.nodes.items():
            for route, text in _said(node):
                yield from _text((*one.place(name), *route), "", text)
    for number, trigger in enumerate(runbook.triggers):
        yield from _text(("triggers", number, "expr"), "", trigger.expr)
    for name, given in runbook.inputs.items():
        if isinstance(given.default, str):
            yield from _text(("inputs", name, "default"), name, given.default)
    for key in ("meaning", "impact"):
        yield from _text((key,), "", getattr(runbook, key))


def examine_catalogue(catalogue: Catalogue, facts: Facts) -> Iterator[Fault]:
    """Yield every text that holds one in what is sent, dialled or started: channels, servers, addresses."""
    for name, channel in catalogue.channels.items():
        place: Route = ("channels", name)
        yield from _in(channel, place)
        for key in ("routing_key", "api_token"):
            yield from _text((*place, key), key, getattr(channel, key))
    for name, server in catalogue.mcp.items():
        yield from _in(server, ("mcp", name))
    for name, environment in catalogue.environments.items():
        yield from _in(environment.variables, ("environments", name, "variables"))
    for name, service in catalogue.services.items():
        yield from _in(service.environments, ("services", name, "environments"))
    for section, uses in (("checks", catalogue.checks), ("actions", catalogue.actions)):
        for name, use in uses.items():
            yield from _in(use, (section, name))


def _said(node: Node) -> Iterator[tuple[Route, str]]:
    yield from ((("why",), node.why), (("link",), node.link), (("title",), node.title))
    match node.step:
        case AskStep():
            yield ("ask",), node.step.ask
        case EscalateStep():
            yield ("decision",), node.step.decision
        case NotifyStep():
            yield ("text",), node.step.text


def _in(value: object, place: Route, key: str = "", *, flat: bool = False) -> Iterator[Fault]:
    """Yield what looks like a secret in a part of the model; a kind's fields stand flat beside the use's."""
    if isinstance(value, str):
        yield from _text(place, key, value)
    elif isinstance(value, Matcher):
        yield from _in(value.data, place)
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            inner = getattr(value, field.name)
            if flat and field.name in ("reconcile", "undo", "verify"):
                continue  # uses of their own
            here = place if field.name == "kind" else (*place, field.name)
            yield from _in(inner, here, flat=False)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _in(inner, (*place, str(name)), str(name))
    elif isinstance(value, tuple | list):
        for number, inner in enumerate(value):
            yield from _in(inner, (*place, number), key)


def _text(place: Route, key: str, text: str) -> Iterator[Fault]:
    what = secret_under(key, text) if key else secret_in(text)
    if what:
        yield Fault(place, f"{what} stands here in plain text", at_key=False)
