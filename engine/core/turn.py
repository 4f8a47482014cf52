"""One question's turn through the visits: settle each, or pursue what it wants.

Rules:
1. What a step has opened stands still while the step is being left (a person's skip or jump) or may settle
   but for a change in the air: nothing new is started in there, what is under way lands.
2. A change or a message that is under way is never stopped; a read that nobody waits for any more is.
How a want is brought about is in core/pursuing.py, what an item's tries come to in core/results.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.core.asking import CannotAsk, asked_check, prompt_name, undoable
from engine.core.consent import Visiting
from engine.core.events import Finished, Settled
from engine.core.lookup import lookup_in
from engine.core.moves import Cancel, Move, Perform, Record
from engine.core.operations import items_of
from engine.core.plan import Plan, PlanStep
from engine.core.policy import second_person
from engine.core.pursuing import At, Pursuing
from engine.core.results import results_of
from engine.core.run_state import Items, RunState, Visit, check_of, deviation_item, inside, is_current, lands
from engine.core.tries import lost
from engine.kinds.frozen import quick
from engine.kinds.step import Act, Consent, Given, Option, Progress, Question, Settlement, Tell
from engine.kinds.values import Duration

RUNAWAY = 1000
"""Visits of one step after which its bound holds whatever the author declared."""
_AGREE_WITHIN = Duration(900.0)
"""Seconds a second person has to agree to a deviation."""
CIRCLE = 100
"""Visits beyond its bound after which a step's graph is ended: its limits lead in a circle."""
_NOTHING: Mapping[str, str] = {}
_NO_ANSWERS: Mapping[str, Given] = {}
_NEVER: Mapping[str, int] = {}


