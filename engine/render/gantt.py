"""The steps of a run as a Mermaid gantt chart, one section for each phase.

Rules:
1. Only letters, digits and blanks of a name reach the chart, behind a number: no name can be a keyword,
   end a line or begin a field.
2. Times are written as UTC and shown as written: Mermaid reads and shows them in one and the same zone.
3. A stay shorter than a thousandth of the run would not be seen, and is left to the table.
"""

from __future__ import annotations

import re
from typing import Final

from engine.kinds.values import Instant
from engine.views.report import Report

_KEPT: Final = re.compile(r"[^\w .+-]+")
_WIDE: Final = 48
_SEEN: Final = 1 / 1000


def gantt(report: Report) -> str:
    """Return the chart, or nothing where there is no bar to draw."""
    bars = [one for one in report.stays if one.end - one.begin > max(0.0, (report.length or 0.0) * _SEEN)]
    if not bars:
        return ""
    rows = ["gantt", "    dateFormat YYYY-MM-DD HH:mm:ss.SSS", "    axisFormat %H:%M:%S"]
    section = ""
    for number, bar in enumerate(bars, 1):
        if bar.phase != section:
            section = bar.phase
            rows.append(f"    section {section.capitalize()}")
        state = "active, " if bar.outcome == "" else "crit, " if not bar.good else "done, "
        rows.append(
            f"    {number} {_name(bar.title)} :{state}b{number}, {_time(bar.begin)}, {_time(bar.end)}"
        )
    moments = (("first change", report.when.first_change), ("recovered", report.when.recovered))
    known = [(name, at) for name, at in moments if at is not None]
    if known:
        rows.append("    section Moments")
    rows += [f"    {name} :milestone, {_time(at)}, 0s" for name, at in known]
    return "\n".join(rows)


def _name(text: str) -> str:
    words = " ".join(_KEPT.sub(" ", text).split())
    return (words if len(words) <= _WIDE else words[:_WIDE].rpartition(" ")[0] or words[:_WIDE]) or "step"


def _time(moment: Instant) -> str:
    return f"{moment.utc():%Y-%m-%d %H:%M:%S}.{moment.utc().microsecond // 1000:03d}"
