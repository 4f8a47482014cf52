"""One run in one file that is checked elsewhere: what goes in, and what stays behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import engine
from engine.app.reporting import report_of
from engine.app.runs import RunFolder
from engine.app.workspace import Workspace
from engine.core.events import Ended, Noted
from engine.io.bundle import ENDING, Contents, Listed, write_bundle
from engine.io.bundle_check import BundleReport, verify_bundle
from engine.io.drivers.ledger import happened_from
from engine.io.journal.files import FileJournal
from engine.kinds.errors import UsageError
from engine.views.sensitivity import sensitive_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """A bundle that was made."""

    path: Path
    run: str
    records: int
    head: str
    files: int
    size: int
    withheld: tuple[str, ...]
    """Sensitive evidence of which only size and hash are in it."""
    missing: tuple[str, ...]
    """Evidence that the journal names and the run's folder no longer has."""


def bundle(
    workspace: Workspace, folder: RunFolder, out: Path | None = None, *, with_sensitive: bool = False
) -> Bundled:
    """Write the bundle of a run, as it stands now; raises StorageError, JournalDamaged or UsageError."""
    with FileJournal(folder.path) as journal:
        records = journal.read()
    if not records:
        raise UsageError(f"{folder.run} has no first record", hint="there is nothing to bundle")
    happened = tuple(happened_from(record) for record in records)
    named = {
        ref.path: Listed(ref.path, ref.size, ref.sha256)
        for one in happened
        if isinstance(one.event, Ended | Noted)
        for ref in one.event.evidence
    }
    behind = frozenset() if with_sensitive else sensitive_files(happened)
    head = records[-1]
    path = out or Path(f"{folder.run}{ENDING}")
    contents = Contents(
        run=folder.run,
        folder=folder.path,
        engine=engine.__version__,
        at=head.at,
        records=head.seq,
        head=head.hash,
        evidence=tuple(name for name in named if name not in behind),
        withheld=tuple(one for name, one in named.items() if name in behind),
        report=report_of(workspace, happened, head.hash).encode(),
    )
    written = write_bundle(path, contents)
    return Bundled(
        path=path,
        run=folder.run,
        records=head.seq,
        head=head.hash,
        files=len(written.files),
        size=written.size,
        withheld=tuple(sorted(behind & named.keys())),
        missing=written.missing,
    )


def checked(path: Path, head: str = "") -> BundleReport:
    """Check a bundle; needs no workspace."""
    return verify_bundle(path, head=head)
