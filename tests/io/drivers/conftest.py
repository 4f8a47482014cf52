"""Both kinds of journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.records import Journal
from engine.io.journal.files import FileJournal
from engine.io.journal.memory import MemoryJournal


@pytest.fixture(params=["memory", "files"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Journal:
    """A journal of either kind."""
    return MemoryJournal() if request.param == "memory" else FileJournal.create(tmp_path / "run")
