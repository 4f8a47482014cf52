"""What `explain` says: the page, and what is proved of the runbook as data."""

from __future__ import annotations

from dataclasses import dataclass

from engine.app.documenting import page_of
from engine.app.library import Library
from engine.app.workspace import Workspace
from engine.kinds.values import Json


@dataclass(frozen=True, slots=True)
class Explained:
    """One runbook's page as Markdown, and its proofs."""

    markdown: str
    proofs: Json


def explain(workspace: Workspace, name: str) -> Explained:
    """Return what is said of a runbook; raises FileErrors or UsageError."""
    from engine.render.markdown import render
    from engine.views.bounds import plain

    page = page_of(Library(workspace), name)
    return Explained(
        render(page, workspace.templates), plain(page.proofs) if page.proofs is not None else None
    )
