"""Headings as a list on the screen, or as lines of JSON."""

from __future__ import annotations

from collections.abc import Sequence

from engine.cli.headings import Heading
from engine.cli.here import Here, progress, put, put_json
from engine.cli.session import width
from engine.render.row import Layout, Row


def put_headings(here: Here, found: Sequence[Heading], output: str | None, none: str) -> int:
    """Write headings; return 0."""
    if output == "json":
        for one in found:
            put_json(one.plain())
        return 0
    for one in found:
        facts = "  ".join(word for word in (one.severity, one.service, one.runs) if word)
        rows = [Row(text=f"{one.runbook}  {facts}".rstrip())]
        rows.append(
            Row(
                text=f"its file has errors: runbook check {one.runbook}" if one.broken else one.title,
                place="under",
            )
        )
        rows += [Row(name="seen", text="; ".join(one.symptoms), place="under")] if one.symptoms else []
        rows += [Row(name="alert", text=", ".join(one.alerts), place="under")] if one.alerts else []
        for line in Layout(width(), colour=here.colour).lines(rows):
            put(line)
    if not found:
        progress(none)
    return 0
