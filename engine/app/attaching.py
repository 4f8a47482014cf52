"""What a person attaches to a run: a file becomes evidence, redacted and hashed like what a run saw.

Rules:
1. The bytes are stored first and recorded then: a record never names what is not there.
2. Searched for are the secrets of the run, and what the environment has under a name like theirs. A picture
   is kept as it is: what can be read in it, everybody reads who reads the run.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from engine.app.credentials import suspects
from engine.app.runs import RunFolder
from engine.core.records import EvidenceRef
from engine.io.evidence import EvidenceStore
from engine.io.redaction import Redactor
from engine.kinds.errors import Refused, UsageError

TYPED: Final = "-"
"""The file that is standard input."""
MOST: Final = 50_000_000
"""Bytes of one file; more is a recording, and belongs somewhere else."""


def attached(
    folder: RunFolder, files: Sequence[str], environ: Mapping[str, str], typed: bytes = b""
) -> tuple[EvidenceRef, ...]:
    """Store files in a run and return their references; raises UsageError, Refused or StorageError."""
    if not files:
        return ()
    own = suspects(environ)  # people attach what they should not
    contents = [(name, own.bytes(_bytes(name, typed))) for name in files]  # all before one is stored
    state = folder.state()
    if state.plan is None:
        raise UsageError(f"{folder.run} has no first record", hint="nothing can be attached to it")
    if state.finished is not None:
        raise Refused(f"the run has ended: {state.finished.end}")
    redactor = folder.redactors(state.plan) if folder.redactors else Redactor({})
    store = EvidenceStore(folder.path, redactor)
    return tuple(store.put(f"attached-{_stem(name)}", data, _media(name)) for name, data in contents)


def _bytes(name: str, typed: bytes) -> bytes:
    if name == TYPED:
        return typed
    path = Path(name)
    try:
        if path.stat().st_size > MOST:
            raise UsageError(
                f"{name} is larger than {MOST // 1_000_000} MB", hint="attach the part that matters"
            )
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{name}: {error.strerror}", hint="nothing was recorded") from None


def _stem(name: str) -> str:
    return "output" if name == TYPED else Path(name).stem


def _media(name: str) -> str:
    if name == TYPED:
        return "text/plain"
    guessed, _ = mimetypes.guess_type(name)
    return guessed or ("text/plain" if Path(name).suffix in ("", ".log") else "application/octet-stream")
