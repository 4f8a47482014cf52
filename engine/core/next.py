"""What should happen now: `next_moves(state, now, in_flight)`.

Rules:
1. A question changes nothing; it is total and may be asked as often as anyone likes.
2. Only recorded outcomes move the run on: a move that records something comes before any that
   depends on it, and the driver asks again after every record.
3. Asked but not ended and not in flight means the engine stopped in between. A read is asked again; a
   change is repeated only if declared repeatable, else its outcome is unknown and its step reconciles.
4. A definite answer is an answer. No answer, or unknown, is asked again within the check's retries.
5. No answer is held against the control probe: when that gets none either, it is our own network and
   the result is unknown.
6. Deadlines are in records. What is overdue is recorded first, in order, once.
7. After an abort nothing new starts; what is in the air lands.
Changing an answer of this module for an old journal needs a new DECISION_VERSION (core/plan.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import cast

from engine.core.asking import (
    CannotAsk,
    asked_action,
    asked_check,
    asked_message,
    operation_name,
    prompt_name,
    prompted,
    undoable,
)
from engine.core.consent import consent_for
from engine.core.events import Asked, Ended, Expired, Finished, Opened, Settled, TimerFired
from engine.core.lookup import lookup_in, network
from engine.core.moves import Cancel, Move, Perform, Record, WakeAt
from engine.core.plan import Plan, PlanStep
from engine.core.state import LADDER, Operation, RunState, Visit, check_of
from engine.kinds.step import (
    Act,
    Given,
    Observe,
    Open,
    Option,
    Progress,
    Question,
    Result,
    Settlement,
    Tell,
    Wake,
    Want,
)
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Instant
from engine.kinds.verdicts import Observation
from engine.model.catalogue import Rung

MESSAGE_TRIES = 3
RUNAWAY = 1000
"""Visits of one step after which the run is stopped whatever the author declared."""


def next_moves(state: RunState, now: Instant, in_flight: Set[str]) -> tuple[Move, ...]:
    """Return what should happen now, in a declared order."""
    if state.plan is None or state.finished is not None:
        return ()
    if state.aborting:
        return tuple(_abort(state, in_flight))
    overdue = tuple(_overdue(state, now))
    if overdue:
        return overdue
    turn = _Turn(state, state.plan, now, in_flight, [])
    moves = [*turn.scopes(), *timers(state, now, in_flight)]
    return (*moves, *turn.controls())


def _abort(state: RunState, in_flight: Set[str]) -> Iterator[Move]:
    open_changes = False
    for name, operation in {**state.operations, **state.controls}.items():
        if operation.ended is None and operation.asked.effect == "read":
            if name in in_flight:
                yield Cancel(name, "aborted")
        elif operation.ended is None:
            open_changes = True
            if name not in in_flight:
                yield Record(_lost(operation))
    if not open_changes:
        yield Record(Finished(end="aborted", why=state.aborting, undoable=_undoable_titles(state)))


def _overdue(state: RunState, now: Instant) -> Iterator[Move]:
    late = [
        prompt
        for prompt in state.prompts.values()
        if prompt.given is None and prompt.prompted.due is not None and prompt.prompted.due < now
    ]
    for prompt in sorted(late, key=lambda one: one.prompted.due or now):
        yield Record(Expired(prompt=prompt.prompted.prompt, due=cast(Instant, prompt.prompted.due)))


@dataclass(frozen=True, slots=True)
class _Turn:
    """One question: its arguments, and the operations found to have had no answer."""

    state: RunState
    plan: Plan
    now: Instant
    in_flight: Set[str]
    unreached: list[Operation]

    def scopes(self) -> Iterator[Move]:
        """Every scope's current step, in declared order."""
        state = self.state
        for name, operation in state.operations.items():  # reads of a branch that lost
            if operation.ended is None and name in self.in_flight and not _current(state, operation.asked):
                yield Cancel(name, "nobody waits for it any more")
        for scope, visit in state.visits.items():
            if visit.end:
                if not scope:
                    yield Record(_finish(state, visit.end))
                continue
            step = self.plan.steps.get(visit.step)
            if step is None:
                yield Record(Finished(end="escalated", why=f"the plan has no step {visit.step}"))
                return
            yield from self.visit(scope, visit, step)

    def visit(self, scope: str, visit: Visit, step: PlanStep) -> Iterator[Move]:
        """Settle the step, or pursue what it wants."""
        own = {
            name: operation
            for name, operation in self.state.operations.items()
            if operation.asked.step == step.path and operation.asked.visit == visit.number
        }
        if visit.forced:
            yield from _forced(step, visit, own, self.in_flight)
            return
        if self.state.opened.get(scope, {}).get(step.path, 1) > min(step.visits, RUNAWAY):
            yield Record(_settle(step, Settlement("limit", f"visited {step.visits} time(s) already"), {}))
            return
        progress = self.progress(scope, visit, step, own)
        settlement = step.step.settle(progress)
        if settlement is None:
            for want in step.step.wants(progress):
                yield from self.pursue(scope, visit, step, want, own)
        elif not _landing(own):
            known = {item: result.outcome for item, result in progress.results.items()}
            answers = {
                item: answer for item, answer in known.items() if check_of(self.state, step.path, item)
            }
            yield Record(_settle(step, settlement, answers))

    def progress(self, scope: str, visit: Visit, step: PlanStep, own: Mapping[str, Operation]) -> Progress:
        """Return the step's view of its visit."""
        state = self.state
        prefix = prompt_name(step.path, visit.number, "")
        answers = {
            prompt.prompted.item: prompt.given
            for name, prompt in state.prompts.items()
            if prompt.given is not None and (name == prefix or name.startswith(f"{prefix}."))
        }
        results = {}
        for item, tries in by_item(own).items():
            result = self.result(step, item, tries, answers)
            if result is not None:
                results[item] = result
        ends = {
            path.removeprefix(step.path).lstrip("/"): inner.end
            for path, inner in state.visits.items()
            if path and inner.end and self.plan.scopes[path].parent == step.path
        }
        return Progress(
            step=step.path,
            title=step.title,
            now=self.now,
            entered=visit.entered,
            results=results,
            answers=answers,
            ends=ends,
            lookup=lookup_in(state, scope),
            consent=lambda use: consent_for(state, use),
            undoable=undoable(state, frozenset(operation.asked.undoes for operation in own.values())),
            scale=self.plan.time_scale,
            timeout=step.timeout,
        )

    def result(
        self, step: PlanStep, item: str, tries: Sequence[Operation], answers: Mapping[str, Given]
    ) -> Result | None:
        """Return an item's settled result, or None while it may still change."""
        last = tries[-1]
        ended, ended_at = last.ended, last.ended_at
        if ended is None or ended_at is None or _again(tries):
            return None
        outcome, why, facts = ended.outcome, ended.why, ended.facts
        if last.asked.what == "check":
            if ended.no_answer:
                reachable = self.reachable(last)
                if reachable == "":
                    return None
                if reachable == "down":
                    outcome, why = "unknown", "our own network: the control probe gets no answer either"
            check = check_of(self.state, step.path, item)
            if outcome == "unknown" and last.asked.look and check:
                given = answers.get(f"look:{item}")
                if given is None:
                    return None
                if given.choice == "seen":
                    verdict = judge(check, Observation(facts=given.values))
                    outcome, facts = verdict.answer, verdict.facts
                    why = f"seen by {given.by}" + (f": {verdict.why}" if verdict.why else "")
        return Result(outcome, why, facts, tries[0].asked_at, ended_at, last.asked.operation)

    def reachable(self, operation: Operation) -> str:
        """Return ok, down, or "" while the control round that tells is not complete (rule 5)."""
        if not self.plan.controls:
            return "ok"
        probes = list(self.state.controls.values())
        complete = len(probes) == len(self.plan.controls) and all(
            p.ended and not p.ended.lost for p in probes
        )
        if complete and probes[0].asked_at >= operation.asked_at:
            return "down" if network(self.state) == "down" else "ok"
        self.unreached.append(operation)
        return ""

    def controls(self) -> Iterator[Move]:
        """Start a control round, or carry on with the one under way."""
        if not self.unreached:
            return
        probes = self.state.controls
        number = 1 + max((int(name.partition("#")[2].partition(".")[0]) for name in probes), default=0)
        under_way = [name for name, probe in probes.items() if probe.ended is None]
        if under_way:
            for name in under_way:
                if name not in self.in_flight:
                    yield Record(_lost(probes[name]))
            return
        for name, check in self.plan.controls.items():
            move = asked_check(self.state, "", "!control", number, name, 1, self.now, check)
            yield Perform(replace(move.asked, what="control"), move.use)

    def pursue(
        self, scope: str, visit: Visit, step: PlanStep, want: Want, own: Mapping[str, Operation]
    ) -> Iterator[Move]:
        """Bring one want about."""
        state, now, path, number = self.state, self.now, step.path, visit.number
        match want:
            case Wake(at):
                yield WakeAt(at)
            case Open(_, inner):
                if inner not in state.visits:
                    yield Record(Opened(scope=inner, step=step.path, item=want.item))
            case Question():
                yield from self.question(scope, visit, step, want)
            case Observe(item, check, look):
                tries = [operation for operation in own.values() if operation.asked.item == item]
                final = tries and tries[-1].ended and not _again(tries)
                if final:
                    if look and check.look and tries[-1].asked.look and not self.unreached_by(tries[-1]):
                        yield from self.question(scope, visit, step, _look(item, check, tries[-1]))
                    return
                yield from self.attempt(
                    tries,
                    lambda n: _looking(asked_check(state, scope, path, number, item, n, now, check), look),
                    path, number, item, "unknown",
                )  # fmt: skip
            case Act(item):
                tries = [operation for operation in own.values() if operation.asked.item == item]
                yield from self.attempt(
                    tries,
                    lambda n: self.consented(asked_action(state, scope, path, number, n, now, want)),
                    path, number, item, "failed",
                )  # fmt: skip
            case Tell(item, to, text):
                tries = [operation for operation in own.values() if operation.asked.item == item]
                yield from self.attempt(
                    tries,
                    lambda n: asked_message(state, scope, path, number, item, n, now, to, text),
                    path, number, item, "undelivered",
                )  # fmt: skip

    def attempt(
        self,
        tries: list[Operation],
        ask: Callable[[int], Perform],
        step: str,
        visit: int,
        item: str,
        impossible: str,
    ) -> Iterator[Move]:
        """Ask for the first time, again when it is time, or record that the engine lost it (rule 3)."""
        if tries and tries[-1].ended is None:
            if tries[-1].asked.operation not in self.in_flight:
                yield Record(_lost(tries[-1]))
            return
        if tries and not _again(tries):
            return
        due = _due(tries, self.plan.time_scale)
        if due is not None and self.now < due:
            yield WakeAt(due)
            return
        try:
            yield ask(len(tries) + 1)
        except CannotAsk as problem:
            name = operation_name(step, visit, item, len(tries) + 1)
            what = {"unknown": "check", "failed": "action"}.get(impossible, "message")
            asked = Asked(
                operation=name, step=step, item=item, what=what, title=item or step, target="", args=None,
                digest="", due=self.now, visit=visit, attempt=len(tries) + 1,
            )  # fmt: skip
            yield Record(asked)
            yield Record(Ended(operation=name, outcome=impossible, why=str(problem), cannot=str(problem)))

    def consented(self, move: Perform) -> Perform:
        """Refuse a change that is not the one a person agreed to."""
        asked = move.asked
        prompt = self.state.prompts.get(prompt_name(asked.step, asked.visit, "consent"))
        if prompt is not None and asked.digest not in prompt.prompted.digests:
            raise CannotAsk("the change is no longer the one that was agreed to")
        return move

    def question(self, scope: str, visit: Visit, step: PlanStep, question: Question) -> Iterator[Move]:
        """Ask a person, once."""
        prompt = self.state.prompts.get(prompt_name(step.path, visit.number, question.item))
        if prompt is None:
            yield Record(prompted(self.state, scope, step.path, visit.number, question))
        elif prompt.given is None and prompt.prompted.due is not None:
            yield WakeAt(prompt.prompted.due.after(0.001))

    def page(self, rung: Rung) -> Iterator[Move]:
        """Page a rung of the ladder whose timer has fired."""
        state, role = self.state, rung.role
        mine = (LADDER, role)
        tries = [op for op in state.operations.values() if (op.asked.step, op.asked.item) == mine]
        text = f"{self.plan.title}. Paged by the ladder of {state.severity}, {rung.after} after the alert."
        yield from self.attempt(
            tries,
            lambda n: asked_message(state, "", LADDER, 1, role, n, self.now, role, text),
            LADDER, 1, role, "undelivered",
        )  # fmt: skip

    def unreached_by(self, operation: Operation) -> bool:
        """Say whether an operation still waits for the control round."""
        return operation in self.unreached


