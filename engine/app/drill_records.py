"""The history of drills: a report each, which says at its top what the calendar needs.

Rules:
1. A record is never written over: drills of one runbook are numbered within their day.
2. It says who did it. Only a drill that a person did counts as practice.
3. A record without that (an older one, or one written by hand) counts as a person's.
"""

from __future__ import annotations

import json
import os
import re
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Final, Literal

from engine.app.drilling import Drilled
from engine.app.reporting import Told
from engine.app.workspace import Workspace
from engine.kinds.errors import StorageError
from engine.kinds.values import Duration
from engine.views.drill_calendar import DrillRecord
from engine.views.freshness import front_matter

_NAME: Final = re.compile(r"(\d{4}-\d{2}-\d{2})-(.+)-(\d+)\.md\Z")
_DIAGNOSES: Final = {True: "right", False: "wrong", None: ""}


def keep(workspace: Workspace, drilled: Drilled, told: Told, by: Literal["person", "script"]) -> Path:
    """Write the report of a drill where the pages look for it; raises StorageError."""
    folder = workspace.root / workspace.settings.history
    day = f"{drilled.state.started.utc():%Y-%m-%d}"
    text = _head(drilled, told, day, by) + told.text
    number = 1
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            path = folder / f"{day}-{drilled.scenario.runbook}-{number}.md"
            try:
                with path.open("x", encoding="utf-8") as file:
                    file.write(text)
                return path
            except FileExistsError:
                number += 1
    except OSError as error:
        raise StorageError(f"{folder}: {error.strerror}", hint="the report is in the run's folder") from None


def read(workspace: Workspace) -> tuple[DrillRecord, ...]:
    """Return every record, in the order of their names; raises StorageError for one that cannot be read."""
    folder = workspace.settings.history
    found = []
    for path in sorted((workspace.root / folder).glob("*.md")):
        named = _NAME.match(path.name)
        if named is None or (on := _date(named[1])) is None:
            continue
        keys = _keys(path)
        found.append(
            DrillRecord(
                on=on,
                runbook=named[2],
                report=str(PurePosixPath(folder) / path.name),
                by="script" if keys.get("by") == "script" else "person",
                number=int(named[3]),
                responder=keys.get("responder", ""),
                scenario=keys.get("scenario", ""),
                result=keys.get("result", ""),
                end=keys.get("end", ""),
                diagnosis=keys.get("first_diagnosis", ""),
                took=keys.get("took", ""),
            )
        )
    return tuple(found)


def _head(drilled: Drilled, told: Told, day: str, by: str) -> str:
    report = told.score.report
    who = report.operator
    length = report.length
    keys = {
        "runbook": drilled.scenario.runbook,
        "scenario": drilled.scenario.scenario,
        "date": day,
        "by": by,
        "responder": f"{who.name} ({who.role})" if who.role else who.name,
        "result": "passed" if told.score.passed else "failed",
        "end": report.end or report.status,
        "first_diagnosis": _DIAGNOSES[told.score.first_diagnosis],
        "took": "" if length is None else str(Duration(round(length))),
    }
    rows = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in keys.items())
    return f"---\n{rows}---\n\n"


def _keys(path: Path) -> dict[str, str]:
    try:
        keys, _ = front_matter(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "it is not text"
        raise StorageError(f"{path}: {why}") from None
    return keys


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
