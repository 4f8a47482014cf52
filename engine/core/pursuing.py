"""Bringing about what a step wants: asked for the first time, again when it is time, or recorded as lost.

Rules:
1. What is under way is left alone; a try that ended for good is not asked again (core/tries.py).
2. An operation of an executor that was taken over may still be under way there: a change is held for lost
   only when its deadline has passed.
3. What cannot even be asked is recorded as asked and ended at once, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from engine.core.asking import (
    CannotAsk,
    asked_action,
    asked_check,
    asked_code,
    asked_proof,
    operation_name,
    prompt_name,
    prompted,
)
from engine.core.events import Asked, Ended, Opened, Withdrawn
from engine.core.moves import Move, Perform, Record, WakeAt
from engine.core.plan import Plan, PlanStep
from engine.core.run_state import Items, Operation, RunState, Visit
from engine.core.telling import Telling, listen, tell
from engine.core.tries import again, due_again, lost
from engine.kinds.frozen import quick
from engine.kinds.step import (
    Act,
    Listen,
    Observe,
    Open,
    Option,
    Prove,
    Question,
    SendCode,
    Tell,
    Wake,
    Want,
    Withdraw,
)
from engine.kinds.uses import CheckUse
from engine.kinds.values import Instant


@quick
@dataclass(frozen=True, slots=True)
class At:
    """The visit that wants something: where it is, and the tries of its items."""

    scope: str
    visit: Visit
    step: PlanStep
    own: Items


@dataclass(frozen=True, slots=True)
class Pursuing:
    """One question to the core: its arguments, and the operations found to have had no answer."""

    state: RunState
    plan: Plan
    now: Instant
    in_flight: Set[str]
    unreached: list[Operation]

    def pursue(self, at: At, want: Want) -> Iterable[Move]:
        """Bring one want about."""
        return _HOW[type(want)](self, at, want)

    def wake(self, at: At, want: Wake) -> Iterable[Move]:
        """Ask again at a moment of the step's own."""
        return (WakeAt(want.at, True),)

    def open(self, at: At, want: Open) -> Iterable[Move]:
        """Enter a scope, once."""
        if want.scope in self.state.visits:
            return ()
        return (Record(Opened(scope=want.scope, step=at.step.path, item=want.item)),)

    def question(self, at: At, question: Question) -> Iterable[Move]:
        """Ask a person, once."""
        path, number = at.step.path, at.visit.number
        prompt = self.state.prompts.get(prompt_name(path, number, question.item))
        if prompt is None:
            return (Record(prompted(self.state, at.scope, path, number, question)),)
        if prompt.given is None and prompt.prompted.due is not None:
            return (WakeAt(prompt.prompted.due.after(0.001)),)
        return ()

    def observe(self, at: At, want: Observe) -> Iterable[Move]:
        """Look; once no try is left, ask a person to look, where one can."""
        item, check = want.item, want.check
        tries = at.own.get(item, ())
        if tries and tries[-1].ended and not again(tries):
            offered = want.look and check.look and tries[-1].asked.look
            if offered and tries[-1] not in self.unreached:  # that one waits for the control round
                return self.question(at, _look(item, check, tries[-1]))
            return ()
        path, number = at.step.path, at.visit.number

        def ask(attempt: int) -> Perform:
            return asked_check(
                self.state, at.scope, path, number, item, attempt, self.now, check, want.each,
                frozen=want.frozen, look=want.look,
            )  # fmt: skip

        return self.attempt(tries, ask, path, number, item, "unknown")

    def act(self, at: At, want: Act) -> Iterable[Move]:
        """Make a change, or take one back; it is held while changes are frozen."""
        item, path, number = want.item, at.step.path, at.visit.number
        tries = at.own.get(item, ())
        under_way = tries and tries[-1].ended is None
        if self.state.frozen and want.action.effect != "read" and not under_way:
            return ()

        def ask(attempt: int) -> Perform:
            move = asked_action(self.state, at.scope, path, number, attempt, self.now, want)
            return self.consented(move)

        return self.attempt(tries, ask, path, number, item, "failed")

    def withdraw(self, at: At, want: Withdraw) -> Iterable[Move]:
        """Take a question back."""
        name = prompt_name(at.step.path, at.visit.number, want.item)
        return (Record(Withdrawn(prompt=name, why=want.why)),)

    def prove(self, at: At, want: Prove) -> Iterable[Move]:
        """Hold a proof against what is known."""
        item, path, number = want.item, at.step.path, at.visit.number

        def ask(attempt: int) -> Perform:
            return asked_proof(path, number, item, attempt, self.now, want.proof)

        return self.attempt(at.own.get(item, ()), ask, path, number, item, "unknown")

    def send_code(self, at: At, want: SendCode) -> Iterable[Move]:
        """Send an approver a code."""
        item, path, number = want.item, at.step.path, at.visit.number

        def ask(attempt: int) -> Perform:
            return asked_code(path, number, item, attempt, self.now, want.request)

        return self.attempt(at.own.get(item, ()), ask, path, number, item, "unknown")

    def tell(self, at: At, want: Tell) -> Iterable[Move]:
        """Take a message further."""
        telling = Telling(
            step=at.step.path, item=want.item, to=want.to, text=want.text, visit=at.visit.number,
            scope=at.scope, within=want.within,
        )  # fmt: skip
        return tell(self, telling)

    def listen(self, at: At, want: Listen) -> Iterable[Move]:
        """Look whether somebody has acknowledged a page."""
        return listen(self, at.step.path, at.visit.number, want.item, want.of, want.role)

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

    def missing(self, operation: Operation) -> Iterator[Move]:
        """Record what the engine lost (rule 3 of the core), or wait while another one may still do it."""
        asked = operation.asked
        if asked.effect != "read" and operation.epoch < self.state.epoch and self.now < asked.due:
            yield WakeAt(asked.due)
            return
        yield Record(lost(operation))

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


# what brings a want about, by its type; mypy cannot tie the type to the argument
_HOW: Mapping[type, Callable[[Pursuing, At, Any], Iterable[Move]]] = {
    Wake: Pursuing.wake,
    Open: Pursuing.open,
    Question: Pursuing.question,
    Observe: Pursuing.observe,
    Withdraw: Pursuing.withdraw,
    Prove: Pursuing.prove,
    SendCode: Pursuing.send_code,
    Act: Pursuing.act,
    Tell: Pursuing.tell,
    Listen: Pursuing.listen,
}
