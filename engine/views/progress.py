"""What the screen and `show --follow` say about a run at one moment.

A pure function of the journal and the time: whoever follows from another terminal sees the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.core.events import Asked, Happened, Person, Settled, SeveritySet
from engine.core.lookup import lookup_in, network
from engine.core.plan import PlanStep
from engine.core.state import Operation, RunState, check_of, evolve, fact_name
from engine.kinds.counted import counted
from engine.kinds.nodes import BRANCH_ENDS, ENDS
from engine.kinds.step import Option
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import judge_seen
from engine.kinds.values import Duration, Instant
from engine.views.clocks import Clock, Soak, clocks, soaks, standing
from engine.views.history import Asking, History
from engine.views.history import history as read
from engine.views.phases import Phase, spent
from engine.views.ruled_out import row_stands
from engine.views.timeline import MARKS, Mark, mark_of

AHEAD = 6
"""Steps ahead that are named."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One check: what was seen beside what was wanted."""

    phase: str
    step: str
    name: str
    mark: Mark
    observed: str
    wanted: str = ""
    note: str = ""
    most: float = 0.0
    """Of a check under way: seconds after which it counts as no answer."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A step the run stands at."""

    path: str
    title: str
    kind: str
    phase: str
    entered: Instant
    elapsed: float
    budget: Duration | None
    number: int
    visits: int


@dataclass(frozen=True, slots=True)
class Why:
    """The last decision: where to, the reason, which causes were ruled out, and which were not."""

    step: str
    target: str
    text: str
    ruled_out: tuple[str, ...]
    not_ruled_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """An open question, with everything needed to answer it."""

    prompt: str
    step: str
    kind: str
    text: str
    role: str
    alone: str
    options: tuple[Option, ...]
    default: str
    due: Instant | None
    effect: str
    operation: str
    changes: tuple[str, ...]
    back_out: str
    detail: Mapping[str, str]
    digest: str


@dataclass(frozen=True, slots=True)
class Board:
    """A run at one moment."""

    environment: str
    real: bool
    runbook: str
    title: str
    impact: str
    run: str
    mode: str
    severity: str
    proposed: bool
    """No person has set or confirmed the severity yet."""
    now: Instant
    since: Instant
    started: Instant
    age: float
    """Seconds since the alert."""
    operator: Person
    end: str
    why_ended: str
    interrupted: bool
    phases: tuple[Phase, ...]
    steps: tuple[Stand, ...]
    sights: tuple[Sight, ...]
    why: Why | None
    calls: tuple[Call, ...]
    then: tuple[str, ...]
    clocks: tuple[Clock, ...]
    soaks: tuple[Soak, ...]
    blind: tuple[str, ...]


def board(happened: Sequence[Happened], now: Instant) -> Board:
    """Return how the run stands now; the journal must hold at least `started`."""
    past = read(happened)
    plan, state = past.plan, past.state
    return Board(
        environment=plan.environment,
        real=plan.real,
        runbook=plan.runbook,
        title=plan.title,
        impact=plan.impact,
        run=plan.run,
        mode=state.mode,
        severity=state.severity,
        proposed=bool(state.severity) and not any(isinstance(one.event, SeveritySet) for one in happened),
        now=now,
        since=past.since,
        started=state.started,
        age=(past.ended or now) - past.since,
        operator=state.operator,
        end=state.finished.end if state.finished else "",
        why_ended=state.finished.why if state.finished else "",
        interrupted=state.interrupted,
        phases=spent(past, now).phases,
        steps=() if state.finished else tuple(_stands(past, now)),
        sights=tuple(_sights(past, now)),
        why=_why(past),
        calls=() if state.finished else tuple(_calls(past)),
        then=() if state.finished else _then(past),
        clocks=clocks(past, now),
        soaks=() if state.finished else soaks(past),
        blind=tuple(_blind(past)),
    )


