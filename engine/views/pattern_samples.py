"""Texts that a regular expression finds: one for each of its alternatives, as plain as can be.

A guess that is held against the pattern by whoever asks: what is not understood here (a look-around, a
class of letters by property) yields texts that do not fit, and no harm.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

MOST = 24
"""Texts for one pattern at most."""
_CLASSES = {"d": "1", "w": "a", "s": " ", "D": "a", "W": " ", "S": "a", **dict.fromkeys("bBAzZ", "")}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r"}
_TIMES = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_FLAGS = re.compile(r"\(\?[A-Za-z]*-?[A-Za-z]*\)")
_GROUP = re.compile(r"\(\?(?:P?<\w+>|[A-Za-z]*-?[A-Za-z]*:)")
_FROM = "a1A -_.x/0"


@lru_cache(maxsize=512)
def samples(pattern: str) -> tuple[str, ...]:
    """Return texts that a pattern should find, the plainest first."""
    try:
        found, _ = _alternatives(pattern, 0)
    except (IndexError, ValueError):
        return ()
    return tuple(dict.fromkeys(found))[:MOST]


def _alternatives(text: str, at: int) -> tuple[list[str], int]:
    """Read up to the end of the group, and return a text for each alternative."""
    found, one = [], [[""]]
    while at < len(text) and text[at] != ")":
        if text[at] == "|":
            found += _joined(one)
            one, at = [[""]], at + 1
            continue
        part, at = _part(text, at)
        part, at = _repeated(part, text, at)
        one.append(part)
    return [*found, *_joined(one)], at


def _joined(parts: Sequence[Sequence[str]]) -> list[str]:
    """Join the first text of each part, then each other one in its place."""
    first = [part[0] for part in parts]
    found = ["".join(first)]
    for number, part in enumerate(parts):
        found += ["".join([*first[:number], other, *first[number + 1 :]]) for other in part[1:]]
    return found[:MOST]


def _part(text: str, at: int) -> tuple[list[str], int]:
    letter = text[at]
    if letter == "\\":
        after = text[at + 1]
        return [_CLASSES.get(after, _CONTROLS.get(after, after))], at + 2
    if letter == "[":
        return _one_of(text, at + 1)
    if letter == "(":
        flags = _FLAGS.match(text, at)
        if flags:
            return [""], flags.end()
        group = _GROUP.match(text, at)
        found, end = _alternatives(text, group.end() if group else at + 1)
        return found, end + 1
    if letter in "^$":
        return [""], at + 1
    return [" " if letter == "." else letter], at + 1


def _one_of(text: str, at: int) -> tuple[list[str], int]:
    """Return one letter of a class, or one that is not in it."""
    turned = text[at] == "^"
    at += turned
    letters, first = "", True
    while text[at] != "]" or first:
        first = False
        if text[at] == "\\":
            letters += _CLASSES.get(text[at + 1], _CONTROLS.get(text[at + 1], text[at + 1]))
            at += 2
        elif text[at + 1] == "-" and text[at + 2] != "]":
            letters += "".join(chr(code) for code in range(ord(text[at]), ord(text[at + 2]) + 1))
            at += 3
        else:
            letters += text[at]
            at += 1
    if turned:
        letters = next((one for one in _FROM if one not in letters), "")
    return [letters[:1]], at + 1


def _repeated(part: list[str], text: str, at: int) -> tuple[list[str], int]:
    """Return a part as often as is asked for; what may be missing is there first, and missing once."""
    if at >= len(text):
        return part, at
    times = _TIMES.match(text, at)
    if times:
        least, end = int(times[1]), times.end()
        part = [one * max(least, 1) for one in part]
        if least == 0:
            part = [*part, ""]
    elif text[at] in "*?+":
        part, end = ([*part, ""] if text[at] in "*?" else part), at + 1
    else:
        return part, at
    return part, end + (end < len(text) and text[end] == "?")


__all__ = ["samples"]
