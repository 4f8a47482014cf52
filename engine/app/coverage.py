"""Branch coverage of the drills in CI: measured by `drill --all --record`, read by the pages.

Kept as a file, `drills/coverage.json`, so that writing a page runs nothing; a test fails when it is stale.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from engine.app.drilling import Drilled
from engine.app.workspace import Workspace
from engine.core.events import Happened
from engine.core.plan import Plan
from engine.kinds.errors import StorageError, UsageError
from engine.views.docs_page import Branches

NAME = "coverage.json"


def path_of(workspace: Workspace) -> Path:
    """Return where the measurement is kept."""
    return workspace.root / "drills" / NAME


def measured(drills: Iterable[Drilled]) -> Mapping[str, Branches]:
    """Return, by runbook, how many of its branches these drills took."""
    from engine.views.coverage import coverage

    plans: dict[str, Plan] = {}
    runs: dict[str, list[tuple[Happened, ...]]] = {}
    for one in drills:
        plans[one.plan.runbook] = one.plan
        runs.setdefault(one.plan.runbook, []).append(one.happened)
    found = {name: coverage(plan, runs[name]) for name, plan in sorted(plans.items())}
    return {
        name: Branches(covered=len(one.covered), total=len(one.covered) + len(one.missing))
        for name, one in found.items()
    }


def text_of(branches: Mapping[str, Branches]) -> str:
    """Return the file's text."""
    data = {name: {"covered": one.covered, "total": one.total} for name, one in sorted(branches.items())}
    return json.dumps(data, indent=2) + "\n"


def write(workspace: Workspace, branches: Mapping[str, Branches]) -> Path:
    """Keep a measurement; raises StorageError."""
    path = path_of(workspace)
    try:
        path.write_text(text_of(branches), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from None
    return path


def read(workspace: Workspace) -> Mapping[str, Branches]:
    """Return the kept measurement, nothing where there is none; raises UsageError when it is broken."""
    path = path_of(workspace)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(name): Branches(covered=int(one["covered"]), total=int(one["total"]))
            for name, one in data.items()
        }
    except OSError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(
            f"{path} cannot be read", hint="`runbook drill --all --record` writes it anew"
        ) from None
