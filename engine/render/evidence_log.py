"""Entries of the evidence log as Markdown, to be appended to a file that people write in, too.

The heading of an entry says run and record: it is how a resumed run knows what it has written already.
Nothing from outside can look like one: every text is one line and escaped (engine.render.markdown_text).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from engine.core.records import EvidenceRef
from engine.kinds.values import Instant
from engine.render.markdown_text import code, fence, inline
from engine.views.blockers import Blocker
from engine.views.evidence_log import Entry

MARK: Final = re.compile(r"^### \S+ (\S+ (?:record|blocker) \d+)$", re.MULTILINE)
_WIDEST: Final = 400


def mark(run: str, seq: int, word: str = "record") -> str:
    """Return what names an entry in the log."""
    return f"{run} {word} {seq}"


def entry_text(entry: Entry, places: Mapping[str, str]) -> str:
    """Return one entry; `places` says where people find each file."""
    outcome = f"{entry.outcome}, {entry.status}" if entry.status else entry.outcome
    said = f": {inline(_clipped(entry.why))}" if entry.why else ""
    where = f" in {inline(entry.environment)}" if entry.environment else ""
    lines = [
        _heading(entry.at, mark(entry.run, entry.seq)),
        "",
        f"- What: {inline(entry.title)} of {code(entry.step)}, {entry.effect}{where}",
        f"- Command: {code(_clipped(entry.command))}",
        f"- Result: {inline(outcome)}{said}",
        f"- Took: {entry.seconds:.3f}s, asked at {entry.asked_at}",
        *(_output(ref, places, entry.sensitive) for ref in entry.evidence),
    ]
    if not entry.evidence:
        lines.append("- Output: none was kept")
    return "\n".join(lines) + "\n"


def blocker_text(run: str, blocker: Blocker, places: Mapping[str, str]) -> str:
    """Return the entry of a blocker: both attempts, with what came of them."""
    lines = [
        _heading(blocker.at, mark(run, blocker.seq, "blocker")),
        "",
        f"**Blocker**: {inline(blocker.title)} of {code(blocker.step)}; two attempts led nowhere.",
    ]
    for attempt in blocker.attempts:
        lines += [
            "",
            f"- {attempt.at}: {code(_clipped(attempt.command))} ended {inline(attempt.outcome)}",
            "",
            *_indented(fence("\n".join(attempt.output))),
        ]
        kept = [code(places[ref.path]) for ref in attempt.evidence if ref.path in places]
        lines += ["", *(f"  {place}" for place in kept)] if kept else []
    return "\n".join(lines) + "\n"


def _heading(at: Instant, named: str) -> str:
    return f"### {at} {named}"


def _output(ref: EvidenceRef, places: Mapping[str, str], sensitive: bool) -> str:
    size = f"{ref.size} of {ref.full_size} bytes" if ref.truncated else f"{ref.size} bytes"
    where = "stays in the run's folder (sensitive)" if sensitive else code(places.get(ref.path, ref.path))
    return f"- Output: {where}, {size}, SHA-256 {code(ref.sha256)}"


def _indented(text: str) -> Sequence[str]:
    return [f"  {row}" if row else "" for row in text.split("\n")]


def _clipped(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
