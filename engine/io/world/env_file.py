"""Env-files: `NAME=value` lines, as people keep their credentials in.

Read are: `export` in front, comments (a line of their own, or behind a space), single quotes (as it stands),
double quotes (backslash escapes a quote, a dollar, a backslash; `\\n` is a line break), and quoted values
over several lines, as keys are. Nothing is looked up in a value: `$OTHER` is these six characters.
No message quotes a line: it may hold a value.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from engine.kinds.ports import CannotLook

LARGEST = 1_000_000

_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*")
_BLANK = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_SINGLE = re.compile(r"'([^']*)'")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE = re.compile(r"[^\n]*")
_COMMENT = re.compile(r"[ \t]+#.*")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "$": "$", "\n": ""}


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What one file holds; `warning` when others on this machine can read it."""

    values: MappingProxyType[str, str]
    warning: str = ""

    def __repr__(self) -> str:
        return "EnvFile(***)"


def read(path: Path, shown: str) -> EnvFile:
    """Read a file, named in messages as the author wrote it; raises CannotLook."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise CannotLook(f"{shown}: {error.strerror}") from None
    known = os.fstat(fd)
    if not stat.S_ISREG(known.st_mode):
        os.close(fd)
        raise CannotLook(f"{shown} is no file")
    with os.fdopen(fd, "rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise CannotLook(f"{shown} is larger than {LARGEST} bytes")
    mode = stat.S_IMODE(known.st_mode)
    warning = f"{shown} can be read by others ({mode:04o}): chmod 600 {shown}" if mode & 0o077 else ""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise CannotLook(f"{shown} is not UTF-8 text") from None
    return EnvFile(MappingProxyType(parse(text, shown)), warning)


def parse(text: str, shown: str) -> dict[str, str]:
    """Return the values by name; of a name that stands twice, the last; raises CannotLook."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        blank = _BLANK.match(text, at)
        if blank is not None:
            at = blank.end()
            continue
        name = _NAME.match(text, at)
        if name is None:
            raise CannotLook(f"{shown}, line {_line(text, at)}: write NAME=value")
        found[name[1]], at = _value(text, name.end(), shown)
    return found


def _value(text: str, at: int, shown: str) -> tuple[str, int]:
    quote = text[at : at + 1]
    if quote not in ("'", '"') or not quote:
        bare = _BARE.match(text, at)
        value = bare[0] if bare else ""
        return ("" if value.startswith("#") else _COMMENT.sub("", value).strip()), at + len(value)
    match = (_SINGLE if quote == "'" else _DOUBLE).match(text, at)
    rest = _BLANK.match(text, match.end()) if match else None
    if match is None or rest is None:
        raise CannotLook(f"{shown}, line {_line(text, at)}: the quote is not closed at the end of the value")
    value = match[1]
    if quote == '"':
        value = re.sub(r"\\(.)", lambda one: _ESCAPES.get(one[1], one[0]), value, flags=re.DOTALL)
    return value, rest.end()


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