@quick
@dataclass(frozen=True, slots=True)
class Turn(Pursuing):
    """One question's way through every visit, in declared order."""

    def scopes(self) -> Iterator[Move]:
        """Every scope's current step, in declared order."""
        state = self.state
        for name, operation in state.operations.items():  # of a branch that lost, or a step that was left
            if operation.ended is not None or is_current(state, operation.asked):
                continue
            if name not in self.in_flight:
                yield from self.missing(operation)
            elif not lands(operation.asked):
                yield Cancel(name, "nobody waits for it any more")
        still: list[str] = []
        for scope, visit in state.visits.items():
            if visit.end or any(inside(scope, step) for step in still):
                continue
            step = self.plan.steps.get(visit.step)
            if step is None:
                yield Record(Finished(end="escalated", why=f"the plan has no step {visit.step}"))
                return
            moves, leaving = self.visit(scope, visit, step)
            if leaving:
                still.append(step.path)
            yield from moves

    def visit(self, scope: str, visit: Visit, step: PlanStep) -> tuple[Sequence[Move], bool]:
        """Settle the step, or pursue what it wants; say whether it is being left."""
        if visit.forced:
            return self.forced(scope, visit, step)
        count = self.state.opened.get(scope, _NEVER).get(step.path, 1)
        bound = min(step.visits, RUNAWAY)
        if count > bound:
            circle = count > bound + CIRCLE or step.routes["limit"] == step.name
            end = "unknown" if self.plan.scopes[scope].branch else "escalated"
            why = f"visited {step.visits} time(s) already"
            return (Record(_settle(step, Settlement("limit", why, end if circle else ""), {})),), True
        own = items_of(self.state, step.path, visit.number)
        progress = self.progress(scope, visit, step, own)
        settlement = step.step.settle(progress)
        if settlement is None:
            at = At(scope, visit, step, own)
            moves: list[Move] = []
            for want in step.step.wants(progress):
                moves += self.pursue(at, want)
            return moves, False
        answers = {
            item: result.outcome
            for item, result in progress.results.items()
            if check_of(self.state, step.path, item)
        }
        return self.leave(step, settlement, answers), True

    def forced(self, scope: str, visit: Visit, step: PlanStep) -> tuple[Sequence[Move], bool]:
        """Leave the step as a person said, once a second one agrees where policy wants that."""
        what, _, which = visit.forced.partition(":")
        rule = second_person(self.plan, what, step.phase)
        name = prompt_name(step.path, visit.number, deviation_item(visit))
        prompt = self.state.prompts.get(name)
        if rule is not None and (prompt is None or prompt.given is None):
            options = (Option("yes", "agree"), Option("no", "stay with the runbook"))
            text = f"{visit.forced_why}. Do you agree?"
            detail = {"policy": rule.why} if rule.why else {}
            due = self.now.after(_AGREE_WITHIN)
            question = Question(
                deviation_item(visit), "approve", text, options, due=due, role=rule.role, detail=detail
            )
            told = f"{text} Look first: runbook approve {self.plan.run} --as NAME:{rule.role}"
            tell = Tell(f"ask.{deviation_item(visit)}", rule.role, told)
            at = At(scope, visit, step, items_of(self.state, step.path, visit.number))
            return (*self.pursue(at, question), *self.pursue(at, tell)), True
        if what == "override":
            return self.leave(step, Settlement(which, visit.forced_why)), True
        return self.leave(step, Settlement("skipped", visit.forced_why, which)), True

    def leave(
        self, step: PlanStep, settlement: Settlement, answers: Mapping[str, str] | None = None
    ) -> tuple[Move, ...]:
        """Let the changes land that are in the air in a step and in what it has opened, then settle it."""
        changes = [
            operation
            for operation in self.state.operations.values()
            if operation.ended is None
            and operation.asked.effect != "read"
            and inside(operation.asked.step, step.path)
        ]
        if changes:
            away = [operation for operation in changes if operation.asked.operation not in self.in_flight]
            return tuple(move for operation in away for move in self.missing(operation))
        return (Record(_settle(step, settlement, answers or {})),)

    def progress(self, scope: str, visit: Visit, step: PlanStep, own: Items) -> Progress:
        """Return the step's view of its visit."""
        state = self.state
        answers = _answers(state, step.path, visit.number) if state.prompts else _NO_ANSWERS
        results = results_of(state, self.plan, step, own, answers, self.unreached)

        def consent(acts: tuple[Act, ...]) -> Consent:
            visiting = Visiting(
                state=state,
                scope=scope,
                step=step.path,
                title=step.title,
                phase=step.phase,
                visit=visit.number,
                now=self.now,
                entered=visit.entered,
                timeout=step.timeout,
                prompts={
                    prompt.prompted.item: prompt
                    for prompt in state.prompts.values()
                    if prompt.prompted.step == step.path
                },
                results=results,
                begun=any(item.startswith("do.") for item in own),
            )
            return visiting.consent(acts)

        made = state.changes or state.doubtful
        return Progress(
            step=step.path,
            title=step.title,
            now=self.now,
            entered=visit.entered,
            results=results,
            answers=answers,
            ends=_ends(state, self.plan, step.path) if len(state.visits) > 1 else _NOTHING,
            lookup=lookup_in(state, scope),
            consent=consent,
            undoable=undoable(state, _taken_back(own) if state.undone else frozenset()) if made else (),
            scale=self.plan.time_scale,
            timeout=step.timeout,
            streak=visit.streak,
            pending=frozenset(own.keys() - results.keys()) if len(own) > len(results) else frozenset(),
        )

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
                    yield Record(lost(probes[name]))
            return
        for name, check in self.plan.controls.items():
            try:
                move = asked_check(self.state, "", "!control", number, name, 1, self.now, check)
                yield Perform(replace(move.asked, what="control"), move.use)
            except CannotAsk as problem:
                yield from self.cannot("control", "!control", number, name, 1, "unknown", problem)


def _answers(state: RunState, step: str, visit: int) -> Mapping[str, Given]:
    """Return what people answered to the questions of a visit, by item."""
    prefix = prompt_name(step, visit, "")
    return {
        prompt.prompted.item: prompt.given
        for name, prompt in state.prompts.items()
        if prompt.given is not None and (name == prefix or name.startswith(f"{prefix}."))
    }


def _ends(state: RunState, plan: Plan, step: str) -> Mapping[str, str]:
    """Return how the scopes that a step has opened ended, by item."""
    return {
        path.removeprefix(step).lstrip("/"): inner.end
        for path, inner in state.visits.items()
        if path and inner.end and plan.scopes[path].parent == step
    }


def _taken_back(own: Items) -> frozenset[str]:
    """Return the changes that the visit itself takes back: it still has to say how that went."""
    return frozenset(operation.asked.undoes for tries in own.values() for operation in tries)


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
