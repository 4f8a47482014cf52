"""Is a bundle what was written? Read from front to back, whoever made it, where nobody knows the run.

Rules:

1. Nothing is written, and nothing is held but the manifest: sizes are limited before a byte is read.
2. Evidence may be missing only because the journal's own plan calls it sensitive: nobody can drop some by
   calling it so in the manifest.
3. A bad file does not end the check, so that the others are named, too; a bad envelope does.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.core.records import Record
from engine.io.bundle import FORMAT, MANIFEST, REPORT, Listed
from engine.io.drivers.ledger import happened_from
from engine.io.journal.disk import DISK, Disk
from engine.io.journal.files import NAME as JOURNAL
from engine.io.journal.line import Place
from engine.io.journal.scan import BadRecord, scan
from engine.io.journal.verify import Bad, EvidenceProblem, entries
from engine.io.tar_gz import BadEnvelope, Unpacker
from engine.kinds.errors import EngineError, StorageError
from engine.kinds.values import Json
from engine.views.sensitivity import SensitiveFiles

_LARGEST_MANIFEST = 16 * 1024 * 1024
_LARGEST_FILE = 256 * 1024 * 1024
_LARGEST_JOURNAL = 2 * 1024 * 1024 * 1024
_LARGEST_ALL = 4 * 1024 * 1024 * 1024
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
_INSIDE = re.compile(
    rf"(?:evidence/[a-z0-9_-][a-z0-9._-]{{0,99}}|{re.escape(JOURNAL)}|{re.escape(REPORT)})\Z"
)
_HINT = "give the file that `runbook bundle` made"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleReport:
    """What checking a bundle found; `published` is None when no head hash was given to compare with."""

    run: str = ""
    engine: str = ""
    records: int = 0
    head: str = ""
    files: int = 0
    first_bad: Bad | None = None
    problems: tuple[EvidenceProblem, ...] = ()
    withheld: tuple[str, ...] = ()
    """Sensitive evidence that is not in the bundle: only its size and hash are."""
    notes: tuple[str, ...] = ()
    published: bool | None = None

    @property
    def ok(self) -> bool:
        """Return whether nothing is missing or changed."""
        return self.first_bad is None and not self.problems and self.published is not False


def verify_bundle(path: Path, *, head: str = "", disk: Disk = DISK) -> BundleReport:
    """Check a bundle, whoever made it; raises StorageError only where it cannot be read at all."""
    try:
        fd = disk.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise StorageError(f"{path} is no plain file", hint=_HINT)
            return _Check(Unpacker(disk, fd), head).report()
        finally:
            os.close(fd)
    except OSError as exc:
        raise StorageError(f"{path} cannot be read: {exc.strerror}", hint=_HINT) from None


@dataclass(slots=True)
class _Check:
    """One reading of a bundle, from front to back."""

    unpacker: Unpacker
    wanted: str
    problems: list[EvidenceProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    named: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Evidence by the journal: hash and size."""
    sensitive: SensitiveFiles = field(default_factory=SensitiveFiles)
    readable: bool = True
    place: Place = field(default_factory=Place)
    bad: Bad | None = None
    published: bool = False
    manifest: Mapping[str, Json] = field(default_factory=dict)

    def report(self) -> BundleReport:
        """Read everything that can be read, and say what is wrong with it."""
        files: tuple[Listed, ...] = ()
        withheld: tuple[Listed, ...] = ()
        if not self.unpacker.sealed():
            self._wrong("the seal", "does not fit: a byte of the file was changed, added or cut")
        try:
            self.unpacker.begin()
            run, mtime, files, withheld = self._manifest()
            for one in files:
                self._file(run, mtime, one)
            self.unpacker.end()
            self._held_against_the_journal(run, files, withheld)
        except BadEnvelope as bad:
            self._wrong(bad.where, bad.reason)
        return BundleReport(
            run=_text(self.manifest.get("run")),
            engine=_text(self.manifest.get("engine")),
            records=self.place.seq,
            head=self.place.hash,
            files=len(files),
            first_bad=self.bad,
            problems=tuple(dict.fromkeys(self.problems)),
            withheld=tuple(one.name for one in withheld),
            notes=tuple(self.notes),
            published=self.published if self.wanted else None,
        )

    def _manifest(self) -> tuple[str, int, tuple[Listed, ...], tuple[Listed, ...]]:
        def first(name: str, size: int) -> str:
            if name.partition("/")[2] != MANIFEST:
                return f"comes before {MANIFEST}"
            return _too_large(size, _LARGEST_MANIFEST)

        member, mtime = self.unpacker.member(first)
        raw = b"".join(self.unpacker.content(member))
        try:
            data = json.loads(raw)
            run, form = data["run"], data["bundle"]
            files, withheld = (tuple(_entry(one) for one in data[key]) for key in ("files", "withheld"))
        except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
            raise BadEnvelope(member.name, "cannot be read: it is not what `runbook bundle` writes") from None
        if form != FORMAT:
            raise BadEnvelope(
                member.name, f"was written by another version (bundle {form!r}): upgrade the engine"
            )
        if not isinstance(run, str) or not _RUN.match(run) or member.name != f"{run}/{MANIFEST}":
            raise BadEnvelope(member.name, "is of another run than it says")
        self.manifest = data
        problem = _impossible(files, withheld)
        if problem:
            raise BadEnvelope(member.name, problem)
        return run, mtime, files, withheld

    def _file(self, run: str, mtime: int, listed: Listed) -> None:
        def next_one(name: str, size: int) -> str:
            if name != f"{run}/{listed.name}":
                return f"is not what the manifest lists here ({listed.name})"
            return "" if size == listed.size else f"has {size} bytes, the manifest says {listed.size}"

        member, at = self.unpacker.member(next_one)
        if at != mtime:
            raise BadEnvelope(member.name, "its header was changed")
        digest = hashlib.sha256()
        chunks = self._hashed(self.unpacker.content(member), digest.update)
        if listed.name == JOURNAL:
            self._journal(chunks)
        for _ in chunks:
            pass
        if digest.hexdigest() != listed.sha256:
            self._wrong(listed.name, "was changed: its hash differs")

    @staticmethod
    def _hashed(chunks: Iterator[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
        for chunk in chunks:
            update(chunk)
            yield chunk

    def _journal(self, chunks: Iterator[bytes]) -> None:
        """Check the chain; the reader asks for one piece after the other, so none is kept."""
        try:
            for record, self.place in scan(lambda count, offset: next(chunks, b""), Place()):
                self.published = self.published or record.hash == self.wanted
                self._seen(record)
        except BadRecord as bad:
            self.bad = Bad(bad.seq, bad.offset, bad.reason)

    def _seen(self, record: Record) -> None:
        for name, stored in entries(record.data):
            if self.named.setdefault(name, stored) != stored:
                self._wrong(name, f"record {record.seq} contradicts an earlier one")
        if self.readable:
            try:
                self.sensitive.see(happened_from(record))
            except EngineError as newer:
                self.readable = False
                self.notes.append(f"{newer.message}: what is sensitive cannot be told")

    def _held_against_the_journal(
        self, run: str, files: Sequence[Listed], withheld: Sequence[Listed]
    ) -> None:
        says = (self.manifest.get("records"), self.manifest.get("head"))
        if says != (self.place.seq, self.place.hash):
            self._wrong(MANIFEST, f"says {says[0]} records and head {says[1]}: the journal has others")
        if self.sensitive.plan is not None and self.sensitive.plan.run != run:
            self._wrong(JOURNAL, f"is of the run {self.sensitive.plan.run}")
        inside = {one.name: (one.sha256, one.size) for one in files}
        behind = {one.name: (one.sha256, one.size) for one in withheld}
        for name, stored in self.named.items():
            found = inside.get(name) or behind.get(name)
            if found is None:
                self._wrong(name, "is missing")
            elif found != stored:
                self._wrong(name, "is not what the journal says")
            elif name in behind and self.readable and name not in self.sensitive.paths:
                self._wrong(name, "was left out, though the plan does not call it sensitive")
        for name in (*inside, *behind):
            if name not in self.named and name not in (JOURNAL, REPORT) and self.bad is None:
                self._wrong(name, "is not in the journal")

    def _wrong(self, where: str, reason: str) -> None:
        self.problems.append(EvidenceProblem(where, reason))


def _entry(data: Mapping[str, Json]) -> Listed:
    name, size, digest = data["name"], data["size"], data["sha256"]
    if not (isinstance(name, str) and isinstance(size, int) and isinstance(digest, str)):
        raise TypeError(name)
    return Listed(name, size, digest)


def _impossible(files: Sequence[Listed], withheld: Sequence[Listed]) -> str:
    """Return what no manifest of ours would list."""
    names = [one.name for one in (*files, *withheld)]
    for one in (*files, *withheld):
        if not _INSIDE.match(one.name) or ".." in one.name:
            return f"lists {one.name[:200]!r}, a name that leads elsewhere"
        problem = _too_large(one.size, _LARGEST_JOURNAL if one.name == JOURNAL else _LARGEST_FILE)
        if problem:
            return f"lists {one.name}, which {problem}"
    if len(set(names)) < len(names):
        return "lists a name twice"
    if JOURNAL not in names or REPORT not in names:
        return "lists no journal, or no report"
    return _too_large(sum(one.size for one in files), _LARGEST_ALL)


def _too_large(size: int, limit: int) -> str:
    return f"has {size} bytes, at most {limit} are read" if not 0 <= size <= limit else ""


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
