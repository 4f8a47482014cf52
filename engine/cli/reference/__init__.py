"""The generated reference: pages of docs/reference/, written from the code they describe.

`python -m engine.cli.reference` writes them; with `--check` it names the stale ones and fails. A page is
never edited by hand: what is missing on it is missing in a docstring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from engine.cli.reference import findings, kinds, language, listings, outcomes, settings

_NOTE: Final = "*Written by `python -m engine.cli.reference` from the code; edits here are lost.*"
_PAGES: Final[Mapping[str, Callable[[], Iterator[str]]]] = {
    "checks": kinds.checks,
    "actions": kinds.actions,
    "steps": kinds.steps,
    "matchers": language.matchers,
    "facts-and-references": language.facts_and_references,
    "format": language.formats,
    "settings": settings.settings,
    "lint-rules": findings.lint_rules,
    "faults": listings.faults,
    "fail-or-unknown": outcomes.fail_or_unknown,
    "exit-codes": outcomes.exit_codes,
    "commands": listings.commands,
}


def pages() -> Mapping[str, str]:
    """Return every page by file name."""
    return {f"{name}.md": _page(page) for name, page in _PAGES.items()}


def stale(folder: Path) -> tuple[str, ...]:
    """Return the pages that are missing or differ, and files that are none of ours."""
    wanted = pages()
    wrong = [name for name, text in wanted.items() if _read(folder / name) != text]
    return (*wrong, *sorted(path.name for path in folder.glob("*.md") if path.name not in wanted))


def write(folder: Path) -> tuple[str, ...]:
    """Write the pages that differ, and return their names."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages().items():
        if _read(folder / name) != text:
            (folder / name).write_text(text, encoding="utf-8")
            written.append(name)
    return tuple(written)


def _page(page: Callable[[], Iterator[str]]) -> str:
    title, *rest = page()
    return "\n\n".join([title, _NOTE, *rest]) + "\n"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
