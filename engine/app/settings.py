"""Settings of a workspace: `runbook.toml` beside `runbooks/`, all optional.

[workspace]
environment = "production"            # --env where nothing is said
role = "reliability"                  # the operator's role where nothing is said

[evidence]                            # both off where nothing is said
artifacts = "artifacts/{role}/{utc}"  # what a run saw is copied here while it goes
log = "feedback/{role}.md"            # and told here, one entry for each thing that was done

[docs]
url = "https://example.com/ops/blob/main"  # where the workspace can be read; links of alerts begin with it
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import TypeVar

from engine.kinds.errors import UsageError
from engine.kinds.findings import did_you_mean

NAME = "runbook.toml"
PLACES = ("role", "utc", "date", "run")
"""What may stand in braces in a path of `[evidence]`: all of it is settled when a run starts."""

_TABLES = ("evidence", "docs")
"""Tables of their own."""

_ADDRESS = re.compile(r"https?://[^\s/]\S*\Z")
_BRACES = re.compile(r"\{([^{}]*)\}")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """Where a run leaves copies of its evidence, below the workspace; nothing said: nowhere."""

    artifacts: str = ""
    """Folder for copies of what a run saw; `{role}`, `{utc}`, `{date}` and `{run}` are filled in."""
    log: str = ""
    """Markdown file that gets one entry for each operation, and one for each blocker."""

    @property
    def wanted(self) -> bool:
        """Say whether anything is to be mirrored."""
        return bool(self.artifacts or self.log)


@dataclass(frozen=True, slots=True)
class DocsSettings:
    """Where the pages can be read."""

    url: str = ""
    """The address of the workspace's root; nothing said: links of alerts are paths in the workspace."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a team sets once."""

    environment: str = ""
    role: str = ""
    history: str = "drills/history"
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)
    docs: DocsSettings = field(default_factory=DocsSettings)


def read_settings(root: Path) -> Settings:
    """Read the file of a workspace; raises UsageError naming what is wrong in it."""
    path = root / NAME
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", hint="mend the file or remove it") from None
    evidence = EvidenceSettings(**_texts(path, data, "evidence", EvidenceSettings))
    for key in ("artifacts", "log"):
        problem = _misplaced(getattr(evidence, key))
        if problem:
            hint = 'a path below the workspace, for example "artifacts/{role}/{utc}" or "feedback/{role}.md"'
            raise UsageError(f"{path}: '{key}' {problem}", hint=hint)
    docs = DocsSettings(**_texts(path, data, "docs", DocsSettings))
    if docs.url and not _ADDRESS.match(docs.url):
        hint = 'the address of the workspace, for example "https://example.com/ops/blob/main"'
        raise UsageError(f"{path}: 'url' is no web address", hint=hint)
    return Settings(**_texts(path, data, "workspace", Settings), evidence=evidence, docs=docs)


def _texts(path: Path, data: Mapping[str, object], name: str, kind: type[T]) -> dict[str, str]:
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: '{name}' must be a table", hint=f"write [{name}] on a line of its own")
    known = {field.name for field in fields(kind) if field.name not in _TABLES}  # type: ignore[arg-type]  # both are dataclasses
    for key, value in table.items():
        if key not in known:
            raise UsageError(
                f"{path}: unknown key '{key}'",
                hint=did_you_mean(key, known) or f"known: {', '.join(sorted(known))}",
            )
        if not isinstance(value, str):
            raise UsageError(f"{path}: '{key}' must be text")
    return dict(table)


def _misplaced(text: str) -> str:
    """Return what is wrong with a path that runs write to; it never leads out of the workspace."""
    unknown = [name for name in _BRACES.findall(text) if name not in PLACES]
    if unknown:
        return f"knows no {{{unknown[0]}}}: there are {', '.join(f'{{{one}}}' for one in PLACES)}"
    rest = _BRACES.sub("", text)
    if "{" in rest or "}" in rest:
        return "has a brace without its partner"
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\\" in text or "\0" in text or text.startswith("~"):
        return "leads out of the workspace"
    return "is the workspace itself" if text and not path.parts else ""
