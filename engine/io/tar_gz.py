"""The envelope of a bundle: a tar of plain files in gzip, with a seal behind it; `tar tzf` reads it, too.

Rules:

1. One content has one form: fixed owners, modes and header bytes, names in a given order, nothing between
   them. A reader builds each header anew and compares, so that no byte may differ unnoticed.
2. The seal is a second, empty gzip member whose extra field holds the SHA-256 of everything before it.
3. A reader writes nothing, asks for the sizes it was promised, and believes none it was not.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.io.journal.disk import Disk, write_all

BLOCK = 512
CHUNK = 256 * 1024
LARGEST = 8**11 - 1  # what a header can say

_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
_SEAL_HEAD = (
    b"\x1f\x8b\x08\x04\x00\x00\x00\x00\x02\xff" + struct.pack("<H", 36) + b"RB" + struct.pack("<H", 32)
)
_SEAL_TAIL = b"\x03\x00" + bytes(8)
SEAL_BYTES = len(_SEAL_HEAD) + 32 + len(_SEAL_TAIL)
_NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,99}/){1,2}[A-Za-z0-9_][A-Za-z0-9._-]{0,99}\Z")
_TYPES = {b"1": "a hard link", b"2": "a symbolic link", b"3": "a device", b"4": "a device", b"5": "a folder",
          b"6": "a pipe"}  # fmt: skip


class BadEnvelope(Exception):
    """The file is not what a bundle is: where, and why."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Member:
    """One plain file in the envelope."""

    name: str
    size: int


class Packer:
    """Writes an envelope to an open file, in one go; `close` puts the seal on."""

    def __init__(self, disk: Disk, fd: int, mtime: int) -> None:
        self._disk = disk
        self._fd = fd
        self._mtime = mtime
        self._squeeze = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._digest = hashlib.sha256()
        self._crc = self._size = 0
        self._put(_HEAD)

    def add(self, member: Member, chunks: Iterator[bytes]) -> str:
        """Add one file and return its SHA-256; raises OSError when it is not as long as was said."""
        digest, size = hashlib.sha256(), 0
        self._tar(header(member, self._mtime))
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            self._tar(chunk)
        if size != member.size:
            raise OSError(None, f"{member.name} changed while it was read")
        self._tar(bytes(-size % BLOCK))
        return digest.hexdigest()

    def close(self) -> None:
        """Write the end and the seal."""
        self._tar(bytes(2 * BLOCK))
        self._put(self._squeeze.flush() + struct.pack("<II", self._crc, self._size & 0xFFFFFFFF))
        write_all(self._disk, self._fd, _SEAL_HEAD + self._digest.digest() + _SEAL_TAIL)

    def _tar(self, data: bytes) -> None:
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        self._put(self._squeeze.compress(data))

    def _put(self, data: bytes) -> None:
        if data:
            self._digest.update(data)
            write_all(self._disk, self._fd, data)


