"""A command by hand that an author wrote, with what was found written into it: data stays one shell word.

The author's quotes are followed up to where a reference stands, and the value is put there in its own quotes,
so that no quote, dollar or semicolon in it means anything to the shell of whoever pastes the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.kinds.by_hand import quoted, word
from engine.kinds.references import REFERENCE, Absent, Lookup, Unresolved, inert, resolve, text_of
from engine.kinds.values import Json

_NESTED: Final = ("undo", "reconcile", "verify")


def resolve_use(written: Json, lookup: Lookup) -> Json:
    """Return a check or an action with its references replaced, its command by hand as a shell needs it."""
    if not isinstance(written, Mapping):
        return resolve(written, lookup)
    apart = {key: value for key, value in written.items() if key in (*_NESTED, "by_hand")}
    data = resolve({key: value for key, value in written.items() if key not in apart}, lookup)
    found = dict(data) if isinstance(data, Mapping) else {}
    for key, value in apart.items():
        line = key == "by_hand" and isinstance(value, str)
        found[key] = shell_line(str(value), lookup) if line else resolve_use(value, lookup)
    return found


def shell_line(text: str, lookup: Lookup) -> str:
    """Return the line with its references replaced by quoted values; raises Unresolved."""
    pieces: list[str] = []
    missing: list[str] = []
    state, at = "", 0
    for match in REFERENCE.finditer(text):
        state = _state(text[at : match.start()], state)
        pieces.append(text[at : match.start()])
        at = match.end()
        name = match[2].strip()
        if match[1] or name.startswith("secrets."):
            pieces.append(match[0][1:] if match[1] else match[0])
            continue
        value = lookup(name)
        if isinstance(value, Absent):
            missing.append(name)
            continue
        said = text_of(inert(value))
        # Inside quotes: they are closed, the value follows in its own, and they are opened again.
        pieces.append(f"{state[-1]}{quoted(said)}{state}" if state else word(said))
    if missing:
        raise Unresolved(tuple(dict.fromkeys(missing)))
    return "".join([*pieces, text[at:]])


def _state(text: str, state: str) -> str:
    """Return the quote that is open behind a text: `'`, `"`, `$'` or none."""
    at = 0
    while at < len(text):
        mark = text[at]
        if mark == "\\" and state != "'":
            at += 1
        elif state:
            state = "" if mark == state[-1] else state
        elif mark in "'\"":
            state = "$'" if mark == "'" and text[at - 1 : at] == "$" else mark
        at += 1
    return state
