"""Plays a runbook written as YAML in virtual time, against outcomes written beside it."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.core.events import Ended, Event, Happened, Person, Settled, Started
from engine.core.moves import Perform
from engine.core.plan import Plan, Request, make_plan
from engine.core.state import RunState
from engine.io.drivers.ledger import Ledger
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.journal.memory import MemoryJournal
from engine.io.people import Line, People, Script
from engine.kinds.values import Instant
from engine.model.loading import LoadedCatalogue, load_catalogue, load_runbook
from engine.model.runbook import Runbook
from engine.model.source import Document, read

START = Instant.parse("2025-11-23T03:02:12Z")
ANN = Person(name="ann", role="reliability", identity="claimed")
ELI = Person(name="eli", role="engineer", identity="claimed")

CATALOGUE = """
environments:
  test: {title: Test, real: false, drills: true}
roles:
  reliability: {title: On call, level: L1, may: [restart-machine], channel: pager}
  engineer: {title: Engineer, level: L2, approves: [any], channel: pager, within: 5m}
  manager: {title: Manager, level: L3, approves: [any], channel: pager, within: 5m}
severities:
  SEV-1: {meaning: down, respond: 5m, cadence: 15m, ladder: [{role: engineer, after: 0s}, {role: manager, after: 5m}]}
  SEV-2: {meaning: partly, respond: 15m, ladder: [{role: reliability, after: 0s}, {role: engineer, after: 10h}]}
channels:
  pager: {type: pagerduty, url: "http://pager.test", routing_key: "${secrets.PAGER_KEY}"}
"""


def document(text: str) -> Document:
    """Read YAML that must be right."""
    found = read(textwrap.dedent(text).encode(), "test.yaml")
    assert isinstance(found, Document), found
    return found


def catalogue(more: str = "") -> LoadedCatalogue:
    """Return the test catalogue."""
    documents = [document(CATALOGUE)] + ([document(more)] if more else [])
    return load_catalogue(documents).require()


def runbook(text: str, more: str = "") -> Runbook:
    """Load a runbook that must be right."""
    head = (
        ""
        if text.lstrip().startswith("runbook:")
        else "runbook: test\ntitle: Test\nseverity: SEV-2\nsteps:\n"
    )
    body = textwrap.dedent(text)
    return load_runbook(
        document(head + (textwrap.indent(body, "  ") if head else body)), catalogue(more)
    ).require()


def plan_of(
    text: str, more: str = "", library: Mapping[str, str] | None = None, operator: Person = ANN
) -> Plan:
    """Plan a runbook in the test environment."""
    others = {name: runbook(other, more) for name, other in (library or {}).items()}
    request = Request(run="INC-20251123-030212", environment="test", operator_role=operator.role)
    return make_plan(runbook(text, more), others.__getitem__, catalogue(more), request)


@dataclass
class Outcomes:
    """A performer that answers from a table: `step` or `step.item` to outcomes, the last one for ever."""

    table: Mapping[str, str | Sequence[str]]
    seconds: float = 1.0
    performed: list[str] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=dict)
    facts: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    async def perform(self, move: Perform) -> Ended:
        """Return the next outcome for this operation."""
        asked = move.asked
        name = f"{asked.step}.{asked.item}" if asked.item else asked.step
        usual = {"action": "done", "message": "delivered"}.get(asked.what, "pass")
        key = name if name in self.table else asked.step
        found = self.table.get(key, usual)
        told = [found] if isinstance(found, str) else list(found)
        before = self.told.get(key, 0)
        self.told[key] = before + 1
        self.performed.append(name)
        word = told[min(before, len(told) - 1)]
        outcome, _, how = word.partition("/")
        return Ended(
            operation=asked.operation,
            outcome=outcome,
            why=word,
            seconds=self.seconds,
            facts=dict(self.facts.get(name, {})),  # type: ignore[arg-type]
            no_answer=how if how not in ("", "cannot") else "",
            cannot="no credential" if how == "cannot" else "",
        )


@dataclass
class Played:
    """A run that was played."""

    plan: Plan
    happened: list[Happened]
    state: RunState
    performed: list[str]
    journal: MemoryJournal

    @property
    def end(self) -> str:
        """Return how it ended."""
        return self.state.finished.end if self.state.finished else "not finished"

    @property
    def path(self) -> list[str]:
        """Return the steps in the order they settled, with their outcomes."""
        return [
            f"{one.event.step}={one.event.outcome}" for one in self.happened if isinstance(one.event, Settled)
        ]

    def events(self, kind: type) -> list[Event]:
        """Return all events of a kind."""
        return [one.event for one in self.happened if isinstance(one.event, kind)]


def lines(*answers: str | Line) -> Script:
    """Return a script: `yes`, `step=yes` or whole lines."""
    made = []
    for answer in answers:
        if isinstance(answer, Line):
            made.append(answer)
        else:
            step, _, choice = answer.rpartition("=")
            made.append(Line(choice, step=step or "*", person=ANN, after=2.0))
    return Script(made)


def play(
    text: str,
    table: Mapping[str, str | Sequence[str]] | None = None,
    *answers: str | Line,
    more: str = "",
    library: Mapping[str, str] | None = None,
    facts: Mapping[str, Mapping[str, object]] | None = None,
    seconds: float = 1.0,
    scale: float = 1.0,
    people: People | None = None,
    interfere: Callable[[Happened, Ledger], None] | None = None,
) -> Played:
    """Play one runbook to its end."""
    plan = dataclasses.replace(plan_of(text, more, library), time_scale=scale)
    journal = MemoryJournal()
    clock = VirtualClock(START)
    ledger = Ledger(journal, clock.now, clock.monotonic)
    happened: list[Happened] = []
    ledger.watchers.append(lambda one, state: happened.append(one))
    if interfere:
        ledger.watchers.append(lambda one, state: interfere(one, ledger))
    ledger.record([Started(plan=plan, digest=plan.digest(), engine="test", operator=ANN)], ANN)
    performer = Outcomes(table or {}, seconds, facts=facts or {})
    driver = VirtualDriver(ledger, clock, performer, people or lines(*answers))
    state = driver.run()
    return Played(plan, happened, state, performer.performed, journal)
