"""A script of the workspace, pinned: read once, hashed, and run from a copy nobody else can write.

Between an approval and the start a file may change. What is hashed here is what runs: the copy lies in a
folder of mode 0700, in a file of mode 0700, and is gone when the program has ended.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from engine.kinds.ports import CannotLook

_LARGEST: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Script:
    """The copy; used with `with`."""

    path: Path
    sha256: str

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path.parent, ignore_errors=True)


def inside(root: Path, written: str) -> Path:
    """Return the path of a script of the workspace; raises CannotLook when it is not in it."""
    path = (root / written).resolve()
    if not path.is_relative_to(root.resolve()):
        raise CannotLook(f"{written} is outside the workspace: a pinned script must be in it")
    return path


def copy(path: Path, wanted: str) -> Script:
    """Return a copy that has the wanted hash (any, where none is wanted); raises CannotLook."""
    content = _read(path)
    sha256 = hashlib.sha256(content).hexdigest()
    if wanted and sha256 != wanted.lower():
        raise CannotLook(
            f"{path.name} has changed: its SHA-256 is {sha256}, wanted {wanted}. "
            "Read it, pin the new hash, and have it approved again"
        )
    try:
        folder = Path(tempfile.mkdtemp(prefix="runbook-script-"))
        script = Script(folder / path.name, sha256)
        try:
            number = os.open(script.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o700)
            with os.fdopen(number, "wb") as file:
                file.write(content)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except OSError as error:
        raise CannotLook(f"{path.name} cannot be copied to run it: {error.strerror}") from None
    return script


def _read(path: Path) -> bytes:
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise CannotLook(f"there is no script {path.name}: check the path in the runbook") from None
    except OSError as error:
        raise CannotLook(f"the script {path.name} cannot be read: {error.strerror}") from None
    try:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode):
            raise CannotLook(f"{path.name} is no file: only a file can be a script")
        if status.st_size > _LARGEST:
            raise CannotLook(f"{path.name} is larger than {_LARGEST} bytes: no script is")
        with os.fdopen(number, "rb", closefd=False) as file:
            return file.read(_LARGEST + 1)
    finally:
        os.close(number)
