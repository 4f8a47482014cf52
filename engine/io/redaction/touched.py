"""Where redaction has changed data: what was touched may be shown, and is never used again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.kinds.values import Json


def touched(before: Json, after: Json, path: str = "") -> Iterator[str]:
    """Yield the dotted paths at which two values differ; of renamed keys, the path of what holds them."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        if list(before) != list(after):
            yield path
            return
        for key, item in before.items():
            yield from touched(item, after[key], f"{path}.{key}" if path else key)
    elif isinstance(before, (list, tuple)) and isinstance(after, (list, tuple)) and len(before) == len(after):
        for number, item in enumerate(before):
            yield from touched(item, after[number], f"{path}.{number}" if path else str(number))
    elif not _same(before, after):
        yield path


def _same(before: Json, after: Json) -> bool:
    return before is after or (type(before) is type(after) and before == after) or before != before
