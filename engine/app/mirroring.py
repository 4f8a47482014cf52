"""While a run goes: copies of its evidence, and a log entry for each operation, where a workspace wants them.

Rules:

1. Nothing here stops or delays a run: the first failure is one warning, then nothing is tried before the end.
2. The journal does not depend on it: the note of a failure is only for readers.
3. What is written follows from the journal alone, so that a resumed run writes what the first process could
   not, and nothing twice.
4. What a sensitive check saw never leaves the run's folder; the log has its size and hash.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from engine.app.runs import RunFolder
from engine.app.settings import EvidenceSettings
from engine.app.workspace import Workspace
from engine.core.events import Asked, Ended, Happened, Noted, Settled, Started
from engine.core.plan import Plan
from engine.core.records import EvidenceRef
from engine.core.state import RunState
from engine.io.drivers.ledger import ENGINE
from engine.io.drivers.live import LiveDriver
from engine.io.mirror import Busy, Mirror
from engine.kinds.errors import EngineError
from engine.kinds.values import Instant
from engine.render.evidence_log import MARK, blocker_text, entry_text, mark
from engine.views.blockers import ATTEMPTS, BAD, Blocker, blockers
from engine.views.evidence_log import Entry, entry
from engine.views.history import history

_LAST_PATIENCE = 40
"""Short pauses that the end of a run may wait for a log which another process is writing."""
_SAFE = re.compile(r"[^A-Za-z0-9._-]+")

Warn = Callable[[str], object]


def mirroring_of(workspace: Workspace, folder: RunFolder, warn: Warn) -> Mirroring | None:
    """Return what mirrors a run, or None where the workspace does not ask for it."""
    wanted = EvidenceSettings() if workspace.shipped else workspace.settings.evidence
    return Mirroring(workspace.root, folder, wanted, warn) if wanted.wanted else None


@contextmanager
def mirrored(workspace: Workspace, folder: RunFolder, driver: LiveDriver) -> Iterator[None]:
    """Mirror a run while it is driven in this event loop."""
    loop = asyncio.get_running_loop()
    mirroring = mirroring_of(workspace, folder, lambda text: loop.call_soon(_note, driver, text))
    if mirroring is None:
        yield
        return
    mirroring.guarded(lambda: mirroring.replay(folder.read()))
    driver.ledger.watchers.append(mirroring.watch)
    try:
        yield
    finally:
        problem = mirroring.finish()
        if problem:
            workspace.tell(f"evidence is not mirrored: {problem}; {folder.path} has it all\n")


def _note(driver: LiveDriver, text: str) -> None:
    """Record a warning for readers; where even that fails, the run's own journal has said so already."""
    with suppress(EngineError):
        driver.say(Noted(text=text), ENGINE)


def mirror_report(workspace: Workspace, folder: RunFolder, report: Path) -> None:
    """Copy a report that was written into the run's folder; a failure is told, and ends nothing."""
    mirroring = mirroring_of(workspace, folder, lambda text: workspace.tell(f"{text}\n"))
    if mirroring is None or not mirroring.wanted.artifacts:
        return
    started = next(iter(folder.read()), None)
    if started is not None:
        mirroring.replay((started,))
        mirroring.guarded(lambda: mirroring.keep(report, "report.md"))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one run's copies and entries go, settled by its first record."""

    plan: Plan
    run: str
    artifacts: str
    log: str


