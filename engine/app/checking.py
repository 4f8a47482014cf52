"""Checking files of a workspace: whatever is wrong, all of it, and one broken file hides no other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from engine.app.library import Library
from engine.app.settings import NAME as SETTINGS
from engine.app.settings import compared, examined
from engine.app.workspace import Files, Workspace
from engine.kinds.errors import EngineError, FileErrors, UsageError
from engine.kinds.findings import Finding, Located, did_you_mean

if TYPE_CHECKING:
    from engine.model.lint import Facts, Waiving
    from engine.model.runbook import Runbook


@dataclass(frozen=True, slots=True)
class Checked:
    """The files that were looked at, and what was found."""

    files: tuple[str, ...]
    findings: tuple[Located, ...]
    waived: tuple[Waiving, ...] = ()
    """What the files themselves waive: found, and not told."""

    def errors(self) -> int:
        """Return how many findings forbid a file's use."""
        return sum(one.finding.severity == "error" for one in self.findings)


@dataclass(frozen=True, slots=True)
class _Found:
    """What has been found so far."""

    findings: list[Located] = field(default_factory=list)
    waived: list[Waiving] = field(default_factory=list)


def checked(workspace: Workspace, names: Sequence[str], today: date | None = None) -> Checked:
    """Check the named runbooks and scenarios, or everything; raises UsageError for an unknown name.

    Without a day nothing is told of what is out of date.
    """
    from engine.app.coverage import EXCEPTIONS
    from engine.app.lint_facts import facts_of
    from engine.app.runbook_tests import BESIDE, findings_beside

    workspace, told_of_settings = _settled(workspace)
    library = Library(workspace)
    shared = {path.resolve() for path in workspace.catalogue_files()}
    if (workspace.root / SETTINGS).is_file():
        shared.add((workspace.root / SETTINGS).resolve())
    shared.add((workspace.root / "drills" / EXCEPTIONS).resolve())
    settings = tuple(_settings(library, told_of_settings))
    if any(Path(name).resolve() in shared for name in names):
        names = ()  # what all runbooks share is checked with all of them
    cases = _cases(library, names)
    if names:
        names = [name for name in names if not name.endswith(BESIDE)]
        if not names:
            told = [one for path in cases for one in findings_beside(library, path)]
            return Checked(tuple(workspace.shown(path) for path in cases), (*settings, *told))
    runbooks, scenarios, twins = _chosen(workspace, names)
    files = [workspace.shown(path) for path in workspace.catalogue_files()] if not names else []
    files += [workspace.shown(workspace.root / SETTINGS)] if settings else []
    try:
        _ = library.catalogue
    except FileErrors as error:
        readable = [located for path in runbooks for located in _unreadable(library, path)]
        return Checked(tuple(files), (*settings, *error.findings, *twins, *readable))
    found = _Found([*settings, *twins])
    of = {path.resolve(): name for name, path in workspace.runbook_files().items()}
    facts = facts_of(library, today, [of.get(path.resolve(), "") for path in runbooks])
    if not names:
        found.findings.extend(_catalogue(library, facts))
    for path in runbooks:
        _runbook(library, path, facts, found)
    for path in scenarios:
        found.findings.extend(_scenario(library, path))
    for path in cases:
        found.findings.extend(findings_beside(library, path))
    files += [workspace.shown(path) for path in (*runbooks, *scenarios, *cases)]
    return Checked(tuple(files), tuple(dict.fromkeys(found.findings)), tuple(found.waived))


def _settled(workspace: Workspace) -> tuple[Workspace, tuple[Located, ...]]:
    """Return the workspace with what can be read of its settings, and what is wrong in them.

    It is told here, so that no run has to find out, and it hides nothing of the other files.
    """
    settings, findings = examined(workspace.root)
    if not findings:
        return workspace, ()
    mended = replace(workspace)
    vars(mended)["settings"] = settings  # where a cached property keeps its value
    return mended, tuple(replace(one, file=workspace.shown(workspace.root / SETTINGS)) for one in findings)


def _settings(library: Library, told: tuple[Located, ...]) -> Iterator[Located]:
    """Yield everything that is wrong in the settings, what the catalogue does not have among it."""
    workspace = library.workspace
    yield from told
    try:
        catalogue = library.catalogue
    except FileErrors:
        return  # told with its own files; nothing can be compared with it
    for one in compared(workspace.root, workspace.settings, catalogue.roles, catalogue.environments):
        yield replace(one, file=workspace.shown(workspace.root / SETTINGS))


