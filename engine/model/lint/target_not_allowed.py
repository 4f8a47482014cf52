"""A host, a program, a shell line, a file or an MCP server that the access lists of the catalogue refuse.

The run would find out in the middle of the incident, and answer *unknown*: refused by policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Final

from engine.kinds.findings import Route, Severity
from engine.kinds.values import Json
from engine.model.access import NO_SHELL, program_refused
from engine.model.addresses import alike, fits, place_of, texts
from engine.model.catalogue import Catalogue, Environment
from engine.model.graph import Graph
from engine.model.guards import Access, Guards
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import Used, used
from engine.model.lint._values import environments, filled, known_in
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "put it on the list, which is a change of the policy; or reach it another way"
BEFORE: Final = """
steps:
  look: {check: {http: 'https://api.other.example/health'}, then: {any: escalated}}
"""
AFTER: Final = """
steps:
  look: {check: {http: 'https://api.shop.example/health'}, then: {any: escalated}}
"""
FACTS: Final = Facts(
    catalogue=Catalogue(
        environments={"production": Environment()}, guards=Guards(access=Access(hosts=("*.shop.example",)))
    )
)


Known = list[tuple[str, Mapping[str, Json]]]
"""The environments a runbook may run in, with what can be looked up in each."""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield what a run could not reach, in any environment it may run in."""
    access = facts.catalogue.guards.access
    known = [
        (name, known_in(runbook, facts.catalogue, name)) for name in environments(runbook, facts.catalogue)
    ]
    for one in used(graph):
        server = facts.catalogue.mcp.get(str(getattr(one.use.kind, "mcp", "")).partition("/")[0])
        if access.hosts:
            addresses = list(texts(one.use.kind))
            if server is not None and server.url and not server.command:
                addresses.append((("mcp",), server.url))
            yield from _hosts(one, addresses, facts.catalogue, known)
        yield from _program(one, access)
        if server is not None and server.command:
            wrong = program_refused(server.command, one.effect, access.commands, whole=False)
            if wrong:
                yield Fault((*one.place, "mcp"), f"the server of the tool: {wrong}", at_key=False)
        yield from _file(one, access, facts.root, known)


def _hosts(
    one: Used, addresses: list[tuple[Route, str]], catalogue: Catalogue, known: Known
) -> Iterator[Fault]:
    told: set[str] = set()
    people = [text for channel in catalogue.channels.values() for text in (channel.url, channel.api_url)]
    for route, text in addresses:
        for environment, values in known:
            place = place_of(one.use.kind, str(route[0]), filled(text, values))
            if place is None or place.host in told:
                continue
            if any(fits(pattern, place) for pattern in catalogue.guards.access.hosts):
                continue
            if any(alike(place, place_of(None, "", filled(text, values))) for text in people):
                continue
            told.add(place.host)
            where = "" if "${" not in text else f" in {environment}"
            message = f"the host {place.host}{where} is not on the list (guards.access.hosts)"
            yield Fault((*one.place, *route), message, at_key=False)


def _program(one: Used, access: Access) -> Iterator[Fault]:
    command = getattr(one.use.kind, "command", None)
    route: Route = (*one.place, "command")
    if command is None:
        return
    if getattr(one.use.kind, "shell", False):
        if not access.shell:
            yield Fault((*one.place, "shell"), NO_SHELL)
        return
    if not access.commands or isinstance(command, str) or not command:
        return
    wrong = program_refused(tuple(map(str, command)), one.effect, access.commands, whole=False)
    if wrong:
        yield Fault(route, wrong)


def _file(one: Used, access: Access, root: str, known: Known) -> Iterator[Fault]:
    """Yield a file, or the database that is one, outside of what may be read."""
    for route, path in _files(one, known):
        asked = _plain(root, path)
        if not any(asked.is_relative_to(_plain(root, place)) for place in ("", *access.read)):
            message = f"{path} is outside the workspace (guards.access.read)"
            yield Fault((*one.place, *route), message, at_key=False)
            return


def _files(one: Used, known: Known) -> Iterator[tuple[Route, str]]:
    path, database = getattr(one.use.kind, "file", None), getattr(one.use.kind, "database", None)
    if one.use.kind.kind == "file" and isinstance(path, str) and "${" not in path:
        yield ("file",), path
    if isinstance(database, str):
        everywhere = [values for _, values in known] or [{}]
        for dsn in dict.fromkeys(filled(database, values) for values in everywhere):
            if dsn.lower().startswith("sqlite:") and "${" not in dsn:
                yield ("database",), dsn.partition("///")[2]


def _plain(root: str, path: str) -> PurePosixPath:
    """Return a path as the guard of a run reads it, but for links, which are known in a run only."""
    return PurePosixPath(normpath(PurePosixPath(root or "/workspace") / path))
