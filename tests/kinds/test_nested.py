"""Finding what stands inside a part of the model."""

from __future__ import annotations

from engine.kinds.checks.tcp import TcpCheck
from engine.kinds.nested import nested
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.uses import CheckUse, Retry


def test_what_lies_deep_is_found_and_the_outer_comes_first() -> None:
    """Through dataclasses, mappings and sequences; a class itself is no value."""
    use = CheckUse(kind=TcpCheck(tcp="a:1"))
    step = ChecksStep(checks={"a": use})
    found = [one for one in nested(({"x": [step]}, TcpCheck)) if not isinstance(one, Retry)]
    assert [step, use, use.kind] == found
