"""Everything that stands in a part of the model, however deep it lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass


def nested(value: object) -> Iterator[object]:
    """Yield every dataclass in a value, the outer ones first."""
    if is_dataclass(value) and not isinstance(value, type):
        yield value
        for field in fields(value):
            yield from nested(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from nested(one)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from nested(one)
