"""`runbook check --against REV`: what changed in behaviour since a revision of git, guards above all.

Rules:
1. Git is only read, as a program with a list of arguments: the revision is one argument and never an option.
2. What stood at the revision is laid out in a folder of its own and loaded as any workspace, so that both
   versions mean the same by every word. What cannot be loaded there is said, and is different.
3. The files here must be valid: what `check` finds wrong with them is told first, and counts more than any
   difference. What cannot be loaded cannot be compared, and is named; the rest is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from engine.app.checking import checked
from engine.app.library import Library
from engine.app.sheet_of_catalogue import sheet_of_catalogue
from engine.app.sheet_of_runbook import HEAD, Version, renamed, sheet_of
from engine.app.sheet_of_tests import Tests, sheets_of_drills, sheets_of_tests
from engine.app.workspace import Workspace
from engine.io.world.programs.commands import LocalCommands
from engine.io.world.secrets import Secrets
from engine.kinds.errors import EngineError, FileErrors, UsageError
from engine.kinds.findings import Located, did_you_mean
from engine.kinds.ports import CannotLook, CommandReply, CommandRequest, Commands
from engine.model.catalogue import Catalogue
from engine.model.proof.calls import called
from engine.model.runbook import Runbook
from engine.views.weakened import Change, Direction, Place, changes

CATALOGUE = "catalogue"
DRILLS = "drills"
_MOST = 64_000_000  # bytes of all files at a revision
_PATIENCE = 30.0
_FOLDERS = ("runbooks", "drills", "runbook.toml")


@dataclass(frozen=True, slots=True)
class Compared:
    """What changed in one runbook, or in what all share (`catalogue`)."""

    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Against:
    """Everything that changed since a revision."""

    revision: str
    commit: str
    """The full name of the commit that the revision stands for."""
    compared: tuple[Compared, ...]
    wrong: tuple[Located, ...] = ()
    """The errors that `check` finds in the files as they stand here."""
    comparable: bool = True
    """Whether anything could be compared: without the catalogue no file can be read."""

    def count(self, direction: Direction) -> int:
        """Return how many differences go this way."""
        return sum(one.direction == direction for part in self.compared for one in part.changes)


def against(
    workspace: Workspace, revision: str, names: Sequence[str] = (), today: date | None = None
) -> Against:
    """Compare the named runbooks, or everything, with a revision; raises UsageError."""
    git = Git(LocalCommands(Secrets({}), workspace.root, workspace.environ))
    commit = git.commit(revision)
    with TemporaryDirectory(prefix="runbook-against-") as folder:
        old_root = Path(folder)
        (old_root / "runbooks").mkdir()
        for path, content in git.files(commit):
            target = old_root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        old = Library(Workspace(old_root, old_root / ".runbook", {}, tell=lambda text: None))
        new = Library(workspace)
        wrong = _wrong(old, new, names, today)
        try:
            compared = tuple(_compared(old, new, names))
        except FileErrors as error:  # the catalogue here: nothing can be read without it
            return Against(revision, commit, (), wrong or error.findings, comparable=False)
        return Against(revision, commit, compared, wrong)


def _wrong(old: Library, new: Library, names: Sequence[str], today: date | None) -> tuple[Located, ...]:
    """Return what is wrong with the files here; raises UsageError for a name that nobody knows."""
    here, there = new.workspace.runbook_files(), old.workspace.runbook_files()
    for name in names:
        if name not in here and name not in there:
            hint = did_you_mean(name, here) or "an id: `runbook list` shows what there is"
            raise UsageError(f"there is no runbook '{name}', here or at the revision", hint=hint)
    mine = [name for name in names if name in here]
    if names and not mine:
        return ()
    found = checked(new.workspace, mine, today).findings
    return tuple(one for one in found if one.finding.severity == "error")


@dataclass(frozen=True, slots=True)
class Git:
    """What is asked of git, all of it reading."""

    commands: Commands

    def commit(self, revision: str) -> str:
        """Return the full name of a commit; raises UsageError."""
        if "\0" in revision:
            raise UsageError("the revision holds a NUL byte", hint="write a branch, a tag or a commit")
        inside = self._asked("rev-parse", "--is-inside-work-tree")
        if inside.exit != 0:
            if b"not a git repository" in inside.stderr.kept:  # a mount point above adds a line of its own
                hint = "the runbooks must be under git, and committed at least once"
                raise UsageError("there is no git repository here to compare with", hint=hint)
            said = _last_line(inside.stderr.kept)
            raise UsageError(f"git cannot be asked: {said}", hint="try `git status` here")
        found = self._asked("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if found.exit != 0:
            hint = "a branch, a tag or a commit; in CI fetch it first (a shallow clone has only the last)"
            raise UsageError(f"git knows no revision '{revision}'", hint=hint)
        return found.stdout.kept.decode("ascii", "replace").strip()

    def files(self, commit: str) -> Iterator[tuple[str, bytes]]:
        """Yield every file that a workspace is loaded from, as it stood; raises UsageError."""
        listed = self._asked("ls-tree", "-r", "-z", commit, "--", *_FOLDERS)
        self._require(listed)
        rows = [_entry(row) for row in listed.stdout.kept.split(b"\0") if row]
        names = [(path, blob) for path, blob in rows if path]
        wanted = "".join(f"{blob}\n" for _, blob in names).encode()
        reply = self._asked("cat-file", "--batch", stdin=wanted)
        self._require(reply)
        rest = reply.stdout.kept
        for path, _ in names:
            head, _, rest = rest.partition(b"\n")
            size = int(head.split(b" ")[2])
            yield path, rest[:size]
            rest = rest[size + 1 :]

    def _require(self, reply: CommandReply) -> None:
        if reply.ended == "timeout":
            raise UsageError(f"git did not answer within {_PATIENCE:.0f}s", hint="try `git status` here")
        if reply.exit != 0 or reply.stdout.cut:
            said = "it holds too much" if reply.stdout.cut else _last_line(reply.stderr.kept)
            raise UsageError(f"git cannot show the revision: {said}", hint="try `git fsck`")

    def _asked(self, *words: str, stdin: bytes = b"") -> CommandReply:
        request = CommandRequest(
            ("git", "--no-pager", *words), stdin=stdin, timeout=_PATIENCE, max_bytes=_MOST
        )
        try:
            return asyncio.run(self.commands.run(request))
        except CannotLook as cannot:
            raise UsageError(f"git cannot be started: {cannot}", hint="install git") from None


def _entry(row: bytes) -> tuple[str, str]:
    """Return path and blob of a row of `ls-tree`; an empty path for what is no plain file."""
    about, _, name = row.partition(b"\t")
    mode, _, blob = about.decode("ascii", "replace").split(" ")[:3]
    path = name.decode("utf-8", "surrogateescape")
    parts = PurePosixPath(path).parts
    plain = mode.startswith("100") and parts and parts[0] != "/" and ".." not in parts
    return (path if plain else "", blob)


def _last_line(text: bytes) -> str:
    lines = text.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it says nothing"


def _compared(old: Library, new: Library, names: Sequence[str]) -> Iterator[Compared]:
    here, there = new.workspace.runbook_files(), old.workspace.runbook_files()
    after = new.catalogue
    try:
        before: Catalogue = old.catalogue
    except FileErrors as error:
        hint = "compare with a revision that this version of the engine can read"
        raise UsageError(
            f"the catalogue at the revision cannot be read: {_first(error)}", hint=hint
        ) from None
    if not names:
        shared = changes(sheet_of_catalogue(before), sheet_of_catalogue(after))
        if shared:
            yield Compared(CATALOGUE, shared)
        drills = changes(*sheets_of_drills(old, new))
        if drills:
            yield Compared(DRILLS, drills)
    tests = Tests(old), Tests(new)
    for name in names or sorted({*here, *there}):
        found = _runbook(name, old, new)
        if name in here and name in there:
            found = (*found, *changes(*sheets_of_tests(*tests, name)))
        if found:
            yield Compared(name, found)


def _runbook(name: str, old: Library, new: Library) -> tuple[Change, ...]:
    here, there = new.workspace.runbook_files(), old.workspace.runbook_files()
    was = _read(name, old) if name in there else None
    now = _read(name, new) if name in here else None
    for place, broken in (("at the revision", was), ("here", now)):
        if isinstance(broken, str):
            return (Change("different", Place(HEAD, place), "", f"cannot be compared: {broken}"),)
    if now is None:
        lost = isinstance(was, Runbook) and was.triggers
        return (Change("weaker" if lost else "different", Place(HEAD, "runbook"), name, ""),)
    if not isinstance(was, Runbook) or not isinstance(now, Runbook):
        return (Change("different", Place(HEAD, "runbook"), "", name),)
    after = Version(now, new.catalogue, _finder(new))
    before = renamed(Version(was, old.catalogue, _finder(old)), after)
    return () if _untouched(now, old, new) else changes(sheet_of(before), sheet_of(after))


def _untouched(runbook: Runbook, old: Library, new: Library) -> bool:
    """Say whether neither its file nor anything that gives it a meaning differs: nothing needs comparing."""
    here, there = new.workspace.runbook_files(), old.workspace.runbook_files()
    mine = here if any(called(runbook.steps)) else {runbook.runbook}
    shared = [_beneath(library, library.workspace.catalogue_files()) for library in (old, new)]
    return shared[0] == shared[1] and all(
        name in there and there[name].read_bytes() == here[name].read_bytes() for name in mine
    )


def _beneath(library: Library, paths: Sequence[Path]) -> Mapping[Path, bytes]:
    """Return the content of files by their path below the workspace."""
    return {path.relative_to(library.workspace.root): path.read_bytes() for path in paths}


def _read(name: str, library: Library) -> Runbook | str:
    """Return a runbook, or why it cannot be read."""
    try:
        return library.runbook(name)
    except EngineError as error:
        return _first(error)


def _finder(library: Library) -> Callable[[str], Runbook | None]:
    known: Mapping[str, Path] = library.workspace.runbook_files()

    def find(name: str) -> Runbook | None:
        try:
            return library.runbook(name) if name in known else None
        except EngineError:
            return None

    return find


def _first(error: EngineError) -> str:
    """Return the first finding in a line, or the message."""
    if isinstance(error, FileErrors) and error.findings:
        one = error.findings[0]
        return f"{one.file}:{one.line}: {one.finding.message}"
    return error.message


__all__ = ["CATALOGUE", "DRILLS", "Against", "Compared", "Git", "against"]
