"""Values on either side of an expectation: the matcher itself says which side."""

from __future__ import annotations

import pytest

from engine.kinds.matching import judge
from engine.kinds.values import Json
from engine.views.boundaries import each_fit, fits, misses, sides

EDGES: list[tuple[Json, Json, Json]] = [
    (503, 503, 504),
    ("stopped", "stopped", "other"),
    (True, True, False),
    ({"gt": 5}, 6, 5),
    ({"ge": 500}, 500, 499),
    ({"lt": 5}, 4, 5),
    ({"le": 5}, 5, 6),
    ({"lt": "10s"}, 9, 10),
    ({"lt": 0.5}, 0.45, 0.5),
    ({"ne": 429}, 430, 429),
    ({"not": 3}, 4, 3),
    ({"in": [1, 5]}, 1, 2),
    ({"between": [200, 299]}, 200, 199),
    ({"contains": "image"}, ["image"], []),
    ({"len": {"gt": 0}}, ["a"], []),
    ({"len": 2}, ["a", "a"], ["a", "a", "a"]),
    ({"exists": False}, None, "there"),
    ({"as": "duration", "lt": "30m"}, "1799s", "1800s"),
    (
        {"within": "1h", "of": "2025-11-23T03:00:00Z"},
        "2025-11-23T02:00:00.000Z",
        "2025-11-23T01:59:00.000Z",
    ),
    (
        {"where": {"state": "bad"}, "count": {"gt": 0}},
        [{"state": "bad"}],
        [{"state": "other"}],
    ),
    ({"status": 200, "ready": True}, {"status": 200, "ready": True}, {"status": 201, "ready": True}),
    ({"some": {"ne": "x"}}, ["other"], ["x"]),
]


@pytest.mark.parametrize(("data", "inside", "beyond"), EDGES, ids=[str(one[0]) for one in EDGES])
def test_the_nearest_values_come_first(data: Json, inside: Json, beyond: Json) -> None:
    """The last that fits, and the first that does not."""
    assert (inside, beyond) == (next(iter(fits(data)), None), misses(data)[0])


@pytest.mark.parametrize("data", [one[0] for one in EDGES], ids=[str(one[0]) for one in EDGES])
def test_no_value_is_on_both_sides(data: Json) -> None:
    """And each is what the engine itself would say of it."""
    assert {"pass"} >= {judge(data, value) for value in fits(data)}
    assert {"fail"} == {judge(data, value) for value in misses(data)}


def test_a_list_of_alternatives_has_a_value_for_each() -> None:
    """Dropping one of them is a change that somebody should notice."""
    assert ("crash", "killed") == each_fit({"in": ["crash", "killed"]})
    assert ("quota", "bill") == each_fit({"matches": "(?i)quota|bill"})
    assert (6,) == each_fit({"gt": 5})


@pytest.mark.parametrize(
    ("data", "beyond"),
    [
        (200, (201, 199)),
        ({"lt": 5}, (5,)),
        ({"between": [200, 299]}, (300, 199)),
        ("ok", ("other",)),
        (True, (False,)),
    ],
)
def test_of_numbers_both_sides_are_told(data: Json, beyond: tuple[Json, ...]) -> None:
    """What may give way on neither side is tried on both; a text has only one."""
    assert beyond == sides(data)
