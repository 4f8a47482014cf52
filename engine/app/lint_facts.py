"""What the workspace knows beside the file that is checked, collected for the rules of `check`.

Nothing here may fail a check: what cannot be read is not known, and a rule that needs it says nothing. What
is wrong with another file is told with that file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.app.library import Library
from engine.kinds.errors import EngineError
from engine.kinds.values import Json

if TYPE_CHECKING:
    from engine.model.lint import Facts, Practice
    from engine.model.runbook import Runbook

ALERTS: Final = "alerts"
"""Folder of the alert rules, in Prometheus' own form."""


def facts_of(library: Library, today: date | None, asked: Collection[str] | None = None) -> Facts:
    """Return everything a rule may know; raises FileErrors where the catalogue cannot be read.

    Of the other runbooks than those that are asked for (None: all are) only what a rule about these needs is
    read: whom they run, and who claims their alerts.
    """
    from engine.model.lint import Facts, written_expectations

    runbooks = _runbooks(library, asked)
    return Facts(
        catalogue=library.catalogue,
        expectations=written_expectations(library.catalogue.check_templates),
        root=str(library.workspace.root),
        today=today,
        runbooks=runbooks,
        practice=_practice(library, asked if asked is not None else runbooks),
        alert_rules=_alert_rules(library),
        pages=_pages(library, asked),
    )


def _runbooks(library: Library, asked: Collection[str] | None) -> Mapping[str, Runbook]:
    from engine.model.loading import sub_runbooks

    files = library.workspace.runbook_files()
    found: dict[str, Runbook] = {}
    seen: set[str] = set()
    left = list(files if asked is None else [name for name in asked if name in files])
    while left:
        name = left.pop()
        if name in files and name not in seen:
            seen.add(name)
            try:
                found[name] = library.runbook(name)
                left += sub_runbooks(found[name])
            except EngineError:
                pass  # told with its own file
        if not left:  # then who else has their alerts
            alerts = [trigger.alert.encode() for one in found.values() for trigger in one.triggers]
            left = [other for other in files if other not in seen and _holds(files[other], alerts)]
    return found


def _holds(path: Path, words: Collection[bytes]) -> bool:
    """Say whether a file has any of these words in it, as it stands: most are not worth parsing."""
    try:
        text = path.read_bytes() if path.is_file() else b""  # a pipe would wait for ever
    except OSError:
        return False
    return any(word in text for word in words)


def _practice(library: Library, names: Collection[str]) -> Mapping[str, Practice] | None:
    """Return how runbooks have been tried; None where this workspace keeps no drills at all."""
    from engine.model.lint import Practice

    scenarios = library.workspace.scenario_files()
    days = _days(library)
    if not scenarios and not days:
        return None
    count: dict[str, int] = {}
    taken: dict[str, set[str]] = {}
    wanted = [name.encode() for name in names]
    for path in scenarios.values():
        if not _holds(path, wanted):
            continue
        try:
            data = library.document(path).data
        except EngineError:
            continue
        drilled, expect = str(data.get("runbook", "")), data.get("expect")
        entered = expect.get("path") if isinstance(expect, Mapping) else ()
        count[drilled] = count.get(drilled, 0) + 1
        taken.setdefault(drilled, set()).update(map(str, entered) if isinstance(entered, list) else ())
    return {
        name: Practice(on=days.get(name), taken=frozenset(taken.get(name, ())), scenarios=count.get(name, 0))
        for name in names
    }


def _days(library: Library) -> Mapping[str, date]:
    """Return the last day on which people drilled each runbook; what a script played is no practice."""
    from engine.app import drill_records
    from engine.views.drill_calendar import last_practice

    try:
        records = drill_records.read(library.workspace)
    except EngineError:
        return {}
    found = {name: last_practice(records, name) for name in {one.runbook for one in records}}
    return {name: record.on for name, record in found.items() if record}


def _alert_rules(library: Library) -> frozenset[str] | None:
    """Return the names of the alert rules in `alerts/`; None where there is no such file."""
    paths = sorted((library.workspace.root / ALERTS).glob("*.y*ml"))
    if not paths:
        return None
    found: set[str] = set()
    for path in paths:
        try:
            found.update(_alerts(library.document(path).data.get("groups")))
        except EngineError:
            continue
    return frozenset(found)


def _alerts(groups: Json) -> set[str]:
    rules = [
        rule
        for group in (groups if isinstance(groups, list) else ())
        if isinstance(group, Mapping) and isinstance(rows := group.get("rules"), list)
        for rule in rows
    ]
    return {str(rule["alert"]) for rule in rules if isinstance(rule, Mapping) and "alert" in rule}


def _pages(library: Library, asked: Collection[str] | None) -> Mapping[str, str]:
    """Return why the page of a runbook is not to be trusted; nothing where no pages are kept."""
    from engine.app.documenting import PAGES, page_of
    from engine.views.freshness import check

    root = library.workspace.root
    if not (root / PAGES).is_dir():
        return {}
    from engine.render.markdown import render

    found: dict[str, str] = {}
    for name in library.workspace.runbook_files():
        if asked is not None and name not in asked:
            continue
        try:
            page = page_of(library, name)
            path = root / page.doc
            existing = path.read_text(encoding="utf-8") if path.is_file() else None
            told = check(page.doc, existing, render(page, library.workspace.templates), date.min)
            stale = [one for one in told if one.rule != "expired"]
        except (EngineError, OSError, UnicodeDecodeError):
            continue
        if stale:
            found[name] = f"{stale[0].page}: {stale[0].why}"
    return found


__all__ = ["ALERTS", "facts_of"]
