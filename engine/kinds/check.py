"""What every check kind is: fields, `observe`, and what it says about itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from engine.kinds.discovery import Kind
from engine.kinds.ports import World
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer, Observation


class Check(Kind):
    """A question to a system that changes nothing.

    `observe` may raise NoAnswer, CannotLook or McpFault: the performer turns them into an
    observation. What comes back is judged against `expect`, or against `default_expect` where the
    author gave none (see engine.kinds.verdicts).
    """

    __slots__ = ()
    family: ClassVar[str] = "checks"
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Every fact this kind exposes, with its meaning and unit, for the reference."""
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({})
    always_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({})
    """Held beside the author's own `expect` too, except where that speaks of the same fact."""
    no_answer: ClassVar[Answer] = "unknown"
    """What no answer at all means for this kind (rule 2 of engine.kinds.verdicts)."""

    async def observe(self, world: World, timeout: float) -> Observation:
        """Look once, within `timeout` seconds."""
        raise NotImplementedError

    def by_hand(self) -> str:
        """Return the exact command a person types instead; secrets as `$NAME`."""
        raise NotImplementedError

    def target(self) -> str:
        """Return what is looked at: a host and port, or a server and tool."""
        raise NotImplementedError