@dataclass(slots=True)
class Mirroring:
    """Follows one run; `watch` is called for every record, `finish` at the end."""

    root: Path
    folder: RunFolder
    wanted: EvidenceSettings
    warn: Warn
    """Is told the first failure, in one line."""
    mirror: Mirror = field(init=False)
    failed: str = ""
    _place: _Place | None = None
    _asked: dict[str, tuple[Asked, Instant]] = field(default_factory=dict)
    _entries: list[Entry] = field(default_factory=list)
    _blockers: list[Blocker] = field(default_factory=list)
    _streaks: dict[tuple[str, str], int] = field(default_factory=dict)
    _places: dict[str, str] = field(default_factory=dict)
    """Where people find a file, by its path in the run's folder."""
    _told: bool = False

    def __post_init__(self) -> None:
        self.mirror = Mirror(self.root)

    def replay(self, happened: tuple[Happened, ...]) -> None:
        """Take in what happened before this process; nothing is written yet."""
        for one in happened:
            self._take(one, fold=False)
        if len(happened) > 1 and self.wanted.log:
            self._blockers += blockers(history(happened))

    def watch(self, happened: Happened, state: RunState) -> None:
        """Take in one record, and write what it means; never raises."""
        self.guarded(lambda: self._take(happened))
        if not self.failed:
            self.guarded(self._flush)

    def finish(self) -> str:
        """Write what is still owed, and the journal; return what could not be, in one line."""
        self.failed = ""
        self.guarded(lambda: self._flush(_LAST_PATIENCE), final=True)
        if self.wanted.artifacts and not self.failed:
            self.guarded(lambda: self.keep(self.folder.path / "journal.jsonl", "journal.jsonl"), final=True)
        return self.failed

    def keep(self, source: Path, name: str) -> None:
        """Copy a file of the run that goes on changing, under the run's id."""
        if self._place is not None and self._place.artifacts:
            _require(self._place)
            self.mirror.keep(source, self._place.artifacts, f"{self._place.run}-{name}")

    def guarded(self, work: Callable[[], object], *, final: bool = False) -> None:
        """Do something that may fail without an effect on the run."""
        try:
            work()
        except Busy:
            if final:
                self.failed = f"the log {self._place.log if self._place else ''} is held by another process"
        except Exception as fault:  # rule 1: whatever it is, the run goes on
            self.failed = _told(fault)
            if not self._told and not final:
                self._told = True
                with suppress(RuntimeError):  # the loop is closed: nobody reads it any more
                    self.warn(f"evidence is not mirrored: {self.failed}; the run's own folder has it all")

    def _take(self, one: Happened, *, fold: bool = True) -> None:
        match one.event:
            case Started() as started:
                self._place = _settled(self.wanted, started, one.at)
            case Asked() as asked:
                self._asked[asked.operation] = (asked, one.at)
            case Ended(operation=name) as ended if self._place is not None and name in self._asked:
                intent = self._asked.pop(name)
                self._entries.append(entry(self._place.run, self._place.plan, intent, one, ended))
                self._count(one, (intent[0].step, intent[0].item), ended.outcome, fold)
            case Settled(step=step, outcome=outcome):
                self._count(one, (step, ""), "unknown" if outcome == "limit" else outcome, fold)
            case _:
                pass

    def _count(self, one: Happened, key: tuple[str, str], outcome: str, fold: bool) -> None:
        """Fold the journal for its blockers only where one may have come about."""
        self._streaks[key] = self._streaks.get(key, 0) + 1 if outcome in BAD else 0
        if fold and self.wanted.log and self._streaks[key] >= ATTEMPTS:
            so_far = tuple(each for each in self.folder.read() if each.seq <= one.seq)
            self._blockers += [each for each in blockers(history(so_far)) if each.seq == one.seq]

    def _flush(self, patience: int = 0) -> None:
        """Copy and log everything that waits; what fails stays waiting."""
        place = self._place
        if place is None or not (self._entries or self._blockers):
            return
        _require(place)
        for each in self._entries:
            for ref in each.evidence:
                if ref.path not in self._places:
                    self._places[ref.path] = self._copied(place, each, ref)
        if place.log:
            run, known = place.run, self._places
            texts = [(one.seq, 0, mark(run, one.seq), entry_text(one, known)) for one in self._entries]
            texts += [
                (one.seq, 1, mark(run, one.seq, "blocker"), blocker_text(run, one, known))
                for one in self._blockers
            ]
            ready = [(named, text) for _, _, named, text in sorted(texts)]
            self.mirror.append(place.log, ready, self._marks, patience)
        self._entries.clear()
        self._blockers.clear()

    def _marks(self, text: str) -> list[str]:
        """Return the marks of this run's entries in a piece of the log."""
        run = f"{self.folder.run} "
        return [one for one in MARK.findall(text) if one.startswith(run)]

    def _copied(self, place: _Place, each: Entry, ref: EvidenceRef) -> str:
        """Copy one file where that is wanted and allowed; return where people find it."""
        kept = self.folder.path / ref.path
        if each.sensitive or not place.artifacts:
            return str(kept.relative_to(self.root)) if kept.is_relative_to(self.root) else str(kept)
        return self.mirror.copy(self.folder.path, ref.path, ref.sha256, place.artifacts)


def _settled(wanted: EvidenceSettings, started: Started, at: Instant) -> _Place:
    moment = at.utc()
    words: Mapping[str, str] = {
        "role": _SAFE.sub("-", started.operator.role).strip(".-") or "operator",
        "utc": f"{moment:%Y%m%dT%H%M%SZ}",
        "date": f"{moment:%Y-%m-%d}",
        "run": started.plan.run,
    }
    plan = started.plan
    return _Place(plan, plan.run, wanted.artifacts.format(**words), wanted.log.format(**words))


def _require(place: _Place) -> None:
    """Refuse a path that the guards do not let runs write to; no list of paths limits nothing."""
    allowed = place.plan.guards.access.write
    for path in (place.artifacts, place.log):
        if path and allowed and not any(PurePosixPath(path).is_relative_to(one) for one in allowed):
            raise PermissionError(f"{path} is not below what guards.access.write lists")


def _told(fault: Exception) -> str:
    match fault:
        case OSError(strerror=str(why), filename=name) if name is not None:
            return f"{name}: {why}"
        case OSError(strerror=str(why)):
            return why
        case EngineError():
            return fault.message
    return str(fault) or type(fault).__name__
