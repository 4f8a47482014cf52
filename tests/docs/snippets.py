"""What the pages promise: their fenced blocks, with the mark that stands before each.

A page is a workspace. A block whose first line is `# path` is that file, as it stands from there on; a block
`console` is typed, and its output compared. Marks: `<!-- bad -->` before a file that must not load, and
`<!-- exit 4 -->` before a console block whose last command ends so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
WRITTEN = sorted(
    path
    for path in DOCS.rglob("*.md")
    if not path.is_relative_to(DOCS / "runbooks") and path.name != "acceptance.md"
)
"""The pages people wrote or the reference generator did; runbooks' own pages have tests of their own."""

_MARK = re.compile(r"<!--\s*(.*?)\s*-->")
_FILE = re.compile(r"# ([\w./-]+\.\w+)\n")


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    page: Path
    line: int
    info: str
    text: str
    mark: str = ""

    @property
    def file(self) -> str:
        """Return the file that the block is, or nothing."""
        named = _FILE.match(self.text)
        return named[1] if named else ""

    @property
    def first_key(self) -> str:
        """Return the first key of a YAML block."""
        rows = [row for row in self.text.splitlines() if row and not row.startswith("#")]
        return rows[0].partition(":")[0] if rows else ""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True)
class Command:
    """One typed command, and the lines that are promised after it."""

    typed: str
    promised: Sequence[str]


def blocks(page: Path) -> Sequence[Block]:
    """Return the fenced blocks of a page in order."""
    found, mark = [], ""
    for token in MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8")):
        if token.type == "html_block":
            marked = _MARK.match(token.content)
            mark = marked[1] if marked else ""
        elif token.type == "fence":
            found.append(Block(page, token.map[0] + 1 if token.map else 0, token.info, token.content, mark))
            mark = ""
    return found


def catalogue_before(block: Block) -> Mapping[str, str]:
    """Return the catalogue files of the page as they stand at a block; those that come later where none came."""
    files: dict[str, str] = {}
    for one in blocks(block.page):
        if one.file.startswith("runbooks/catalogue/") and (one.line < block.line or one.file not in files):
            files[one.file] = one.text
    return files


def commands(block: Block) -> Sequence[Command]:
    """Return what a console block types and promises."""
    found: list[tuple[str, list[str]]] = []
    for row in block.text.splitlines():
        if row.startswith("$ "):
            found.append((row[2:], []))
        else:
            found[-1][1].append(row)
    return [Command(typed, promised) for typed, promised in found]


def missing(promised: Sequence[str], output: str) -> str:
    """Return the first promised line that the output lacks, in order; a line `…` is any number of lines."""
    rows = [row.rstrip() for row in output.splitlines()]
    at, free = 0, False
    for line in promised:
        if line.strip() == "…":
            free = True
            continue
        pattern = re.compile(".*".join(map(re.escape, line.rstrip().split("…"))))
        while free and at < len(rows) and not pattern.fullmatch(rows[at]):
            at += 1
        if at >= len(rows) or not pattern.fullmatch(rows[at]):
            return line
        at, free = at + 1, False
    return "" if free or at == len(rows) else f"(nothing more is promised, but there is: {rows[at]})"
