"""Where things are: the workspace's files, and the state folder with one folder per run."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import engine
from engine.app.settings import Settings, read_settings
from engine.kinds.errors import FileErrors, UsageError
from engine.kinds.findings import Finding, Located, did_you_mean

_FIRST_KEY = re.compile(rb"^(runbook|scenario|steps):[ \t]*[\"']?([A-Za-z0-9_-]+)", re.MULTILINE)
_HEAD_BYTES = 4096  # the first key stands at the top, below comments
_SUFFIXES = (".yaml", ".yml")
STEPS = ".steps"
"""How the name of a file of step tests ends, before `.yaml`."""
IGNORE = "# Made by runbook: what runs saw and did is nothing to commit.\n*\n"
"""Stands in a new state folder as `.gitignore`: a team need not know of it."""
Files = Mapping[str, tuple["Named", ...]]


@dataclass(frozen=True, slots=True)
class Named:
    """A file and the line in which it gives its id."""

    path: Path
    line: int = 1


def content_root() -> Path:
    """Return the shipped content: in the wheel, or the checkout of an editable install."""
    package = Path(engine.__file__).parent
    packed = package / "_content"
    return packed if packed.is_dir() else package.parent


@dataclass(frozen=True)
class Workspace:
    """One team's files. Without a `runbooks/` folder here or above, the shipped content is used."""

    root: Path
    state: Path
    environ: Mapping[str, str]
    shipped: bool = False
    """There is none here: the shipped content is read."""
    tell: Callable[[str], object] = sys.stderr.write

    @classmethod
    def find(cls, start: Path, environ: Mapping[str, str]) -> Workspace:
        """Return the workspace of a folder."""
        start = start.resolve()
        root = next((one for one in (start, *start.parents) if (one / "runbooks").is_dir()), None)
        state = (
            Path(environ["RUNBOOK_STATE"]) if environ.get("RUNBOOK_STATE") else (root or start) / ".runbook"
        )
        return cls(root or content_root(), state, environ, root is None)

    @cached_property
    def settings(self) -> Settings:
        """Return the settings of `runbook.toml`."""
        return read_settings(self.root)

    @property
    def templates(self) -> Path:
        """Return the folder of templates: the workspace's own, else the shipped ones."""
        own = self.root / "templates"
        return own if own.is_dir() else content_root() / "templates"

    @property
    def runs(self) -> Path:
        """Return the folder with one folder per run."""
        return self.state / "runs"

    def made_state(self, *below: str, mode: int = 0o777) -> Path:
        """Return the state folder, or one below it, made where it is not there; raises OSError.

        A new one tells git to leave it alone. One that was there is somebody's: nothing is written into it.
        """
        try:
            self.state.mkdir(parents=True, mode=mode)
        except FileExistsError:
            pass
        else:
            (self.state / ".gitignore").write_text(IGNORE, encoding="utf-8")
        folder = self.state.joinpath(*below)
        folder.mkdir(parents=True, exist_ok=True, mode=mode)
        return folder

    def catalogue_files(self) -> tuple[Path, ...]:
        """Return the files of the catalogue, in order."""
        return tuple(_yaml((self._content / "runbooks" / "catalogue").glob("*")))

    def runbooks(self) -> Files:
        """Return the files of every id: more than one is a fault; reads only the head of each file."""
        paths = _yaml((self._content / "runbooks").rglob("*"))
        return _named([path for path in paths if self._is_runbook(path)], b"runbook")

    def scenarios(self) -> Files:
        """Return the files of every scenario's name: more than one is a fault."""
        return _named(_yaml((self._content / "drills").glob("*")), b"scenario")

    def step_files(self) -> Files:
        """Return the files of step tests of every runbook's id: more than one is a fault."""
        paths = _yaml((self._content / "runbooks").rglob("*"))
        return _named([path for path in paths if path.stem.endswith(STEPS)], b"steps")

    def runbook_files(self) -> Mapping[str, Path]:
        """Return a runbook file by id; of two with one id, the first."""
        return {name: found[0].path for name, found in self.runbooks().items()}

    def scenario_files(self) -> Mapping[str, Path]:
        """Return a drill scenario by name; of two with one name, the first."""
        return {name: found[0].path for name, found in self.scenarios().items()}

    def runbook_file(self, name: str, known: Files | None = None) -> Path:
        """Return the file of one runbook; raises UsageError with a suggestion, or FileErrors for two.

        `known` is what `runbooks` has returned before: it reads the head of every file.
        """
        files = known if known and name in known else self.runbooks()
        return self._one(name, "runbook", files, "`runbook list` shows what there is")

    def scenario_file(self, name: str, known: Files | None = None) -> Path:
        """Return the file of one scenario; raises UsageError with a suggestion, or FileErrors for two."""
        files = known if known and name in known else self.scenarios()
        return self._one(name, "scenario", files, "`runbook list --scenarios` shows what there is")

    def twins(self, name: str, what: str, found: tuple[Named, ...]) -> tuple[Located, ...]:
        """Return a finding for each file that shares its id with another."""
        if len(found) < 2:
            return ()
        located = []
        for one in found:
            others = " and ".join(self.shown(other.path) for other in found if other is not one)
            message = f"the {what} '{name}' is also in {others}"
            finding = Finding("defined-twice", (what,), message, "take one away, or give it another id")
            located.append(Located(finding, self.shown(one.path), one.line, 1))
        return tuple(located)

    def require_own(self, doing: str) -> None:
        """Refuse what makes sense only in a workspace of one's own; raises UsageError."""
        if self.shipped:
            hint = "cd to the folder with your runbooks/, or to one below it"
            raise UsageError(f"no runbooks/ here or above: there is nothing to {doing}", hint=hint)

    def shown(self, path: Path) -> str:
        """Return a path as a person in this workspace would write it."""
        try:
            return str(path.relative_to(self.root))
        except ValueError:
            return str(path)

    @cached_property
    def _content(self) -> Path:
        """Return the root of the content; says once that it is not the team's own."""
        if self.shipped and "_RUNBOOK_COMPLETE" not in self.environ:
            self.tell("no runbooks/ here or above: using the shipped ones\n")
        return self.root

    def _one(self, name: str, what: str, files: Files, otherwise: str) -> Path:
        if name not in files:
            hint = did_you_mean(name, files) or otherwise
            raise UsageError(f"there is no {what} '{name}'", hint=hint)
        findings = self.twins(name, what, files[name])
        if findings:
            raise FileErrors(findings)
        return files[name][0].path

    def _is_runbook(self, path: Path) -> bool:
        beside = path.stem.endswith((".cases", STEPS))
        return "catalogue" not in path.relative_to(self.root).parts and not beside


def _yaml(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if path.suffix in _SUFFIXES)


def _named(paths: Iterable[Path], key: bytes) -> Files:
    """Return files by id. A broken file is still found under its name, to say what is wrong."""
    files: dict[str, tuple[Named, ...]] = {}
    for path in paths:
        head = _head(path)
        found = _FIRST_KEY.search(head or b"")
        if found and found[1] == key:
            name, one = found[2].decode(), Named(path, (head or b"").count(b"\n", 0, found.start()) + 1)
        elif head is None or path.parent.name in ("incidents", "operations"):
            name, one = path.stem.removesuffix(STEPS), Named(path)
        else:
            continue
        files[name] = (*files.get(name, ()), one)
    return files


def _head(path: Path) -> bytes | None:
    """Return the beginning of a file, or None where it is none or cannot be read."""
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError:
        return None
