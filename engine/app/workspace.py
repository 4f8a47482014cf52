"""Where things are: the workspace's files, and the state folder with one folder per run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import engine
from engine.app.settings import Settings, read_settings
from engine.kinds.errors import UsageError
from engine.kinds.findings import did_you_mean

_FIRST_KEY = re.compile(rb"^(runbook|scenario):[ \t]*[\"']?([A-Za-z0-9_-]+)", re.MULTILINE)
_HEAD_BYTES = 4096  # the first key stands at the top, below comments


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

    @classmethod
    def find(cls, start: Path, environ: Mapping[str, str]) -> Workspace:
        """Return the workspace of a folder."""
        start = start.resolve()
        root = next((one for one in (start, *start.parents) if (one / "runbooks").is_dir()), None)
        state = (
            Path(environ["RUNBOOK_STATE"]) if environ.get("RUNBOOK_STATE") else (root or start) / ".runbook"
        )
        return cls(root or content_root(), state, environ)

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

    def catalogue_files(self) -> tuple[Path, ...]:
        """Return the files of the catalogue, in order."""
        return tuple(sorted((self.root / "runbooks" / "catalogue").glob("*.yaml")))

    def runbook_files(self) -> Mapping[str, Path]:
        """Return every runbook file by id; reads only the head of each file."""
        return dict(_named(self._runbook_paths(), b"runbook"))

    def scenario_files(self) -> Mapping[str, Path]:
        """Return every drill scenario by name."""
        return dict(_named(sorted((self.root / "drills").glob("*.yaml")), b"scenario"))

    def runbook_file(self, name: str) -> Path:
        """Return the file of one runbook; raises UsageError with a suggestion."""
        files = self.runbook_files()
        if name not in files:
            hint = did_you_mean(name, files) or "`runbook list` shows what there is"
            raise UsageError(f"there is no runbook '{name}'", hint=hint)
        return files[name]

    def scenario_file(self, name: str) -> Path:
        """Return the file of one scenario; raises UsageError with a suggestion."""
        files = self.scenario_files()
        if name not in files:
            hint = did_you_mean(name, files) or "`runbook list --scenarios` shows what there is"
            raise UsageError(f"there is no scenario '{name}'", hint=hint)
        return files[name]

    def shown(self, path: Path) -> str:
        """Return a path as a person in this workspace would write it."""
        try:
            return str(path.relative_to(self.root))
        except ValueError:
            return str(path)

    def _runbook_paths(self) -> Iterator[Path]:
        for path in sorted((self.root / "runbooks").rglob("*.yaml")):
            if "catalogue" not in path.relative_to(self.root).parts and not path.name.endswith(".cases.yaml"):
                yield path


def _named(paths: Iterator[Path] | list[Path], key: bytes) -> Iterator[tuple[str, Path]]:
    for path in paths:
        with path.open("rb") as file:
            found = _FIRST_KEY.search(file.read(_HEAD_BYTES))
        if found and found[1] == key:
            yield found[2].decode(), path
        elif path.parent.name == "incidents" or path.parent.name == "operations":
            yield path.stem, path  # a broken file is still found under its name, to say what is wrong
