"""What was decided in a run, by whom and why, and where the run left its runbook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from engine.core.events import (
    Aborted,
    Answered,
    Expired,
    HandedOver,
    Happened,
    Jumped,
    Noted,
    Person,
    Prompted,
    Settled,
    SeveritySet,
    Skipped,
    TakenOver,
    TimerStopped,
)
from engine.kinds.steps.decide import DecideStep
from engine.kinds.values import Instant
from engine.views.history import NOBODY, History

Strayed = Literal[
    "skipped",
    "jumped",
    "by hand",
    "late",
    "break-glass",
    "unanswered",
    "overridden",
    "severity lowered",
    "aborted",
    "taken over",
]


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that was decided, by whom and why; `identity` is engine, claimed, relayed or proved."""

    at: Instant
    by: Person
    step: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """Where the run left its runbook, and the reason given; `owed` when none was."""

    at: Instant
    by: Person
    kind: Strayed
    step: str
    text: str
    reason: str

    @property
    def owed(self) -> bool:
        """Say whether the person still owes the reason."""
        return self.by.identity not in ("engine", "") and self.reason.strip().casefold() in ("", "later")


def decisions(past: History) -> tuple[Decision, ...]:
    """Return what the engine and people decided, in order."""
    return tuple(_decisions(past))


def _decisions(past: History) -> Iterator[Decision]:
    counted = {id(asking.answered): asking for asking in past.askings.values() if asking.answered}
    for one in past.happened:
        match one.event:
            case Settled(step=step, outcome="decided", why=why, target=target) if _decides(past, step):
                yield Decision(one.at, one.by, step, f"go to {target}", why)
            case Settled(step=step, severity=severity, why=why) if severity:
                yield Decision(one.at, one.by, step, f"severity {severity}", why)
            case Answered() if id(one.event) in counted:
                asking = counted[id(one.event)]
                what = f"{asking.prompted.text} → {asking.label()}"
                by = one.by
                if _unproved(past, asking.prompted):
                    what, by = (
                        f"{what} (the proof did not hold: not counted)",
                        replace(by, identity="claimed"),
                    )
                yield Decision(one.at, by, asking.prompted.step, what, one.event.reason)
            case SeveritySet(severity=severity, why=why):
                yield Decision(one.at, one.by, "", f"severity {severity}", why)
            case HandedOver(to=to, reason=reason):
                yield Decision(one.at, one.by, "", f"hand over to {to.name}", reason)


def _unproved(past: History, asked: Prompted) -> bool:
    """Say whether the proof behind an answer was held against what is known, and did not hold."""
    return any(
        op.asked.what == "proof"
        and (op.asked.step, op.asked.item) == (asked.step, f"proof.{asked.item}")
        and op.ended is not None
        and op.ended.outcome != "pass"
        for op in past.operations.values()
    )


def deviations(past: History) -> tuple[Deviation, ...]:
    """Return where the run left its runbook, in order."""
    return tuple(_deviations(past))


def _deviations(past: History) -> Iterator[Deviation]:
    askings = past.askings
    severity = past.plan.severity
    for one in past.happened:
        match one.event:
            case Skipped(step=step, reason=reason, outcome=outcome) if outcome:
                text = f"{past.title(step)}: {outcome}"
                yield Deviation(one.at, one.by, "overridden", step, text, reason)
            case Skipped(step=step, reason=reason):
                yield Deviation(one.at, one.by, "skipped", step, past.title(step), reason)
            case Jumped(step=step, target=target, reason=reason):
                yield Deviation(one.at, one.by, "jumped", step, f"to {target}", reason)
            case Noted(text=text, command=command) if command:
                yield Deviation(one.at, one.by, "by hand", "", command, text)
            case TimerStopped(key=key, reason=reason) if one.by.identity != "engine":
                yield Deviation(one.at, one.by, "overridden", "", f"stopped the page to {key}", reason)
            case Expired(prompt=prompt) if prompt in askings and askings[prompt].expired:
                asked = askings[prompt].prompted
                yield Deviation(
                    one.at, NOBODY, "unanswered", asked.step, asked.text, "nobody answered in time"
                )
            case Answered(prompt=prompt) if prompt in askings:
                yield from _answered(past, one, one.event)
            case SeveritySet(severity=new, why=why):
                if _rank(past, new) > _rank(past, severity):
                    yield Deviation(one.at, one.by, "severity lowered", "", f"{severity} to {new}", why)
                severity = new
            case Settled(severity=raised) if raised:
                severity = raised
            case Aborted(reason=reason):
                yield Deviation(one.at, one.by, "aborted", "", "ended the run", reason)
            case TakenOver(why=why):
                yield Deviation(one.at, one.by, "taken over", "", "took the run over", why)


def _answered(past: History, one: Happened, event: Answered) -> Iterator[Deviation]:
    asking = past.askings[event.prompt]
    asked = asking.prompted
    if asking.answered is not event:
        text = f"answered '{event.choice}' to: {asked.text}"
        yield Deviation(one.at, one.by, "late", asked.step, text, event.reason or "it did not count any more")
    elif not asked.decides_change:
        return  # an author's option may be called `hand`, `no` or `break-glass`
    elif event.choice == "break-glass":
        text = f"went ahead without an approval: {asked.text}"
        yield Deviation(one.at, one.by, "break-glass", asked.step, text, event.reason)
    elif event.choice == "hand":
        yield Deviation(one.at, one.by, "by hand", asked.step, asked.text, event.reason)
    elif event.choice == "no":
        yield Deviation(
            one.at, one.by, "overridden", asked.step, f"decided against: {asked.text}", event.reason
        )


def _rank(past: History, severity: str) -> int:
    """Return the place of a severity in the catalogue, the worst first."""
    return list(past.plan.severities).index(severity) if severity in past.plan.severities else -1


def _decides(past: History, path: str) -> bool:
    step = past.step(path)
    return step is not None and isinstance(step.step, DecideStep)
