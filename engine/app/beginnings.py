"""The first files of a workspace, and of a runbook: written once, never over what is there.

Rules:
1. Everything that could be refused is refused before the first file is written.
2. A file is made, never opened for writing where one is: two people who begin at once cannot lose a line.
3. What is written passes `check`, `test` and `docs`; what only a person knows says FILL IN: `check` names it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from engine.app.library import Library
from engine.app.settings import NAME as SETTINGS
from engine.app.workspace import Workspace, content_root
from engine.kinds.errors import StorageError, UsageError
from engine.kinds.findings import did_you_mean
from engine.model.catalogue import Catalogue
from engine.render.skeleton import quoted, skeleton

_NAME: Final = re.compile(r"(?!(?:true|false|null)\Z)[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z")
"""A name that YAML reads as text."""
_LONGEST: Final = 64
_FOLDER: Final = "runbooks/incidents"
_OPERATION: Final = "restart-service"


@dataclass(frozen=True, slots=True)
class Begun:
    """What was written, and what to type next."""

    written: tuple[str, ...]
    """Paths, from the workspace."""
    then: tuple[str, ...]
    """Lines to type, the first first."""


def begin_workspace(folder: Path, service: str, url: str) -> Begun:
    """Write a small workspace into a folder; raises UsageError where something is there already."""
    _require_name(service, "service")
    _require_address(url)
    taken = next((one for one in ("runbooks", SETTINGS) if (folder / one).exists()), "")
    if taken:
        hint = "`runbook new NAME` adds a runbook to what is there"
        raise UsageError(f"{folder / taken} is there already: nothing was written", hint=hint)
    values = {"service": service, "title": quoted(service.capitalize()), "url": quoted(url)}
    files = {
        SETTINGS: _text("runbook.toml", values),
        "runbooks/catalogue/services.yaml": _text("services.yaml", values),
        "runbooks/catalogue/people.yaml": _text("people.yaml", values),
    }
    _write(folder, files)
    return Begun(tuple(files), (f"runbook new {service}-down", "runbook check"))


def begin_runbook(
    workspace: Workspace,
    name: str,
    service: str,
    title: str,
    role: str,
    today: date,
    severity: str = "",
) -> Begun:
    """Write a runbook that runs as it stands, and its cases; `role` is that of whoever will run it.

    Of the least severity where none is said, so that no default pages anybody sooner than somebody meant.
    Raises UsageError for what is there already, and for what the catalogue lacks.
    """
    workspace.require_own("add a runbook to")
    _require_name(name, "runbook")
    known = workspace.runbook_files()
    if name in known:
        hint = f"edit {workspace.shown(known[name])}, or give another name"
        raise UsageError(f"there is a runbook '{name}' already", hint=hint)
    catalogue = Library(workspace).catalogue
    service = _service(catalogue, service)
    severity = _severity(catalogue, severity)
    paged = _escalated_to(catalogue, severity, role)
    base = "${service.url}" if _has_url(catalogue, service) else f"https://{service}.example.com"
    values = {
        "name": name,
        "service": service,
        "title": quoted(title or "FILL IN: what is wrong, in the words of the alert"),
        "severity": severity,
        "severities": ", ".join(catalogue.severities),
        "owner": owner if (owner := catalogue.services[service].owner) in catalogue.roles else paged,
        "role": paged,
        "channel": catalogue.roles[paged].channel,
        "within": str(catalogue.roles[paged].within),
        "today": today.isoformat(),
        "operation": _operation(catalogue, role),
        "look": quoted(f"{base}/health"),
        "change": quoted(f"{base}/restart"),
    }
    files = {f"{_FOLDER}/{name}{end}": _text(f"incident{end}", values) for end in (".yaml", ".cases.yaml")}
    _write(workspace.root, files)
    return Begun(
        tuple(files),
        (
            f"runbook check {name}",
            f"runbook test {name}",
            f"runbook run {name} --dry-run",
            "runbook docs",
        ),
    )


def _text(name: str, values: Mapping[str, str]) -> str:
    return skeleton(name, content_root() / "templates", values)


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name in files:
        if (folder / name).exists():
            raise UsageError(f"{name} is there already: nothing was written", hint="give another name")
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            hint = "make the folder writable, or go to another"
            raise StorageError(f"{path}: {error.strerror}", hint=hint) from None


def _require_name(name: str, what: str) -> None:
    if not _NAME.match(name) or len(name) > _LONGEST:
        hint = "a small letter, then letters, digits and dashes between them: shop-down"
        raise UsageError(f"'{name}' is no name of a {what}", hint=hint)


def _require_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
        good = good and not re.search(r"[\s$\x00-\x1f]", url) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"'{url}' is no address of a service", hint="--url http://127.0.0.1:8000")


def _service(catalogue: Catalogue, said: str) -> str:
    """Return the service that is meant: the one said, or the only one."""
    known = tuple(catalogue.services)
    if not known:
        hint = "write one below `services:` in runbooks/catalogue/"
        raise UsageError("the catalogue has no service that a runbook could be about", hint=hint)
    if not said and len(known) == 1:
        return known[0]
    listed = f"one of: {', '.join(known)}"
    if not said:
        raise UsageError("which service?", hint=f"add --service with {listed}")
    if said not in known:
        raise UsageError(f"there is no service '{said}'", hint=did_you_mean(said, known) or listed)
    return said


def _severity(catalogue: Catalogue, said: str) -> str:
    """Return the severity that is meant: the one said, by its name or an alias; else the least."""
    known = catalogue.severities
    if not said:
        return next(reversed(list(known)), "")
    found = next((name for name, level in known.items() if said in (name, *level.aliases)), "")
    if not found:
        listed = f"one of: {', '.join(known)}" if known else "the catalogue has none: leave --severity out"
        raise UsageError(f"there is no severity '{said}'", hint=did_you_mean(said, known) or listed)
    return found


def _escalated_to(catalogue: Catalogue, severity: str, role: str) -> str:
    """Return who is brought in: the first of the ladder after whoever runs it that a message reaches."""
    levels = sorted(catalogue.severities, key=lambda one: one != severity)  # its own ladder first
    ladders = [rung.role for level in levels for rung in catalogue.severities[level].ladder]
    reached = [one for one in (*ladders, *catalogue.roles) if one in catalogue.roles]
    others = [one for one in reached if catalogue.roles[one].channel]
    found = next((one for one in others if one != role), others[0] if others else "")
    if not found:
        hint = "give one a `channel` in runbooks/catalogue/"
        raise UsageError("no role of the catalogue can be reached by a message", hint=hint)
    return found


def _operation(catalogue: Catalogue, role: str) -> str:
    """Return an operation that whoever runs it may decide, a restart where there is one."""
    may = catalogue.roles[role].may if role in catalogue.roles else ()
    return next((one for one in may if "restart" in one), may[0] if may else _OPERATION)


def _has_url(catalogue: Catalogue, service: str) -> bool:
    """Say whether the service has an address wherever it runs."""
    places = catalogue.services[service].environments
    return bool(places) and all("url" in one for one in places.values())
