"""The status board as a page, as data, and as metrics that Prometheus reads.

Rules:
1. The page and the metrics are made of the data; the data are what the next board goes on from.
2. A light that nobody could judge is no metric: its rule of silence (`ProbeUnseen`) is what tells of it.
3. Only words of ours and of the record stand here; both went through the redactor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os.path import relpath
from typing import Final

from engine.kinds.errors import UsageError
from engine.kinds.replies import as_list, as_mapping, as_text, took
from engine.kinds.values import Instant, Json
from engine.kinds.verdicts import Answer
from engine.render.markdown_text import cell, code, inline, ready_cell, table
from engine.views.lights import Board, Lead, Light

FORMAT: Final = "runbook-status/1"
_MARKS: Final[Mapping[Answer, str]] = {"pass": "ok", "fail": "**FAIL**", "unknown": "**?**"}
_ANSWERS: Final[Mapping[str, Answer]] = {"pass": "pass", "fail": "fail", "unknown": "unknown"}
_NOTE: Final = "*Written by `runbook probe --status`: edits here are lost.*"
_SHARE: Final = (
    "Uptime is the share of looks that passed, of those that could judge; nobody looked in between. A row"
    " that was not measured this time has the time of its own last look."
)
_WIDE: Final = 120


def page(found: Board, folder: str) -> str:
    """Return the page; `folder` is where it lies, from the workspace: its links lead to the runbooks."""
    return "\n\n".join(_page(found, folder)) + "\n"


def data(found: Board) -> Json:
    """Return the board for programs, and for the next board."""
    return {
        "format": FORMAT,
        "environment": found.environment,
        "at": found.at,
        "fail": found.counted("fail"),
        "unknown": found.counted("unknown"),
        "pass": found.counted("pass"),
        "lights": [_data(light) for light in found.lights],
    }


def read(value: Json, environment: str) -> Mapping[str, Light]:
    """Return the lights of data that were written before; raises UsageError for other data."""
    held = as_mapping(value)
    if held.get("format") != FORMAT:
        raise UsageError("the file beside the page is no status of ours", hint="give another --status FILE")
    if held.get("environment") != environment:
        raise UsageError(
            f"the status there is that of {as_text(held.get('environment'))}",
            hint=f"give {environment} a file of its own",
        )
    lights = (_light(as_mapping(one)) for one in as_list(held.get("lights")))
    return {light.check: light for light in lights if light.check}


def metrics(found: Board) -> str:
    """Return the lights that were judged, in the text format of Prometheus."""
    judged = [light for light in found.lights if light.answer != "unknown"]
    lines = [
        "# HELP probe_success 1 where the check passes, 0 where it fails.",
        "# TYPE probe_success gauge",
    ]
    lines += [f"probe_success{_labels(found, one)} {int(one.answer == 'pass')}" for one in judged]
    timed = [light for light in judged if light.median is not None]
    lines += [
        "# HELP probe_duration_seconds Median of the good tries of the last look.",
        "# TYPE probe_duration_seconds gauge",
    ]
    lines += [f"probe_duration_seconds{_labels(found, one)} {one.median:.6f}" for one in timed]
    lines += [
        "# HELP probe_looked_timestamp_seconds When the check was last looked at.",
        "# TYPE probe_looked_timestamp_seconds gauge",
    ]
    lines += [
        f"probe_looked_timestamp_seconds{_labels(found, one)} {Instant.parse(one.at):.0f}" for one in judged
    ]
    return "\n".join(lines) + "\n"


def _page(found: Board, folder: str) -> Iterator[str]:
    yield f"# Status of {inline(found.environment)}"
    yield _NOTE
    bad, blind, good = (found.counted(answer) for answer in ("fail", "unknown", "pass"))
    yield f"As of {_clock(found.at)}: {bad} fail, {blind} could not be seen, {good} well."
    head = ["", "check", "since", "uptime", "median", "P95", "why", "runbook"]
    yield table(head, [_row(light, folder) for light in found.lights])
    yield _SHARE


def _row(light: Light, folder: str) -> Sequence[str]:
    name = (
        f"{cell(light.title)} ({ready_cell(code(light.check))})"
        if light.title
        else ready_cell(code(light.check))
    )
    looked = "" if light.since == light.at else f", looked {_clock(light.at)}"
    up = "" if light.uptime is None else f"{light.uptime:.1f} % of {light.passed + light.failed}"
    budget = f" (wanted {light.budget})" if light.budget else ""
    links = (f"[{one.runbook}]({relpath(one.doc, folder or '.')})" for one in light.leads)
    return [
        _MARKS[light.answer],
        name,
        f"{_clock(light.since)}{looked}",
        up,
        "" if light.median is None else took(light.median),
        cell(f"{took(light.p95)}{budget}") if light.p95 is not None else "",
        cell(light.why, _WIDE),
        ", ".join(links),
    ]


def _data(light: Light) -> Json:
    found: dict[str, Json] = {
        "check": light.check,
        "title": light.title,
        "answer": light.answer,
        "at": light.at,
        "since": light.since,
        "first": light.first,
        "passed": light.passed,
        "failed": light.failed,
        "unseen": light.unseen,
        "uptime_percent": None if light.uptime is None else round(light.uptime, 3),
        "why": light.why,
        "budget": light.budget,
        "runbooks": [{"runbook": one.runbook, "doc": one.doc} for one in light.leads],
    }
    for name, value in (("median", light.median), ("p95", light.p95)):
        if value is not None:
            found[name] = value
    return found


def _light(held: Mapping[str, Json]) -> Light:
    def count(name: str) -> int:
        value = held.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def seconds(name: str) -> float | None:
        value = held.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    leads = (as_mapping(one) for one in as_list(held.get("runbooks")))
    return Light(
        check=as_text(held.get("check")),
        title=as_text(held.get("title")),
        answer=_ANSWERS.get(as_text(held.get("answer")), "unknown"),
        at=_time(held.get("at")),
        since=_time(held.get("since")),
        first=_time(held.get("first")),
        passed=count("passed"),
        failed=count("failed"),
        unseen=count("unseen"),
        why=as_text(held.get("why")),
        median=seconds("median"),
        p95=seconds("p95"),
        budget=as_text(held.get("budget")),
        leads=tuple(Lead(runbook=as_text(one.get("runbook")), doc=as_text(one.get("doc"))) for one in leads),
    )


def _time(value: Json | None) -> str:
    try:
        return str(Instant.parse(value))
    except ValueError:
        return str(Instant(0.0))


def _clock(at: str) -> str:
    return f"{Instant.parse(at).utc():%Y-%m-%d %H:%M}"


def _labels(found: Board, light: Light) -> str:
    check, _, place = light.check.partition("@")
    labels = {"check": check, "place": place, "environment": found.environment}
    return "{" + ",".join(f'{name}="{_quoted(value)}"' for name, value in labels.items() if value) + "}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
