"""Which key means which answer: one letter each, never one that means something else on the screen.

At a call about a change the keys are always the same, and no option takes a fixed key. At a question to be
answered in its author's words the options choose first: a fixed key whose letter is taken is its capital.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from engine.kinds.step import Option

ALWAYS: Mapping[str, str] = {
    "a": "note",
    "p": "page now",
    "s": "severity",
    "w": "hand over",
    "c": "copy status text",
    "k": "skip",
    "j": "jump",
    "q": "quit (resumable)",
}
"""Keys that work at any time."""

AT_PROMPT: Mapping[str, str] = {
    "o": "other options",
    "m": "I did it by hand",
    "h": "show the command",
    "?": "all keys",
}
"""Keys that work while a question is open."""

STOP = "x"
"""Stops the next automatic page."""
ONLY_CHANGES = frozenset("mh")
"""Keys that mean something only where a change is decided about."""

_ASKED = frozenset({"ask", "look", "acknowledge", "happened"})
_USUAL = {"yes": "y", "no": "n", "hand": "m"}
_TAKEN = frozenset({*ALWAYS, *AT_PROMPT, STOP})


def is_asked(kind: str) -> bool:
    """Say whether a question is answered in its own words, and not by deciding about a change."""
    return kind in _ASKED


def option_keys(options: Sequence[Option], kind: str) -> Mapping[str, Option]:
    """Return a key for every option: a letter of its name or label, else a digit."""
    found: dict[str, Option] = {}
    for option in options:
        words = [one for one in f"{option.key}{option.label}".lower() if one.isascii() and one.isalpha()]
        if is_asked(kind):
            letters = words
        else:
            usual = _USUAL.get(option.key, "")
            letters = [*([usual] if usual else []), *(one for one in words if one not in _TAKEN)]
        key = next((one for one in [*letters, *"123456789"] if one not in found), "")
        if key:
            found[key] = option
    return found


def fixed_keys(kind: str, options: Collection[str]) -> Mapping[str, str]:
    """Return the key under which each fixed one works beside these options, by its own letter."""
    absent = ONLY_CHANGES if is_asked(kind) else frozenset(options)  # [m] may be an answer of a change
    known = [one for one in (*AT_PROMPT, *ALWAYS, STOP) if one not in absent]
    return {one: one.upper() if one in options else one for one in known}


def key_line(keys: Mapping[str, str]) -> str:
    """Return keys with their meanings: `[y] roll back   [o] other options`."""
    return "   ".join(f"[{key}] {meaning}" for key, meaning in keys.items())
