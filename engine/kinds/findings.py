"""What is wrong with an author's file: values, collected and shown all at once.

A rule speaks in *symbolic* places (a route of keys and indices into the document); line and column
are looked up once, at the end, by whoever holds the document.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
Route = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: what rule, where in the document, what is wrong, what to do about it."""

    rule: str
    route: Route
    message: str
    fix: str = ""
    severity: Severity = "error"
    at_key: bool = True  # point at the key rather than at its value
    trace: tuple[Route, ...] = ()
    """Where the fault is a path: the steps on it and the end it leads to, each as a route."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One step of a path, and its line and column; an end has none, and 0 stands there."""

    name: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Located:
    """A finding with its place: line and column count from 1; `source` is the line itself."""

    finding: Finding
    file: str
    line: int
    column: int
    width: int = 1
    source: str = ""
    trace: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiving:
    """A finding that the file waives, with the reason that stands there."""

    located: Located
    why: str
    until: str


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule as a reader of findings sees it."""

    name: str
    severity: Severity
    what: str
    why: str = ""
    fix: str = ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` when one known word is close, else an empty string."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else ""


def meant_or_known(word: str, known: Iterable[str], nothing: str) -> str:
    """Return what was meant, else all there is; where there is nothing at all, say `nothing`."""
    names = tuple(known)
    return did_you_mean(word, names) or (f"known: {', '.join(names)}" if names else nothing)
