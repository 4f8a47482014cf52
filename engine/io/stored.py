"""Opening evidence by the path that a journal names, and nothing else: a journal may have been made up."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from engine.io.evidence import FOLDER
from engine.io.journal.disk import Disk, open_folder

_STORED = re.compile(rf"{FOLDER}/[a-z0-9_-][a-z0-9._-]{{0,99}}\Z")


def is_stored(path: str) -> bool:
    """Say whether a path is one that the store gives its files."""
    return bool(_STORED.match(path)) and ".." not in path


def open_stored(disk: Disk, run: Path, path: str) -> int:
    """Open a file of a run's evidence for reading; no link on the way is followed. Raises OSError."""
    if not is_stored(path):
        raise OSError(errno.EINVAL, "is not a path in the evidence folder", path[:200])
    root = open_folder(disk, run)
    try:
        folder = disk.open(FOLDER, os.O_RDONLY | os.O_DIRECTORY, folder=root)
    finally:
        os.close(root)
    try:
        return disk.open(path.partition("/")[2], os.O_RDONLY | os.O_NONBLOCK, folder=folder)
    finally:
        os.close(folder)
