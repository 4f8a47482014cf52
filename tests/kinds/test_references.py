"""References: looked up once, never evaluated, and data never becomes one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.references import ABSENT, Absent, Unresolved, references, resolve, text_of
from engine.kinds.values import Json

VALUES: Mapping[str, Json] = {
    "look.ids": ["m1", "m2"],
    "look.count": 2,
    "look.nothing": None,
    "inputs.name": "shop",
    "evil": "${secrets.KEY} and ${look.count}",
    "deep": {"a": ["${secrets.KEY}"], "n": 1},
}


def lookup(name: str) -> Json | Absent:
    """Return a value of the table."""
    return VALUES.get(name, ABSENT)


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("${look.ids}", ["m1", "m2"]),
        ("${ look.count }", 2),
        ("${look.nothing}", None),
        ("app ${inputs.name} has ${look.count}", "app shop has 2"),
        ("ids: ${look.ids}", 'ids: ["m1", "m2"]'),
        ("$${look.count}", "${look.count}"),
        ("costs $5 {x}", "costs $5 {x}"),
        ("Bearer ${secrets.TOKEN}", "Bearer ${secrets.TOKEN}"),
        ("${secrets.TOKEN}", "${secrets.TOKEN}"),
        ({"a": ["${look.count}", {"b": "${inputs.name}"}], "c": 1}, {"a": [2, {"b": "shop"}], "c": 1}),
        (("${look.count}",), [2]),
        (True, True),
    ],
)
def test_a_tree_is_resolved_with_types_kept(written: Json, resolved: Json) -> None:
    """One whole reference takes the value as it is; inside text it is written out."""
    assert resolved == resolve(written, lookup)


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("${evil}", "$ {secrets.KEY} and ${look.count}"),
        ("say ${evil}", "say $ {secrets.KEY} and ${look.count}"),
        ("${deep}", {"a": ["$ {secrets.KEY}"], "n": 1}),
        ("${deep} ${secrets.OURS}", '{"a": ["$ {secrets.KEY}"], "n": 1} ${secrets.OURS}'),
    ],
)
def test_data_never_becomes_a_reference(written: Json, resolved: Json) -> None:
    """Neither to a fact, nor to a secret, which are filled in after us."""
    assert resolved == resolve(written, lookup)


def test_all_missing_names_are_told_at_once() -> None:
    """Each once, in order."""
    with pytest.raises(Unresolved) as caught:
        resolve(["${b.x} ${a}", "${b.x}", "${look.count}"], lookup)
    assert (("b.x", "a"), "no value for b.x, a") == (caught.value.names, str(caught.value))


def test_a_partial_pass_leaves_what_it_does_not_know() -> None:
    """Escapes too: the later pass is still to come. What the team wrote keeps its own references."""
    written: Json = ["${inputs.name} ${later.fact}", "${later.fact}", "$${x}", "${evil}"]
    partly = resolve(written, lookup, partial=True)
    assert ["shop ${later.fact}", "${later.fact}", "$${x}", VALUES["evil"]] == partly


def test_references_are_listed_in_order() -> None:
    """From keys and values, without the escaped ones."""
    tree: Json = {"${k}": ["${a.b}", "x ${ c } $${no}"], "d": "${secrets.S}"}
    assert ["k", "a.b", "c", "secrets.S"] == list(references(tree))


@given(st.text())
def test_text_without_a_dollar_brace_is_never_changed(text: str) -> None:
    """Whatever else it holds."""
    plain = text.replace("${", "")
    assert plain == resolve(plain, lookup)


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
    )
)
def test_no_value_smuggles_in_a_secret(value: Json) -> None:
    """Whole or in text, whatever the data is."""
    for template in ("${x}", "a ${x}"):
        found = resolve(template, lambda name: [value, "${secrets.A}${secrets.B}"])
        assert "${secrets." not in text_of(found)


def test_absent_is_falsy_and_not_null() -> None:
    """And says its name in a failure."""
    assert (False, "ABSENT", False) == (bool(ABSENT), repr(ABSENT), isinstance(None, Absent))
