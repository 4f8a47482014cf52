"""The status board on disk: read what stands, add what was measured, write page, data and metrics.

Rules:
1. Three files, each replaced whole: a reader sees the old one or the new one.
2. The data beside the page (`.json`) are what the next board goes on from. Where they cannot be read, nothing
   is written over: a board that has forgotten since when would say so in the wrong.
3. Where our own network is down nothing was measured, and nothing is written.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.app.library import Library
from engine.app.measuring import Probed
from engine.app.workspace import Workspace
from engine.kinds.errors import FileErrors, StorageError, UsageError
from engine.kinds.replies import as_mapping, as_text
from engine.kinds.values import Instant, Json
from engine.render.lights import data, metrics, page, read
from engine.views.alert_rules import probe_names
from engine.views.lights import Board, Lead, Light, board

MOST = 3
"""Runbooks that a light leads to; a check may stand in thirty."""


def place(workspace: Workspace, status: str) -> Path:
    """Return where a page is to be written; raises UsageError before anything is measured."""
    workspace.require_own("write a status into")
    path = (Path.cwd() / status).resolve()
    if path.suffix != ".md":
        raise UsageError(
            f"'{status}' is no Markdown file", hint="give a name that ends with .md: docs/status.md"
        )
    held = _standing(path)
    if held is not None:
        read(held, as_text(as_mapping(held).get("environment")))
    return path


def before(path: Path, environment: str) -> Mapping[str, Light]:
    """Return the lights that stand beside a page, none where there is no file yet; raises UsageError."""
    held = _standing(path)
    return {} if held is None else read(held, environment)


def _standing(path: Path) -> Json | None:
    beside = path.with_suffix(".json")
    try:
        found: Json = json.loads(beside.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as fault:
        raise UsageError(
            f"{beside.name} cannot be read: {fault}", hint="move it away to begin anew"
        ) from None
    return found


def write(workspace: Workspace, path: Path, done: Probed, now: Instant, prometheus: str = "") -> Board:
    """Write the board after a measurement, and the metrics where they are asked for; raises StorageError."""
    names = [one.check for one in done.measured]
    known = before(path, done.environment)
    found = board(done.environment, now, done.measured, known, leads(Library(workspace), [*names, *known]))
    root = workspace.root.resolve()
    folder = os.path.relpath(path.parent, root)
    _replace(path.with_suffix(".json"), json.dumps(data(found), ensure_ascii=False, indent=1) + "\n")
    _replace(path, page(found, folder))
    if prometheus:
        _replace((Path.cwd() / prometheus).resolve(), metrics(found))
    return found


def leads(library: Library, checks: Sequence[str]) -> Mapping[str, Sequence[Lead]]:
    """Return the runbooks of each check: those whose alert reads it, else those that ask it."""
    checks = tuple(dict.fromkeys(checks))  # what is measured again stood on the board before
    alerted: dict[str, list[Lead]] = {}
    asking: dict[str, list[Lead]] = {}
    for name, path in library.workspace.runbook_files().items():
        try:
            runbook, text = library.runbook(name), "\n".join(library.document(path).lines)
        except FileErrors:
            continue  # a broken runbook is another command's to tell
        lead = Lead(runbook=name, doc=f"docs/runbooks/{runbook.kind}s/{name}.md")
        patterns = [one for trigger in runbook.triggers for one in probe_names(trigger.expr)]
        used = set(re.findall(r"\buse: ([\w-]+)", text))
        for check in checks:
            bare = check.partition("@")[0]
            if any(re.fullmatch(pattern, bare) for pattern in patterns):
                alerted.setdefault(check, []).append(lead)
            elif bare in used:
                asking.setdefault(check, []).append(lead)
    found = {check: alerted.get(check) or asking.get(check, []) for check in checks}
    return {check: tuple(some[:MOST]) for check, some in found.items()}


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
    except OSError as error:
        raise StorageError(
            f"{path}: {error.strerror}", hint="make the folder writable, and measure again"
        ) from None