class Unpacker:
    """Reads an envelope from front to back; every byte of it is compared, none is written anywhere."""

    def __init__(self, disk: Disk, fd: int) -> None:
        self._disk = disk
        self._fd = fd
        self._end = max(os.fstat(fd).st_size - SEAL_BYTES, 0)
        self._at = len(_HEAD)
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._crc = self._size = 0
        self._where = "the beginning"

    def sealed(self) -> bool:
        """Say whether the seal fits everything before it."""
        digest, at = hashlib.sha256(), 0
        while at < self._end and (chunk := self._disk.read(self._fd, min(CHUNK, self._end - at), at)):
            digest.update(chunk)
            at += len(chunk)
        wanted = _SEAL_HEAD + digest.digest() + _SEAL_TAIL
        return self._disk.read(self._fd, SEAL_BYTES + 1, self._end) == wanted

    def begin(self) -> None:
        """Read the first bytes; raises BadEnvelope for another kind of file."""
        if self._disk.read(self._fd, len(_HEAD), 0) != _HEAD:
            raise BadEnvelope("the file", "does not begin as a bundle does: `runbook bundle RUN` makes one")

    def member(self, allowed: Callable[[str, int], str]) -> tuple[Member, int]:
        """Return the next file and its time, before its content; `allowed` says what is wrong with it."""
        raw = self._exact(BLOCK)
        name, size, mtime = _parsed(raw)
        self._where = name
        problem = allowed(name, size)
        if problem:
            raise BadEnvelope(name, problem)
        if raw != header(Member(name, size), mtime):
            raise BadEnvelope(name, "its header was changed")
        return Member(name, size), mtime

    def content(self, member: Member) -> Iterator[bytes]:
        """Yield the content of the file that was just returned, all of it, with its padding checked."""
        left = member.size
        while left:
            data = self._some(min(left, CHUNK))
            left -= len(data)
            yield data
        if self._exact(-member.size % BLOCK).strip(b"\0"):
            raise BadEnvelope(member.name, "there are bytes behind its end")

    def end(self) -> None:
        """Read the end; raises BadEnvelope where there is more, or something else."""
        self._where = "the end"
        if self._exact(2 * BLOCK).strip(b"\0"):
            raise BadEnvelope(self._where, "there is more than the manifest lists")
        if self._inflated(1):
            raise BadEnvelope(self._where, "there are bytes behind it")
        rest = self._inflate.unused_data
        rest += self._disk.read(self._fd, max(self._end - self._at, 0), self._at)
        if rest != struct.pack("<II", self._crc, self._size & 0xFFFFFFFF):
            raise BadEnvelope(self._where, "its check sum differs")

    def _exact(self, count: int) -> bytes:
        pieces = []
        while count:
            pieces.append(self._some(count))
            count -= len(pieces[-1])
        return b"".join(pieces)

    def _some(self, count: int) -> bytes:
        data = self._inflated(count)
        if not data:
            raise BadEnvelope(self._where, "the file ends in the middle of it")
        return data

    def _inflated(self, count: int) -> bytes:
        """Return at most `count` bytes of content; none at the end."""
        while not self._inflate.eof:
            held = self._inflate.unconsumed_tail
            if not held:
                held = self._disk.read(self._fd, max(min(CHUNK, self._end - self._at), 0), self._at)
                self._at += len(held)
            try:
                data = self._inflate.decompress(held, count)
            except zlib.error:
                raise BadEnvelope(self._where, "its compressed bytes are damaged") from None
            if data:
                self._crc = zlib.crc32(data, self._crc)
                self._size += len(data)
                return data
            if not held and not self._inflate.eof:
                return b""
        return b""


def header(member: Member, mtime: int) -> bytes:
    """Return the tar header of a file: the only one it can have."""
    folder, _, name = member.name.rpartition("/")
    raw = struct.pack(
        "100s8s8s8s12s12s8s1s100s6s2s32s32s8s8s155s12x",
        name.encode(),
        b"0000600\0",
        b"0000000\0",
        b"0000000\0",
        b"%011o\0" % member.size,
        b"%011o\0" % mtime,
        b" " * 8,
        b"0",
        b"",
        b"ustar\0",
        b"00",
        b"",
        b"",
        b"0000000\0",
        b"0000000\0",
        folder.encode(),
    )
    return raw[:148] + b"%06o\0 " % sum(raw) + raw[156:]


def _parsed(raw: bytes) -> tuple[str, int, int]:
    """Return name, size and time of a header; raises BadEnvelope for what is no plain file of ours."""
    folder, name = (
        raw[at : at + size].rstrip(b"\0").decode("latin-1") for at, size in ((345, 155), (0, 100))
    )
    full = f"{folder}/{name}" if folder else name
    kind = raw[156:157]
    if kind != b"0":
        raise BadEnvelope(
            full or "the end", f"is {_TYPES.get(kind, 'no plain file')}: only plain files may be"
        )
    if not _NAME.match(full) or ".." in full:
        raise BadEnvelope(repr(full), "is a name that leads elsewhere")
    try:
        return full, int(raw[124:135], 8), int(raw[136:147], 8)
    except ValueError:
        raise BadEnvelope(full, "its header was changed") from None
