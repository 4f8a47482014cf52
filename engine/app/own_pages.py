"""Tables in pages that people write: kept as the catalogue says, between two marks.

    <!-- runbook docs: thresholds query-warn query-critical -->
    (the table)
    <!-- end of runbook docs -->

Everything else on such a page is its author's. A mark inside of a fence is text about marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from engine.app.library import Library
from engine.kinds.errors import StorageError, UsageError
from engine.kinds.findings import did_you_mean
from engine.model.catalogue import Threshold

FOLDER: Final = "docs"
_BEGIN: Final = re.compile(r"<!-- runbook docs: thresholds((?: [\w-]+)+) -->\s*\Z")
_OPENS: Final = "<!-- runbook docs:"
_END: Final = "<!-- end of runbook docs -->"
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")


def own_pages(library: Library, folder: Path, made: str) -> Mapping[str, str]:
    """Return every page with such a table as it should be, by path; those below `made` are not looked at.

    Raises UsageError for a mark that names no threshold or has no end, StorageError for what cannot be read.
    """
    found = {}
    for path in sorted((folder / FOLDER).rglob("*.md")):
        name = path.relative_to(folder).as_posix()
        if name.startswith(f"{made}/") or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        except OSError as error:
            raise StorageError(
                f"{path}: {error.strerror}", hint="make it readable, or take it away"
            ) from None
        if _END in text or _OPENS in text:
            found[name] = "\n".join(_filled(name, text, library.catalogue.thresholds))
    return found


def _filled(page: str, text: str, thresholds: Mapping[str, Threshold]) -> Iterator[str]:
    fence, skipping = "", False
    for row in text.split("\n"):
        fence = _fenced(fence, row)
        begins = None if fence else _BEGIN.match(row)
        if not fence and not begins and row.startswith(_OPENS):
            hint = f"write '{_OPENS} thresholds NAME … -->'"
            raise UsageError(f"{page}: '{row.strip()}' names no table", hint=hint)
        if skipping and begins:
            raise UsageError(f"{page}: a table begins in another", hint=f"close the first by {_END}")
        if skipping and not fence and row.strip() == _END:
            skipping = False
        if not skipping:
            yield row
        if begins:
            skipping = True
            yield from ("", _table(page, begins[1].split(), thresholds), "")
    if skipping:
        raise UsageError(f"{page}: a table has no end", hint=f"close it by {_END}")


def _fenced(fence: str, row: str) -> str:
    """Return the fence that a row stands in, nothing outside of one."""
    found = _FENCE.match(row)
    if not found:
        return fence
    if not fence:
        return found[1]
    return "" if found[1].startswith(fence) and row.strip() == found[1] else fence


def _table(page: str, names: list[str], thresholds: Mapping[str, Threshold]) -> str:
    from engine.render.documents import disputed
    from engine.views.threshold_list import entry

    for name in names:
        if name not in thresholds:
            hint = did_you_mean(name, thresholds) or "docs/runbooks/thresholds.md lists what there is"
            raise UsageError(f"{page}: there is no threshold '{name}'", hint=hint)
    return disputed(entry(name, thresholds[name]) for name in names)
