"""Is a written page still what its runbook says, untouched by hand, and reviewed in time?"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

UNREVIEWED: Final = "unreviewed"
_FENCE: Final = "---\n"
_SEAL: Final = re.compile(r"# doc_hash: ([0-9a-f]{64})\n")


@dataclass(frozen=True, slots=True)
class Staleness:
    """One reason why a page is not to be trusted, and what to do about it."""

    page: str
    rule: Literal["stale", "edited", "expired", "missing", "orphan"]
    why: str
    fix: str


def body_hash(body: str) -> str:
    """Return what `doc_hash` says of everything below the front matter."""
    return hashlib.sha256(body.encode()).hexdigest()


def check(page: str, existing: str | None, fresh: str | None, as_of: date) -> tuple[Staleness, ...]:
    """Hold the page in the tree against the one generated now; either may not exist."""
    if fresh is None:
        if existing is None:
            return ()
        return (Staleness(page, "orphan", "nothing makes this page any more", "delete the page"),)
    late = _expired(page, fresh, as_of)
    if existing is None:
        return (Staleness(page, "missing", "it is not there", "run `runbook docs`"), *late)
    return (*_edited(page, existing), *_stale(page, existing, fresh), *late)


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return the keys of a generated page's front matter, and the body below it."""
    head, found, body = text.removeprefix(_FENCE).partition(f"\n{_FENCE}")
    if not text.startswith(_FENCE) or not found:
        return {}, text
    rows = (row.partition(":") for row in head.splitlines())
    return {key.strip(): value.strip().strip('"') for key, _, value in rows}, body


def seal(head: str, body: str) -> str:
    """Return a file that has no front matter, with the hash of its body in a comment below its head."""
    return f"{head}# doc_hash: {body_hash(body)}\n{body}"


def written_hash(text: str) -> tuple[str | None, str]:
    """Return the hash that a file says of its body, and that body; None where it says none."""
    keys, body = front_matter(text)
    if "doc_hash" in keys:
        return keys["doc_hash"], body
    sealed = _SEAL.search(text)
    return (sealed[1], text[sealed.end() :]) if sealed else (None, text)


def _edited(page: str, existing: str) -> tuple[Staleness, ...]:
    written, body = written_hash(existing)
    if written is None or written == body_hash(body):
        return ()
    why = "the text was edited by hand: it does not match its doc_hash"
    return (Staleness(page, "edited", why, "put the change into the runbook, then run `runbook docs`"),)


def _stale(page: str, existing: str, fresh: str) -> tuple[Staleness, ...]:
    if existing == fresh:
        return ()
    (said, body), (says, wanted) = written_hash(existing), written_hash(fresh)
    if said is not None and said == says and body != wanted:
        return ()  # only edited: its runbook says what it said when the page was written
    old, new = front_matter(existing)[0], front_matter(fresh)[0]
    changed = [key for key in new if key != "doc_hash" and old.get(key) != new[key]]
    changed += [key for key in old if key not in new]
    where = [f"under '{_heading(body, wanted)}'"] if body != wanted and new else []
    where += [f"in the front matter ({', '.join(changed)})"] if changed else []
    seen = " and ".join(where) or ("in its layout" if new else "in its text")
    why = f"what it is made from has changed since: {seen}"
    return (Staleness(page, "stale", why, "run `runbook docs` and commit the page"),)


def _heading(body: str, wanted: str) -> str:
    """Return the heading above the first line that differs."""
    heading = "the title"
    old, new = body.splitlines(), wanted.splitlines()
    for number, line in enumerate(new):
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if number >= len(old) or old[number] != line:
            return heading
    return heading


def _expired(page: str, fresh: str, as_of: date) -> tuple[Staleness, ...]:
    keys, _ = front_matter(fresh)
    written = keys.get("expires")
    if written is None:
        return ()
    fix = "read the runbook through, mend it, and set `reviewed` to today"
    if written == UNREVIEWED:
        return (Staleness(page, "expired", "its runbook was never reviewed", fix),)
    if as_of <= date.fromisoformat(written):
        return ()
    return (Staleness(page, "expired", f"its runbook expired on {written} (as of {as_of})", fix),)
