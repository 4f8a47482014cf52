"""Show a forecast: as tables for a terminal, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.kinds.values import Duration, Json
from engine.render.findings import visible
from engine.views.forecast import Forecast, Kind, Part, Percentile, Share, Times

_SHOWN = 6
"""Steps of the tail that are named; the rest carry less than these."""
_INTERVALS = (
    "95 % intervals: Wilson's score interval for shares, order statistics for percentiles; "
    "? is too few to say"
)


def text(found: Forecast) -> str:
    """Return the forecast as tables."""
    return "\n".join(_lines(found))


def _lines(found: Forecast) -> Iterator[str]:
    yield f"{found.runbook} in {found.environment}: {found.n} simulated incidents, seed {found.seed}"
    if found.operators:
        counted = found.operators.items()
        who = (f"{role or 'nobody'} ({cases} case{'' if cases == 1 else 's'})" for role, cases in counted)
        yield f"run by {', '.join(who)}"
    if found.unasked:
        yield f"never asked, though 'simulate' says how they answer: {', '.join(found.unasked)}"
    yield ""
    yield from _table(("how it ends", "share", "interval"), [_share(one) for one in found.ends])
    yield ""
    rows = [row for times in found.times for row in _times(times)]
    yield from _table(("time to", "incidents", "mean", "p50", "p90", "p95", "p99"), rows)
    yield ""
    pages = [(str(count), str(times), f"{times / found.n:.1%}") for count, times in found.pages.items()]
    yield from _table(("pages sent", "incidents", "share"), pages)
    yield f"on the average {found.mean_pages:.2f}"
    yield ""
    yield from _table(
        (f"slowest 5 % ({found.slow}): time at", "on average", "of the tail", "of all incidents"),
        [_part(one) for one in found.tail[:_SHOWN] if one.seconds >= 1],
    )
    yield ""
    yield from _table(
        ("slowest 5 %: what it was", "share", "interval"), [_share(one) for one in found.cases[:_SHOWN]]
    )
    yield ""
    rows = [row for kind in found.kinds for row in _kind(kind)]
    yield from _table(("how each case ends", "end", "of its incidents", "share", "interval"), rows, left=2)
    yield ""
    yield _INTERVALS
    yield from found.sources


def _share(one: Share) -> tuple[str, ...]:
    return (visible(one.name), f"{one.share:.1%}", f"{one.low:.1%} to {one.high:.1%}")


def _kind(one: Kind) -> Iterator[tuple[str, ...]]:
    """Yield a row for each end of a case; its name stands in the first."""
    for number, end in enumerate(one.ends):
        name, share, interval = _share(end)
        yield (visible(one.case) if number == 0 else "", name, f"{end.count} of {one.n}", share, interval)


def _times(one: Times) -> Iterator[tuple[str, ...]]:
    if not one.percentiles:
        yield (one.name, "0", "-", "-", "-", "-", "-")
        return
    yield (one.name, str(one.n), _time(one.mean), *(_time(each.seconds) for each in one.percentiles))
    yield ("", "", "", *(f"{_end(each.low)}..{_end(each.high)}" for each in one.percentiles))


def _part(one: Part) -> tuple[str, ...]:
    return (one.step, _time(one.seconds), f"{one.share:.1%}", f"{one.usual:.1%}")


def _end(seconds: float | None) -> str:
    """Return an end of an interval; a question mark where there are too few incidents to say."""
    return "?" if seconds is None else _time(seconds)


def _time(seconds: float) -> str:
    """Return a time as people say it: to the second, and to the minute from an hour on."""
    return str(Duration(round(seconds / 60) * 60 if seconds >= 3600 else round(seconds)))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> Iterator[str]:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        cells = [
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def data(found: Forecast) -> dict[str, Json]:
    """Return the forecast as plain data; times in seconds, shares from 0 to 1."""
    return {
        "runbook": found.runbook,
        "environment": found.environment,
        "n": found.n,
        "seed": found.seed,
        "interval": {"level": 0.95, "shares": "wilson", "percentiles": "order statistics"},
        "ends": [_share_data(one) for one in found.ends],
        "cases": [
            {"case": one.case, "incidents": one.n, "ends": [_share_data(end) for end in one.ends]}
            for one in found.kinds
        ],
        "operators": dict(found.operators),
        "never_asked": list(found.unasked),
        "severities": [_share_data(one) for one in found.severities],
        "times": {one.name: _times_data(one) for one in found.times},
        "pages": {
            "mean": round(found.mean_pages, 4),
            "incidents": {str(count): times for count, times in found.pages.items()},
        },
        "tail": {
            "incidents": found.slow,
            "steps": [
                {"step": one.step, "seconds": _round(one.seconds), "share": round(one.share, 4),
                 "usual": round(one.usual, 4)}
                for one in found.tail
            ],
            "cases": [_share_data(one) for one in found.cases],
        },
        "sources": list(found.sources),
    }  # fmt: skip


def _share_data(one: Share) -> Mapping[str, Json]:
    return {
        "name": one.name,
        "incidents": one.count,
        "share": round(one.share, 4),
        "low": round(one.low, 4),
        "high": round(one.high, 4),
    }


def _times_data(one: Times) -> Mapping[str, Json]:
    return {
        "incidents": one.n,
        "mean": _round(one.mean),
        **{f"p{each.percent}": _percentile(each) for each in one.percentiles},
    }


def _percentile(one: Percentile) -> Mapping[str, Json]:
    return {"seconds": _round(one.seconds), "low": _open(one.low), "high": _open(one.high)}


def _open(seconds: float | None) -> float | None:
    return None if seconds is None else _round(seconds)


def _round(seconds: float) -> float:
    return round(seconds, 3)
