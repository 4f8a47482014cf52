"""Settings of a workspace: `runbook.toml` beside `runbooks/`, all optional.

Rules:
1. What is said for one command (an option, then a variable of the shell) is stronger than the file.
2. A table or a key that is not known is an error: a setting that is not read would mislead.
3. A path that runs write to never leads out of the workspace.

The page of the reference is made of the strings below the fields, and of what `setting` says of them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

from engine.kinds.errors import UsageError
from engine.kinds.findings import did_you_mean

NAME = "runbook.toml"
PLACES = ("role", "utc", "date", "run")
"""What may stand in braces in a path of `[evidence]`: all of it is settled when a run starts."""

_ADDRESS = re.compile(r"https?://[^\s/]\S*\Z")
_BRACES = re.compile(r"\{([^{}]*)\}")
T = TypeVar("T")

VARIABLES: Final[Mapping[str, str]] = {
    "RUNBOOK_AS": "`NAME:ROLE`: who you are, where no `--as` says it.",
    "RUNBOOK_STATE": (
        "The state folder, where runs are kept; else `.runbook/` beside `runbooks/`. Every shell that is to"
        " see a run needs the same one."
    ),
    "RUNBOOK_DEBUG": "`1` shows the traceback of a bug of ours.",
    "NO_COLOR": "Anything: no colour. Nothing is ever said by colour alone.",
}
"""What the shell may say instead of, or beside, the file."""


def setting(default: str, example: str, instead: str = "") -> Any:
    """Return a field with what the reference shows of it: an example, and what is stronger than it."""
    return field(default=default, metadata={"example": example, "instead": instead})


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """Where a run leaves copies of its evidence, below the workspace; nothing said: nowhere."""

    artifacts: str = setting("", "artifacts/{role}/{utc}")
    """Folder for copies of what a run saw; `{role}`, `{utc}`, `{date}` and `{run}` are filled in."""
    log: str = setting("", "feedback/{role}.md")
    """Markdown file that gets one entry for each operation, and one for each blocker."""

    @property
    def wanted(self) -> bool:
        """Say whether anything is to be mirrored."""
        return bool(self.artifacts or self.log)


@dataclass(frozen=True, slots=True)
class DocsSettings:
    """Where the workspace can be read, for links in alerts."""

    url: str = setting("", "https://example.com/ops/blob/main")
    """The address of the workspace's root; nothing said: links of alerts are paths in the workspace."""


@dataclass(frozen=True, slots=True)
class WorkspaceSettings:
    """What a team sets once, so that nobody types it at night."""

    environment: str = setting("", "production", "`--env`")
    """Where runs and probes go where no `--env` says it; nothing said: the only environment there is."""
    role: str = setting("", "reliability", "`--as NAME:ROLE`, `RUNBOOK_AS`")
    """The role of whoever types; the name is that of the account."""
    history: str = setting("drills/history", "drills/history")
    """Folder for the records of drills (`runbook drill --record`), read for the calendar of drills."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole file."""

    workspace: WorkspaceSettings = field(default_factory=WorkspaceSettings)
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)
    docs: DocsSettings = field(default_factory=DocsSettings)

    @property
    def environment(self) -> str:
        """Return where runs go where nothing is said."""
        return self.workspace.environment

    @property
    def role(self) -> str:
        """Return the role of whoever types."""
        return self.workspace.role

    @property
    def history(self) -> str:
        """Return the folder with the records of drills."""
        return self.workspace.history


TABLES: Final[Mapping[str, type[Any]]] = {
    "workspace": WorkspaceSettings,
    "evidence": EvidenceSettings,
    "docs": DocsSettings,
}
"""Every table of the file, and what may stand in it."""


def read_settings(root: Path) -> Settings:
    """Read the file of a workspace; raises UsageError naming what is wrong in it."""
    path = root / NAME
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", hint="mend the file or remove it") from None
    for name in data:
        if name not in TABLES:
            hint = did_you_mean(name, TABLES) or f"known: {', '.join(f'[{one}]' for one in TABLES)}"
            raise UsageError(f"{path}: unknown table '{name}'", hint=hint)
    workspace = _table(path, data, "workspace", WorkspaceSettings)
    evidence = _table(path, data, "evidence", EvidenceSettings)
    docs = _table(path, data, "docs", DocsSettings)
    written = {"history": workspace.history, "artifacts": evidence.artifacts, "log": evidence.log}
    for key, text in written.items():
        problem = _misplaced(text, () if key == "history" else PLACES)
        if problem:
            example = {one.name: one.metadata["example"] for kind in TABLES.values() for one in fields(kind)}
            hint = f'a path below the workspace, for example "{example[key]}"'
            raise UsageError(f"{path}: '{key}' {problem}", hint=hint)
    if docs.url and not _ADDRESS.match(docs.url):
        hint = 'the address of the workspace, for example "https://example.com/ops/blob/main"'
        raise UsageError(f"{path}: 'url' is no web address", hint=hint)
    return Settings(workspace, evidence, docs)


def _table(path: Path, data: Mapping[str, object], name: str, kind: type[T]) -> T:
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: '{name}' must be a table", hint=f"write [{name}] on a line of its own")
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]  # all of TABLES are dataclasses
    for key, value in table.items():
        if key not in known:
            raise UsageError(f"{path}: unknown key '{key}' in [{name}]", hint=_meant(key, known))
        if not isinstance(value, str):
            raise UsageError(f"{path}: '{key}' must be text", hint=f'write {key} = "…"')
    return kind(**table)


def _meant(key: str, known: set[str]) -> str:
    """Return what a key was to be: one of its table, else one of another table."""
    elsewhere = {one.name: name for name, kind in TABLES.items() for one in fields(kind)}
    if key in elsewhere:
        return f"it belongs under [{elsewhere[key]}]"
    return did_you_mean(key, known) or f"known: {', '.join(sorted(known))}"


def _misplaced(text: str, places: tuple[str, ...]) -> str:
    """Return what is wrong with a path that runs write to; it never leads out of the workspace."""
    unknown = [name for name in _BRACES.findall(text) if name not in places]
    if unknown:
        there = f": there are {', '.join(f'{{{one}}}' for one in places)}" if places else ""
        return f"knows no {{{unknown[0]}}}{there}"
    rest = _BRACES.sub("", text)
    if "{" in rest or "}" in rest:
        return "has a brace without its partner"
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\\" in text or "\0" in text or text.startswith("~"):
        return "leads out of the workspace"
    return "is the workspace itself" if text and not path.parts else ""
