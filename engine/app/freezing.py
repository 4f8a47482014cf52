"""Freezes: no changes in any run of this state folder until they are lifted.

One file, `freezes.jsonl`, appended to under a lock, so that nobody's freeze is lost; the last line that is
meant for an environment decides. A line that cannot be read counts as a freeze: better held than changed.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.app.credentials import suspects
from engine.app.library import Library
from engine.app.workspace import Workspace
from engine.core.events import Person
from engine.kinds.errors import EngineError, StorageError, UsageError
from engine.kinds.findings import meant_or_known
from engine.kinds.values import Instant

FILE = "freezes.jsonl"


@dataclass(frozen=True, slots=True)
class Freeze:
    """One word about changes: frozen, or thawed; `environment` empty means all of them."""

    frozen: bool
    who: str
    reason: str
    at: str
    environment: str = ""


def say(
    workspace: Workspace, by: Person, reason: str, now: Instant, environment: str, *, frozen: bool
) -> Freeze:
    """Append a freeze or a thaw; raises StorageError."""
    who = f"{by.name} ({by.role})" if by.role else by.name
    reason = suspects(workspace.environ).text(reason)  # people paste what they should not
    word = Freeze(frozen, who, reason, now.plain(), environment)
    data = {
        "frozen": word.frozen,
        "who": word.who,
        "reason": word.reason,
        "at": word.at,
        "environment": word.environment,
    }
    line = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    path = workspace.state / FILE
    try:
        workspace.made_state(mode=0o700)
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(target, fcntl.LOCK_EX)
            os.write(target, line)
            os.fsync(target)
        finally:
            os.close(target)
    except OSError as error:
        hint = "set RUNBOOK_STATE to a folder that can be written"
        raise StorageError(f"{path}: {error.strerror}: nothing was recorded", hint=hint) from None
    return word


def known_environment(workspace: Workspace, environment: str) -> None:
    """Refuse an environment the catalogue does not have; one that cannot be read refuses none."""
    if not environment:
        return
    try:
        known = Library(workspace).catalogue.environments
    except EngineError:
        return  # better to freeze a word too many than not at all
    if environment not in known:
        hint = meant_or_known(environment, known, "the catalogue has none: leave --env out")
        raise UsageError(f"there is no environment '{environment}': nothing was recorded", hint=hint)


def standing(state: Path, environment: str) -> Freeze | None:
    """Return the freeze that holds in an environment now, or None."""
    last = latest(state, environment)
    return last if last and last.frozen else None


def latest(state: Path, environment: str) -> Freeze | None:
    """Return the last word about changes in an environment, or None where nobody has said any."""
    last: Freeze | None = None
    for word in _words(state / FILE):
        if word.environment in ("", environment):
            last = word
    return last


def _words(path: Path) -> Iterator[Freeze]:
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return
    except OSError as error:
        yield Freeze(True, "nobody knows", f"{path}: {error.strerror}", "")
        return
    for line in lines:
        try:
            data = json.loads(line)
            yield Freeze(
                data["frozen"] is not False,
                str(data["who"]),
                str(data["reason"]),
                str(data["at"]),
                str(data["environment"]),
            )
        except (ValueError, KeyError, TypeError):
            yield Freeze(True, "nobody knows", f"a line of {path} cannot be read", "")
