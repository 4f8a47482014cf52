"""The shipped cases: all pass, every incident runbook has some, and the first three reach most branches."""

from __future__ import annotations

import pytest

from engine.app.testing import chosen
from tests.content.harness import library, results_of, whole

FLOORS = {"agent-sdk-down": 0.80, "database-connection": 0.80, "llamaindex-mcp-down": 0.85}
"""The share of branches that is kept; raise it when it has grown."""
NAMES = sorted(chosen(library(), ()))


@pytest.mark.parametrize("name", [whole(name) for name in NAMES])
def test_the_cases_of_a_runbook_pass_and_reach_what_they_reached(name: str) -> None:
    """What differs is in the message, as `runbook test` would show it."""
    found = results_of(name).cases
    assert found is not None
    assert [] == [(one.judged.case.case, one.judged.differs) for one in found.ran if not one.judged.passed]
    assert found.coverage is not None
    assert found.coverage.share >= FLOORS.get(name, 0.0)


def test_every_shipped_incident_runbook_has_cases() -> None:
    """A new one comes with its cases."""
    files = library().workspace.runbook_files()
    incidents = {name for name, path in files.items() if path.parent.name == "incidents"}
    assert set() == incidents - set(NAMES)
