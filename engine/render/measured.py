"""What `probe` shows: a row per check, success before speed, and how it stands to what was recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from engine.kinds.comparing import number
from engine.kinds.replies import as_mapping, as_text, took
from engine.kinds.values import Json
from engine.render.cells import cut, padded
from engine.render.findings import visible
from engine.views.measured import Comparison, Measured

_MARKS: Final[Mapping[str, str]] = {"pass": "ok", "fail": "FAIL", "unknown": "?"}
_NAME: Final = 40
_STATISTICS: Final = ("min", "median", "mean", "p50", "p90", "p95", "p99", "max", "first_seconds")
_COUNTS: Final = ("n", "ok", "failed", "unknown", "left_out")


def row(one: Measured) -> str:
    """Return the line of one check."""
    name = padded(cut(visible(one.check), _NAME), _NAME)
    return f"{_mark(one):<5} {name} {_said(one)}".rstrip()


def rows(measured: Sequence[Measured]) -> tuple[str, ...]:
    """Return a line for each check, and one more where it is compared."""
    lines: list[str] = []
    for one in measured:
        lines.append(row(one))
        if one.against is not None:
            lines.append(f"{'':<5} {'':<{_NAME}} {visible(compared(one.against))}")
    return tuple(lines)


def compared(against: Comparison) -> str:
    """Return how new tries stand to recorded ones, with the lines at which people are told and paged."""
    if against.warn is None or against.critical is None:
        return against.says
    at = f"P95 warns at {took(against.warn)}, pages at {took(against.critical)}"
    beyond = {"warn": " - it is above the warning line", "critical": " - it is above the paging line"}
    return f"{against.says}; {at}{beyond.get(against.line or '', '')}"


def data(one: Measured, baseline: str) -> Json:
    """Return one check for programs; times are in seconds, and a statistic that is not there is absent."""
    found: dict[str, Json] = {
        "check": one.check,
        "target": one.target,
        "answer": one.answer,
        "well": one.well,
        "why": one.why,
        "budget": one.budget,
        **{name: one.facts[name] for name in (*_COUNTS, *_STATISTICS, "method") if name in one.facts},
        **{name: one.facts[name] for name in ("failures", "unknowns") if one.facts.get(name)},
    }
    if one.against is not None:
        old = one.against
        found["baseline"] = {
            "name": baseline,
            "n": old.n,
            "says": old.says,
            "slower": old.slower,
            "quicker": old.quicker,
            "median_ratio": old.median_ratio,
            "p95_ratio": old.p95_ratio,
            "warn": old.warn,
            "critical": old.critical,
            "line": old.line,
        }
    return found


def _mark(one: Measured) -> str:
    return "slow" if one.answer == "pass" and not one.well else _MARKS[one.answer]


def _said(one: Measured) -> str:
    facts = one.facts
    if "n" not in facts:
        return visible(one.why)
    parts = [f"{facts['ok']} of {facts['n']} good"]
    median, late = _seconds(facts, "median"), _seconds(facts, "p95")
    if median is not None and late is not None:
        limit = f", wanted {one.budget}" if one.budget else ""
        parts.append(f"median {took(median)}, P95 {took(late)} ({facts['method']}, n {facts['ok']}{limit})")
    else:
        parts.append("too few for a percentile")
    first = _seconds(facts, "first_seconds")
    if first is not None and median is not None and first > 2 * median:
        parts.append(f"the first took {took(first)}")
    for key in ("failures", "unknowns"):
        reasons = as_mapping(facts.get(key))
        parts += [f"{count} x {as_text(why)}" for why, count in list(reasons.items())[:2]]
    if facts.get("left_out"):
        parts.append(f"{facts['left_out']} not made: no time was left")
    if any("status 410" in why for why in as_mapping(facts.get("failures"))):
        parts.append("410 is what robots get: mend the probe, it says nothing about the page")
    return visible("; ".join(parts))


def _seconds(facts: Mapping[str, Json], name: str) -> float | None:
    value = facts.get(name)
    return None if value is None else number(value)
