"""Facts that redaction touched: shown as they are, never used in a condition, a command or a message.

The touched paths are kept beside the facts, under a key that no reference can spell. What lies at such a
path, below it or around it is absent to whoever looks it up: unknown to a condition, and a change cannot be
asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.kinds.references import Absent
from engine.kinds.values import Json

TOUCHED = "!redacted"


def marked(facts: Mapping[str, Json], paths: Sequence[str]) -> Mapping[str, Json]:
    """Return the facts of one check or action with the paths that were touched."""
    return {**facts, TOUCHED: list(paths)} if paths else facts


def usable(facts: Json | Absent, path: str) -> bool:
    """Say whether nothing touched lies at a path: in a step's own facts, or in those of its checks."""
    if not isinstance(facts, Mapping):
        return True
    name, _, rest = path.partition(".")
    return not (_meets(facts, path) or _meets(facts.get(name), rest))


def untouched(values: Mapping[str, Json], paths: Sequence[str]) -> Mapping[str, Json]:
    """Return the values without those that were touched, in whole or in part."""
    gone = {path.partition(".")[0] for path in paths}
    return {name: value for name, value in values.items() if name not in gone} if gone else values


def _meets(facts: Json | Absent, path: str) -> bool:
    touched = facts.get(TOUCHED) if isinstance(facts, Mapping) else None
    if not isinstance(touched, Sequence) or isinstance(touched, str):
        return False
    wanted = tuple(_parts(path))
    return any(all(a == b for a, b in zip(_parts(str(one)), wanted, strict=False)) for one in touched)


def _parts(path: str) -> Iterable[str]:
    """Yield the parts of a path; the whole has none, and list items have one spelling."""
    for part in path.split(".") if path else ():
        yield part.lstrip("0") or "0" if part.isascii() and part.isdigit() else part