def _cases(library: Library, names: Sequence[str]) -> list[Path]:
    """Return the files of tests that are named, or beside a runbook that is, or all of them."""
    from engine.app.runbook_tests import BESIDE, beside_files

    beside = beside_files(library.workspace)
    named = [Path(name).resolve() for name in names if name.endswith(BESIDE)]
    missing = next((path for path in named if not path.is_file()), None)
    if missing is not None:
        raise UsageError(f"there is no file '{library.workspace.shown(missing)}'")
    ids = {*names, *(Path(name).stem for name in names if Path(name).is_file())}
    mine = [path for path in beside if not names or _tested_by(path) in ids]
    return list(dict.fromkeys((*named, *(path.resolve() for path in mine))))


def _tested_by(path: Path) -> str:
    """Return the runbook that a file of tests lies beside."""
    return path.stem.removesuffix(".cases").removesuffix(".steps")


def _chosen(workspace: Workspace, names: Sequence[str]) -> tuple[list[Path], list[Path], list[Located]]:
    """Return the files of runbooks and of scenarios, and what is wrong with the ids of these."""
    runbooks, scenarios = workspace.runbooks(), workspace.scenarios()
    paths: tuple[list[Path], list[Path]] = ([], [])
    twins: list[Located] = []
    shelves: tuple[tuple[str, Files], ...] = (("runbook", runbooks), ("scenario", scenarios))
    of_scenarios = {one.path.resolve() for found in scenarios.values() for one in found}
    for name in names or dict.fromkeys((*runbooks, *scenarios)):
        path = Path(name)
        if name in runbooks or name in scenarios:
            for number, (what, files) in enumerate(shelves):
                paths[number].extend(one.path for one in files.get(name, ()))
                twins.extend(workspace.twins(name, what, files.get(name, ())))
        elif path.is_file():
            paths[path.resolve() in of_scenarios].append(path.resolve())
        else:
            hint = did_you_mean(name, [*runbooks, *scenarios]) or "an id, or the path of a file"
            raise UsageError(f"there is no runbook, scenario or file '{name}'", hint=hint)
    return *paths, twins


def _unreadable(library: Library, path: Path) -> Iterator[Located]:
    try:
        library.document(path)
    except FileErrors as error:
        yield from error.findings


def _catalogue(library: Library, facts: Facts) -> Iterator[Located]:
    from engine.model.lint import lint_catalogue

    documents = [library.document(path) for path in library.workspace.catalogue_files()]
    yield from lint_catalogue(library.catalogue, documents, facts)


def _runbook(library: Library, path: Path, facts: Facts, found: _Found) -> None:
    from engine.model.lint import linted, linted_draft
    from engine.model.loading import draft
    from engine.model.source import locate

    try:
        document = library.document(path)
        loaded = library.load(path)
    except FileErrors as error:
        found.findings.extend(error.findings)
        return
    found.findings.extend(loaded.findings)
    if loaded.value is None:
        meant = draft(document, loaded, library.catalogue)
        if meant is not None:
            found.findings.extend(linted_draft(meant.runbook, document, facts, sure=meant.sure))
        return
    result = linted(loaded.value, document, facts)
    found.findings.extend(result.findings)
    found.waived.extend(result.waived)
    found.findings.extend(locate(_not_there(loaded.value, library.workspace.runbook_files()), document))


def _not_there(runbook: Runbook, known: Collection[str]) -> Iterator[Finding]:
    """Yield every step that runs a runbook which is not there."""
    from engine.kinds.steps.runbook import RunbookStep
    from engine.model.graph import graph_of

    for graph in graph_of(runbook).every():
        for name, node in graph.nodes.items():
            if isinstance(node.step, RunbookStep) and node.step.runbook not in known:
                message = f"'{name}' runs '{node.step.runbook}', which is no runbook here"
                fix = did_you_mean(node.step.runbook, known) or "write it, or take the step out"
                yield Finding("unknown-runbook", (*graph.place(name), "runbook"), message, fix, at_key=False)


def _scenario(library: Library, path: Path) -> Iterator[Located]:
    from engine.model.loading import load_scenario

    try:
        document = library.document(path)
        loaded = load_scenario(document)
    except FileErrors as error:
        yield from error.findings
        return
    if loaded.value is None:
        yield from loaded.findings
        return
    try:
        runbook = library.runbook(loaded.value.runbook)
    except UsageError as error:
        message, fix = error.message, error.hint
        yield Located(Finding("unknown-runbook", ("runbook",), message, fix), document.file, 1, 1)
        return
    except EngineError:
        yield from loaded.findings
        return  # the runbook's own errors are told with the runbook
    yield from load_scenario(document, runbook, library.catalogue).findings