def _looking(move: Perform, look: bool) -> Perform:
    return replace(move, asked=replace(move.asked, look=move.asked.look and look))


def _look(item: str, check: CheckUse, operation: Operation) -> Question:
    look = check.look
    why = operation.ended.why if operation.ended else ""
    detail = {"why": why}
    if look is not None:
        detail |= {"link": look.link, "command": look.command}
        detail |= {f"fact:{name}": text for name, text in look.facts.items()}
    options = (Option("seen", "I looked: enter what it says"), Option("cannot", "I cannot look either"))
    text = look.question if look else check.title
    return Question(
        f"look:{item}", "look", text, options, "cannot", detail={k: v for k, v in detail.items() if v}
    )


def by_item(own: Mapping[str, Operation]) -> Mapping[str, list[Operation]]:
    """Return the tries of each item, in order."""
    found: dict[str, list[Operation]] = {}
    for operation in own.values():
        found.setdefault(operation.asked.item, []).append(operation)
    return found


def _again(tries: Sequence[Operation]) -> bool:
    """Say whether an ended operation is to be asked again (rules 3 and 4)."""
    last = tries[-1]
    ended, asked = last.ended, last.asked
    if ended is None:
        return False
    if ended.lost:
        return asked.repeatable
    counted = sum(1 for operation in tries if operation.ended and not operation.ended.lost)
    if asked.what == "message":
        return ended.outcome == "undelivered" and not ended.cannot and counted < MESSAGE_TRIES
    if asked.what != "check" or ended.cannot:
        return False
    return (bool(ended.no_answer) or ended.outcome == "unknown") and counted <= asked.retries


