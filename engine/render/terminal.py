"""What a person at a terminal is told of a run: rows for every event, from the state before and after.

Rules:
1. Rows are appended and never taken back; what is under way stands in the footer.
2. A check is one row when it has answered; no answer is `?` until the control probe has told whose it is.
   Of the samples of a wait the first, every change of answer and the last are rows; the footer counts.
3. A question is told whole: what, about what, who may decide, until when. Its keys are the front's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
from engine.core.lookup import lookup_in, network
from engine.core.plan import Plan, PlanStep
from engine.core.state import Operation, RunState
from engine.kinds.replies import took
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Instant
from engine.render.change_rows import doing, told_as_it_ended
from engine.render.durations import rounded
from engine.render.footer import sign
from engine.render.judged import answered
from engine.render.prompt_rows import prompt_rows, where
from engine.render.row import Row, Tone
from engine.render.told_rows import escalated, message_rows
from engine.views.ruled_out import row_stands

_CAUSES = 3
"""Causes that were ruled out and are told by their titles; a decision may have twenty."""
MARKS: Mapping[str, tuple[str, Tone]] = {
    "pass": ("ok", "good"),
    "done": ("done", "good"),
    "fail": ("FAIL", "bad"),
    "failed": ("FAIL", "bad"),
    "unknown": ("?", "unsure"),
    "named": ("named", "unsure"),
}


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
            yield from _ended(before, event, after)
        case Prompted():
            yield from prompt_rows(event, after)
        case Answered(prompt=prompt, choice=choice, reason=reason):
            asked = before.prompts.get(prompt)
            counted = asked is not None and asked.given is None and after.prompts[prompt].given is not None
            known = asked.prompted.options if asked else ()
            label = next((one.label for one in known if one.key == choice), choice)
            late = "" if counted else " (too late: it does not count)"
            who = told(happened.by) + (", to be held against the catalogue" if event.proof else "")
            yield Row("ANSWER", f"{who}: {label}{_because(reason)}{late}")
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
            yield from _settled(before, event)
        case SeveritySet(severity=severity, why=why):
            yield Row(severity, f"set by {by}: {why}", tone="call")
        case TimerFired(timer="ladder", key=role):
            yield Row("PAGING", f"{role}: due by the ladder of {after.severity}", tone="call")
        case TimerFired(key=number):
            yield Row("UPDATE", f"status update {number} is due", tone="call")
        case TimerStopped(key=role, reason=reason):
            yield Row("STOPPED", f"the page to the {role}, by {by}{_because(reason)}")
        case Noted(text=text, command=command):
            yield Row(
                "BY HAND" if command else "NOTE",
                f"{by}: {command or text}{f' ({text})' if command and text else ''}",
            )
        case Skipped(step=step, reason=reason):
            yield Row("SKIPPED", f"{step}, by {by}{_because(reason)}", tone="unsure")
        case Jumped(step=step, target=target, reason=reason):
            yield Row("JUMP", f"{step} to {target}, by {by}{_because(reason)}", tone="unsure")
        case Aborted(reason=reason):
            yield Row("ABORT", f"by {by}{_because(reason)}", tone="bad")
        case Interrupted(why=why):
            yield Row("STOPPED", f"{why}; the run can be resumed", tone="unsure")
        case TakenOver(why=why):
            yield Row("TAKEN", f"over by {told(happened.by)}{_because(why)}", tone="call")
        case HandedOver(to=to, reason=reason):
            yield Row("HANDED", f"over to {told(to)}{_because(reason)}", tone="call")
        case Finished(end=end, why=why):
            good = end in ("resolved", "false-alarm")
            yield Row("END", f"{end.upper()}{_because(why)}", tone="good" if good else "unsure")


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


def _ended(before: RunState, event: Ended, after: RunState) -> Iterator[Row]:
    if event.operation in before.controls:
        if network(after) == "down" and network(before) != "down":
            yield Row(
                "NETWORK",
                "it is ours: the control probe gets no answer either, so no answer counts as unknown",
                tone="bad",
            )
        return
    operation = before.operations.get(event.operation)
    if operation is None or operation.ended is not None:
        return
    asked = operation.asked
    said = f" in {took(event.seconds)}" in event.why or event.why.endswith(f"{event.seconds:.1f}s")
    seconds = f" ({event.seconds:.1f}s)" if event.seconds >= 1 and not said else ""
    if asked.what in ("message", "acknowledgement"):
        yield from message_rows(operation, event, _try_before(before, operation))
        return
    mark, tone = MARKS.get(event.outcome, (event.outcome, ""))
    name, sample = _name(before, asked)
    if sample and not _turned(before, operation, event.outcome):
        return
    if _unsettled(before, event, asked):
        mark, tone = MARKS["unknown"]
    again = asked.what == "check" and (event.no_answer or event.outcome == "unknown") and not event.cannot
    if again and not event.lost and asked.attempt <= asked.retries:
        yield Row("…", f"{event.why}{seconds}; asked again", name, "", "item")
    else:
        text = answered(event) if asked.what == "check" else event.why or event.outcome
        yield Row(mark, f"{text}{seconds}", name, tone, "item")


def _try_before(state: RunState, operation: Operation) -> Ended | None:
    """Return how the try before this one of the same operation ended, where there was one."""
    asked = operation.asked
    same = [
        one.ended
        for one in (state.operations.values() if asked.attempt > 1 else ())
        if (one.asked.step, one.asked.visit, one.asked.item) == (asked.step, asked.visit, asked.item)
        and one.asked.attempt < asked.attempt
    ]
    return same[-1] if same else None


def _unsettled(state: RunState, event: Ended, asked: Asked) -> bool:
    """Say whether a check failed only by no answer: our own network may be why."""
    probed = state.plan is not None and bool(state.plan.controls)
    return probed and asked.what == "check" and bool(event.no_answer) and event.outcome == "fail"


def _turned(state: RunState, sample: Operation, outcome: str) -> bool:
    """Say whether a sample of a wait is the first of its check, or says something else than the last one."""
    earlier = _sample_before(state, sample)
    return earlier is None or earlier.ended is None or earlier.ended.outcome != outcome


def _sample_before(state: RunState, sample: Operation) -> Operation | None:
    """Return the last try of the sample before."""
    number, _, item = sample.asked.item.partition(".")
    wanted = f"{int(number) - 1}.{item}" if number.isdigit() else ""
    tries = [
        one
        for one in state.operations.values()
        if (one.asked.step, one.asked.visit, one.asked.item)
        == (sample.asked.step, sample.asked.visit, wanted)
    ]
    return tries[-1] if tries else None


def _last_samples(state: RunState, step: PlanStep) -> Iterator[Row]:
    """Tell the last sample of a wait that is over, where its row was left out."""
    newest: dict[str, Operation] = {}
    for one in state.operations.values():
        if one.asked.step == step.path and one.asked.item[:1].isdigit() and one.ended is not None:
            newest[one.asked.item.partition(".")[2]] = one
    for one in newest.values():
        if one.ended is not None and not _turned(state, one, one.ended.outcome):
            mark, tone = MARKS.get(one.ended.outcome, (one.ended.outcome, ""))
            yield Row(mark, answered(one.ended), _name(state, one.asked)[0], tone, "item")


def _told_by_control(state: RunState, event: Settled) -> Iterator[Row]:
    """Say of checks without an answer what they count as, now that the control probe has told."""
    newest: dict[str, Operation] = {}
    for one in state.operations.values():
        if one.asked.step == event.step and one.ended is not None:
            newest[one.asked.item] = one
    for item, one in newest.items():
        if one.ended is not None and _unsettled(state, one.ended, one.asked) and item in event.answers:
            answer = event.answers[item]
            mark, tone = MARKS.get(answer, (answer, ""))
            ours = (
                "our own network gives no answer either" if answer == "unknown" else "our own network is fine"
            )
            yield Row(mark, f"no answer, and {ours}", _name(state, one.asked)[0], tone, "item")


def _settled(before: RunState, event: Settled) -> Iterator[Row]:
    step = before.plan.steps.get(event.step) if before.plan else None
    if step is None:
        return
    kind = step.step
    if isinstance(kind, WaitStep):
        yield from _last_samples(before, step)
    else:
        yield from _told_by_control(before, event)
    if event.outcome == "limit" and not isinstance(kind, WaitStep):
        yield Row(
            "LIMIT", f"{step.title}: {event.why}; next: {_title(before, step, event.target)}", tone="unsure"
        )
    elif isinstance(kind, DecideStep) and event.outcome == "decided":
        yield Row("WHY", event.why, tone="call")
        yield from _other_causes(before, step, kind, event.target)
        yield Row("SO", _title(before, step, event.target))
    elif isinstance(kind, WaitStep) and (kind.until or event.outcome != "held"):
        mark: tuple[str, Tone] = ("ok", "good") if event.outcome == "held" else ("FAIL", "bad")
        yield Row(mark[0], f"{step.title}: {event.why or event.outcome}", step.name, mark[1], "item")
    elif isinstance(kind, EscalateStep):
        yield escalated(before, event, kind.escalate)
    elif event.outcome in ("failed", "partly") and event.why and not told_as_it_ended(before, event):
        yield Row("FAIL", event.why, step.name, "bad", "item")
    elif isinstance(kind, ParallelStep | RunbookStep):
        yield Row("BACK", f"{step.title}: {event.outcome}{_because(event.why)}")
    if event.severity and event.severity != before.severity:
        because = "" if isinstance(kind, DecideStep) else _because(event.why)
        yield Row(event.severity, f"raised by the runbook{because}", tone="call")


def _other_causes(state: RunState, step: PlanStep, kind: DecideStep, taken: str) -> Iterator[Row]:
    """Hold the rows that were not taken against what was known when the decision fell."""
    lookup = lookup_in(state, step.scope)
    answers = [(case.go, row_stands(case, lookup)) for case in kind.decide if case.go != taken]
    still = tuple(dict.fromkeys(go for go, answer in answers if answer == "unknown"))
    out = tuple(dict.fromkeys(go for go, answer in answers if answer == "fail" and go not in still))
    titles = {go: _title(state, step, go).partition(": ")[2] or go for go in (*out, *still)}
    if out:
        more = f"; and {len(out) - _CAUSES} more" if len(out) > _CAUSES else ""
        listed = "; ".join(titles[go] for go in out[:_CAUSES])
        yield Row(text=f"ruled out: {listed}{more}", name=" ", place="under")
    if still:
        listed = "; ".join(titles[go] for go in still)
        yield Row(text=f"not ruled out: {listed}", name=" ", place="under")


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
            and (was is None or was.phase != step.phase)
            and step.phase != "close"
        ):
            budget = getattr(plan.budgets, step.phase, None)
            yield Row(step.phase.upper(), f"budget {budget}" if budget else "", tone="call")
        match step.step:
            case ChecksStep() | ParallelStep() if not named:
                yield Row(text=step.title, place="under")
            case WaitStep(wait=pause, limit=limit) as wait:
                soak = wait.soak
                held = f"{soak.passes} passes" + (f" over {soak.lasting}" if soak.lasting else "")
                yield Row(
                    "THEN",
                    f"{step.title}: "
                    + (f"wait {pause}" if pause is not None else f"{held}, at most {limit}"),
                )


def _name(state: RunState, asked: Asked) -> tuple[str, bool]:
    """Return the name of an operation, and whether it is a sample of a wait."""
    step = state.plan.steps.get(asked.step) if state.plan else None
    if asked.what == "action":
        return (step.name if step else asked.step), False
    if step is not None and isinstance(step.step, WaitStep):
        number, _, item = asked.item.partition(".")
        return (f"{item} {number}" if item else f"{step.name} {number}"), True
    word, _, rest = asked.item.partition(".")
    if word == "flight":
        return rest, False  # what is looked at for somebody else's change
    if word in ("reconcile", "verify", "proof", "code", "watch"):
        return f"watch {rest}" if word == "watch" else word, False
    return asked.item or (step.name if step else asked.step), False


def _names(step: PlanStep) -> Iterator[str]:
    yield step.name
    if isinstance(step.step, ChecksStep):
        yield from step.step.checks
    elif isinstance(step.step, WaitStep):
        yield from (f"{name} 10" for name in step.step.until or {})
    elif not isinstance(step.step, CheckStep):
        return


def _title(state: RunState, step: PlanStep, target: str) -> str:
    plan = state.plan
    known = plan.steps.get(plan.resolved_path(step.scope, target)) if plan else None
    return f"{known.name}: {known.title}" if known else f"end {target}"


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
