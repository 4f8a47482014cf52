"""Which secrets something asks with: those it refers to, and those its kinds send by themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

from engine.kinds import codec
from engine.kinds.discovery import Kind
from engine.kinds.references import references

_HEAD: Final = "secrets."


def secret_names(value: object) -> tuple[str, ...]:
    """Return the name of every secret that a plan, a runbook or a part of one asks with, each once."""
    named = (name for name in references(codec.plain(value)) if name.startswith(_HEAD))
    found = dict.fromkeys(name.removeprefix(_HEAD) for name in named)
    _sent(value, found)
    return tuple(found)


def _sent(value: object, found: dict[str, None]) -> None:
    """Add what no field refers to: the secrets that kinds name in their own code."""
    if value is None or isinstance(value, (str, int, float, bytes)):
        return
    if isinstance(value, Kind):
        found |= dict.fromkeys(value.secrets)
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            _sent(getattr(value, field.name), found)
    elif isinstance(value, (Mapping, Sequence)):
        for item in value.values() if isinstance(value, Mapping) else value:
            _sent(item, found)
