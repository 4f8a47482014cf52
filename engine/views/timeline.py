"""What happened in a run, one row for each thing a reader would tell another person.

A check is one row at its end, whatever its retries; the samples of a soak are one row; a round of the
control probe is one row; what is still in the air stands at its beginning with the mark `…`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.core.events import (
    Aborted,
    Answered,
    Expired,
    Finished,
    Frozen,
    HandedOver,
    Happened,
    Interrupted,
    Jumped,
    Noted,
    Person,
    PolicyRead,
    Prompted,
    Resumed,
    Settled,
    SeveritySet,
    Skipped,
    Started,
    TakenOver,
    Thawed,
    TimerFired,
    TimerStopped,
    Withdrawn,
)
from engine.core.records import EvidenceRef
from engine.core.state import Operation
from engine.kinds.counted import counted
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Duration, Instant
from engine.views.decided import decided
from engine.views.history import NOBODY, History
from engine.views.history import history as read

Kind = Literal[
    "check",
    "decision",
    "action",
    "message",
    "prompt",
    "answer",
    "severity",
    "deviation",
    "note",
    "timer",
    "lifecycle",
]
Mark = Literal["", "ok", "FAIL", "?", "…", "NEW"]
MARKS: dict[str, Mark] = {
    "pass": "ok",
    "done": "ok",
    "delivered": "ok",
    "acknowledged": "ok",
    "held": "ok",
    "fail": "FAIL",
    "failed": "FAIL",
    "undelivered": "FAIL",
    "limit": "FAIL",
    "unknown": "?",
}
ENGINE = Person()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a timeline; `offset` is in seconds from the alert."""

    at: Instant
    offset: float
    who: Person
    kind: Kind
    step: str
    text: str
    mark: Mark = ""
    detail: tuple[str, ...] = ()
    evidence: tuple[EvidenceRef, ...] = ()
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Timeline:
    """All rows in order of time, counted from the alert."""

    since: Instant
    rows: tuple[Row, ...]


def timeline(happened: Sequence[Happened]) -> Timeline:
    """Return the timeline of a journal, or of its beginning."""
    return of(read(happened))


def of(past: History) -> Timeline:
    """Return the timeline of a history that was already read."""
    rows = [*_alert(past), *_operations(past), *_events(past)]
    return Timeline(past.since, tuple(sorted(rows, key=lambda row: (row.at, row.seq))))


def offset(seconds: float) -> str:
    """Return the distance from the alert as people write it: `+3m10s`."""
    whole = round(abs(seconds))
    return f"{'-' if seconds < 0 and whole else '+'}{Duration(whole)}"


def named(person: Person) -> str:
    """Return a person as people write them: `mara (engineer)`."""
    return f"{person.name} ({person.role})" if person.role else person.name


def mark_of(past: History, last: Operation) -> Mark:
    """Return the mark of an operation; our own network down makes no answer unknown, as the run held it."""
    ended, asked = last.ended, last.asked
    if ended is None:
        return "…"
    if asked.operation in past.cancelled:
        return ""
    if ended.no_answer and asked.what == "check":
        stay = past.stays.get((asked.step, asked.visit))
        if stay and stay.settled and stay.settled.answers.get(asked.item) == "unknown":
            return "?"
    if ended.outcome == "pass" and ended.facts.get("recent") is True:
        return "NEW"
    return MARKS.get(ended.outcome, "")


def _alert(past: History) -> Iterator[Row]:
    if past.plan.since is not None:
        yield Row(past.since, 0.0, Person(name="alert", identity=""), "lifecycle", "", "the alert fired")


def _operations(past: History) -> Iterator[Row]:
    """One row for each group of operations that a reader sees as one thing."""
    seqs = {one.event.operation: one.seq for one in past.happened if hasattr(one.event, "operation")}
    groups: dict[tuple[str, ...], list[Operation]] = {}
    for operation in past.operations.values():
        looked = operation.asked.what == "acknowledgement"  # every ten seconds: a row only when it saw one
        if not looked or (operation.ended and operation.ended.outcome == "acknowledged"):
            groups.setdefault(_group(past, operation), []).append(operation)
    for (what, *_), members in groups.items():
        last = max(members, key=lambda one: (one.ended_at is None, one.ended_at or one.asked_at))
        at = last.ended_at or last.asked_at
        make = {"soak": _soak, "control": _control}.get(what, _single)
        text, mark, detail = make(past, members)
        told = what in ("message", "acknowledgement")
        kind: Kind = "action" if what == "action" else "message" if told else "check"
        evidence = tuple(ref for one in members if one.ended for ref in one.ended.evidence)
        yield Row(
            at,
            at - past.since,
            ENGINE,
            kind,
            last.asked.step,
            text,
            mark,
            detail,
            evidence,
            seqs[last.asked.operation],
        )


