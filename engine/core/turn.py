"""One question's turn through the visits: settle each, or pursue what it wants.

Rules:
1. What a step has opened stands still while the step is being left (a person's skip or jump) or may settle
   but for a change in the air: nothing new is started in there, what is under way lands.
2. A change or a message that is under way is never stopped; a read that nobody waits for any more is.
3. An operation of an executor that was taken over may still be under way there: a change is held for lost
   only when its deadline has passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from engine.core.asking import (
    CannotAsk,
    asked_action,
    asked_check,
    asked_code,
    asked_proof,
    operation_name,
    prompt_name,
    prompted,
    resolved,
    undoable,
)
from engine.core.consent import Visiting
from engine.core.events import Asked, Ended, Finished, Opened, Settled, Withdrawn
from engine.core.lookup import lookup_in, network
from engine.core.moves import Cancel, Move, Perform, Record, WakeAt
from engine.core.operations import items_of
from engine.core.plan import Plan, PlanStep
from engine.core.policy import second_person
from engine.core.run_state import (
    Items,
    Operation,
    RunState,
    Visit,
    check_of,
    deviation_item,
    inside,
    is_current,
    lands,
)
from engine.core.telling import Telling, listen, tell, told
from engine.core.tries import again, due_again, lost
from engine.kinds.step import (
    Act,
    Consent,
    Given,
    Listen,
    Observe,
    Open,
    Option,
    Progress,
    Prove,
    Question,
    Result,
    SendCode,
    Settlement,
    Tell,
    Wake,
    Want,
    Withdraw,
)
from engine.kinds.uses import CheckUse, judge_seen
from engine.kinds.values import Duration, Instant, Json

RUNAWAY = 1000
"""Visits of one step after which its bound holds whatever the author declared."""
_AGREE_WITHIN = Duration(900.0)
"""Seconds a second person has to agree to a deviation."""
CIRCLE = 100
"""Visits beyond its bound after which a step's graph is ended: its limits lead in a circle."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question: its arguments, and the operations found to have had no answer."""

    state: RunState
    plan: Plan
    now: Instant
    in_flight: Set[str]
    unreached: list[Operation]

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

    def visit(self, scope: str, visit: Visit, step: PlanStep) -> tuple[tuple[Move, ...], bool]:
        """Settle the step, or pursue what it wants; say whether it is being left."""
        if visit.forced:
            return self.forced(scope, visit, step)
        count = self.state.opened.get(scope, {}).get(step.path, 1)
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
            wants = step.step.wants(progress)
            return tuple(move for want in wants for move in self.pursue(scope, visit, step, want, own)), False
        answers = {
            item: result.outcome
            for item, result in progress.results.items()
            if check_of(self.state, step.path, item)
        }
        return self.leave(step, settlement, answers), True

    def forced(self, scope: str, visit: Visit, step: PlanStep) -> tuple[tuple[Move, ...], bool]:
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
            own = items_of(self.state, step.path, visit.number)
            asking = [*self.pursue(scope, visit, step, question, own)]
            return (*asking, *self.pursue(scope, visit, step, tell, own)), True
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

    def missing(self, operation: Operation) -> Iterator[Move]:
        """Record what the engine lost (rule 3 of the core), or wait while another one may still do it."""
        asked = operation.asked
        if asked.effect != "read" and operation.epoch < self.state.epoch and self.now < asked.due:
            yield WakeAt(asked.due)
            return
        yield Record(lost(operation))

    def progress(self, scope: str, visit: Visit, step: PlanStep, own: Items) -> Progress:
        """Return the step's view of its visit."""
        state = self.state
        prefix = prompt_name(step.path, visit.number, "")
        answers = {
            prompt.prompted.item: prompt.given
            for name, prompt in state.prompts.items()
            if prompt.given is not None and (name == prefix or name.startswith(f"{prefix}."))
        }
        results = {}
        for item, tries in own.items():
            result = self.result(scope, step, item, tries, answers)
            if result is not None:
                results[item] = result

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
            consent=consent,
            undoable=undoable(state, _taken_back(own) if state.undone else frozenset()),
            scale=self.plan.time_scale,
            timeout=step.timeout,
            streak=visit.streak,
            pending=frozenset(own.keys() - results.keys()),
        )

    def result(
        self,
        scope: str,
        step: PlanStep,
        item: str,
        tries: tuple[Operation, ...],
        answers: Mapping[str, Given],
    ) -> Result | None:
        """Return an item's settled result, or None while it may still change."""
        if tries[0].asked.what == "message":
            return told(self.plan, tries)
        last = tries[-1]
        ended, ended_at = last.ended, last.ended_at
        if ended is None or ended_at is None or again(tries):
            return None
        outcome, why, facts = ended.outcome, ended.why, ended.facts
        if last.asked.what == "check":
            if ended.no_answer:
                reachable = self.reachable(last)
                if reachable == "":
                    return None
                if reachable == "down":
                    outcome, why = "unknown", "our own network: the control probe gets no answer either"
            wanted = outcome == "unknown" and last.asked.look
            check = check_of(self.state, step.path, item) if wanted else None
            if check:
                given = answers.get(f"look:{item}")
                if given is None:
                    return None
                if given.choice == "seen":
                    outcome, why, facts = self.seen(scope, check, given)
        return Result(outcome, why, facts, tries[0].asked_at, ended_at, last.asked.operation)

    def seen(self, scope: str, check: CheckUse, given: Given) -> tuple[str, str, Mapping[str, Json]]:
        """Judge what a person saw by the same expectation, with its references resolved."""
        try:
            use = resolved(self.state, scope, CheckUse, replace(check, look=None))
        except CannotAsk as problem:
            return "unknown", f"seen by {given.by}, but {problem}", given.values
        verdict = judge_seen(use, given.values)
        why = f"seen by {given.by}" + (f": {verdict.why}" if verdict.why else "")
        return verdict.answer, why, verdict.facts

    def reachable(self, operation: Operation) -> str:
        """Return ok, down, or "" while the control round that tells is not complete (rule 5 of the core)."""
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
                    yield Record(lost(probes[name]))
            return
        for name, check in self.plan.controls.items():
            try:
                move = asked_check(self.state, "", "!control", number, name, 1, self.now, check)
                yield Perform(replace(move.asked, what="control"), move.use)
            except CannotAsk as problem:
                yield from self.cannot("control", "!control", number, name, 1, "unknown", problem)

    def pursue(self, scope: str, visit: Visit, step: PlanStep, want: Want, own: Items) -> Iterator[Move]:
        """Bring one want about."""
        state, now, path, number = self.state, self.now, step.path, visit.number
        match want:
            case Wake(at):
                yield WakeAt(at, own=True)
            case Open(_, inner):
                if inner not in state.visits:
                    yield Record(Opened(scope=inner, step=step.path, item=want.item))
            case Question():
                yield from self.question(scope, visit, step, want)
            case Observe(item, check, look, each, frozen):
                tries = own.get(item, ())
                final = tries and tries[-1].ended and not again(tries)
                if final:
                    if look and check.look and tries[-1].asked.look and not self.unreached_by(tries[-1]):
                        yield from self.question(scope, visit, step, _look(item, check, tries[-1]))
                    return
                yield from self.attempt(
                    tries,
                    lambda n: asked_check(
                        state, scope, path, number, item, n, now, check, each, frozen=frozen, look=look
                    ),
                    path, number, item, "unknown",
                )  # fmt: skip
            case Withdraw(item, why):
                yield Record(Withdrawn(prompt=prompt_name(path, number, item), why=why))
            case Prove(item, proof):
                tries = own.get(item, ())
                yield from self.attempt(
                    tries, lambda n: asked_proof(path, number, item, n, now, proof),
                    path, number, item, "unknown",
                )  # fmt: skip
            case SendCode(item, request):
                tries = own.get(item, ())
                yield from self.attempt(
                    tries, lambda n: asked_code(path, number, item, n, now, request),
                    path, number, item, "unknown",
                )  # fmt: skip
            case Act(item):
                tries = own.get(item, ())
                if state.frozen and want.action.effect != "read" and not (tries and tries[-1].ended is None):
                    return  # it is held until changes are thawed
                yield from self.attempt(
                    tries,
                    lambda n: self.consented(asked_action(state, scope, path, number, n, now, want)),
                    path, number, item, "failed",
                )  # fmt: skip
            case Tell(item, to, text, within):
                telling = Telling(
                    step=path, item=item, to=to, text=text, visit=number, scope=scope, within=within
                )
                yield from tell(self, telling)
            case Listen(item, of, role):
                yield from listen(self, path, number, item, of, role)

    def attempt(
        self,
        tries: Sequence[Operation],
        ask: Callable[[int], Perform],
        step: str,
        visit: int,
        item: str,
        impossible: str,
    ) -> Iterator[Move]:
        """Ask for the first time, again when it is time, or record that the engine lost it (rule 3)."""
        if tries and tries[-1].ended is None:
            if tries[-1].asked.operation not in self.in_flight:
                yield from self.missing(tries[-1])
            return
        if tries and not again(tries):
            return
        due = due_again(tries, self.plan.time_scale)
        if due is not None and self.now < due:
            yield WakeAt(due, own=True)
            return
        try:
            yield ask(len(tries) + 1)
        except CannotAsk as problem:
            what = {"unknown": "check", "failed": "action"}.get(impossible, "message")
            yield from self.cannot(what, step, visit, item, len(tries) + 1, impossible, problem)

    def cannot(
        self, what: str, step: str, visit: int, item: str, attempt: int, outcome: str, problem: CannotAsk
    ) -> Iterator[Move]:
        """Record something that cannot even be asked: a reference has no value."""
        name = operation_name(step, visit, item, attempt)
        asked = Asked(
            operation=name, step=step, item=item, what=what, title=item or step, target="", args=None,
            digest="", due=self.now, visit=visit, attempt=attempt,
        )  # fmt: skip
        yield Record(asked)
        yield Record(Ended(operation=name, outcome=outcome, why=str(problem), cannot=str(problem)))

    def consented(self, move: Perform) -> Perform:
        """Refuse an undo that is not the one agreed to; the consent to a change was just looked at."""
        asked = move.asked
        for item in ("consent", "take-back") if asked.undoes else ():
            prompt = self.state.prompts.get(prompt_name(asked.step, asked.visit, item))
            if prompt and asked.digest in prompt.prompted.digests:
                return move
        if asked.undoes:
            raise CannotAsk("the undo is no longer the one that was agreed to")
        return move

    def question(self, scope: str, visit: Visit, step: PlanStep, question: Question) -> Iterator[Move]:
        """Ask a person, once."""
        prompt = self.state.prompts.get(prompt_name(step.path, visit.number, question.item))
        if prompt is None:
            yield Record(prompted(self.state, scope, step.path, visit.number, question))
        elif prompt.given is None and prompt.prompted.due is not None:
            yield WakeAt(prompt.prompted.due.after(0.001))

    def unreached_by(self, operation: Operation) -> bool:
        """Say whether an operation still waits for the control round."""
        return operation in self.unreached


def _taken_back(own: Items) -> frozenset[str]:
    """Return the changes that the visit itself takes back: it still has to say how that went."""
    return frozenset(operation.asked.undoes for tries in own.values() for operation in tries)


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
