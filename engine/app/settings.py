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
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import Any, Final

from engine.kinds.errors import UsageError
from engine.kinds.findings import Finding, Located, did_you_mean

NAME = "runbook.toml"
PLACES = ("role", "utc", "date", "run")
"""What may stand in braces in a path of `[evidence]`: all of it is settled when a run starts."""

_AT = re.compile(r"\(at line (\d+), column (\d+)\)")
_HEAD = re.compile(r"(\s*\[\s*)([A-Za-z0-9_-]+)\s*\]")
_ENTRY = re.compile(r"""(\s*["']?)([A-Za-z0-9_-]+)["']?\s*=\s*("[^"]*"|'[^']*'|[^#\s]*)""")
_ADDRESS = re.compile(r"https?://[^\s/]\S*\Z")
_BRACES = re.compile(r"\{([^{}]*)\}")

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
    """Read the file of a workspace; raises UsageError naming the first that is wrong in it."""
    settings, findings = examined(root)
    if findings:
        first = findings[0]
        raise UsageError(f"{root / NAME}: {first.finding.message}", hint=first.finding.fix)
    return settings


def examined(root: Path) -> tuple[Settings, tuple[Located, ...]]:
    """Return what can be read of the file of a workspace, and everything that is wrong in it."""
    path = root / NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings(), ()
    except UnicodeDecodeError as error:
        finding = Finding("not-toml", (), str(error), "mend the file or remove it")
        return Settings(), (Located(finding, NAME, 1, 1),)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        finding = Finding("not-toml", (), str(error), "mend the file or remove it")
        at = _AT.search(str(error))
        line, column = (int(at[1]), int(at[2])) if at else (max(len(text.splitlines()), 1), 1)
        return Settings(), (Located(finding, NAME, line, column, source=_line(text, line)),)
    found: list[Finding] = []
    tables = {name: _table(data, name, kind, found) for name, kind in TABLES.items()}
    for name in data:
        if name not in TABLES:
            fix = did_you_mean(name, TABLES) or f"known: {', '.join(f'[{one}]' for one in TABLES)}"
            found.append(Finding("unknown-key", (name,), f"unknown table '{name}'", fix))
    _paths(tables, found)
    url = tables["docs"].get("url", "")
    if url and not _ADDRESS.match(url):
        fix = 'the address of the workspace, for example "https://example.com/ops/blob/main"'
        found.append(Finding("wrong-value", ("docs", "url"), "'url' is no web address", fix, at_key=False))
        del tables["docs"]["url"]
    settings = Settings(**{name: kind(**tables[name]) for name, kind in TABLES.items()})
    located = (_located(one, text) for one in found)
    return settings, tuple(sorted(located, key=lambda one: (one.line, one.column)))


def compared(
    root: Path, settings: Settings, roles: Collection[str], environments: Collection[str]
) -> tuple[Located, ...]:
    """Return what the settings name and the catalogue has not; without any it knows none to compare with."""
    text = (root / NAME).read_text(encoding="utf-8") if settings != Settings() else ""
    found = []
    for what, name, known in (
        ("environment", settings.environment, environments),
        ("role", settings.role, roles),
    ):
        if name and known and name not in known:
            message = f"the catalogue has no {what} '{name}'"
            short = [one for one in known if one.startswith(name)]  # prod is not like production by letters
            meant = f"did you mean '{short[0]}'?" if len(short) == 1 else did_you_mean(name, known)
            fix = meant or f"known: {', '.join(known)}"
            found.append(Finding(f"unknown-{what}", ("workspace", what), message, fix, at_key=False))
    return tuple(_located(one, text) for one in found)


def _table(data: Mapping[str, object], name: str, kind: type[Any], found: list[Finding]) -> dict[str, str]:
    """Return what of a table can be read."""
    table = data.get(name, {})
    if not isinstance(table, dict):
        fix = f"write [{name}] on a line of its own"
        found.append(Finding("wrong-type", (name,), f"'{name}' must be a table", fix))
        return {}
    known = {one.name for one in fields(kind)}
    read: dict[str, str] = {}
    for key, value in table.items():
        if key not in known:
            message = f"unknown key '{key}' in [{name}]"
            found.append(Finding("unknown-key", (name, key), message, _meant(key, known)))
        elif not isinstance(value, str):
            fix = f'write {key} = "…"'
            found.append(Finding("wrong-type", (name, key), f"'{key}' must be text", fix, at_key=False))
        else:
            read[key] = value
    return read


def _paths(tables: Mapping[str, dict[str, str]], found: list[Finding]) -> None:
    """Take out the paths that runs must not write to."""
    for table, key in (("workspace", "history"), ("evidence", "artifacts"), ("evidence", "log")):
        problem = _misplaced(tables[table].get(key, ""), () if key == "history" else PLACES)
        if problem:
            example = next(one for one in fields(TABLES[table]) if one.name == key).metadata["example"]
            fix = f'a path below the workspace, for example "{example}"'
            found.append(Finding("wrong-value", (table, key), f"'{key}' {problem}", fix, at_key=False))
            del tables[table][key]


def _meant(key: str, known: set[str]) -> str:
    """Return what a key was to be: one of its table, else one of another table."""
    elsewhere = {one.name: name for name, kind in TABLES.items() for one in fields(kind)}
    if key in elsewhere:
        return f"it belongs under [{elsewhere[key]}]"
    return did_you_mean(key, known) or f"known: {', '.join(sorted(known))}"


def _located(finding: Finding, text: str) -> Located:
    """Return a finding with its place: the line that writes the key, else that of its table, else the first.

    The parser keeps no places; a key that is written in an unusual way is told with its table.
    """
    table, key = str(finding.route[0]), str(finding.route[-1]) if len(finding.route) > 1 else ""
    here, place = "", (1, 1, 1)
    for number, line in enumerate(text.splitlines(), start=1):
        head, entry = _HEAD.match(line), _ENTRY.match(line)
        if head:
            here = head[2]
            if here == table:
                place = (number, head.start(2) + 1, len(head[2]))
        elif entry and ((key and here == table and entry[2] == key) or (not here and entry[2] == table)):
            group = 2 if finding.at_key else 3
            place = (number, entry.start(group) + 1, len(entry[group]))
            break
    row, column, width = place
    return Located(finding, NAME, row, column, max(width, 1), _line(text, row))


def _line(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number - 1] if number <= len(lines) else ""


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
