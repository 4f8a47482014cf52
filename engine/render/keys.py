"""Which key means which answer: one letter each, never one that means something else on the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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

_USUAL = {
    "yes": "y",
    "no": "n",
    "hand": "m",
    "ack": "y",
    "seen": "y",
    "cannot": "n",
    "done": "y",
    "failed": "n",
}
_TAKEN = frozenset({*ALWAYS, *AT_PROMPT, "x"})


def option_keys(options: Sequence[Option], kind: str) -> Mapping[str, Option]:
    """Return a key for every option: its usual one, a letter of its name or label, else a digit.

    In a question of the runbook (`ask`) the options are its author's words: only yes and no are usual.
    """
    found: dict[str, Option] = {}
    for option in options:
        usual = _USUAL.get(option.key, "") if kind != "ask" or option.key in ("yes", "no") else ""
        letters = [usual] if usual and usual not in found else []
        letters += [
            one
            for one in f"{option.key}{option.label}".lower()
            if one.isascii() and one.isalpha() and one not in _TAKEN
        ]
        letters += [*"123456789"]
        key = next((one for one in letters if one not in found), "")
        if key:
            found[key] = option
    return found


def key_line(keys: Mapping[str, str]) -> str:
    """Return keys with their meanings: `[y] roll back   [o] other options`."""
    return "   ".join(f"[{key}] {meaning}" for key, meaning in keys.items())
