"""Everything that the incident classes look at and decide can be said in YAML, without code.

A look is judged as the performer does it; a decision (`if`, `any`) holds, does not hold, or is not ruled out. What no matcher says is said by a kind in Python.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from engine.kinds.codec import decode, plain
from engine.kinds.discovery import family
from engine.kinds.paths import look_up
from engine.kinds.references import resolve
from engine.kinds.steps.decide import Case
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer, Observation
from engine.model.loading.reader import At, Reader
from engine.model.loading.uses import Uses
from tests.content.sayings import (
    AGENT,
    DATABASE,
    MISSING,
    PAGE,
    RAG,
    ROWS,
    SHOP,
    SINCE,
    SLOW,
    SYNC,
    TIMEOUT,
    WRONG,
    Row,
)

BY_KIND: Mapping[str, tuple[str, ...]] = {
    "why a machine stopped, from events, state and requests to stop together": ("fly_machines", "cause"),
    "the newest good release that is older and has another image": ("fly_releases", "previous"),
    "whether a release is near the alert, also from a list without dates": ("fly_releases", "recent"),
    "which needed secrets are not set, by name only": ("fly_secrets", "missing"),
    "how long until a throttled shop lets the query through": ("graphql", "cost"),
    "a percentile that no failure enters, against a recorded one": ("samples", "p95_ratio"),
}
"""What no matcher can say, because it takes arithmetic or a vendor's rules, and the kind and fact that says it."""

ELSEWHERE: Mapping[tuple[str, str], str] = {
    (PAGE, "6"): "a miss of the cache every five minutes is seen in the durations, by a person",
    (TIMEOUT, "3"): "a server that answers nobody while a query runs: RAG server down, 4",
    (SLOW, "10"): "the plan of the top statement is kept as evidence and read by a person",
    (WRONG, "5"): "by which method a percentile was taken: `method` of the samples check",
    (SYNC, "7"): "the database's own health: database connections",
}
NUMBERED: Mapping[str, int] = {
    AGENT: 9, RAG: 6, DATABASE: 8, SHOP: 5, PAGE: 8, TIMEOUT: 8, SLOW: 10, MISSING: 11, WRONG: 7, SYNC: 7,
}  # fmt: skip
"""How many numbered looks a class has."""


def written(row: Row) -> Mapping[str, Any]:
    """Return what the author writes, as data."""
    data = yaml.safe_load("{" + row.said + "}")
    assert isinstance(data, Mapping)
    return data


def use(row: Row) -> CheckUse:
    """Return the look as the loader reads it, with the kind's own example as its address."""
    example = yaml.safe_load(family("checks")[row.kind].example)
    data = {key: item for key, item in example.items() if key not in ("expect", "facts")} | dict(written(row))
    reader, uses = Reader(Uses().special()), Uses()
    found = uses.check(reader, data, At())
    assert [] == reader.findings
    assert isinstance(found, CheckUse)
    return found


def answer(row: Row, facts: Mapping[str, Json]) -> Answer:
    """Return what is said of these facts."""
    if "expect" in written(row):
        resolved = resolve(plain(use(row)), lambda name: look_up({"run": {"since": SINCE}}, name))
        return judge(decode(CheckUse, resolved), Observation(facts)).answer
    known: Json = {"look": facts, "run": {"since": SINCE}}
    reader = Reader({})
    case = reader.record(Case, {"go": "on", **written(row)}, At())
    assert [] == reader.findings
    assert isinstance(case, Case)
    return case.answer(lambda name: look_up(known, name))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_what_an_incident_asks_can_be_said_without_code(row: Row) -> None:
    """Good is pass, bad is fail, and what is not there is unknown."""
    assert ("pass", "fail", "unknown") == tuple(answer(row, seen) for seen in (row.good, row.bad, row.silent))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_it_is_said_of_facts_that_the_kind_has(row: Row) -> None:
    """A misspelt fact would be unknown for ever."""
    data = written(row)
    kind = family("checks")[row.kind]
    groups = [data.get("expect", {}), data.get("if", {}), *data.get("any", [])]
    named = {path.removeprefix("look.").partition(".")[0] for group in groups for path in group}
    sources = [one if isinstance(one, str) else one["from"] for one in data.get("facts", {}).values()]
    named = (named - set(data.get("facts", {}))) | {path.partition(".")[0] for path in sources}
    assert [] == sorted(named - set(kind.fact_names))
    assert [] == sorted({*row.good, *row.bad, *row.silent} - set(kind.fact_names))


@pytest.mark.parametrize("incident", NUMBERED)
def test_every_numbered_look_of_a_class_has_a_row(incident: str) -> None:
    """Or says where it is said."""
    numbers = {row.name.partition(" ")[0].rstrip("bcdefg") for row in ROWS if row.incident == incident}
    numbers |= {number for name, number in ELSEWHERE if name == incident}
    assert [] == [n for n in map(str, range(1, NUMBERED[incident] + 1)) if n not in numbers]


def test_every_class_has_what_it_decides_and_verifies_by() -> None:
    """No two rows have one name, and no class is left out."""
    assert [] == [name for name, count in Counter(map(str, ROWS)).items() if count > 1]
    assert set(NUMBERED) == {row.incident for row in ROWS}
    assert len(ROWS) >= 100


@pytest.mark.parametrize("what", BY_KIND)
def test_what_no_matcher_says_a_kind_does(what: str) -> None:
    """In Python, with a fact that is documented."""
    kind, fact = BY_KIND[what]
    assert fact in family("checks")[kind].fact_names
