"""Recorded measurements: one CSV file each in `runbooks/baselines/`, read and written here and nowhere else.

A row is a try: `check`, `timestamp` and `ok` are needed, `duration_ms` where there was an answer; of other
columns `status`, `error` and `warm_up` are read, and the rest is kept for people. Rows that failed stand in
the file too, since success comes before speed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from engine.app.workspace import Workspace
from engine.kinds.errors import FileErrors, StorageError, UsageError
from engine.kinds.findings import Finding, Located, did_you_mean
from engine.kinds.values import Instant
from engine.kinds.verdicts import Answer
from engine.views.measured import Recorded, Trial, recorded

FOLDER: Final = ("runbooks", "baselines")
NEEDED: Final = ("check", "timestamp", "duration_ms", "ok")
COLUMNS: Final = (*NEEDED, "warm_up", "error")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
_WORDS: Final[Mapping[str, Answer]] = {"true": "pass", "false": "fail", "": "unknown", "unknown": "unknown"}


def names(workspace: Workspace) -> tuple[str, ...]:
    """Return the recorded measurements by name."""
    return tuple(sorted(path.stem for path in _folder(workspace).glob("*.csv")))


def load(workspace: Workspace, name: str) -> Mapping[str, Recorded]:
    """Return a recorded measurement by check; raises UsageError or FileErrors."""
    known = names(workspace)
    if name not in known:
        there = f"known: {', '.join(known)}" if known else "`runbook probe --record NAME` makes one"
        raise UsageError(f"there is no baseline '{name}'", hint=did_you_mean(name, known) or there)
    path = _folder(workspace) / f"{name}.csv"
    return recorded(trials(path, workspace.shown(path)))


def trials(path: Path, shown: str) -> tuple[Trial, ...]:
    """Return the tries of a file; raises FileErrors with the line that cannot be read."""
    made, line = [], 1
    try:
        rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), restval="")
        missing = [column for column in NEEDED if column not in (rows.fieldnames or ())]
        if missing:
            raise ValueError(f"it has no column {', '.join(missing)}")
        for row in rows:
            line = rows.line_num
            made.append(_trial(row))
    except (OSError, ValueError, csv.Error) as fault:
        finding = Finding("unreadable", (), f"this cannot be read: {fault}", "mend the row, or record anew")
        raise FileErrors((Located(finding, shown, line, 1),)) from None
    return tuple(made)


def require_free(workspace: Workspace, name: str) -> None:
    """Raise UsageError where nothing can be recorded under a name; asked before anything is measured."""
    workspace.require_own("record into")
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"'{name}' is no name for a baseline", hint="small letters, digits and hyphens: 2025-11-week-47"
        )
    if name in names(workspace):
        raise UsageError(
            f"the baseline '{name}' is there already", hint="a record is not overwritten: give another name"
        )


def record(workspace: Workspace, name: str, made: Iterable[Trial]) -> Path:
    """Write a new recorded measurement; raises UsageError where the name is taken, or StorageError."""
    require_free(workspace, name)
    path = _folder(workspace) / f"{name}.csv"
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for one in made:
        ok = {"pass": "true", "fail": "false", "unknown": ""}[one.answer]
        warm = "true" if one.warm_up else "false"
        rows.writerow((one.check, one.at, f"{one.seconds * 1000:.2f}", ok, warm, one.why))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text.getvalue())
    except OSError as error:
        hint = "the measurements were not kept: make the folder writable, and measure again"
        raise StorageError(f"{workspace.shown(path)}: {error.strerror}", hint=hint) from None
    return path


def _trial(row: Mapping[str, str]) -> Trial:
    ok = (row["ok"] or "").strip().lower()
    if ok not in _WORDS:
        raise ValueError(f"ok is '{ok}', wanted true, false or nothing")
    Instant.parse(row["timestamp"])
    answer = _WORDS[ok]
    took = float(row["duration_ms"]) / 1000 if row["duration_ms"] else 0.0
    if answer == "pass" and not (row["duration_ms"] and 0 <= took < float("inf")):
        raise ValueError(f"a good try took '{row['duration_ms']}' ms")
    status = row.get("status") or ""
    why = "" if answer == "pass" else row.get("error") or (f"status {status}" if status else "no answer")
    return Trial(
        check=row["check"],
        at=row["timestamp"],
        answer=answer,
        seconds=took,
        why=why,
        warm_up=(row.get("warm_up") or "") == "true",
    )


def _folder(workspace: Workspace) -> Path:
    return workspace.root.joinpath(*FOLDER)
