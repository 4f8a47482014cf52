"""What the proofs of one runbook come to, as data."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.proof.bound import Bounds


@dataclass(frozen=True, slots=True)
class Proved:
    """What became of one assertion: proved, refuted by a walk, or about something that is not there."""

    text: str
    holds: bool
    path: tuple[str, ...] = ()
    """A shortest walk that contradicts it."""
    certain: bool = True
    """Whether the visits of the steps allow that walk; where not, nobody knows."""
    wrong: str = ""
    """What it speaks of that is not there."""
    fix: str = ""
    why: str = ""
    """The author's own reason for it."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Everything that is proved of one runbook."""

    bounds: Bounds
    assertions: tuple[Proved, ...] = ()


__all__ = ["Proved", "Proven"]
