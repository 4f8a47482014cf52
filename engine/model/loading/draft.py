"""A refused runbook as it was meant, so that rules can be told with what reading has refused.

Rules:
1. Only names are mended: one that exists nowhere becomes the one that was meant. A target that is like no
   other name becomes an end; then rules about paths would speak of a graph that nobody wrote, and are not
   asked (`sure` is false).
2. A draft is never run: the file stays refused.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.kinds.findings import Finding, Route
from engine.kinds.values import Json
from engine.model.loading.catalogues import LoadedCatalogue
from engine.model.loading.result import Loaded
from engine.model.loading.runbooks import readable
from engine.model.runbook import Runbook
from engine.model.source import Document

_MEANT: Final = re.compile(r"did you mean '([^']+)'\?")
_KEYS: Final = ("unknown-key", "unknown-outcome")


@dataclass(frozen=True, slots=True)
class Draft:
    """What was meant, and whether every name in its graph is what the author will write."""

    runbook: Runbook
    sure: bool


def draft(document: Document, loaded: Loaded[Runbook], catalogue: LoadedCatalogue) -> Draft | None:
    """Return what a refused file was meant to be, or None where too much of it cannot be read."""
    data = copy.deepcopy(document.data)
    sure = True
    for one in (located.finding for located in loaded.findings):
        meant = _MEANT.search(one.fix)
        if one.rule == "unknown-target" and one.route:
            _put(data, one.route, meant[1] if meant else _end(one.route))
            sure = sure and meant is not None
        elif one.rule in _KEYS and one.message.endswith(f"'{one.route[-1]}'"):
            _rename(data, one, meant[1] if meant else "")
    runbook = readable(replace(document, data=data), catalogue)
    return None if runbook is None else Draft(runbook, sure)


def _end(route: Route) -> str:
    """Return an end of the graph in which a target stands."""
    return "fail" if "parallel" in route else "escalated"


def _put(data: Json, route: Route, value: str) -> None:
    holder = _holder(data, route)
    if isinstance(holder, dict) and route[-1] in holder:
        holder[str(route[-1])] = value
    elif isinstance(holder, list) and isinstance(route[-1], int):
        holder[route[-1]] = value


def _rename(data: Json, one: Finding, name: str) -> None:
    """Give a key the name that was meant, at its place; without one it is taken out."""
    holder = _holder(data, one.route)
    if not isinstance(holder, dict) or one.route[-1] not in holder:
        return
    items = list(holder.items())
    holder.clear()
    for key, item in items:
        if key != one.route[-1]:
            holder[key] = item
        elif name and name not in dict(items):
            holder[name] = item


def _holder(data: Json, route: Route) -> Json:
    """Return what holds the last part of a route, or None where it stands nowhere."""
    here = data
    for part in route[:-1]:
        if isinstance(here, Mapping) and part in here:
            here = here[str(part)]
        elif isinstance(here, Sequence) and isinstance(part, int) and part < len(here):
            here = here[part]
        else:
            return None
    return here


__all__ = ["Draft", "draft"]
