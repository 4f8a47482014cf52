"""What the recorder arranges: values that fit a condition, values that do not, and no case that cannot load."""

from __future__ import annotations

import pytest

from engine.kinds.matchers import Matcher
from engine.kinds.values import Json
from tests.mutation.recording import _fitting, _unfitting

CONDITIONS: list[Json] = [
    503,
    {"in": [1, 2]},
    {"between": [1, 2]},
    {"gt": 5},
    {"lt": 5},
    {"ge": 5},
    {"le": 5},
    {"exists": True},
    {"contains": "a"},
    {"matches": "(?i)quota|limit"},
]


@pytest.mark.parametrize("data", CONDITIONS)
def test_a_value_that_is_made_to_fit_fits(data: Json) -> None:
    """Held by the matcher itself."""
    assert "pass" == Matcher(data).judge(_fitting(data)).answer


@pytest.mark.parametrize("data", [{"gt": 5}, {"lt": 5}, {"ge": 5}, {"le": 5}, {"exists": False}, {"not": 3}])
def test_a_value_that_is_made_not_to_fit_does_not(data: Json) -> None:
    """So that an earlier row of a decision does not take what a later one is tried with."""
    assert "fail" == Matcher(data).judge(_unfitting(data)).answer
