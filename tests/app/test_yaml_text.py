"""YAML that is looked at: strict as a runbook, and refused with a reason."""

from __future__ import annotations

import pytest

from engine.app.yaml_text import data


def test_a_mapping_is_read() -> None:
    """Only true and false are truth values."""
    assert {"a": [1, "no", True], "b": {"c": None}} == data(b"a: [1, no, true]\nb:\n  c:\n")


@pytest.mark.parametrize("text", [b"- a\n", b"a: 1\na: 2\n", b"a: &x 1\nb: *x\n", b"a: [", b"\xff", b""])
def test_what_is_not_plain_is_refused_with_a_reason(text: bytes) -> None:
    """Duplicates, aliases, broken text: whatever another reader would have made of it."""
    with pytest.raises(ValueError, match=r"\w"):
        data(text)
