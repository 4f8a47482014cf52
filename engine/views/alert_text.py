"""Thresholds in the triggers of a runbook: a rule and the number it was made of cannot drift apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from engine.kinds.references import REFERENCE
from engine.model.catalogue import Threshold

_PREFIX: Final = "thresholds."


def rule_text(expr: str, thresholds: Mapping[str, Threshold]) -> str:
    """Return an expression with each `${thresholds.NAME}` as a number; a duration is told in seconds."""
    return _filled(expr, {name: _number(one) for name, one in thresholds.items()})


def plain_text(text: str, thresholds: Mapping[str, Threshold]) -> str:
    """Return a text with each `${thresholds.NAME}` as the catalogue writes it."""
    return _filled(text, {name: str(one.value) for name, one in thresholds.items()})


def _number(threshold: Threshold) -> str:
    return str(threshold.value) if threshold.number is None else f"{threshold.number:.12g}"


def _filled(text: str, values: Mapping[str, str]) -> str:
    """Fill in what refers to a threshold; all else stays as it is."""

    def told(match: re.Match[str]) -> str:
        if match[1]:
            return match[0][1:]
        name = match[2].strip()
        return values.get(name.removeprefix(_PREFIX), match[0]) if name.startswith(_PREFIX) else match[0]

    return REFERENCE.sub(told, text) if "${" in text else text
