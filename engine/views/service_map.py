"""The service catalogue as a page: what there is, what stands on what, and what was seen to differ.

A key `region_observed` beside `region` (or `memory_observed_mb` beside `memory_mb`) holds what was last seen;
a key `health_declared` beside `health` holds what the configuration says where the plain one is what runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.kinds.values import Json
from engine.model.catalogue import Catalogue, Service
from engine.views.docs_page import Page
from engine.views.flowchart import Flowchart, FlowEdge, FlowGroup, FlowNode

_SEEN = "_observed"
_DECLARED = "_declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One value that differs between what is declared and what was last seen."""

    service: str
    environment: str
    key: str
    declared: str
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentEntry:
    """What one environment of a service is: single values, and lists of names apart."""

    name: str
    values: tuple[tuple[str, str], ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceEntry:
    """One service."""

    name: str
    title: str
    description: str
    owner: str
    depends: tuple[str, ...]
    takes_along: tuple[str, ...]
    """Everything that stands on it, through others too."""
    environments: tuple[EnvironmentEntry, ...]
    credentials: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceMap:
    """All services in the catalogue's order, their picture, and every drift."""

    services: tuple[ServiceEntry, ...]
    picture: Flowchart
    drifts: tuple[Drift, ...]


def service_map(catalogue: Catalogue, pages: Iterable[Page]) -> ServiceMap:
    """Return the map; environments that are only for drills are left out."""
    found = sorted(pages, key=lambda page: (page.kind, page.runbook))
    drilled = {name for name, one in catalogue.environments.items() if one.drills}
    return ServiceMap(
        services=tuple(
            ServiceEntry(
                name=name,
                title=service.title,
                description=service.description,
                owner=service.owner,
                depends=service.depends,
                takes_along=taken_along(catalogue.services, name),
                environments=tuple(
                    _environment(there, values)
                    for there, values in service.environments.items()
                    if there not in drilled and values
                ),
                credentials=service.credentials,
                links=tuple(service.links.items()),
                pages=tuple(page for page in found if page.service == name),
            )
            for name, service in catalogue.services.items()
        ),
        picture=picture(catalogue.services),
        drifts=tuple(
            drift
            for name, service in catalogue.services.items()
            for there, values in service.environments.items()
            for drift in _drifts(name, there, values)
        ),
    )


def taken_along(services: Mapping[str, Service], name: str) -> tuple[str, ...]:
    """Return what stands on a service, itself left out; a circle ends."""
    found: dict[str, None] = {}
    left = [name]
    while left:
        current = left.pop(0)
        for other, service in services.items():
            if current in service.depends and other not in found and other != name:
                found[other] = None
                left.append(other)
    return tuple(found)


def picture(services: Mapping[str, Service]) -> Flowchart:
    """Return what stands on what; what depends on nothing of the catalogue stands in a group of its own."""
    ids = {name: f"service_{number}" for number, name in enumerate(services, 1)}
    nodes = {
        name: FlowNode(ids[name], "service", name, service.title if service.title != name else "")
        for name, service in services.items()
    }
    standing = [name for name, service in services.items() if service.depends]
    below = [name for name, service in services.items() if not service.depends]
    groups = [
        FlowGroup("group_ours", "Stands on others", tuple(nodes[name] for name in standing)),
        FlowGroup("group_below", "Stands by itself", tuple(nodes[name] for name in below)),
    ]
    edges = tuple(
        FlowEdge(ids[name], ids[other], ())
        for name, service in services.items()
        for other in service.depends
        if other in ids
    )
    return Flowchart(tuple(group for group in groups if group.nodes), (), edges)


def _environment(name: str, values: Mapping[str, Json]) -> EnvironmentEntry:
    lists = {key: tuple(map(_said, one)) for key, one in values.items() if isinstance(one, (list, tuple))}
    return EnvironmentEntry(
        name=name,
        values=tuple((key, _said(one)) for key, one in values.items() if key not in lists),
        lists=tuple(lists.items()),
    )


def _drifts(service: str, environment: str, values: Mapping[str, Json]) -> Iterator[Drift]:
    for key, value in values.items():
        for mark in (_SEEN, _DECLARED):
            base = key.replace(mark, "")
            if mark in key and base in values and values[base] != value:
                declared, seen = (values[base], value) if mark == _SEEN else (value, values[base])
                yield Drift(
                    service=service,
                    environment=environment,
                    key=base,
                    declared=_said(declared),
                    seen=_said(seen),
                )


def _said(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_said(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_said, value))
    return "" if value is None else str(value)
