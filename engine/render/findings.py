"""Show findings: as text for a terminal, and as plain data for `--output json`.

What an author wrote is shown, never obeyed: a character that would move the cursor, turn the text
around or show nothing at all is written as its escape. Widths are those of a terminal, in cells.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from engine.kinds.counted import counted
from engine.kinds.findings import Located, Stop
from engine.kinds.values import Json

_WIDE: Final = 100  # cells of a source line that are shown
_BEFORE: Final = 30  # of them before the caret, when the line is cut
_LONG: Final = 1_000  # a longer line would be repeated in the data for every finding on it
_STOPS: Final = 10  # steps of a path that are shown
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # letters in name only


def plain(located: Sequence[Located]) -> str:
    """Return all findings with their lines and carets, and a summary; nothing for no findings."""
    if not located:
        return ""
    return "\n\n".join([*(_block(one) for one in in_order(located)), _summary(located)])


def as_json(located: Iterable[Located]) -> tuple[dict[str, Json], ...]:
    """Return the findings as plain data in the order in which `plain` shows them, texts as they are."""
    return tuple(
        {
            "rule": one.finding.rule,
            "severity": one.finding.severity,
            "file": one.file,
            "line": one.line,
            "column": one.column,
            "width": one.width,
            "route": list(one.finding.route),
            "message": one.finding.message,
            "fix": one.finding.fix,
            "source": one.source if len(one.source) <= _LONG else "",
            "trace": [{"name": stop.name, "line": stop.line} for stop in one.trace],
        }
        for one in in_order(located)
    )


def in_order(located: Iterable[Located]) -> tuple[Located, ...]:
    """Return findings as they are shown: by file, place and rule."""
    return tuple(sorted(located, key=_order))


def visible(text: str) -> str:
    """Return the text with every character that is not plainly seen written as its escape."""
    return text if text.isascii() and text.isprintable() else "".join(_visible(letter) for letter in text)


def _visible(letter: str) -> str:
    hidden = not letter.isprintable() or letter in _BLANK_LETTERS or "\ufe00" <= letter <= "\ufe0f"
    if not hidden and not "\U000e0100" <= letter <= "\U000e01ef":  # and no variation selector either
        return letter
    return letter.encode("unicode_escape", "backslashreplace").decode("ascii")


def _order(one: Located) -> tuple[str, int, int, str, str]:
    return (one.file, one.line, one.column, one.finding.rule, one.finding.message)


def _block(one: Located) -> str:
    finding = one.finding
    number = f"   {one.line} "
    margin = " " * len(number)
    head = f"{finding.severity}[{visible(finding.rule)}] {visible(one.file)}:{one.line}:{one.column}"
    message = visible(finding.message)
    if one.source:
        shown, indent, width = _excerpt(one.source, one.column - 1, one.width)
        rows = [f"{number}| {shown}", f"{margin}| {' ' * indent}{'^' * width} {message}"]
    else:
        rows = [f"{margin}= {message}"]
    if len(one.trace) > 1:
        rows.append(f"{margin}= path: {_path(one.trace)}")
    if finding.fix:
        rows.append(f"{margin}= do: {visible(finding.fix)}")
    return "\n".join([head, *rows])


def _path(trace: Sequence[Stop]) -> str:
    """Return the steps of a path with their lines; the middle of a long one is left out."""
    stops = [visible(one.name) + (f" ({one.line})" if one.line else "") for one in trace]
    shown = stops if len(stops) <= _STOPS else [*stops[:3], f"… {len(stops) - 7} more …", *stops[-4:]]
    return " -> ".join(shown)


def _excerpt(source: str, at: int, width: int) -> tuple[str, int, int]:
    """Return the part of a line around the caret, and the caret's indent and width in cells.

    Looks at no more characters than can be shown, so that thousands of findings on one long line
    stay cheap.
    """
    at = min(at, len(source))
    start, end = 0, len(source)
    if end > _WIDE or _cells(source) > _WIDE:
        start = at - _fitting(source[max(0, at - _BEFORE) : at][::-1], _BEFORE)
        room = _WIDE - _cells(source[start:at])
        end = at + _fitting(source[at : at + room], room)
    before, under = source[start:at], source[at : min(end, at + width)]
    cut_before, cut_after = "…" * (start > 0), "…" * (end < len(source))
    shown = cut_before + visible(source[start:end]) + cut_after
    return shown, len(cut_before) + _cells(before), max(1, _cells(under))


def _fitting(text: str, room: int) -> int:
    """Return how many characters from the left fit into so many cells."""
    for count, letter in enumerate(text):
        room -= _cells(letter)
        if room < 0:
            return count
    return len(text)


def _cells(text: str) -> int:
    return sum(_width(letter) for letter in visible(text))


def _width(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _summary(located: Sequence[Located]) -> str:
    counts = [
        _count(sum(one.finding.severity == severity for one in located), severity)
        for severity in ("error", "warning")
    ]
    files = _count(len({one.file for one in located}), "file")
    return f"{' and '.join(count for count in counts if count)} in {files}"


def _count(number: int, noun: str) -> str:
    return counted(number, noun) if number else ""
