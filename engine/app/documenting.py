"""The pages: generated from the runbooks, and held against what is in the tree."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from engine.app import coverage
from engine.app.library import Library
from engine.app.workspace import Workspace
from engine.kinds.errors import StorageError
from engine.views.docs_page import Exercised, Page, Practice
from engine.views.freshness import Staleness, check, front_matter

PAGES = "docs/runbooks"
INDEX = "README.md"
_FORCE = "put the change into the runbook, then run `runbook docs --force`"
_RECORD = re.compile(r"(\d{4}-\d{2}-\d{2})-(.+)-(\d+)\.md\Z")


@dataclass(frozen=True, slots=True)
class Written:
    """What `runbook docs` did: paths relative to the workspace."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[Staleness, ...] = ()
    """Pages with somebody's own words in them, which are not overwritten unasked."""


def pages(workspace: Workspace) -> Mapping[str, str]:
    """Return every page and index by its path; raises FileErrors for a runbook that cannot be read."""
    from engine.render.markdown import index, render

    made = [page_of(Library(workspace), name) for name in workspace.runbook_files()]
    texts = {page.doc: render(page, workspace.templates) for page in made}
    for folder in dict.fromkeys(str(Path(page.doc).parent) for page in made):
        inside = [page for page in made if str(Path(page.doc).parent) == folder]
        texts[f"{folder}/{INDEX}"] = index(inside, workspace.templates)
    return texts


def page_of(library: Library, name: str) -> Page:
    """Return one runbook's page, with what its drills say."""
    from engine.views.outline import outline

    return outline(library.runbook(name), library.runbook, library.catalogue, practice(library, name))


def page_text(workspace: Workspace, name: str) -> str:
    """Return one page as Markdown, for `explain`."""
    from engine.render.markdown import render

    return render(page_of(Library(workspace), name), workspace.templates)


def picture(workspace: Workspace, name: str) -> str:
    """Return the runbook's flowchart as Mermaid text."""
    from engine.render.mermaid import mermaid
    from engine.views.flowchart import flowchart

    return mermaid(flowchart(page_of(Library(workspace), name)))


def practice(library: Library, name: str) -> Practice:
    """Return when people last drilled a runbook, and the branches that drills in CI take."""
    branches = coverage.read(library.workspace).get(name)
    return Practice(exercised=_exercised(library.workspace, name), branches=branches)


def write(workspace: Workspace, folder: Path, *, force: bool = False) -> Written:
    """Write every page that differs; those edited by hand only by `force`. Raises StorageError."""
    written, unchanged = [], []
    kept: list[Staleness] = []
    for name, text in pages(workspace).items():
        path = folder / name
        existing = _existing(path)
        if existing == text:
            unchanged.append(name)
            continue
        edited = () if force or existing is None else _by_hand(name, existing)
        if edited:
            kept.extend(edited)
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise StorageError(f"{path}: {error.strerror}") from None
        written.append(name)
    return Written(tuple(written), tuple(unchanged), tuple(kept))


def _by_hand(name: str, existing: str) -> tuple[Staleness, ...]:
    """Return why a page in the tree is somebody's own work; an index has nothing to tell it by."""
    if name.endswith(f"/{INDEX}"):
        return ()
    if "doc_hash" not in front_matter(existing)[0]:
        return (Staleness(name, "edited", "it was not written by `runbook docs`", _FORCE),)
    found = check(name, existing, existing, date.min)
    return tuple(replace(one, fix=_FORCE) for one in found if one.rule == "edited")


def stale(workspace: Workspace, folder: Path, as_of: date) -> tuple[Staleness, ...]:
    """Return why pages in the tree are not to be trusted; nothing when all are fresh."""
    fresh = pages(workspace)
    there = [str(path.relative_to(folder)) for path in sorted((folder / PAGES).rglob("*.md"))]
    found: list[Staleness] = []
    for name in dict.fromkeys([*fresh, *there]):
        if name.endswith(f"/{INDEX}"):
            found += _index(name, _existing(folder / name), fresh.get(name))
        else:
            found += (
                replace(one, fix=_FORCE) if one.rule == "edited" else one
                for one in check(name, _existing(folder / name), fresh.get(name), as_of)
            )
    return tuple(found)


def _index(name: str, existing: str | None, fresh: str | None) -> Sequence[Staleness]:
    if existing == fresh:
        return ()
    if fresh is None:
        return (Staleness(name, "orphan", "there is no runbook in this folder", "delete the page"),)
    if existing is None:
        return (Staleness(name, "missing", "the folder has no index", "run `runbook docs`"),)
    return (Staleness(name, "stale", "the index is not the one the runbooks give", "run `runbook docs`"),)


def _existing(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        return ""
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from None


def _exercised(workspace: Workspace, name: str) -> Exercised | None:
    history = workspace.root / workspace.settings.history
    found = [
        match
        for path in sorted(history.glob("*.md"))
        if (match := _RECORD.match(path.name)) and match[2] == name
    ]
    if not found:
        return None
    last = found[-1]
    return Exercised(
        on=date.fromisoformat(last[1]), report=f"../../../{workspace.settings.history}/{last[0]}"
    )
