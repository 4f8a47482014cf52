"""One thing that `doctor` looked at, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "FAIL", "?"]
AREAS = (
    "workspace",
    "runbook",
    "credential",
    "host",
    "tool",
    "extra",
    "mcp",
    "channel",
    "contact",
    "template",
    "clock",
    "zone",
    "disk",
    "git",
)
"""In the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Examined:
    """One line: what, how it stands, what was seen, and what to do where it is not well."""

    area: str
    name: str
    state: State
    said: str
    do: str = ""


def in_order(found: list[Examined]) -> tuple[Examined, ...]:
    """Return what was found by area, each in order of its name."""
    return tuple(sorted(set(found), key=lambda one: (AREAS.index(one.area), one.name, one.said)))
