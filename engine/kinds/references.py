"""`${name.path}` in what authors write: looked up once on the parsed tree, never evaluated.

A string that is one whole reference takes the value as it is, with its type; a reference inside
other text is written into it. `${secrets.NAME}` stays as it stands: only `io` reads secrets, at use.
`$${` is a literal `${`. Values that come in are never looked at again, so data cannot become a
reference (reliability: interpolate once, plain lookups only). That holds for secrets too, which are
filled in after us: a looked-up fact or input that says `${secrets.NAME}` is written `$ {secrets.NAME}`.
Within an address (`https://host/${look.id}`) data is percent-encoded: it is one part, and bends nothing.
A partial pass looks up only what the team itself wrote (service, thresholds, `with`); references in that
are kept for the next pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import quote

from engine.kinds.values import Json

REFERENCE: Final = re.compile(r"\$(\$)?\{([^{}]*)\}")
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*\Z")
NAME: Final = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+)*\Z")


class Absent:
    """The answer of a look-up that found nothing; not the same as null."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent()
Lookup = Callable[[str], Json | Absent]


class Unresolved(Exception):
    """A reference has no value (yet); `names` are those that have none."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(f"no value for {', '.join(names)}")
        self.names = names


def references(value: Json) -> Iterator[str]:
    """Yield every name referred to in a tree, in order."""
    if isinstance(value, str):
        if "${" not in value:
            return
        for match in REFERENCE.finditer(value):
            if not match[1]:
                yield match[2].strip()
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from references(key)
            yield from references(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from references(item)


def resolve(value: Json, lookup: Lookup, *, partial: bool = False) -> Json:
    """Return the tree with its references replaced.

    With `partial`, names that have no value stay as they are, for a later pass over the *author's*
    text, and the lookup must know only what the team wrote; otherwise they are all collected and raised
    as Unresolved, and what is found is data: no secret is ever filled into it.
    """
    missing: list[str] = []
    resolved = _walk(value, lookup, partial, missing)
    if missing:
        raise Unresolved(tuple(dict.fromkeys(missing)))
    return resolved


def text_of(value: Json) -> str:
    """Write a value into surrounding text: strings as they are, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _walk(value: Json, lookup: Lookup, partial: bool, missing: list[str]) -> Json:
    if isinstance(value, str):
        return _string(value, lookup, partial, missing)
    if isinstance(value, Mapping):
        return {key: _walk(item, lookup, partial, missing) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_walk(item, lookup, partial, missing) for item in value]
    return value


def _string(text: str, lookup: Lookup, partial: bool, missing: list[str]) -> Json:
    if "${" not in text:
        return text
    whole = REFERENCE.fullmatch(text)
    if whole and not whole[1]:
        name = whole[2].strip()
        if name.startswith("secrets."):
            return text
        found = lookup(name)
        if isinstance(found, Absent):
            if not partial:
                missing.append(name)
            return text
        return found if partial else inert(found)

    in_address = _ADDRESS.match(text) is not None

    def replaced(match: re.Match[str]) -> str:
        if match[1]:
            return match[0] if partial else match[0][1:]
        name = match[2].strip()
        if name.startswith("secrets."):
            return match[0]
        found = lookup(name)
        if isinstance(found, Absent):
            if not partial:
                missing.append(name)
            return match[0]
        return text_of(found) if partial else _written(text_of(inert(found)), in_address)

    return REFERENCE.sub(replaced, text)


def _written(text: str, in_address: bool) -> str:
    """Return data as it stands in other text; within an address it is one part of it and bends nothing."""
    if not in_address:
        return text
    return text.replace(".", "%2E") if text in (".", "..") else quote(text, safe="", errors="replace")


def inert(value: Json) -> Json:
    """Return a looked-up value in which the reader of secrets finds nothing to fill in."""
    if isinstance(value, str):
        return value.replace("${secrets.", "$ {secrets.")
    if isinstance(value, Mapping):
        return {key: inert(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [inert(item) for item in value]
    return value