def _group(past: History, operation: Operation) -> tuple[str, ...]:
    asked = operation.asked
    step = past.step(asked.step)
    if asked.what == "control":
        return ("control", str(asked.visit))
    if step and isinstance(step.step, WaitStep) and asked.what == "check":
        return ("soak", asked.step, str(asked.visit))
    return (asked.what, asked.step, str(asked.visit), asked.item)


def _single(past: History, members: list[Operation]) -> tuple[str, Mark, tuple[str, ...]]:
    last = members[-1]
    asked, ended = last.asked, last.ended
    name = asked.title if asked.what != "check" else asked.item.partition(".")[0] or asked.title
    if asked.what == "check" and asked.item.startswith("flight."):
        name = f"in flight, {asked.item.partition('.')[2]}"
    if asked.what == "check" and asked.item.startswith(("reconcile.", "verify.")):
        name = f"{asked.item.partition('.')[0]}: {asked.title}"
    said = ended.why if ended else "under way" if past.ended is None else "never ended"
    mark = mark_of(past, last)
    told = [one for one in ended.seen if mark not in ("FAIL", "?") or one.answer != "pass"] if ended else []
    detail = [f"wanted {one.subject} {one.expected}, saw {one.observed}" for one in told]
    if mark == "?" and ended and ended.no_answer:
        detail.append("our own network: the control probe got no answer either")
    for earlier in members[:-1]:
        if earlier.ended:
            came = earlier.ended.why or earlier.ended.outcome
            detail.append(f"try {earlier.asked.attempt} at {earlier.asked_at.clock()}: {came}")
    if asked.what == "action":
        detail += [f"{asked.effect}, asked at {last.asked_at.clock()}"]
        detail += [f"command: {asked.command}"] if asked.command else []
        detail += [f"takes back {asked.undoes}"] if asked.undoes else []
    return f"{name}: {said}" if said else name, mark, tuple(detail)


def _control(past: History, members: list[Operation]) -> tuple[str, Mark, tuple[str, ...]]:
    ended = [one.ended for one in members if one.ended]
    answered = [one for one in ended if not one.no_answer and not one.cannot and not one.lost]
    text = f"control probe: {len(answered)} of {len(members)} answered"
    mark: Mark = "ok" if answered else "…" if len(ended) < len(members) else "FAIL"
    detail = tuple(f"{one.asked.title}: {one.ended.why or one.ended.outcome}" for one in members if one.ended)
    return text + ("" if answered or mark == "…" else ", it is our own network"), mark, detail


def _soak(past: History, members: list[Operation]) -> tuple[str, Mark, tuple[str, ...]]:
    ended = [one for one in members if one.ended]
    asked = members[0].asked
    stay = past.stays.get((asked.step, asked.visit))
    settled = stay.settled if stay else None
    marks: dict[str, set[Mark]] = {}  # what the checks of each sample said
    for one in ended:
        marks.setdefault(one.asked.item.partition(".")[0], set()).add(mark_of(past, one))
    failed = sum("FAIL" in said for said in marks.values())
    unknown = sum("?" in said and "FAIL" not in said for said in marks.values())
    counts = {"failed": failed, "unknown": unknown}
    samples = len({one.asked.item.partition(".")[0] for one in members})
    wrong = "".join(f", {count} {word}" for word, count in counts.items() if count)
    text = f"{past.title(asked.step)}: {counted(samples, 'sample')}{wrong or ', none failed'}"
    if settled:
        text += f"; {settled.outcome}" + (f": {settled.why}" if settled.why else "")
    mark: Mark = MARKS.get(settled.outcome, "?") if settled else "…"
    failures = [one for one in ended if mark_of(past, one) in ("FAIL", "?")]
    detail = tuple(
        f"{one.ended_at.clock()} {one.ended.why}" for one in failures if one.ended and one.ended_at
    )
    return text, mark, detail


def _events(past: History) -> Iterator[Row]:
    for one in past.happened:
        told = _told(past, one)
        if told:
            kind, step, text, mark, *detail = told
            who = _who(one)
            kept = one.event.evidence if isinstance(one.event, Noted) else ()
            yield Row(one.at, one.at - past.since, who, kind, step, text, mark, tuple(detail), kept, one.seq)  # type: ignore[arg-type]  # the table below keeps kinds and marks


def _who(one: Happened) -> Person:
    """Return whose doing an event was: a run reads of a freeze in a file, and somebody else wrote it."""
    match one.event:
        case Expired():
            return NOBODY
        case Frozen(who=who) | Thawed(who=who):
            name, _, role = who.removesuffix(")").partition(" (")
            return Person(name=name, role=role, identity="claimed")
    return one.by


