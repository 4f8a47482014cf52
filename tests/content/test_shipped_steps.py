"""The shipped step tests: every runbook has some, all pass, and they reach nearly every branch."""

from __future__ import annotations

import pytest

from engine.views.coverage import measured
from tests.content.harness import library, whole
from tests.content.harness import results_of as results

FLOOR = 0.97
"""The share of a runbook's branches that its step tests alone take."""
NAMES = sorted(library().workspace.runbook_files())


@pytest.mark.parametrize("name", [whole(name) for name in NAMES])
def test_the_steps_of_a_runbook_do_what_their_tests_say(name: str) -> None:
    """What differs is in the message. Meant it? Then `runbook test NAME --record`, and read the difference."""
    found = results(name).steps
    assert found is not None
    assert [] == [(one.judged.name, one.judged.differs) for one in found.ran if not one.judged.passed]
    reached = measured(found.ran[0].plan, (one.happened for one in found.ran))
    assert reached.share >= FLOOR, [f"{one.step} {one.outcome} > {one.target}" for one in reached.missing]
