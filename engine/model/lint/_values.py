"""What the team itself wrote, looked up for one environment: service, environment's variables, thresholds.

Facts, inputs and secrets stay as references: they are known in a run only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.kinds.paths import look_up
from engine.kinds.references import Absent, resolve
from engine.kinds.values import Json
from engine.model.catalogue import Catalogue
from engine.model.runbook import Runbook

OURS: Final = (
    "service",
    "services",
    "env",
    "environment",
    "thresholds",
    "baselines",
    "sandbox",
    "run",
    "secrets",
)
"""First words of references that no outside value can fill."""


def environments(runbook: Runbook, catalogue: Catalogue, *, drills: bool = False) -> Iterator[str]:
    """Yield where a runbook may run, environments for drills only where they are asked for."""
    for name, one in catalogue.environments.items():
        if (not runbook.environments or name in runbook.environments) and (drills or not one.drills):
            yield name


def known_in(runbook: Runbook, catalogue: Catalogue, environment: str) -> Mapping[str, Json]:
    """Return what can be looked up in one environment."""
    here = catalogue.environments.get(environment)
    services: dict[str, Json] = {
        name: {"name": name, **one.environments.get(environment, {})}
        for name, one in catalogue.services.items()
    }
    return {
        "service": services.get(runbook.service, {}),
        "services": services,
        "env": dict(here.variables) if here else {},
        "environment": environment,
        "thresholds": {name: one.value for name, one in catalogue.thresholds.items()},
    }


def filled(text: str, known: Mapping[str, Json]) -> str:
    """Return a text with what is known written in; a value of the team's may refer to another."""

    def lookup(name: str) -> Json | Absent:
        return look_up(known, name)

    once = resolve(resolve(text, lookup, partial=True), lookup, partial=True)
    return once if isinstance(once, str) else text


__all__ = ["OURS", "environments", "filled", "known_in"]
