"""What a test needs from the system. A missing part is a loud skip, and a failure with CI=1."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest


def missing(part: str) -> NoReturn:
    """Skip with the way to get the part; fail in CI, where everything must be there."""
    reason = f"{part} is missing: .ci/setup installs it"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def program(*names: str) -> str:
    """Return the path of the first program there is."""
    for name in names:
        found = shutil.which(name)
        if found:
            return found
    missing(" or ".join(names))


def require_node(*packages: str) -> tuple[str, Path]:
    """Return node and the folder of npm packages that holds these."""
    node = program("node")
    folder = Path(
        os.environ.get("RUNBOOK_NODE_MODULES", Path(__file__).parent.parent / ".ci" / "node_modules")
    )
    for package in packages:
        if not (folder / package).is_dir():
            missing(f"npm package {package}")
    return node, folder
