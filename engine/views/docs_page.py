"""The page of one runbook as data: everything a renderer says, nothing about how.

Texts are plain data, except those named *prose*: what authors write in Markdown by contract.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.kinds.values import Duration
from engine.views.bounds import Proofs


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercised:
    """The last time that people practised this runbook."""

    on: date
    by: str = ""
    report: str = ""
    """The path of the drill's report, relative to the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undrilled:
    """A branch that no drill takes: at this step, this outcome leads there."""

    step: str
    outcome: str
    target: str
    shown: str = ""
    """What takes it instead in CI, a case or a step test; empty where nothing does."""
    why: str = ""
    """Why nothing can take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches:
    """How many of a runbook's own branches are taken in CI; those of a runbook it calls count there."""

    covered: int
    """Taken by its drills."""
    total: int
    cases: int = 0
    """Taken by its cases."""
    steps: int = 0
    """Taken by its step tests."""
    undrilled: tuple[Undrilled, ...] = ()

    @property
    def taken(self) -> int:
        """Return how many are taken by a drill, a case or a step test."""
        return self.covered + sum(1 for one in self.undrilled if one.shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """What the drill records say about one runbook; nothing known where nothing is given."""

    exercised: Exercised | None = None
    branches: Branches | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command to type; `environments` is empty where it is the same in all."""

    text: str
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """A value in a command that is only known during the incident, and where to read it."""

    name: str
    where: str
    anchor: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One expectation, in words; `meaning` is prose about the subject."""

    subject: str
    text: str
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A labelled line; `text` is prose or a command where it says so, else plain; `link` is an address."""

    label: str
    text: str = ""
    prose: bool = False
    code: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a person reads one fact from an answer, line by line."""

    fact: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """One thing to look at or to do."""

    name: str = ""
    title: str = ""
    commands: tuple[Command, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    readings: tuple[Reading, ...] = ()
    notes: tuple[Note, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One outcome, with its meaning where the word alone does not say it."""

    name: str
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to go: a step (with its anchor) or an end (without)."""

    name: str
    anchor: str = ""
    path: str = ""
    """The step's path in the plan; the end's name for an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """Where outcomes lead."""

    outcomes: tuple[Outcome, ...]
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a decision: all of `all_of` hold and, where given, one group of `one_of`."""

    all_of: tuple[Wanted, ...]
    one_of: tuple[tuple[Wanted, ...], ...]
    target: Target
    raises: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEntry:
    """One step as a person follows it."""

    path: str
    anchor: str
    kind: str
    title: str
    why: str = ""
    opening: tuple[Note, ...] = ()
    doings: tuple[Doing, ...] = ()
    rows: tuple[Row, ...] = ()
    otherwise: Target | None = None
    """Where a decision goes when no row holds."""
    exits: tuple[Exit, ...] = ()
    opens: tuple[Exit, ...] = ()
    """The first step of every branch."""
    budget: Duration | None = None
    timeout: Duration | None = None
    visits: int = 1
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The steps of one phase."""

    title: str
    phase: str
    budget: Duration | None
    steps: tuple[StepEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One variable of the export block; `value` is a shell word, empty for what is never in a file."""

    name: str
    value: str = ""
    purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """The variables of one environment."""

    environment: str
    exports: tuple[Export, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportBlock:
    """What to set once before typing commands; the first environment is the one a paste selects."""

    script: str = ""
    environments: tuple[Addresses, ...] = ()
    credentials: tuple[Export, ...] = ()
    elsewhere: tuple[Note, ...] = ()
    """Environments whose addresses no file knows, or in which the runbook does not run, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleEntry:
    """One line of the escalation matrix."""

    role: str
    title: str
    level: str
    may: tuple[str, ...]
    approves: tuple[str, ...]
    contact: str
    may_not: str
    escalate_when: str
    paged: tuple[tuple[str, Duration], ...]
    """Severity, and how long after the alert this role is paged."""
    approves_rest: bool = False
    """It is asked for the approvals that no role is named for."""

    def approved(self) -> str:
        """Say what it approves for others; empty: nothing."""
        words = ["anything but destroying" if one == "any" else one for one in self.approves]
        rest = "what no role is named for" if self.approves_rest else ""
        return ", and ".join(part for part in (", ".join(words), rest) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityEntry:
    """One severity."""

    name: str
    meaning: str
    respond: Duration
    cadence: Duration | None
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEntry:
    """An alert that means this runbook."""

    alert: str
    expr: str = ""
    lasting: Duration | None = None
    summary: str = ""
    severity: str = ""
    why: str = ""
    """Why it has no rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything the page of a runbook says."""

    runbook: str
    kind: str
    doc: str
    title: str
    epoch: str
    owner: str
    reviewed: date | None
    expires: date | None
    service: str
    service_title: str
    severity: str
    meaning: str
    impact: str
    symptoms: tuple[str, ...]
    references: tuple[str, ...]
    links: tuple[Note, ...]
    alerts: tuple[AlertEntry, ...]
    block: ExportBlock
    start: Target
    sections: tuple[Section, ...]
    ends: tuple[Outcome, ...]
    roles: tuple[RoleEntry, ...]
    severities: tuple[SeverityEntry, ...]
    practice: Practice
    drill_every: Duration = Duration(0.0)
    guards: tuple[Note, ...] = ()
    """What keeps a run of it within bounds, in the order in which it decides."""
    run: tuple[Placeholder, ...] = ()
    """What the engine knows of a run by itself and this page speaks of."""
    proofs: Proofs | None = None
    """What is proved of all paths."""
    place: str = ""
    """The environment that the command must name; empty where the workspace says one, or has only one."""

    @property
    def command(self) -> str:
        """Return the line that runs it."""
        return f"runbook run {self.runbook}" + (f" --env {self.place}" if self.place else "")

    def steps(self) -> tuple[StepEntry, ...]:
        """Return the steps of all sections."""
        return tuple(step for section in self.sections for step in section.steps)
