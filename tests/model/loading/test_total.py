"""Loading is total: whatever stands wherever, the answer is a value or findings, never an exception."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest

from engine.kinds.values import Json
from engine.model.loading import Loaded, load_catalogue, load_runbook, load_scenario
from engine.model.source import Document
from tests.model.files import CATALOGUE, catalogue, document, runbook
from tests.model.loading.test_runbooks import DOWN
from tests.model.loading.test_scenarios import GOOD

SHELF = catalogue()
RUNBOOK = runbook(DOWN)
OTHERS: tuple[Json, ...] = (None, 5, "${a.b}", [7], {"x": [None]}, {})

LOADERS: dict[str, tuple[str, Callable[[Document], Loaded[object]]]] = {
    "runbook": (DOWN, lambda file: load_runbook(file, SHELF)),
    "catalogue": (CATALOGUE, lambda file: load_catalogue([file])),
    "scenario": (GOOD, lambda file: load_scenario(file, RUNBOOK, SHELF)),
}


def variants(data: Json, other: Json) -> Iterator[Json]:
    """Yield the data once for every part of it, with the other value in the part's place."""
    yield other
    if isinstance(data, Mapping):
        for key, item in data.items():
            yield from ({**data, key: inner} for inner in variants(item, other))
    elif isinstance(data, list):
        for number, item in enumerate(data):
            yield from ([*data[:number], inner, *data[number + 1 :]] for inner in variants(item, other))


@pytest.mark.parametrize("other", OTHERS, ids=str)
@pytest.mark.parametrize("name", LOADERS)
def test_any_part_may_be_anything(name: str, other: Json) -> None:
    """Each part of a good file in turn is replaced; errors come with findings, and only then."""
    text, load = LOADERS[name]
    good = document(text)
    for data in variants(good.data, other):
        if isinstance(data, Mapping):
            result = load(replace(good, data=data))
            severities = {one.finding.severity for one in result.findings}
            assert (result.value is None) == ("error" in severities)
