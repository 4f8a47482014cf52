"""One run in one file, to be kept and checked elsewhere: manifest, evidence, journal, report.

Rules:

1. The manifest comes first and lists every file with size and hash; a reader takes nothing else.
2. What the manifest calls withheld is sensitive evidence, of which only size and hash leave the run's folder.
3. The same run at the same record gives the same bytes. Its journal is taken as far as the report tells it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.io.journal.disk import DISK, Disk, storage_error, sync_folder
from engine.io.journal.files import NAME as JOURNAL
from engine.io.journal.line import Place
from engine.io.journal.scan import BadRecord, scan
from engine.io.stored import is_stored, open_stored
from engine.io.tar_gz import CHUNK, Member, Packer
from engine.kinds.errors import StorageError
from engine.kinds.values import Instant, Json

MANIFEST = "MANIFEST.json"
REPORT = "report.md"
FORMAT = 1
ENDING = ".tar.gz"


@dataclass(frozen=True, slots=True)
class Listed:
    """One file of a run as the manifest has it."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What goes into a bundle: the run's folder up to a record, and a report of it."""

    run: str
    folder: Path
    engine: str
    at: Instant
    """The time every file in the bundle gets."""
    records: int
    head: str
    evidence: tuple[str, ...]
    """Paths of the evidence to be included, as in the journal."""
    withheld: tuple[Listed, ...]
    """Sensitive evidence that stays behind."""
    report: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle that was made; `missing` names evidence that is no longer in the run's folder."""

    files: tuple[Listed, ...]
    missing: tuple[str, ...]
    size: int


def write_bundle(out: Path, contents: Contents, *, disk: Disk = DISK) -> Written:
    """Write a bundle where no file was; raises StorageError with nothing left behind."""
    draft = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with suppress(FileNotFoundError):
            os.unlink(draft)
        fd = disk.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            try:
                files, missing = _pack(disk, fd, contents)
                disk.sync(fd)
                size = os.fstat(fd).st_size
            finally:
                os.close(fd)
            os.link(draft, out)
            sync_folder(disk, out.absolute().parent)
        finally:
            os.unlink(draft)
    except FileExistsError:
        raise StorageError(f"{out} is there already", hint="move it away, or name another with -o") from None
    except OSError as exc:
        told = storage_error(exc, out, contents.run)
        raise StorageError(
            told.message.partition(": nothing further")[0], hint="name another with -o"
        ) from exc
    return Written(files, missing, size)


def _pack(disk: Disk, fd: int, contents: Contents) -> tuple[tuple[Listed, ...], tuple[str, ...]]:
    files: list[Listed] = []
    missing: list[str] = []
    for name in sorted(contents.evidence):
        if not is_stored(name):
            missing.append(name)  # the journal was made up: `verify` says so, too
            continue
        try:
            files.append(_listed(name, _file(disk, contents.folder, name)))
        except FileNotFoundError:
            missing.append(name)
    length = _length(disk, contents.folder / JOURNAL, contents.records)
    files.append(_listed(JOURNAL, _file(disk, contents.folder, JOURNAL, length)))
    files.append(_listed(REPORT, iter((contents.report,))))
    manifest = _manifest(contents, files)
    packer = Packer(disk, fd, int(contents.at))
    packer.add(Member(f"{contents.run}/{MANIFEST}", len(manifest)), iter((manifest,)))
    for one in files:
        chunks = (
            iter((contents.report,))
            if one.name == REPORT
            else _file(disk, contents.folder, one.name, one.size)
        )
        if packer.add(Member(f"{contents.run}/{one.name}", one.size), chunks) != one.sha256:
            raise OSError(None, f"{one.name} changed while it was read")
    packer.close()
    return tuple(files), tuple(missing)


def _manifest(contents: Contents, files: Sequence[Listed]) -> bytes:
    def plain(listed: Sequence[Listed]) -> list[Json]:
        return [{"name": one.name, "size": one.size, "sha256": one.sha256} for one in listed]

    content: dict[str, Json] = {
        "bundle": FORMAT,
        "run": contents.run,
        "engine": contents.engine,
        "at": str(contents.at),
        "records": contents.records,
        "head": contents.head,
        "files": plain(files),
        "withheld": plain(sorted(contents.withheld, key=lambda one: one.name)),
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


def _listed(name: str, chunks: Iterator[bytes]) -> Listed:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    return Listed(name, size, digest.hexdigest())


def _file(disk: Disk, folder: Path, name: str, size: int | None = None) -> Iterator[bytes]:
    """Yield a file of a run, or its first `size` bytes; no link is followed."""
    journal = name == JOURNAL
    fd = disk.open(folder / name, os.O_RDONLY) if journal else open_stored(disk, folder, name)
    try:
        at = 0
        while chunk := disk.read(fd, CHUNK if size is None else min(CHUNK, size - at), at):
            at += len(chunk)
            yield chunk
    finally:
        os.close(fd)


def _length(disk: Disk, path: Path, records: int) -> int:
    """Return how many bytes the first records take."""
    fd = disk.open(path, os.O_RDONLY)
    try:
        for _, place in scan(lambda count, offset: disk.read(fd, count, offset), Place()):
            if place.seq == records:
                return place.offset
    except BadRecord as bad:
        raise OSError(None, f"record {bad.seq} of the journal is damaged") from None
    finally:
        os.close(fd)
    raise OSError(None, "records of the journal are gone")
