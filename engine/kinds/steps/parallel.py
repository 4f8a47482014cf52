"""Branches that run at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, cast

from engine.kinds.nodes import Node
from engine.kinds.step import Open, Progress, Settlement, Step, Want
from engine.kinds.verdicts import Answer, all_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One branch: a graph of its own, whose ends are pass, fail and unknown."""

    steps: Mapping[str, Node] = field(default_factory=dict)
    """The steps by name; their ends are pass, fail and unknown."""
    start: str = ""
    """The step to begin with; the first where nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelStep(Step):
    """Run branches at once and wait for all of them, or for the first that ends or passes.

    `all`: any fail is fail, else any unknown is unknown. `any`: the first pass settles. `first`: the
    first end settles. Reads of a losing branch are cancelled; only reads are allowed in `any`/`first`.
    """

    kind: ClassVar[str] = "parallel"
    good: ClassVar[tuple[str, ...]] = ("pass",)
    bad: ClassVar[tuple[str, ...]] = ("fail", "unknown")
    example: ClassVar[str] = (
        "{parallel: {a: {steps: {x: {check: {tcp: 'db1:5432'}, then: pass}}}}, then: next}"
    )

    parallel: Mapping[str, Branch]
    """The branches by name."""
    until: Literal["all", "any", "first"] = "all"
    """What is waited for: all of them, any pass, or the first end."""

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """Open every branch."""
        return tuple(
            Open(name, f"{progress.step}/{name}") for name in self.parallel if name not in progress.ends
        )

    def settle(self, progress: Progress) -> Settlement | None:
        """Settle by the ends of the branches."""
        ends = progress.ends
        if self.until == "first" and ends:
            name, end = next(iter(ends.items()))
            return Settlement(end, f"{name} was first")
        if self.until == "any" and "pass" in ends.values():
            return Settlement("pass", f"{next(name for name, end in ends.items() if end == 'pass')} passed")
        if set(self.parallel) - set(ends):
            return None
        why = ", ".join(f"{name}: {end}" for name, end in ends.items())
        if self.until == "any":
            return Settlement("unknown" if "unknown" in ends.values() else "fail", why)
        return Settlement(all_of(cast(Answer, end) for end in ends.values()), why)
