"""The small workspace of the command's tests, for what lies below the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.app.workspace import Workspace
from tests.cli.conftest import Command, runbook, service

__all__ = ["runbook", "service"]


@pytest.fixture
def root(runbook: Command) -> Path:
    """Return the folder of the small workspace."""
    return runbook.root


@pytest.fixture
def workspace(runbook: Command) -> Workspace:
    """Return the small workspace, with ann of reliability at the terminal."""
    return Workspace.find(runbook.root, runbook.environ)