def _due(tries: list[Operation], scale: float) -> Instant | None:
    if not tries or tries[-1].ended_at is None or (tries[-1].ended and tries[-1].ended.lost):
        return None
    return tries[-1].ended_at.after(tries[-1].asked.pause * 2 ** (len(tries) - 1) / scale)


def _current(state: RunState, asked: Asked) -> bool:
    return asked.step == LADDER or any(
        visit.step == asked.step and visit.number == asked.visit and not visit.end
        for visit in state.visits.values()
    )


def _landing(own: Mapping[str, Operation]) -> bool:
    """A change in the air must land before its visit may settle."""
    return any(operation.ended is None and operation.asked.effect != "read" for operation in own.values())


def _settle(step: PlanStep, settlement: Settlement, answers: Mapping[str, str]) -> Settled:
    return Settled(
        step=step.path,
        outcome=settlement.outcome,
        target=settlement.goto or step.routes.get(settlement.outcome) or step.routes["limit"],
        why=settlement.why,
        severity=settlement.severity,
        facts=settlement.facts,
        answers=answers,
        held=settlement.held,
    )


def _forced(
    step: PlanStep, visit: Visit, own: Mapping[str, Operation], in_flight: Set[str]
) -> Iterator[Move]:
    if _landing(own):
        for operation in own.values():
            if operation.ended is None and operation.asked.operation not in in_flight:
                yield Record(_lost(operation))
        return
    for name, operation in own.items():
        if operation.ended is None and name in in_flight:
            yield Cancel(name, visit.forced_why)
    _, _, target = visit.forced.partition(":")
    yield Record(_settle(step, Settlement("skipped", visit.forced_why, target), {}))


