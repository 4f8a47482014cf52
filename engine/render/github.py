"""Findings as workflow commands of GitHub Actions: each is an annotation at its line of the pull request.

`%`, line breaks and, in a property, `:` and `,` have a meaning of their own there and are escaped; nothing
that stands in an author's file can begin a command.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.kinds.findings import Located
from engine.render.findings import in_order, visible


def github(findings: Sequence[Located]) -> str:
    """Return a line for each finding."""
    return "\n".join(_command(one) for one in in_order(findings))


def _command(one: Located) -> str:
    finding = one.finding
    places = {
        "file": one.file,
        "line": str(one.line),
        "col": str(one.column),
        "endColumn": str(one.column + max(one.width, 1)),
        "title": finding.rule,
    }
    said = finding.message + (f". What to do: {finding.fix}" if finding.fix else "")
    if one.trace:
        said += f" (path: {' -> '.join(stop.name for stop in one.trace)})"
    properties = ",".join(f"{key}={_property(value)}" for key, value in places.items())
    return f"::{finding.severity} {properties}::{_data(said)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


__all__ = ["github"]