def _told(past: History, one: Happened) -> tuple[str, ...] | None:
    """Return kind, step, text, mark and details of an event that is a row of its own."""
    match one.event:
        case Started(plan=plan, operator=by, mode=mode, drill=drill):
            what = f"drill of {plan.runbook}" if drill else plan.runbook
            how = "" if mode == "run" else f" ({mode})"
            return "lifecycle", "", f"{by.name} started {what} in {plan.environment}{how}", ""
        case Resumed(why=why, overdue=overdue):
            return "lifecycle", "", f"resumed: {why}", "", *(f"overdue: {each}" for each in overdue)
        case Interrupted(why=why):
            return "lifecycle", "", f"stopped, can be resumed: {why}", ""
        case TakenOver(why=why):
            return "lifecycle", "", f"{one.by.name} took the run over: {why}", ""
        case HandedOver(to=to, reason=reason):
            return "lifecycle", "", f"handed over to {named(to)}: {reason}", ""
        case Aborted(reason=reason):
            return "lifecycle", "", f"aborted: {reason}", ""
        case Finished(end=end, undoable=undoable):
            why = decided(past.state)
            text = f"the run ended {end}" + (f": {why}" if why else "")
            return "lifecycle", "", text, "", *(f"in place, can be undone: {each}" for each in undoable)
        case Prompted(step=step, text=text, role=role, changes=changes):
            return "prompt", step, f"asked{f' {role}' if role else ''}: {text}", "", *changes
        case Answered():
            return _answer(past, one, one.event)
        case Expired(prompt=prompt, due=due):
            step = past.askings[prompt].prompted.step if prompt in past.askings else ""
            return "answer", step, f"nobody answered by {due.clock()}", "FAIL"
        case Settled():
            return _settled(past, one.event)
        case SeveritySet(severity=severity, why=why):
            return "severity", "", f"{severity}: {why}", ""
        case TimerFired(timer="ladder", key=role, due=due):
            return "timer", "", f"the ladder pages {role}, due {due.clock()}", ""
        case TimerFired(key=key, due=due):
            return "timer", "", f"status update {key} due at {due.clock()}", ""
        case TimerStopped(key=key, reason=reason) if one.by == ENGINE:
            return "timer", "", f"the ladder does not page {key}: {reason}", ""
        case TimerStopped(key=key, reason=reason):
            return "deviation", "", f"stopped the page to {key}: {reason}", ""
        case Noted(text=text, command=command) if command:
            return "deviation", "", f"by hand: {text}" if text else "by hand", "", f"command: {command}"
        case Noted(text=text):
            return "note", "", text, ""
        case Skipped(step=step, reason=reason, outcome=outcome) if outcome:
            return "deviation", step, f"overrode {step}, {outcome}: {reason}", ""
        case Skipped(step=step, reason=reason):
            return "deviation", step, f"skipped {step}: {reason}", ""
        case Withdrawn(why=why):
            return "prompt", "", f"question withdrawn: {why}", ""
        case Frozen(reason=reason):
            return "lifecycle", "", f"no changes until thawed: {reason}", ""
        case Thawed(reason=reason):
            return "lifecycle", "", f"changes may be made again: {reason}", ""
        case PolicyRead(why=why):
            return "lifecycle", "", why, ""
        case Jumped(step=step, target=target, reason=reason):
            return "deviation", step, f"jumped from {step} to {target}: {reason}", ""
    return None


def _answer(past: History, one: Happened, event: Answered) -> tuple[str, ...]:
    asking = past.askings.get(event.prompt)
    step = asking.prompted.step if asking else ""
    reason = f": {event.reason}" if event.reason else ""
    if asking is None or asking.answered is not event:
        return "answer", step, f"answered '{event.choice}', too late to count{reason}", ""
    values = tuple(f"{name} = {value}" for name, value in event.values.items())
    return "answer", step, f"answered '{event.choice}' ({asking.label()}){reason}", "", *values


def _reason(event: Settled) -> str:
    return event.why.rstrip(". ")


def _settled(past: History, event: Settled) -> tuple[str, ...] | None:
    step = past.step(event.step)
    raised = (f"severity: {event.severity}",) if event.severity else ()
    if step and isinstance(step.step, DecideStep) and event.outcome == "decided":
        return "decision", event.step, f"{_reason(event)}, so {event.target}", "", *raised
    if event.outcome == "limit" and not (step and isinstance(step.step, WaitStep) and step.step.until):
        return (
            "decision",
            event.step,
            f"{past.title(event.step)}: {_reason(event)}, so {event.target}",
            "FAIL",
            *raised,
        )
    if step and isinstance(step.step, RunbookStep):
        return "lifecycle", event.step, f"{_reason(event)}, so {event.target}", "", *raised
    return ("severity", event.step, f"{event.severity}: {event.why}", "") if event.severity else None
