"""The real command survives `kill -9` at random moments of the sandbox run; 8 here, 50 by `kill.py` itself."""

from __future__ import annotations

import pytest

from tests.acceptance.desk import Desk
from tests.acceptance.kill import play, table

SEED = 20251123


@pytest.mark.parametrize("number", range(8))
def test_a_run_that_is_killed_and_resumed_ends_the_same_and_changes_nothing_twice(
    desk: Desk, number: int
) -> None:
    """The change reaches its target once, each page has one key, the end is the expected one, the record is whole."""
    played = play(desk, number, SEED)
    print(table([played]))
    assert [] == played.problems
    assert played.killed_behind, "nothing was killed, so nothing was tested"
