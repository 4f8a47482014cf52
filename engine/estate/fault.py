"""A fault as a scenario writes it: which service, what kind, from when, until when or what heals it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.estate.wire import number, text
from engine.kinds.values import Json


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault; `at` and `until` are seconds after the estate began; `heal` None is the kind's own rule."""

    service: str
    kind: str
    at: float = 0.0
    until: float | None = None
    heal: str | None = None
    params: Mapping[str, Json] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return what names this fault in the state."""
        return f"{self.service}/{self.kind}/{self.at:g}"

    def number(self, name: str, default: float) -> float:
        """Return a parameter that is a number."""
        return number(self.params.get(name), default)

    def text(self, name: str, default: str) -> str:
        """Return a parameter that is a string."""
        return text(self.params.get(name)) or default


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault that has begun and is not healed."""

    fault: Fault
    since: float
