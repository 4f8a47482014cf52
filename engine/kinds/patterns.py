"""Regular expressions that take time in proportion to the text, whatever the pattern (RE2).

Rules:
1. Look-ahead, look-behind and back-references cannot be searched that way. They are refused when a file is
   read; in the plan of an old journal, or in a value that was filled in later, they are unknown.
2. `$` stands for the end of the text, before a line break there too, as authors know it from elsewhere.
3. A large pattern on a long text is not searched at all: unknown, rather than seconds lost.
4. The text is searched as UTF-8; letters and digits of `\\w`, `\\d` and `\\b` are those of ASCII.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import Any, Final

MEMORY: Final = 8 << 20
"""Bytes one pattern may take; with less, the fast search gives way to one that is slower by far."""
LONGEST: Final = 2_000
"""Characters of one pattern."""
WORK: Final = 80_000_000
"""Size of the compiled pattern times bytes of text that are searched at most: under a second at worst."""


def found(pattern: str, text: str) -> bool | None:
    """Say whether the pattern is found in the text, or None: it is no pattern, or too much work."""
    compiled, _ = _compiled(pattern)
    raw = text.encode("utf-8", "replace")
    if compiled is None or compiled.programsize * len(raw) > WORK:
        return None
    if compiled.search(raw):
        return True
    return raw.endswith(b"\n") and bool(compiled.search(raw[:-1]))


def problem(pattern: str) -> str:
    """Return why this is no pattern and what to do, empty when it is one."""
    if len(pattern) > LONGEST:
        return f"a regular expression of {len(pattern)} characters is too long: write {LONGEST} at most"
    compiled, why = _compiled(pattern)
    if compiled is not None:
        return ""
    if _elsewhere(pattern):
        return (
            f"{pattern!r} is no regular expression that can be searched in linear time: write it without "
            "look-ahead, look-behind, back-references and very large repeats, or as two expectations"
        )
    return f"{pattern!r} is no regular expression: {why}"


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> tuple[Any, str]:
    import re2  # type: ignore[import-untyped]  # here: the hot paths without a pattern do not need it

    if len(pattern) > LONGEST:
        return None, "too long"
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = MEMORY
    try:
        return re2.compile(pattern.encode("utf-8", "replace"), options), ""
    except re2.error as error:
        said = error.args[0] if error.args else ""
        return None, said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _elsewhere(pattern: str) -> bool:
    """Say whether it is a pattern to Python, whose search may take for ever."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError, ValueError):
        return False
    return True
