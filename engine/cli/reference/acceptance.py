"""`python -m engine.cli.reference.acceptance [--check] [FOLDER]`: what was asked, and what serves it.

docs/acceptance.yaml holds a row for each requirement; docs/acceptance.md is written from it. Rules:

1. Every link of a row is followed, or the page is not written.
2. A row is served when nothing is missing and something shows it: a test, a drill, or a step that a drill
   goes through. It is served in part when it says what is missing, and not served when it says why.
3. Ids count from 1 without a gap, so that no requirement is left out unseen.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from engine.app.workspace import Workspace
from engine.cli.reference.acceptance_links import PROOFS, BrokenLink, Estate, Target
from engine.kinds.errors import Exit, FileErrors
from engine.kinds.findings import Finding, Route
from engine.kinds.values import Json
from engine.model.source import Document, locate, read
from engine.render.findings import plain
from engine.render.markdown_text import code, inline, table

DATA: Final = "docs/acceptance.yaml"
PAGE: Final = "docs/acceptance.md"

Served = Literal["served", "in part", "not served"]
_KEYS: Final = frozenset(("id", "asked", "how", "by", "missing", "why"))
_NOTE: Final = (
    "*Written by `python -m engine.cli.reference.acceptance` from `docs/acceptance.yaml`:"
    " edits here are lost.*"
)
_ABOUT: Final = (
    "What the reliability direction asks for, in its order and in our words. A row is *served* when all of"
    " it is there and a test or a drill shows it: a step that stands here is one that a drill goes through."
    " *In part* says what is missing, *not served* says why. Drills are those of CI, against stand-ins: what"
    " people have drilled stands in the [calendar](runbooks/drills.md)."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement, and what serves it."""

    id: int
    asked: str
    served: Served
    how: str
    lacking: str
    """What is missing, or why it is not served; empty where it is served."""
    by: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Requirements that belong together."""

    title: str
    rows: tuple[Row, ...]


def sections(document: Document, estate: Estate) -> tuple[Section, ...]:
    """Return what the data say, every link followed; raises FileErrors with all faults at once."""
    findings: list[Finding] = []
    found, last = [], 0
    for number, said in enumerate(_list(document.data.get("sections"))):
        rows = []
        for index, entry in enumerate(_list(said.get("rows"))):
            route: Route = ("sections", number, "rows", index)
            row = _row(entry, route, estate, findings)
            if row.id != last + 1:
                message = f"after row {last} comes row {row.id}"
                findings.append(Finding("row-number", route, message, "number the rows without a gap"))
            last = row.id
            rows.append(row)
        found.append(Section(str(said.get("title", "")), tuple(rows)))
    if findings:
        raise FileErrors(locate(findings, document))
    return tuple(found)


def page(found: Sequence[Section]) -> str:
    """Return the page."""
    return "\n\n".join(_page(found)) + "\n"


def made(workspace: Workspace) -> str:
    """Return the page of a workspace's data; raises FileErrors."""
    document = read((workspace.root / DATA).read_bytes(), DATA)
    if not isinstance(document, Document):
        raise FileErrors(document)
    return page(sections(document, Estate.of(workspace)))


def main(words: Sequence[str]) -> Exit:
    """Write or check the page of a folder, of this one where none is given."""
    folders = [word for word in words if word != "--check"]
    if len(folders) > 1 or any(word.startswith("-") for word in folders):
        sys.stderr.write("usage: python -m engine.cli.reference.acceptance [--check] [FOLDER]\n")
        return Exit.USAGE
    root = Path(folders[0] if folders else ".").resolve()
    try:
        text = made(Workspace(root, root / ".runbook", {}))
    except FileErrors as error:
        sys.stderr.write(plain(error.findings))
        return Exit.FILE_ERRORS
    path = root / PAGE
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return Exit.RESOLVED
    if "--check" in words:
        sys.stderr.write(f"{PAGE} is stale: run python -m engine.cli.reference.acceptance\n")
        return Exit.ENDED
    path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE}\n")
    return Exit.RESOLVED


def _row(entry: Mapping[str, Json], route: Route, estate: Estate, findings: list[Finding]) -> Row:
    def told(message: str, fix: str, *below: str | int) -> None:
        findings.append(Finding("acceptance", (*route, *below), message, fix, at_key=not below))

    for key in entry.keys() - _KEYS:
        told(f"a row has no '{key}'", f"it has {', '.join(sorted(_KEYS))}")
    asked, missing, why = (_text(entry.get(key)) for key in ("asked", "missing", "why"))
    number = entry.get("id")
    by: list[Target] = []
    named = entry.get("by")
    for index, link in enumerate(named if isinstance(named, list) else []):
        try:
            by.append(estate.follow(str(link)))
        except BrokenLink as broken:
            told(str(broken), broken.hint or "link what is there, or say that it is missing", "by", index)
    if not asked:
        told("a row says what is asked", "give it 'asked'")
    if missing and why:
        told("a row is served in part or not at all", "keep 'missing' or 'why'")
    if why and by:
        told("what is not served is served by nothing", "say 'missing' instead of 'why'")
    shown = any(one.kind in PROOFS | {"step", "runbook"} for one in by)
    if not missing and not why and not shown:
        told("nothing shows that this row is served", "name a test or a drill, or say what is missing")
    if missing and not by:
        told("what is served in part is served by something", "name it, or say 'why' it is not served")
    served: Served = "not served" if why else "in part" if missing else "served"
    return Row(
        id=number if isinstance(number, int) else 0,
        asked=asked,
        served=served,
        how=_text(entry.get("how")),
        lacking=missing or why,
        by=tuple(by),
    )


def _page(found: Sequence[Section]) -> Iterator[str]:
    counted = Counter(row.served for section in found for row in section.rows)
    yield "# Acceptance"
    yield _NOTE
    yield _ABOUT
    kinds: tuple[Served, ...] = ("served", "in part", "not served")
    rows = [[kind, str(counted[kind])] for kind in kinds]
    yield table(["requirements", "number"], [*rows, ["all", str(counted.total())]])
    for kind in kinds[1:]:
        some = [str(row.id) for section in found for row in section.rows if row.served == kind]
        if some:
            yield f"{kind.capitalize()}: {', '.join(some)}."
    for section in found:
        yield f"## {inline(section.title)}"
        yield "\n".join(line for row in section.rows for line in _lines(row))


def _lines(row: Row) -> Iterator[str]:
    """Yield a row as an item of a list, what serves it below: names are long, and a table would be wide."""
    missing = f"Missing: {_said(row.lacking)}" if row.served == "in part" else _said(row.lacking)
    words = [f"*{row.served.capitalize()}.*", _said(row.how), missing]
    yield f"- **{row.id}. {_said(row.asked)}.** {' '.join(word for word in words if word)}"
    sorts: dict[str, list[str]] = {}
    for one in row.by:
        sorts.setdefault(one.kind, []).append(f"[{code(one.text)}]({one.href})")
    if sorts:
        parts = [f"{kind} {', '.join(links)}" for kind, links in sorts.items()]
        yield f"  - {'; '.join(parts)}"


def _said(text: str) -> str:
    """Return a sentence of ours: what stands in backticks stays code, the rest is as it is."""
    return "".join(code(part) if odd % 2 else part for odd, part in enumerate(text.split("`")))


def _list(value: Json | None) -> list[Mapping[str, Json]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Json | None) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
