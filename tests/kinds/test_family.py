"""The contract every check and action keeps: a newcomer is tested before it has a test of its own."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from engine.kinds.action import Action
from engine.kinds.check import Check
from engine.kinds.codec import canonical, decode, plain
from engine.kinds.discovery import family
from engine.kinds.uses import ActionUse, CheckUse, Undo, judge
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation
from engine.model.loading.reader import At, Reader
from engine.model.loading.uses import Uses

USES: Mapping[str, type[Any]] = {"checks": CheckUse, "actions": ActionUse}
BASES: Mapping[str, type[Any]] = {"checks": Check, "actions": Action}
MEMBERS = [(of, name) for of in USES for name in family(of)]
CHECKS = sorted(family("checks"))
HOSTILE: list[Json] = [
    None, True, 0, -1, 10**400, float("nan"), float("inf"), "", "x" * 10_000, "${secrets.KEY}", "\ud800",
    [], [[]], [None, 1, "a"], {}, {"": {}}, {"a": [{"b": None}]},
]  # fmt: skip


def written(of: str, name: str) -> Mapping[str, Json]:
    """Return the example as data."""
    data = yaml.safe_load(family(of)[name].example)
    assert isinstance(data, dict)
    return data


def own(of: str, name: str) -> Any:
    """Return the kind as its example writes it."""
    reader, uses = Reader(Uses().special()), Uses()
    use = (uses.check if of == "checks" else uses.action)(reader, written(of, name), At())
    assert [] == reader.findings
    assert isinstance(use, USES[of])
    return use.kind


@pytest.mark.parametrize(("of", "name"), MEMBERS)
def test_a_kind_is_frozen_and_named_like_its_file_and_first_field(of: str, name: str) -> None:
    """What an author writes, the class and the file have one name."""
    kind = family(of)[name]
    assert (name, of, name) == (kind.kind, kind.family, kind.__module__.rpartition(".")[2])
    assert name == dataclasses.fields(kind)[0].name
    assert (True, True) == (kind.__dataclass_params__.frozen, "__slots__" in vars(kind))
    assert issubclass(kind, BASES[of])


@pytest.mark.parametrize(("of", "name"), MEMBERS)
def test_a_kind_says_in_a_sentence_what_it_does(of: str, name: str) -> None:
    """The first line of its docstring goes into the reference."""
    first = (family(of)[name].__doc__ or "").strip().splitlines()[0]
    assert re.fullmatch(r"[A-Z].{20,}\.", first)


@pytest.mark.parametrize(("of", "name"), MEMBERS)
def test_no_field_has_the_name_of_a_common_key(of: str, name: str) -> None:
    """Authors write both flat, so one name may mean one thing only."""
    fields = {field.name for field in dataclasses.fields(family(of)[name])}
    uses = (CheckUse,) if of == "checks" else (ActionUse, Undo)
    common = {field.name for use in uses for field in dataclasses.fields(use)} | {"use", "with"}
    assert set() == fields & common


@pytest.mark.parametrize(("of", "name"), MEMBERS)
def test_the_example_is_a_whole_use(of: str, name: str) -> None:
    """Its keys are the kind's fields and common keys, and it reads as such."""
    keys = set(written(of, name))
    common = {field.name for field in dataclasses.fields(USES[of])} - {"kind", "name"}
    assert name in keys
    assert set() == keys - {field.name for field in dataclasses.fields(family(of)[name])} - common
    rest = {key: value for key, value in written(of, name).items() if key in common}
    use = decode(USES[of], {"kind": plain(own(of, name)), **rest})
    assert use == decode(USES[of], plain(use))


@pytest.mark.parametrize(("of", "name"), MEMBERS)
def test_a_kind_survives_the_journal(of: str, name: str) -> None:
    """To plain data and back it is the same, and so is its digest."""
    kind = own(of, name)
    again = decode(BASES[of], plain(kind))
    assert (kind, canonical(kind)) == (again, canonical(again))


@pytest.mark.parametrize(("of", "name"), MEMBERS)
def test_by_hand_is_one_line_with_secrets_as_variables(of: str, name: str) -> None:
    """Every text field may hold a secret's name or a line break; neither breaks the line."""
    kind = own(of, name)
    texts = {field.name: getattr(kind, field.name) for field in dataclasses.fields(kind)}
    odd = {
        key: f"{value}\n${{secrets.TOKEN}}"
        if isinstance(value, str) and key not in ("method", "operation_name")
        else value
        for key, value in texts.items()
    }
    for line in (kind.by_hand(), dataclasses.replace(kind, **odd).by_hand()):
        assert (1, True) == (len(line.splitlines()), line == line.strip())
        assert "${secrets." not in line
    assert kind.target() != ""


@pytest.mark.parametrize("name", CHECKS)
def test_judge_never_raises(name: str) -> None:
    """Whatever came back, there is a verdict."""
    check = own("checks", name)
    use = decode(
        CheckUse, {"kind": plain(check), "facts": {"x": {"from": "a", "where": {"gt": 1}, "newest_by": "b"}}}
    )
    facts = {*type(check).fact_names, "a"}
    for value in HOSTILE:
        verdict = judge(use, Observation(dict.fromkeys(facts, value)))
        assert verdict.answer in ("pass", "fail", "unknown")
    for nothing in (Observation(), Observation(no_answer="timeout"), Observation(cannot="no token")):
        assert judge(use, nothing).answer in ("pass", "fail", "unknown")


@pytest.mark.parametrize("name", CHECKS)
def test_what_could_not_be_looked_at_is_unknown(name: str) -> None:
    """For every kind, whatever no answer means to it."""
    assert "unknown" == judge(CheckUse(kind=own("checks", name)), Observation(cannot="no token")).answer


@pytest.mark.parametrize("name", CHECKS)
def test_the_default_expectation_speaks_of_published_facts(name: str) -> None:
    """A default on a fact that is never there would always be unknown."""
    kind = family("checks")[name]
    assert {key.partition(".")[0] for key in kind.default_expect} <= set(kind.fact_names)
    assert all(kind.fact_names.values())
