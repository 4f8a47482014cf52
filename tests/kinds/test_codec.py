"""Frozen data to JSON and back, and what does not fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from engine.kinds.check import Check
from engine.kinds.checks.http import HttpCheck
from engine.kinds.codec import BadData, canonical, decode, plain
from engine.kinds.facts import Selector
from engine.kinds.matchers import Matcher
from engine.kinds.statement import SqlText
from engine.kinds.step import Step
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.uses import ActionUse, CheckUse, Look, Retry, Undo
from engine.kinds.values import Duration, Instant, Json


@dataclass(frozen=True, slots=True)
class Leaf:
    """A small class of all field types."""

    name: str
    at: Instant | None = None
    ratio: float = 1.0
    mode: Literal["a", "b"] = "a"
    tags: frozenset[str] = frozenset()
    any: Json = None
    by_name: Mapping[str, Json] = field(default_factory=dict)
    flag: bool = False
    wide: str | tuple[str, ...] = "all"


@dataclass(frozen=True, slots=True)
class FloatFirst:
    """A number that is rather a float."""

    value: float | int


@dataclass(frozen=True, slots=True)
class IntFirst:
    """A number that is rather whole."""

    value: int | float


LEAF = Leaf(
    "x", Instant(1.5), 2.0, "b", frozenset({"z", "a"}), [1, {"k": None}], {"k": [True]}, True, ("p", "q")
)


def test_every_field_type_survives() -> None:
    """Sets are sorted, instants are text, JSON is itself."""
    assert {
        "name": "x",
        "at": "1970-01-01T00:00:01.500Z",
        "ratio": 2.0,
        "mode": "b",
        "tags": ["a", "z"],
        "any": [1, {"k": None}],
        "by_name": {"k": [True]},
        "flag": True,
        "wide": ["p", "q"],
    } == plain(LEAF)
    assert LEAF == decode(Leaf, json.loads(canonical(LEAF)))


def test_defaults_are_left_out() -> None:
    """A new optional field does not change an old digest; 0 is no False."""
    assert ({"name": "x"}, Leaf("x")) == (plain(Leaf("x")), decode(Leaf, {"name": "x"}))
    assert {"name": "x", "ratio": 1} == plain(Leaf("x", ratio=1))


def test_a_whole_use_survives() -> None:
    """Kinds by name, matchers, selectors, durations, nested uses."""
    check = CheckUse(
        kind=HttpCheck(http="https://x", method="POST", json={"a": [None]}, read_only_because="a query"),
        expect={"status": Matcher.parse({"between": [200, 204]})},
        facts={"id": Selector.parse({"from": "json", "newest_by": "at"})},
        timeout=Duration(25.0),
        retry=Retry(times=2),
        no_answer="unknown",
        look=Look(question="up?", facts={"up": "is it?"}),
    )
    kind = decode(ActionUse, {"kind": {"kind": "http", "http": "https://x"}}).kind
    action = ActionUse(kind=kind, reconcile=check, undo=Undo(kind=kind, verify=check), effect="destroy")
    assert (check, action) == (decode(CheckUse, plain(check)), decode(ActionUse, plain(action)))
    assert canonical(action) == canonical(decode(ActionUse, json.loads(canonical(action))))


def test_json_fields_are_read_where_their_inner_names_are_not_imported() -> None:
    """`Json` is recursive; a step that uses it knows neither Sequence nor the rest."""
    step = RunbookStep(runbook="database", inputs={"since": [1, {"a": None}]})
    assert step == decode(Step, plain(step))


@pytest.mark.parametrize(
    ("kind", "data", "message"),
    [
        (Leaf, {}, "Leaf: name is missing"),
        (Leaf, [], "Leaf: expected a mapping, found []"),
        (Leaf, {"name": 3}, "Leaf.name: expected str, found 3"),
        (Leaf, {"name": "x", "nme": 1}, "Leaf: unknown nme"),
        (Leaf, {"name": "x", "flag": 1}, "Leaf.flag: expected bool, found 1"),
        (Leaf, {"name": "x", "ratio": True}, "Leaf.ratio: expected float, found True"),
        (Leaf, {"name": "x", "mode": "c"}, "Leaf.mode: 'c' is none of ('a', 'b')"),
        (Leaf, {"name": "x", "at": "noon"}, "Leaf.at: 'noon' is no time: write 2025-10-11T12:00:00Z"),
        (
            Leaf,
            {"name": "x", "wide": 3},
            "Leaf.wide: expected str, found 3; Leaf.wide: expected a list, found 3",
        ),
        (Check, {"kind": "htp"}, "Check: this engine has no checks kind 'htp'"),
        (Check, {"http": "x"}, "Check: this engine has no checks kind None"),
        (Check, {"kind": "http"}, "Check: http is missing"),
        (
            CheckUse,
            {"kind": {"kind": "http", "http": "x", "method": "POST"}},
            (
                "CheckUse.kind: a check with method POST needs 'read_only_because': "
                "say why it changes nothing, or make it an action"
            ),
        ),
        (
            CheckUse,
            {"kind": {"kind": "http", "http": "x"}, "timeout": "25"},
            "CheckUse.timeout: '25' is no duration: write 500ms, 90s, 5m, 1h30m or 2d",
        ),
        (
            CheckUse,
            {"kind": {"kind": "http", "http": "x"}, "expect": {"a": {"exists": "yes"}}},
            "CheckUse.expect.a: 'exists' takes true or false",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(kind: type[Any], data: Json, message: str) -> None:
    """Every failure is BadData and names where."""
    with pytest.raises(BadData) as caught:
        decode(kind, data)
    assert message.replace("2025-10-11T12:00:00Z", "2025-11-23T03:05:22Z") == str(caught.value)


def test_an_instance_may_be_read_at_a_named_place() -> None:
    """The caller says what it was reading."""
    with pytest.raises(BadData, match=r"record 7\.name: expected str"):
        decode(Leaf, {"name": None}, "record 7")


def test_canonical_text_is_stable() -> None:
    """Sorted, without spaces, as UTF-8 text."""
    assert '{"a":["ä",true,null],"b":1}' == canonical({"b": 1, "a": ("ä", True, None)})


def test_what_has_no_plain_form_is_a_bug_of_ours() -> None:
    """Not silently a text."""
    with pytest.raises(TypeError, match="object has no plain form"):
        plain(object())


def test_the_order_of_a_union_counts() -> None:
    """Two annotations with the same members in another order are equal, and read otherwise."""
    assert [(3.0, float), (3, int)] == [
        (one.value, type(one.value))
        for one in (decode(FloatFirst, {"value": 3}), decode(IntFirst, {"value": 3}))
    ]


def test_what_a_factory_makes_is_only_compared_with() -> None:
    """A default that is written to afterwards is no default any more, and is no other one's either."""
    changed: dict[str, Json] = {}
    leaf = Leaf("x", by_name=changed)
    assert {"name": "x"} == plain(leaf)
    changed["k"] = 1
    assert [{"name": "x", "by_name": {"k": 1}}, {"name": "x"}] == [plain(leaf), plain(Leaf("x"))]


def test_a_number_of_our_own_is_written_by_itself() -> None:
    """A duration is a float, and is not written as one; a text of our own stays the text that it is."""
    assert ["1m30s", 90.0, "select 1"] == plain([Duration(90.0), 90.0, SqlText("select 1")])
