"""The runs of a workspace: finding one, reading it, and what people may append to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.app.credentials import redactors
from engine.app.identity import check_role
from engine.app.parts import live_ledger, system_now
from engine.app.workspace import Workspace
from engine.core.answers import problem_with
from engine.core.events import Answered, Event, HandedOver, Happened, Noted, Person, TakenOver
from engine.core.plan import Plan
from engine.core.state import RunState
from engine.io.drivers.ledger import Ledger, happened_from
from engine.io.journal.files import FileJournal
from engine.io.journal.lease import holder
from engine.io.redaction import Redactor
from engine.kinds.errors import Refused, UsageError
from engine.kinds.findings import did_you_mean

OBSERVING = "OBS"
"""What the id of a run begins with that only observes."""
INCIDENT = "INC"
"""What the id of a run begins with that is neither a drill nor only observes."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run on disk."""

    run: str
    path: Path
    redactors: Callable[[Plan], Redactor] | None = field(default=None, compare=False, repr=False)
    """Makes the redactor for what a person says here; None only where nobody says anything."""

    def read(self) -> tuple[Happened, ...]:
        """Return everything that happened; raises StorageError or JournalDamaged."""
        with FileJournal(self.path) as journal:
            return tuple(happened_from(record) for record in journal.read())

    def state(self) -> RunState:
        """Return the folded state."""
        ledger, journal = live_ledger(self.path)
        journal.close()
        return ledger.state

    def head(self) -> tuple[int, str]:
        """Return sequence and hash of the last record."""
        with FileJournal(self.path) as journal:
            return journal.head()

    def driven(self) -> bool:
        """Say whether an executor holds the run now."""
        return holder(self.path) is not None

    def say(self, event: Event, by: Person) -> Happened:
        """Append what a person says from this terminal; raises Refused with who won.

        A role that the run's plan does not have is a UsageError.
        """
        ledger, journal = live_ledger(self.path)
        if self.redactors is not None and ledger.state.plan is not None:
            ledger.redactor = self.redactors(ledger.state.plan)
        with journal:
            for person in (by, event.to) if isinstance(event, HandedOver) else (by,):
                check_role(person, ledger.state.plan.roles if ledger.state.plan else ())
            happened = append(ledger, event, by, self.path / "report.md")
            note_repairs(ledger, journal)
            return happened


def note_repairs(ledger: Ledger, journal: FileJournal) -> None:
    """Record what an append had to repair first (a torn last line), so that it is shown and kept."""
    for notice in journal.notices:
        while not ledger.record([Noted(text=notice)]):
            pass


def append(ledger: Ledger, event: Event, by: Person, report: Path | None = None) -> Happened:
    """Append one event of a person, valid against the newest state; raises Refused.

    A record that has its end takes no more: what people add then goes into `report`, by hand.
    """
    said: list[Happened] = []
    ledger.watchers.append(lambda happened, state: said.append(happened))
    while True:
        state = ledger.state
        if state.finished is not None:
            hint = f"what is to be added goes into its report, by hand: {report}" if report else ""
            raise Refused(f"the run has ended: {state.finished.end}", hint=hint)
        if isinstance(event, Answered):
            problem = problem_with(state, event, by, system_now())
            if problem:
                raise Refused(problem)
        if isinstance(event, TakenOver):
            ledger.epoch = state.epoch + 1
        if ledger.record([event], by):
            return said[-1]


def folders(workspace: Workspace) -> Sequence[RunFolder]:
    """Return every run, newest first."""
    if not workspace.runs.is_dir():
        return ()
    found = [
        RunFolder(path.name, path, redactors(workspace))
        for path in workspace.runs.iterdir()
        if (path / "journal.jsonl").exists()
    ]
    return sorted(found, key=lambda one: one.run.partition("-")[2], reverse=True)


def find_run(workspace: Workspace, name: str = "") -> RunFolder:
    """Return a run by id, or the current one: the newest unfinished, else the newest.

    A drill is not current while an incident is not over. A run that only observes is meant where it is named,
    or where there is nothing else, and that is said.
    """
    known = folders(workspace)
    if name:
        for folder in known:
            if folder.run == name:
                return folder
        hint = did_you_mean(name, (folder.run for folder in known)) or "`runbook runs` lists them"
        raise UsageError(f"there is no run '{name}'", hint=hint)
    if not known:
        raise UsageError("there are no runs yet", hint="`runbook run ID` starts one")
    real = [one for one in known if not one.run.startswith(f"{OBSERVING}-")]
    if not real:
        workspace.tell(f"there is no other run than {known[0].run}, which only observes\n")
    for folder in sorted(real or known, key=lambda one: not one.run.startswith(f"{INCIDENT}-")):
        if folder.state().finished is None:
            return folder
    return (real or known)[0]


def require_sandbox_free(workspace: Workspace) -> None:
    """Refuse to touch the sandbox while somebody drives a run against it; raises Refused naming the run."""
    for folder in folders(workspace):
        if not folder.driven():
            continue
        plan = folder.state().plan
        if plan is not None and plan.drills:
            raise Refused(
                f"{folder.run} is being run against the sandbox",
                hint=f"`runbook show {folder.run} --follow` watches it; wait for its end, or end it first",
            )
