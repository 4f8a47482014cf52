"""The incident report of a run: everything the journal knows, and what a person still owes.

Nothing is made up: a number the engine cannot know (users, requests, data) stands under `owed` with the
role that must fill it in, and so does the root cause unless a decision of the runbook named it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.core.events import Happened, Interrupted, Person, Settled, SeveritySet
from engine.kinds.steps.decide import DecideStep
from engine.kinds.values import Duration, Instant
from engine.views.blockers import Blocker, blockers
from engine.views.changes import Change, changes
from engine.views.decided import decided
from engine.views.decisions import Decision, Deviation, decisions, deviations
from engine.views.history import History
from engine.views.history import history as read
from engine.views.milestones import Milestones, milestones
from engine.views.observations import Exhibit, Unseen, exhibits, unseen
from engine.views.paging import Page, alarm, pages, resolved
from engine.views.phases import Spent, spent
from engine.views.timeline import ENGINE, Timeline, of

REVIEW = Duration(86_400.0)
"""The review of an incident is due a day after its end (the first customer's rule)."""


@dataclass(frozen=True, slots=True)
class SeverityChange:
    """The severity from this moment on."""

    at: Instant
    severity: str
    by: Person
    why: str


@dataclass(frozen=True, slots=True)
class Owed:
    """Something only a person can add: what, which role, by when."""

    what: str
    role: str
    due: Instant | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """One visit of a step, to be drawn; `outcome` is empty while it lasts."""

    phase: str
    step: str
    title: str
    begin: Instant
    end: Instant
    outcome: str
    good: bool


@dataclass(frozen=True, slots=True)
class Report:
    """One run as a reader needs it afterwards. `head` is the hash of the last record."""

    run: str
    runbook: str
    title: str
    environment: str
    real: bool
    service: str
    mode: str
    drill: str
    engine: str
    plan: str
    head: str
    records: int
    operator: Person
    started_by: Person
    people: tuple[Person, ...]
    """Everybody who said something, in order of appearance."""
    status: str
    end: str
    why: str
    severity: str
    severities: tuple[SeverityChange, ...]
    impact: str
    """What the runbook's author says users notice; the numbers are owed by a person."""
    cause: str
    when: Milestones
    spent: Spent
    stays: tuple[Bar, ...]
    timeline: Timeline
    decisions: tuple[Decision, ...]
    deviations: tuple[Deviation, ...]
    unknown: tuple[Unseen, ...]
    pages: tuple[Page, ...]
    changes: tuple[Change, ...]
    evidence: tuple[Exhibit, ...]
    owed: tuple[Owed, ...]
    incident: str = ""
    """The PagerDuty incident that the run has joined."""
    resolved: tuple[str, ...] = ()
    """Dedup keys of the incidents that were resolved with the run."""
    broke_glass: tuple[str, ...] = ()
    """Who went ahead without an approval: the first lines of the report."""
    blockers: tuple[Blocker, ...] = ()
    """What two documented attempts did not get past."""

    @property
    def length(self) -> float | None:
        """Return the seconds from the alert to the end, or None while the run goes on."""
        return self.since_alert(self.when.ended)

    def since_alert(self, moment: Instant | None) -> float | None:
        """Return how long after the alert a moment was, or None for one that never came."""
        return None if moment is None else moment - self.when.alert


def report(happened: Sequence[Happened], head: str, impact: str = "") -> Report:
    """Return the report of a run, finished or not; `impact` stands in where the plan has none."""
    past = read(happened)
    plan, started, state = past.plan, past.started, past.state
    strayed, cause = deviations(past), _cause(past)
    return Report(
        run=plan.run,
        runbook=plan.runbook,
        title=plan.title,
        environment=plan.environment,
        real=plan.real,
        service=plan.service,
        mode=started.mode,
        drill=started.drill,
        engine=started.engine,
        plan=started.digest,
        head=head,
        records=len(happened),
        operator=state.operator,
        started_by=started.operator,
        people=_people(past),
        status=_status(past),
        end=state.finished.end if state.finished else "",
        why=decided(state) if state.finished else state.why,
        severity=state.severity,
        severities=_severities(past),
        impact=plan.impact or impact,
        cause=cause,
        when=milestones(past),
        spent=spent(past, state.now),
        stays=_bars(past),
        timeline=of(past),
        decisions=decisions(past),
        deviations=strayed,
        unknown=unseen(past),
        pages=pages(past),
        changes=changes(past),
        evidence=exhibits(past),
        owed=_owed(past, cause, strayed),
        incident=plan.incident,
        resolved=resolved(past),
        broke_glass=state.broke_glass,
        blockers=blockers(past),
    )


def _people(past: History) -> tuple[Person, ...]:
    """Return everybody once; the same person at two terminals is one."""
    found: dict[tuple[str, str, str], Person] = {}
    for one in [past.started.operator, *(each.by for each in past.happened if each.by.identity != "engine")]:
        found.setdefault((one.name, one.role, one.identity), one)
    return tuple(found.values())


def _bars(past: History) -> tuple[Bar, ...]:
    """Return every visit, phase by phase as the run went through them; branches stand with their step."""
    bars = []
    for stay in past.stays.values():
        step = past.step(stay.step)
        if step:
            outcome = stay.settled.outcome if stay.settled else "" if stay.left is None else "cancelled"
            good = outcome in step.step.good or outcome not in (*step.step.bad, "limit", "cancelled")
            bars.append(
                Bar(
                    step.phase,
                    step.path,
                    step.title,
                    stay.entered,
                    stay.left or past.state.now,
                    outcome,
                    good,
                )
            )
    return tuple(bars)


def _status(past: History) -> str:
    if past.state.finished:
        return "ended"
    if past.state.interrupted or isinstance(past.happened[-1].event, Interrupted):
        return "stopped, can be resumed"
    waiting = any(asking.closed is None for asking in past.askings.values())
    return "waiting for a person" if waiting else "under way"


def _severities(past: History) -> tuple[SeverityChange, ...]:
    found = []
    if past.plan.severity:
        runbook = Person(name="the runbook", identity="engine")
        found.append(SeverityChange(past.state.started, past.plan.severity, runbook, "where it starts"))
    for one in past.happened:
        match one.event:
            case SeveritySet(severity=severity, why=why):
                found.append(SeverityChange(one.at, severity, one.by, why))
            case Settled(severity=severity, why=why) if severity:
                found.append(SeverityChange(one.at, severity, ENGINE, why))
    return tuple(found)


def _cause(past: History) -> str:
    """Return the last reason a row of a decision gave for itself; its `else` names no cause."""
    named = ""
    for _, settled in past.settled():
        step = past.step(settled.step)
        if step is None or not isinstance(step.step, DecideStep) or step.phase != "diagnose":
            continue
        if any(
            case.go == settled.target and case.why and case.why == settled.why for case in step.step.decide
        ):
            named = settled.why
    return named


def _owed(past: History, cause: str, strayed: tuple[Deviation, ...]) -> tuple[Owed, ...]:
    if past.state.finished is not None and past.state.finished.end == "false-alarm":
        return _reasons(past, strayed)
    owner = past.plan.owner or "owner"
    due = past.ended.after(REVIEW) if past.ended else None
    owed = []
    if past.state.finished is not None and alarm(past.state):
        owed.append(Owed("who was called by phone and when: no page went out", past.state.operator.name, due))
    owed += [] if cause else [Owed("the root cause in one sentence", owner, due)]
    owed += [
        Owed("users affected", owner, due),
        Owed("requests that failed", owner, due),
        Owed("data lost or wrong", owner, due),
        Owed("what went well, what went badly, where we were lucky", owner, due),
        Owed("follow-up actions, each with a role as owner and a due date", owner, due),
    ]
    return (*owed, *_reasons(past, strayed))


def _reasons(past: History, strayed: tuple[Deviation, ...]) -> tuple[Owed, ...]:
    due = past.ended.after(REVIEW) if past.ended else None
    return tuple(
        Owed(f"the reason for: {one.kind} {one.step or one.text} at {one.at.clock()}", one.by.name, due)
        for one in strayed
        if one.owed
    )
