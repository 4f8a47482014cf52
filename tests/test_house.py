"""The house: layers, purity and sizes, each shown to hold and shown to break the build when violated."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "engine").rglob("*.py"))
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over a copy of the engine."""
    return subprocess.run(
        [sys.executable, "-c", LINT], cwd=folder, capture_output=True, text=True, timeout=PATIENCE
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what import-linter reads."""
    shutil.copytree(
        ROOT / "engine", tmp_path / "engine", ignore=shutil.ignore_patterns("__pycache__", "_content")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_holds(copy: Path) -> None:
    """The build is green as it stands."""
    result = lint(copy)
    assert 0 == result.returncode, result.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("engine/kinds/values.py", "import engine.core.state", "Rooms"),
        ("engine/render/findings.py", "import engine.io.people", "Rooms"),
        ("engine/estate/wire.py", "import engine.io.people", "Rooms"),
        ("engine/app/runs.py", "import engine.cli", "Rooms"),
        ("engine/core/next.py", "import time", "Purity"),
        ("engine/kinds/checks/tcp.py", "import socket", "Purity"),
        ("engine/views/timeline.py", "import random", "Purity"),
        ("engine/core/plan.py", "import pydantic", "pydantic"),
        ("engine/kinds/nodes.py", "import yaml", "yaml"),
        ("engine/kinds/checks/tcp.py", "import engine.kinds.checks.http", "Kinds do not know"),
        ("engine/kinds/references.py", "import engine.kinds.matchers", "No cycles"),
    ],
)
def test_a_violation_breaks_the_build(copy: Path, file: str, line: str, contract: str) -> None:
    """Each contract notices a seeded violation."""
    path = copy / file
    path.write_text(path.read_text(encoding="utf-8") + f"\n{line}  # noqa\n", encoding="utf-8")
    result = lint(copy)
    assert 0 != result.returncode
    assert any(contract in row and "BROKEN" in row for row in result.stdout.splitlines()), result.stdout


def test_a_new_room_breaks_the_build_until_somebody_says_where_it_belongs(copy: Path) -> None:
    """The list of rooms is exhaustive."""
    (copy / "engine" / "attic").mkdir()
    (copy / "engine" / "attic" / "__init__.py").write_text('"""Odds and ends."""\n', encoding="utf-8")
    assert 0 != lint(copy).returncode


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_read_in_one_sitting(path: Path) -> None:
    """No file above 500 lines, none with a name that says nothing."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500
    assert path.stem not in {"utils", "helpers", "common", "manager", "misc", "base"}


def test_every_module_says_what_it_is() -> None:
    """A module that holds anything opens with a docstring."""
    silent = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.read_text(encoding="utf-8").strip()
        and not path.read_text(encoding="utf-8").lstrip().startswith(('"""', 'r"""'))
    ]
    assert [] == silent


@pytest.mark.xdist_group("held")
def test_the_runner_keeps_groups_of_tests_on_one_worker(request: pytest.FixtureRequest) -> None:
    """Tests that share a server or a folder say so; a runner that no longer reads it lets them collide."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@held")
