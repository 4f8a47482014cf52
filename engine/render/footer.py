"""The footer of a running screen: where the run stands, what is under way, what comes by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.kinds.counted import counted
from engine.kinds.values import Duration
from engine.render.cells import cells
from engine.render.findings import visible
from engine.render.row import TAG
from engine.views.progress import Board

_CLOCKS = 3
_LINES = 2  # of clocks, on a narrow terminal


def footer(board: Board, width: int) -> tuple[str, ...]:
    """Return the lines of the footer, without the keys."""
    if board.end:
        return ()
    return tuple(line for tag, parts, most in _parts(board) for line in _fitted(tag, parts, width - 1)[:most])


def _parts(board: Board) -> Iterator[tuple[str, Sequence[str], int]]:
    current = {one.phase for one in board.steps if one.kind != "escalate"}
    phases = [one for one in board.phases if one.name in current and one.began is not None]
    for phase in phases[:1]:
        over = "  over budget" if phase.over else ""
        of = f" of {phase.budget}" if phase.budget else ""
        alert = f"alert {sign(board.age)}"
        yield phase.name.upper(), (f"{_about(phase.real)}{of}{over}", board.now.clock(), alert), 1
    going = [
        f"{one.name} {one.observed.removeprefix('asked ').removesuffix(' ago')} of at most {_about(one.most)}"
        for one in board.sights
        if one.mark == "…"
    ]
    going += [
        f"{one.title}: {one.passes} of {counted(one.of, 'pass')}"
        + (f", {_about(one.lasted)} of {_about(one.lasting)}" if one.lasting else "")
        + (f", {one.failures} not passed" if one.failures else "")
        for one in board.soaks
    ]
    if going:
        yield "NOW", going, _LINES
    if board.calls and board.then:
        yield "THEN", (", then ".join(board.then[:3]),), 1
    clocks = [
        f"{one.at.clock()} {one.text}{' (not if you close this)' if one.kind == 'page' else ''}"
        for one in board.clocks[:_CLOCKS]
    ]
    if clocks:
        yield "CLOCKS", clocks, _LINES


def sign(seconds: float) -> str:
    """Return a distance from the alert: `+3m10s`."""
    return f"{'-' if seconds < 0 else '+'}{_about(abs(seconds))}"


def _about(seconds: float) -> str:
    return str(Duration(float(round(max(0.0, seconds)))))


def _fitted(tag: str, parts: Sequence[str], width: int) -> Sequence[str]:
    """Break between the parts, not within one: `03:07:12Z engineer paged` stays together."""
    lines = [f" {tag:<{TAG}}"]
    for part in (visible(one) for one in parts):
        gap = "   " if lines[-1].strip() not in ("", tag) else " "
        if cells(lines[-1]) + cells(gap) + cells(part) > width and gap == "   ":
            lines.append(" " * (TAG + 1))
            gap = " "
        lines[-1] += gap + part
    return lines