def _stands(past: History, now: Instant) -> Iterator[Stand]:
    for stay in standing(past):
        step = past.step(stay.step)
        if step:
            yield Stand(
                step.path, step.title, step.step.kind, step.phase, stay.entered, now - stay.entered,
                step.budget, past.state.opened.get(stay.scope, {}).get(step.path, 1), step.visits,
            )  # fmt: skip


def _sights(past: History, now: Instant) -> Iterator[Sight]:
    """The newest result of every check of every step, in the order of the plan's first look at it."""
    newest: dict[tuple[str, str], Operation] = {}
    for one in past.operations.values():
        if one.asked.what == "check":
            newest[one.asked.step, fact_name(past.state, one.asked.step, one.asked.item)] = one
    for (path, name), last in newest.items():
        step = past.step(path)
        if step:
            yield _sight(past, step, name, last, now)


def _sight(past: History, step: PlanStep, name: str, last: Operation, now: Instant) -> Sight:
    asked, ended = last.asked, last.ended
    shown = name or asked.title
    if ended is None:
        ago = Duration(round(max(0.0, now - last.asked_at)))
        most = max(0.0, asked.due - last.asked_at)
        return Sight(step.phase, step.path, shown, "…", f"asked {ago} ago", most=most)
    looked = past.askings.get(f"{asked.step}#{asked.visit}.look:{asked.item}")
    if looked and looked.answered and looked.answered.choice == "seen" and looked.by:
        return _seen_by(past, step, shown, asked.item, looked)
    mark = mark_of(past, last)
    wrong = [one for one in ended.seen if one.answer != "pass"]
    said = "; ".join(f"{one.subject} {one.observed}, wanted {one.expected}" for one in wrong)
    observed = ended.why.removesuffix(f"({said})").strip() if said else ended.why
    if said and observed == said:
        observed = "; ".join(f"{one.subject} {one.observed}" for one in wrong)
    wanted = "; ".join(f"{one.subject} {one.expected}" for one in wrong)
    use = check_of(past.state, asked.step, name)
    note = ""
    if mark == "FAIL" and ended.no_answer and _untold(past, asked):
        mark, note = "?", "no answer: the control probe has not told yet whose it is"
    elif mark == "?" and ended.no_answer:
        note = "our own network: the control probe gets no answer either"
    elif use and use.weak and mark == "ok":
        note = f"weak evidence: {use.weak}"
    elif use and use.hint and mark == "FAIL":
        note = use.hint
    return Sight(step.phase, step.path, shown, mark, observed, wanted, note)


def _untold(past: History, asked: Asked) -> bool:
    """Say whether it is open what no answer counts as: the visit that asked has not settled."""
    stay = past.stays.get((asked.step, asked.visit))
    return bool(past.plan.controls) and stay is not None and stay.left is None


def _seen_by(past: History, step: PlanStep, name: str, item: str, looked: Asking) -> Sight:
    """A person looked instead of us; what they saw is judged like any other observation."""
    check = check_of(past.state, step.path, item)
    values = looked.answered.values if looked.answered else {}
    seen = ", ".join(f"{fact} {value}" for fact, value in values.items())
    mark: Mark = MARKS[judge_seen(check, values).answer] if check else "?"
    return Sight(
        step.phase, step.path, name, mark, seen, "", f"seen by {looked.by.name if looked.by else 'a person'}"
    )


def _why(past: History) -> Why | None:
    """The last decision, with its rows held against what was known when it was taken."""
    taken = [
        (one, one.event)
        for one in past.happened
        if isinstance(one.event, Settled) and one.event.outcome == "decided" and past.step(one.event.step)
    ]
    if not taken:
        return None
    one, settled = taken[-1]
    step = past.plan.steps[settled.step]
    if not isinstance(step.step, DecideStep):
        return None
    state = RunState()
    for earlier in past.happened:
        if earlier.seq >= one.seq:
            break
        state = evolve(state, earlier)
    lookup = lookup_in(state, step.scope)
    answers = [(case.go, row_stands(case, lookup)) for case in step.step.decide if case.go != settled.target]
    ruled_out = dict.fromkeys(go for go, answer in answers if answer == "fail")
    open_rows = dict.fromkeys(go for go, answer in answers if answer == "unknown")
    return Why(
        settled.step, settled.target, settled.why,
        tuple(go for go in ruled_out if go not in open_rows), tuple(open_rows),
    )  # fmt: skip