def _lost(operation: Operation) -> Ended:
    return Ended(
        operation=operation.asked.operation,
        outcome="undelivered" if operation.asked.what == "message" else "unknown",
        why="the engine stopped before the outcome was recorded",
        lost=True,
    )


def _finish(state: RunState, end: str) -> Finished:
    why = state.why
    if end == "resolved" and not state.recovered:
        end, why = "mitigated", "no recovery check has held since the last change"
    return Finished(end=end, why=why, undoable=_undoable_titles(state))


def _undoable_titles(state: RunState) -> tuple[str, ...]:
    return tuple(
        f"{entry.title}{f' (irreversible: {entry.irreversible})' if entry.irreversible else ''}"
        for entry in undoable(state)
    )


def timers(state: RunState, now: Instant, in_flight: Set[str]) -> Iterator[Move]:
    """The ladder and the status-update cadence of the severity, counted from the alert."""
    plan = cast(Plan, state.plan)
    level = plan.severities.get(state.severity)
    if level is None:
        return
    turn = _Turn(state, plan, now, in_flight, [])
    for rung in level.ladder:
        if rung.role == state.operator.role or state.told.get(rung.role) == "stopped":
            continue  # the person typing is that level's acknowledgement
        if f"ladder:{rung.role}" in state.timers:
            yield from turn.page(rung)
            continue
        due = state.since.after(rung.after / plan.time_scale)
        yield Record(TimerFired(timer="ladder", key=rung.role, due=due)) if now >= due else WakeAt(due)
    if level.cadence:
        every = level.cadence / plan.time_scale
        passed = int((now - state.since) / every + 1e-6)
        if passed > state.updates:  # only the newest: never a burst of old ones
            yield Record(TimerFired(timer="update", key=str(passed), due=state.since.after(passed * every)))
        else:
            yield WakeAt(state.since.after((state.updates + 1) * every))
