"""Reports of runs and drills as Markdown, by the templates `incident.md.j2` and `drill.md.j2`.

Rules:
1. Nothing reaches a report unescaped: what a template prints is data (engine.render.markdown_text) unless
   this module made Markdown of it.
2. All times are UTC. The same report is the same bytes, and they are a fixed point of mdformat.
3. A table holds what is short; what was expected and seen stands whole in the list below it.
4. A measured length of time is rounded; the journal has it exactly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError
from markupsafe import Markup

from engine.kinds.values import Instant
from engine.render.durations import rounded
from engine.render.gantt import gantt
from engine.render.markdown_text import code, fence, inline
from engine.render.report_tables import NOT_REACHED, WIDE, identified, length, moment, score_tables, tables
from engine.views.report import Report
from engine.views.score import Score

_DETAILED: Final = ("action", "deviation", "prompt")
_GAPS: Final = re.compile(r"\n{3,}")


class _Written(Markup):
    """Markdown already; whatever else a template prints is escaped."""

    __slots__ = ()


def incident(report: Report, templates: Path) -> str:
    """Return the incident report of a run."""
    return _page("incident.md.j2", report, templates)


def drill(score: Score, templates: Path) -> str:
    """Return the report of a drill."""
    more: dict[str, object] = {name: _Written(text) for name, text in score_tables(score).items()}
    return _page("drill.md.j2", score.report, templates, score=score, **more)


def broken_templates(templates: Path, wanted: Sequence[str]) -> Mapping[str, str]:
    """Return why templates cannot be used, by name: missing, or not to be read."""
    found: dict[str, str] = {}
    for name in wanted:
        try:
            Environment(autoescape=True).parse((templates / name).read_text(encoding="utf-8"))
        except TemplateSyntaxError as error:
            found[name] = f"line {error.lineno}: {error.message}"
        except FileNotFoundError:
            found[name] = "is missing"
        except (OSError, UnicodeError) as error:
            found[name] = f"cannot be read: {type(error).__name__}"
    return found


def _page(name: str, report: Report, templates: Path, **more: object) -> str:
    report = _read(report)
    chart = gantt(report)
    details = [
        (_Written(moment(report, row.at)), row)
        for row in report.timeline.rows
        if len(row.text) > WIDE or (row.detail and (row.mark in ("FAIL", "?") or row.kind in _DETAILED))
    ]
    text = (
        _environment(templates)
        .get_template(name)
        .render(
            report=report,
            picture=_Written(fence(chart, "mermaid")) if chart else "",
            details=details,
            **{name: _Written(text) for name, text in tables(report).items()},
            **more,
        )
    )
    return _GAPS.sub("\n\n", text).strip("\n") + "\n"


def _read(report: Report) -> Report:
    """Round what was measured where the engine says how a step or the run came out, as the screen does."""
    rows = tuple(
        replace(row, text=rounded(row.text)) if row.kind in ("check", "lifecycle") else row
        for row in report.timeline.rows
    )
    return replace(report, why=rounded(report.why), timeline=replace(report.timeline, rows=rows))


@cache
def _environment(templates: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        finalize=_finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["code"] = lambda text: _Written(code(text))
    environment.filters["path"] = lambda steps: _Written(" → ".join(map(code, steps)))
    environment.filters["utc"] = _utc
    environment.filters["length"] = lambda seconds: _Written(length(seconds))
    environment.filters["person"] = lambda person: _Written(inline(identified(person)))
    return environment


def _finalized(value: object) -> Markup:
    """Escape everything that is not made Markdown yet; this is what makes rule 1 hold."""
    return value if isinstance(value, Markup) else _Written(inline(str(value)))


def _utc(at: Instant | None) -> Markup:
    return _Written(NOT_REACHED if at is None else f"{at.utc():%Y-%m-%d %H:%M:%S} UTC")
