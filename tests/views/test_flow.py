"""Values as an author writes them: what YAML reads from the text is the value again."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.values import Json
from engine.views.flow import flow

WRITTEN: list[tuple[Json, str]] = [
    ({"in": [200, 204]}, "{in: [200, 204]}"),
    ({"lt": "2s"}, "{lt: 2s}"),
    ({"look.status": 503, "run.network": "down"}, "{look.status: 503, run.network: down}"),
    ({"lt": "${thresholds.errors}"}, "{lt: '${thresholds.errors}'}"),
    ({"matches": "it's|(?i)quota"}, "{matches: 'it''s|(?i)quota'}"),
    ({"url": "https://web.example/x?y=1"}, "{url: 'https://web.example/x?y=1'}"),
    ({"eq": None}, "{eq: null}"),
    (["yes", "true", "12", "a: b", "", "on"], "['yes', 'true', '12', 'a: b', '', 'on']"),
    ({"exists": True, "n": 0.5}, "{exists: true, n: 0.5}"),
    ([], "[]"),
    ({}, "{}"),
    ("two words", "two words"),
]


@pytest.mark.parametrize(("value", "text"), WRITTEN)
def test_a_value_is_written_as_an_author_would(value: Json, text: str) -> None:
    """Quoted only where YAML would read something else."""
    assert text == flow(value)
    assert value == yaml.safe_load(flow(value))


_PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
    st.sampled_from(["1:30", "0x1f", "1e3", ".5", "~", "- a", "a #b", "=", "<<", "2025-11-23", "a ", "*x"]),
)


@given(
    st.recursive(
        _PLAIN,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.text("abcyno.-: #'12", min_size=1, max_size=6), inner, max_size=3),
        ),
        max_leaves=6,
    )
)
def test_what_is_written_is_read_as_the_same(value: Json) -> None:
    """Whatever stands in it."""
    assert value == yaml.safe_load(flow(value))
