"""The pages: generated from the runbooks, and held against what is in the tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from engine.app import coverage
from engine.app.documents import documents
from engine.app.drill_records import read as read_records
from engine.app.library import Library
from engine.app.own_pages import own_pages
from engine.app.workspace import Workspace
from engine.kinds.errors import StorageError
from engine.model.runbook import Runbook
from engine.views.docs_page import Branches, Page, Practice
from engine.views.drill_calendar import DrillRecord, exercised, last_practice
from engine.views.freshness import Staleness, check, written_hash

PAGES = "docs/runbooks"
INDEX = "README.md"
_FORCE = "put the change into the runbook, then run `runbook docs --force`"


@dataclass(frozen=True, slots=True)
class Written:
    """What `runbook docs` did: paths relative to the workspace."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[Staleness, ...] = ()
    """Pages with somebody's own words in them, which are not overwritten unasked."""


def pages(workspace: Workspace) -> Mapping[str, str]:
    """Return every page, index and rules file by its path; raises FileErrors for what cannot be read."""
    from engine.render.markdown import index, render

    library = Library(workspace)
    records, branches = read_records(workspace), coverage.read(workspace)
    made = [_page(library, name, records, branches) for name in workspace.runbook_files()]
    texts = {page.doc: render(page, workspace.templates) for page in made}
    for folder in dict.fromkeys(str(Path(page.doc).parent) for page in made):
        inside = [page for page in made if str(Path(page.doc).parent) == folder]
        texts[f"{folder}/{INDEX}"] = index(inside, workspace.templates)
    return {**texts, **documents(library, made, records)}


def page_of(library: Library, name: str) -> Page:
    """Return one runbook's page, with what its drills say."""
    return _page(library, name, read_records(library.workspace), coverage.read(library.workspace))


def _page(
    library: Library, name: str, records: Sequence[DrillRecord], branches: Mapping[str, Branches]
) -> Page:
    from engine.model.proof.proving import proven
    from engine.views.bounds import proofs
    from engine.views.outline import outline

    record = last_practice(records, name)
    practised = exercised(record, f"../../../{record.report}" if record else "")
    practice = Practice(exercised=practised, branches=branches.get(name))
    runbook = library.runbook(name)
    page = outline(runbook, library.runbook, library.catalogue, practice)
    return replace(
        page,
        proofs=proofs(proven(runbook, library.runbook, library.catalogue)),
        place=_place(library, runbook),
    )


def _place(library: Library, runbook: Runbook) -> str:
    """Return the environment that a pasted command must name: where it counts, of those it may run in."""
    known = library.catalogue.environments
    if library.workspace.settings.environment or len(known) < 2:
        return ""
    mine = [name for name in known if name in (runbook.environments or known)]
    return next((name for name in mine if known[name].real), mine[0] if mine else "")


def page_text(workspace: Workspace, name: str) -> str:
    """Return one page as Markdown, for `explain`."""
    from engine.render.markdown import render

    return render(page_of(Library(workspace), name), workspace.templates)


def picture(workspace: Workspace, name: str) -> str:
    """Return the runbook's flowchart as Mermaid text."""
    from engine.render.mermaid import mermaid
    from engine.views.flowchart import flowchart

    return mermaid(flowchart(page_of(Library(workspace), name)))


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
        _put(path, text)
        written.append(name)
    for name, text in own_pages(Library(workspace), folder, PAGES).items():
        path = folder / name
        if _existing(path) == text:
            unchanged.append(name)
            continue
        _put(path, text)
        written.append(name)
    return Written(tuple(written), tuple(unchanged), tuple(kept))


def _put(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from None


def _by_hand(name: str, existing: str) -> tuple[Staleness, ...]:
    """Return why a page in the tree is somebody's own work; an index has nothing to tell it by."""
    if _is_index(name):
        return ()
    if written_hash(existing)[0] is None:
        return (Staleness(name, "edited", "it was not written by `runbook docs`", _FORCE),)
    found = check(name, existing, existing, date.min)
    return tuple(replace(one, fix=_FORCE) for one in found if one.rule == "edited")


def stale(workspace: Workspace, folder: Path, as_of: date) -> tuple[Staleness, ...]:
    """Return why pages in the tree are not to be trusted; nothing when all are fresh."""
    fresh = pages(workspace)
    kinds = ("*.md", "*.rules.yaml")
    there = [str(path.relative_to(folder)) for kind in kinds for path in sorted((folder / PAGES).rglob(kind))]
    found: list[Staleness] = []
    for name in dict.fromkeys([*fresh, *there]):
        if _is_index(name):
            found += _index(name, _existing(folder / name), fresh.get(name))
        else:
            found += (
                replace(one, fix=_FORCE) if one.rule == "edited" else one
                for one in check(name, _existing(folder / name), fresh.get(name), as_of)
            )
    for name, text in own_pages(Library(workspace), folder, PAGES).items():
        if _existing(folder / name) != text:
            why = "a table in it is not the one the catalogue gives"
            found.append(Staleness(name, "stale", why, "run `runbook docs` and commit the page"))
    return tuple(found)


def _is_index(name: str) -> bool:
    """Say whether a page is the index of a folder of runbooks: it has no hash to tell an edit by."""
    return name.endswith(f"/{INDEX}") and name != f"{PAGES}/{INDEX}"


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
