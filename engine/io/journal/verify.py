"""Is what a run left behind whole? The chain, the sequence, and every evidence file it names."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.io.journal.disk import DISK, Disk, open_folder, storage_error
from engine.io.journal.files import NAME
from engine.io.journal.line import Place
from engine.io.journal.scan import CHUNK, BadRecord, scan
from engine.kinds.values import Json

_PATH = re.compile(r"evidence/[a-z0-9_-][a-z0-9._-]*\Z")


@dataclass(frozen=True, slots=True)
class Bad:
    """The first record that does not verify; nothing behind it can be trusted."""

    seq: int
    offset: int
    reason: str


@dataclass(frozen=True, slots=True)
class EvidenceProblem:
    """An evidence file that is not what the journal says."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was found; `published` is None when no head hash was given to compare with."""

    records: int
    head: str
    first_bad: Bad | None
    torn: bool
    evidence: tuple[EvidenceProblem, ...]
    published: bool | None = None

    @property
    def ok(self) -> bool:
        """Return whether nothing that was acknowledged is missing or changed (a torn tail was not)."""
        return self.first_bad is None and not self.evidence and self.published is not False


def verify(folder: Path, *, head: str = "", disk: Disk = DISK) -> VerifyReport:
    """Check a run folder; `head` is a hash from a page or report, which a cut or rewritten chain lacks."""
    path = folder / NAME
    place, bad, published = Place(), None, False
    named: dict[str, tuple[str, int]] = {}
    problems: list[EvidenceProblem] = []
    try:
        root = open_folder(disk, folder)
        try:
            fd = disk.open(NAME, os.O_RDONLY, folder=root)
            try:
                for record, place in scan(lambda count, offset: disk.read(fd, count, offset), Place()):  # noqa: B007  # it is read after the loop
                    published = published or record.hash == head
                    for name, stored in entries(record.data):
                        if named.setdefault(name, stored) != stored:
                            problems.append(
                                EvidenceProblem(name, f"record {record.seq} contradicts an earlier one")
                            )
                size = os.fstat(fd).st_size
            except BadRecord as exc:
                bad, size = Bad(exc.seq, exc.offset, exc.reason), place.offset
            finally:
                os.close(fd)
            for name, stored in named.items():
                reason = _differs(disk, root, name, stored)
                if reason:
                    problems.append(EvidenceProblem(name, reason))
        finally:
            os.close(root)
    except OSError as exc:
        raise storage_error(exc, path, folder.name) from exc
    return VerifyReport(
        records=place.seq,
        head=place.hash,
        first_bad=bad,
        torn=size > place.offset,
        evidence=tuple(problems),
        published=published if head else None,
    )


def entries(data: Json) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield path, hash and size of every entry of an `evidence` list, however deep it lies."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key == "evidence" and isinstance(value, list | tuple):
                for item in value:
                    if isinstance(item, Mapping):
                        path, digest, size = item.get("path"), item.get("sha256"), item.get("size")
                        if isinstance(path, str) and isinstance(digest, str) and isinstance(size, int):
                            yield path, (digest, size)
            yield from entries(value)
    elif isinstance(data, list | tuple):
        for item in data:
            yield from entries(item)


def _differs(disk: Disk, root: int, name: str, stored: tuple[str, int]) -> str:
    if not _PATH.match(name):
        return "is not a path in the evidence folder"
    try:
        evidence = disk.open("evidence", os.O_RDONLY | os.O_DIRECTORY, folder=root)
        try:
            fd = disk.open(name.removeprefix("evidence/"), os.O_RDONLY | os.O_NONBLOCK, folder=evidence)
        finally:
            os.close(evidence)
    except FileNotFoundError:
        return "is missing"
    except OSError as exc:
        return f"cannot be read: {exc.strerror}"
    try:
        digest, size = hashlib.sha256(), 0
        while chunk := disk.read(fd, CHUNK, size):
            digest.update(chunk)
            size += len(chunk)
    except OSError as exc:
        return f"cannot be read: {exc.strerror}"
    finally:
        os.close(fd)
    if size != stored[1]:
        return f"has {size} bytes, {stored[1]} were stored"
    return "" if digest.hexdigest() == stored[0] else "was changed: its hash differs"
