"""What a person at a terminal is told of a run: rows for every event, from the state before and after.

Rules:
1. Rows are appended and never taken back; what is under way stands in the footer.
2. A check is one row when it has answered (`answer_rows.py`), a step when it is over (`settled_rows.py`).
   Of the samples of a wait the first, every change of answer and the last are rows; the footer counts.
3. A question is told whole: what, about what, who may decide, until when. Its keys are the front's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.core.events import (
    Aborted,
    Answered,
    Asked,
    Ended,
    Expired,
    Finished,
    Frozen,
    HandedOver,
    Happened,
    Interrupted,
    Jumped,
    Noted,
    Opened,
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
from engine.core.plan import Plan, PlanStep
from engine.core.state import RunState
from engine.kinds.counted import counted
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Instant
from engine.render.answer_rows import ended_rows
from engine.render.change_rows import doing
from engine.render.durations import rounded
from engine.render.footer import sign
from engine.render.prompt_rows import prompt_rows, where
from engine.render.row import Row
from engine.render.settled_rows import because, settled_rows
from engine.views.decided import decided


def rows(before: RunState, happened: Happened, after: RunState) -> tuple[Row, ...]:
    """Return what one event adds to the screen."""
    clock, own = happened.at.clock(), isinstance(happened.event, Settled | Finished)
    return tuple(
        replace(row, clock=clock, text=rounded(row.text) if own else row.text)
        for row in (*_event(before, happened, after), *_entered(before, happened, after))
    )


def name_width(plan: Plan | None) -> int:
    """Return how wide the column with the names of checks should be."""
    names = [name for step in plan.steps.values() for name in _names(step)] if plan else []
    names += plan.precautions if plan else ()
    return min(max([*map(len, names), 8]), 20)


def told(person: Person) -> str:
    """Return a person with role and how we know who they are."""
    role = f" ({person.role})" if person.role else ""
    return f"{person.name}{role}" + (f", {person.identity}" if person.identity != "engine" else "")


def header(state: RunState, at: Instant) -> Row:
    """Return the line that says what this is: environment, runbook, run, severity, time."""
    plan = state.plan
    if plan is None:
        return Row()
    severity = state.severity or "no severity yet"
    proposed = " (proposed)" if state.severity and state.severity == plan.severity else ""
    alert = f"  alert {sign(at - state.since)}" if plan.since is not None else ""
    text = f"{plan.runbook}  {plan.run}  {severity}{proposed}  {at.clock()}{alert}"
    return Row(where(state), f" {text}", tone="bad" if plan.real else "head", place="head")


def _event(before: RunState, happened: Happened, after: RunState) -> Iterator[Row]:
    by, event = happened.by.name, happened.event
    match event:
        case Started():
            yield from _started(event, happened, after)
        case Resumed(why=why, overdue=overdue):
            yield Row("RESUMED", f"by {by}: {why}")
            for each in overdue:
                yield Row("OVERDUE", each, tone="unsure")
        case Asked(effect=effect) if effect != "read":
            step = after.plan.steps.get(event.step) if after.plan else None
            yield Row("DOING", doing(before, step, event), tone="call")
        case Ended():
            yield from ended_rows(before, event, after)
        case Prompted():
            yield from prompt_rows(event, after)
        case Answered(prompt=prompt, choice=choice, reason=reason):
            asked = before.prompts.get(prompt)
            counted = asked is not None and asked.given is None and after.prompts[prompt].given is not None
            known = asked.prompted.options if asked else ()
            label = next((one.label for one in known if one.key == choice), choice)
            late = "" if counted else " (too late: it does not count)"
            who = told(happened.by) + (", to be held against the catalogue" if event.proof else "")
            yield Row("ANSWER", f"{who}: {label}{because(reason)}{late}")
            if counted and after.frozen and asked and asked.prompted.digests and choice != "no":
                yield Row("HELD", f"it waits for `runbook thaw`: {after.frozen}", tone="unsure")
            for fact, value in event.values.items():
                yield Row(text=f"{fact} = {value}", place="under")
        case Expired(due=due):
            yield Row("EXPIRED", f"nobody answered by {due.clock()}", tone="bad")
        case Withdrawn(why=why):
            yield Row("WITHDRAWN", why, tone="unsure")
        case Frozen(who=who, reason=reason):
            text = f"by {who}: {reason}. Nothing changes until `runbook thaw`"
            yield Row("FROZEN", text, tone="bad")
        case Thawed(who=who, reason=reason):
            yield Row("THAWED", f"by {who}: {reason}", tone="good")
        case PolicyRead(why=why):
            yield Row("POLICY", why, tone="unsure")
        case Opened(scope=scope):
            plan = after.plan
            if plan and not plan.scopes[scope].branch:
                yield Row("INTO", f"{plan.scopes[scope].runbook}")
        case Settled():
            yield from settled_rows(before, event)
        case SeveritySet(severity=severity, why=why):
            yield Row(severity, f"set by {by}: {why}", tone="call")
        case TimerFired(timer="ladder", key=role):
            yield Row("PAGING", f"{role}: due by the ladder of {after.severity}", tone="call")
        case TimerFired(key=number):
            yield Row("UPDATE", f"status update {number} is due", tone="call")
        case TimerStopped(key=role, reason=reason):
            yield Row("STOPPED", f"the page to the {role}, by {by}{because(reason)}")
        case Noted(text=text, command=command):
            yield Row(
                "BY HAND" if command else "NOTE",
                f"{by}: {command or text}{f' ({text})' if command and text else ''}",
            )
        case Skipped(step=step, reason=reason):
            yield Row("SKIPPED", f"{step}, by {by}{because(reason)}", tone="unsure")
        case Jumped(step=step, target=target, reason=reason):
            yield Row("JUMP", f"{step} to {target}, by {by}{because(reason)}", tone="unsure")
        case Aborted(reason=reason):
            yield Row("ABORT", f"by {by}{because(reason)}", tone="bad")
        case Interrupted(why=why):
            yield Row("STOPPED", f"{why}; the run can be resumed", tone="unsure")
        case TakenOver(why=why):
            yield Row("TAKEN", f"over by {told(happened.by)}{because(why)}", tone="call")
        case HandedOver(to=to, reason=reason):
            yield Row("HANDED", f"over to {told(to)}{because(reason)}", tone="call")
        case Finished(end=end):
            good = end in ("resolved", "false-alarm")
            yield Row("END", f"{end.upper()}{because(decided(after))}", tone="good" if good else "unsure")


def _started(event: Started, happened: Happened, after: RunState) -> Iterator[Row]:
    plan, person = event.plan, event.operator
    yield header(after, happened.at)
    yield Row(text=plan.title)
    level = plan.roles[person.role].level if person.role in plan.roles else ""
    role = f" ({person.role}{f', {level}' if level else ''})" if person.role else " (no role: --as NAME:ROLE)"
    modes = {
        "dry-run": "DRY RUN: nothing is asked, nothing is changed.",
        "observe": "OBSERVE: checks are real, changes are only named.",
    }
    yield Row(text=f"You: {person.name}{role}, {person.identity}. {modes.get(event.mode, '')}")
    if event.drill:
        yield Row("DRILL", "practice: nothing here is real", tone="call")
    if plan.time_scale > 1:
        yield Row("FASTER", f"waits, soak and ladder run {plan.time_scale:g} times faster here", tone="call")
    if plan.impact:
        yield Row("IMPACT", plan.impact)


def _entered(before: RunState, happened: Happened, after: RunState) -> Iterator[Row]:
    """Tell of steps that were entered just now, where what they do would not be told otherwise."""
    plan, event = after.plan, happened.event
    if plan is None or after.finished is not None:
        return
    named = isinstance(event, Settled) and event.outcome == "decided"  # its row has just named the step
    for scope, visit in after.visits.items():
        earlier = before.visits.get(scope)
        step = plan.steps.get(visit.step)
        if (
            step is None
            or visit.end
            or (earlier and (earlier.step, earlier.number) == (visit.step, visit.number))
        ):
            continue
        was = before.plan.steps.get(earlier.step) if before.plan and earlier else None
        if (
            not plan.scopes[scope].branch
            and (was is None or was.phase != step.phase or was.step.kind == "escalate")
            and step.phase != "close"
            and step.step.kind != "escalate"  # it hands the work of a phase on
        ):
            budget = getattr(plan.budgets, step.phase, None)
            yield Row(step.phase.upper(), f"budget {budget}" if budget else "", tone="call")
        match step.step:
            case ChecksStep() | ParallelStep() if not named:
                yield Row(text=step.title, place="under")
            case WaitStep(wait=pause, limit=limit) as wait:
                soak = wait.soak
                held = counted(soak.passes, "pass") + (f" over {soak.lasting}" if soak.lasting else "")
                yield Row(
                    "THEN",
                    f"{step.title}: "
                    + (f"wait {pause}" if pause is not None else f"{held}, at most {limit}"),
                )


def _names(step: PlanStep) -> Iterator[str]:
    yield step.name
    if isinstance(step.step, ChecksStep):
        yield from step.step.checks
    elif isinstance(step.step, WaitStep):
        yield from (f"{name} 10" for name in step.step.until or {})
    elif not isinstance(step.step, CheckStep):
        return
