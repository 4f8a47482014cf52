"""Which secrets something asks with: those it refers to, and those its kinds send by themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from engine.kinds import codec
from engine.kinds.discovery import Kind
from engine.kinds.references import references

_HEAD: Final = "secrets."


def secret_names(value: object) -> tuple[str, ...]:
    """Return the name of every secret that a plan, a runbook or a part of one asks with, each once."""
    named = (name for name in references(codec.plain(value)) if name.startswith(_HEAD))
    return tuple(dict.fromkeys([*(name.removeprefix(_HEAD) for name in named), *_sent(value)]))


def _sent(value: object) -> Iterator[str]:
    """Yield what no field refers to: the secrets that kinds name in their own code."""
    if isinstance(value, Kind):
        yield from value.secrets
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _sent(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _sent(item)
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for item in value:
            yield from _sent(item)
