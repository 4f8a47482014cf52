"""The runs that are not over, found without reading whole journals: nothing may delay the first check."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

from engine.app.runs import RunFolder, folders
from engine.app.workspace import Workspace

RECENT = 50
"""Runs that are looked at."""
_TAIL_BYTES = 8192
_OVER = b'"type":"finished"'


def unfinished(workspace: Workspace) -> Iterator[RunFolder]:
    """Yield runs whose journal does not end with `finished`, newest first; a damaged one is yielded too."""
    return (folder for folder in islice(folders(workspace), RECENT) if not _over(folder))


def _over(folder: RunFolder) -> bool:
    try:
        with (folder.path / "journal.jsonl").open("rb") as journal:
            size = journal.seek(0, os.SEEK_END)
            journal.seek(max(0, size - _TAIL_BYTES))
            return _OVER in journal.read().rstrip(b"\n").rpartition(b"\n")[2]
    except OSError:
        return False
