"""Loading what an id reaches, and nothing else: another broken file never stops a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from engine.app.workspace import Files, Workspace
from engine.kinds.errors import FileErrors
from engine.kinds.findings import Finding, Located

if TYPE_CHECKING:
    from engine.model.loading import Loaded, LoadedCatalogue
    from engine.model.runbook import Runbook
    from engine.model.scenario import Scenario
    from engine.model.source import Document


@dataclass(frozen=True)
class Library:
    """The runbooks, catalogue and scenarios of a workspace, loaded when asked for."""

    workspace: Workspace
    _runbooks: dict[str, Runbook] = field(default_factory=dict)
    _loaded: dict[Path, Loaded[Runbook]] = field(default_factory=dict)
    _documents: dict[Path, Document] = field(default_factory=dict)
    """Files that were read: nobody sees two states of one in a single command."""

    @cached_property
    def _runbook_files(self) -> Files:
        return self.workspace.runbooks()

    @cached_property
    def _scenario_files(self) -> Files:
        return self.workspace.scenarios()

    @cached_property
    def catalogue(self) -> LoadedCatalogue:
        """Return the catalogue; raises FileErrors."""
        from engine.model.loading import load_catalogue

        return load_catalogue([self.document(path) for path in self.workspace.catalogue_files()]).require()

    def document(self, path: Path) -> Document:
        """Read one file, once; raises FileErrors."""
        if path not in self._documents:
            self._documents[path] = self._read(path)
        return self._documents[path]

    def _read(self, path: Path) -> Document:
        from engine.model.source import Document, read

        if path.exists() and not path.is_file():
            raise self._unreadable(path, "it is a folder, or no plain file")
        try:
            text = path.read_bytes()
        except OSError as error:
            raise self._unreadable(path, str(error.strerror)) from None
        document = read(text, self.workspace.shown(path))
        if not isinstance(document, Document):
            raise FileErrors(document)
        return document

    def _unreadable(self, path: Path, why: str) -> FileErrors:
        finding = Finding("unreadable", (), f"this cannot be read: {why}", "mend it, or take it away")
        return FileErrors((Located(finding, self.workspace.shown(path), 1, 1),))

    def load(self, path: Path) -> Loaded[Runbook]:
        """Load a runbook file, once, findings included."""
        from engine.model.loading import load_runbook

        if path not in self._loaded:
            self._loaded[path] = load_runbook(self.document(path), self.catalogue)
        return self._loaded[path]

    def runbook(self, name: str) -> Runbook:
        """Return a runbook by id; raises UsageError or FileErrors."""
        if name not in self._runbooks:
            self._runbooks[name] = self.load(self.workspace.runbook_file(name, self._runbook_files)).require()
        return self._runbooks[name]

    def scenario(self, name: str) -> Scenario:
        """Return a scenario by name; raises UsageError or FileErrors."""
        from engine.model.loading import load_scenario

        document = self.document(self.workspace.scenario_file(name, self._scenario_files))
        named = document.data.get("runbook")
        runbook = self.runbook(named) if isinstance(named, str) else None
        return load_scenario(document, runbook, self.catalogue).require()
