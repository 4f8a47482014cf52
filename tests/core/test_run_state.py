"""The state is copied as one table: the same as field by field."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from engine.core.run_state import RunState, evolved
from engine.kinds.values import Instant
from tests.core.play import play

ONE = "look: {check: {tcp: 'db1:5432'}, then: escalated}"


def test_a_changed_state_is_the_one_that_replace_makes() -> None:
    """Whatever is in it; the one it was made of stays as it was."""
    state = play(ONE, {}).state
    before = {one.name: getattr(state, one.name) for one in fields(state)}
    after = evolved(state, seq=99, now=Instant(7.0), facts={"look": {"answer": "pass"}})
    assert replace(state, seq=99, now=Instant(7.0), facts={"look": {"answer": "pass"}}) == after
    assert before == {one.name: getattr(state, one.name) for one in fields(state)}
    assert type(after) is RunState


def test_a_field_that_is_not_there_is_refused() -> None:
    """A slip of the pen is no new field."""
    with pytest.raises(TypeError, match="no field sequence"):
        evolved(RunState(), sequence=1)


def test_nobody_writes_to_a_state() -> None:
    """A copy neither."""
    after = evolved(RunState(), seq=1)
    with pytest.raises(FrozenInstanceError):
        after.seq = 2  # type: ignore[misc]  # that is what is shown
