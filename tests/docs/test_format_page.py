"""The page of files: every kind of file that has a schema, and every key that an author may write in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

import pytest

from engine.app.schemas import SCHEMAS, words
from engine.cli.reference import pages
from engine.kinds.values import Json

PAGE = pages()["format.md"]
HEADINGS = {
    "runbook": "A runbook",
    "catalogue": "The catalogue",
    "cases": "Cases",
    "step-tests": "Step tests",
    "scenario": "A scenario",
}
ELSEWHERE = ("matcher",)
"""Definitions of a schema that have a page of their own."""
SMALL = {
    "cases": ("cases", "case", "caseexpectation", "expectedmove", "expectedmessage", "given", "assumptions", "response",
              "spread"),
    "step-tests": ("steps", "steptest", "stepanswer", "expectedchange", "expectedask"),
}  # fmt: skip


def section(heading: str) -> str:
    """Return what stands under a heading of the page."""
    assert f"\n## {heading}\n" in PAGE
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def objects(kind: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Yield every object that a file of this kind is made of, with its keys."""
    schema = SCHEMAS[kind](words())
    yield kind, cast(Mapping[str, Json], schema["properties"])
    for name, one in cast(Mapping[str, Mapping[str, Json]], schema["definitions"]).items():
        inner = cast(Mapping[str, Json], one.get("else") or one)
        if "properties" in inner:
            yield name, cast(Mapping[str, Json], inner["properties"])


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_kind_of_file_is_counted_and_has_its_section(kind: str) -> None:
    """With the name of its schema."""
    assert f"\n{ {5: 'Five'}[len(SCHEMAS)] } kinds of YAML file" in PAGE
    assert f"| `{kind}.schema.json`" in PAGE
    assert section(HEADINGS[kind])


@pytest.mark.parametrize("kind", ["cases", "step-tests"])
def test_every_key_of_tests_is_on_the_page_and_in_the_schema_with_its_meaning(kind: str) -> None:
    """Of the file, of each case or test in it, of `simulate`, of what is given, answered and expected."""
    here = section(HEADINGS[kind]) + (section("A scenario") + section("Cases"))
    found = dict(objects(kind))
    assert set(SMALL[kind]) - {"steps"} <= {*found, kind}
    for name, properties in found.items():
        if name in ELSEWHERE:
            continue
        for key, schema in properties.items():
            assert f"| `{key}`" in here, f"{name}.{key}"
            assert cast(Mapping[str, Json], schema).get("description"), f"{name}.{key}"


@pytest.mark.parametrize(
    "key", ["people", "takes", "unknown", "undelivered", "source", "median", "p95", "never"]
)
def test_what_a_forecast_assumes_is_described_with_the_cases(key: str) -> None:
    """Every key of `simulate:` and of the lengths of time in it."""
    assert f"| `{key}`" in section("Cases").partition("### simulate")[2]