def _calls(past: History) -> Iterator[Call]:
    for asking in past.askings.values():
        asked = asking.prompted
        if asking.closed is not None:
            continue
        role = past.plan.roles.get(asked.role)
        level = f"{asked.role} ({role.level})" if role and role.level else asked.role
        yield Call(
            prompt=asked.prompt,
            step=asked.step,
            kind=asked.kind,
            text=asked.text,
            role=asked.role,
            alone=f"{level} may decide alone" if asked.kind == "confirm" and level else "",
            options=asked.options,
            default=asked.default,
            due=asked.due,
            effect=asked.detail.get("effect", ""),
            operation=asked.detail.get("operation", ""),
            changes=asked.changes,
            back_out=_back_out(past.step(asked.step)),
            detail=asked.detail,
            digest=asked.digest,
        )


def _back_out(step: PlanStep | None) -> str:
    if step is None or not isinstance(step.step, ActionStep):
        return ""
    action = step.step.action
    if action.undo is not None:
        return action.undo.title or action.undo.command()
    return f"cannot be undone: {action.irreversible}" if action.irreversible else "no undo is declared"


def _then(past: History) -> tuple[str, ...]:
    """Where the run goes if all goes well: from the innermost step by good outcomes to an end."""
    stays = [stay for stay in standing(past) if not past.plan.scopes[stay.scope].branch]
    if not stays:
        return ()
    step = past.plan.steps[stays[-1].step]
    words: list[str] = []
    seen = {step.path}
    while len(words) < AHEAD:
        target = _good(step)
        if not target:
            return (*words, "what is found decides")
        scope = past.plan.scopes[step.scope]
        if target in (*ENDS, *BRANCH_ENDS):
            if not scope.path:
                return (*words, target)
            outer = past.plan.steps[scope.parent]
            target = outer.routes.get(target, "")
            path = past.plan.resolved_path(outer.scope, target)
            if target in (*ENDS, *BRANCH_ENDS):
                return (*words, target)
        else:
            path = past.plan.resolved_path(step.scope, target)
        if path in seen or path not in past.plan.steps:
            return tuple(words)
        seen.add(path)
        step = past.plan.steps[path]
        words.append(_words(step))
    return (*words, "…")


def _good(step: PlanStep) -> str:
    """Return the one target of the good outcomes, or nothing where they part."""
    outcomes = step.step.good or tuple(one for one in step.step.outcomes() if one not in step.step.bad)
    targets = {step.routes[one] for one in outcomes if one in step.routes}
    return targets.pop() if len(targets) == 1 else ""


def _words(step: PlanStep) -> str:
    wait = step.step
    if isinstance(wait, WaitStep) and wait.until:
        over = f" over {wait.soak.lasting}" if wait.soak.lasting else ""
        return f"{step.title} ({counted(wait.soak.passes, 'pass')} {wait.soak.every} apart{over})"
    return step.title


def _blind(past: History) -> Iterator[str]:
    """What we cannot see, so that nobody takes silence for health."""
    if network(past.state) == "down":
        yield "our own network: the control probe gets no answer; nothing is held against a service"
    newest: dict[tuple[str, str], Operation] = {}
    for one in past.operations.values():
        if one.asked.what == "check":
            newest[one.asked.step, fact_name(past.state, one.asked.step, one.asked.item)] = one
    for (_, name), one in newest.items():
        if one.ended and one.ended.cannot and one.asked.operation not in past.cancelled:
            ask = " I will ask you to look." if one.asked.look else ""
            yield f"{name or one.asked.title}: {one.ended.cannot}.{ask}"
