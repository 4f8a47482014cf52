"""Where the consent for a change stands, and what brings it on.

Rules:
1. One question at a time: a keypress of the operator (confirm), or of another person (approve), as many
   different ones as the quorum says. It is bound to the digest of every change it decides about.
2. A change that is no longer the one that was shown is withdrawn and asked again, with the difference.
3. An approval that was not used within its time to start, or whose proof does not hold, is asked again.
   One that nobody gives in time goes to the next role of the ladder that may approve; after the last, or when
   the step's time is up, the step fails. That is judged when the next one would be asked: an approval that
   was given in time holds, though time runs out, or the ladder grows shorter, while it is used.
4. Before the first change of a run, somebody else's change in flight is looked for. What was seen, and what
   could not be, stands beside the question; where no consent is needed but something is under way, the
   operator is asked after all.
5. Break-glass goes ahead at once: the page to the role that must hear of it is recorded first.
6. While changes are frozen nothing is asked and nothing starts.
7. What the access lists will refuse is refused before anybody is asked, as far as it is known then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from engine.core.asking import CannotAsk, digests_of, outside_access
from engine.core.binding import difference, digest_of
from engine.core.policy import Decision, approvers, decision_for, second_person
from engine.core.proofs import code_item, proof_of
from engine.core.run_state import Prompt, RunState
from engine.kinds.ports.proofs import CodeRequest
from engine.kinds.step import (
    TIMEOUT,
    WITHDRAWN,
    Act,
    Consent,
    Given,
    Observe,
    Option,
    Prove,
    Question,
    Result,
    SendCode,
    Tell,
    Want,
    Withdraw,
)
from engine.kinds.values import Duration, Instant

FLIGHT = "flight."
_CONFIRM = (Option("yes", "do it"), Option("hand", "I did it by hand"), Option("no", "do not"))
_APPROVE = (Option("yes", "approve"), Option("no", "refuse"))
_GLASS = Option("break-glass", "go ahead without an approval")


@dataclass(frozen=True, slots=True)
class Visiting:
    """The visit whose changes want consent, as of now."""

    state: RunState
    scope: str
    step: str
    title: str
    phase: str
    visit: int
    now: Instant
    entered: Instant
    timeout: Duration | None
    prompts: Mapping[str, Prompt]
    """This visit's questions, by item."""
    results: Mapping[str, Result]
    begun: bool
    """A change of this visit has been asked for."""

    def consent(self, acts: tuple[Act, ...]) -> Consent:
        """Return where the consent for these changes stands."""
        if not acts:
            return Consent("granted")
        decision = decision_for(self.state, acts[0].action, self.now)
        if decision.mode == "refused":
            return Consent("refused", why=decision.why)
        if decision.mode != "none":
            outside = outside_access(self.state, self.scope, acts)
            if outside:
                return Consent("refused", why=outside)
        change = acts[0].action.effect != "read" and self.state.mode != "observe"
        looks = tuple(self._looks()) if change else ()
        if looks:
            return Consent("asking", looks)
        under_way = self._flight("fail")
        if decision.mode == "none" and change and under_way:
            decision = replace(decision, mode="confirm", role=self.state.operator.role)
        if decision.mode == "none":
            return Consent("granted")
        return _Rounds(self, decision, acts).stand()

    def _looks(self) -> Iterator[Want]:
        """Yield the looks for changes in flight that have no result yet, before the first change."""
        plan = self.state.plan
        if plan is None or self.state.changed:
            return
        for name, check in plan.precautions.items():
            if f"{FLIGHT}{name}" not in self.results:
                yield Observe(f"{FLIGHT}{name}", check, look=False)

    def _flight(self, outcome: str) -> str:
        """Return what the looks for changes in flight say with this outcome, in one line."""
        found = [
            f"{item.removeprefix(FLIGHT)}: {result.why}"
            for item, result in self.results.items()
            if item.startswith(FLIGHT) and result.outcome == outcome
        ]
        return "; ".join(found)

    def shown(self) -> Mapping[str, str]:
        """Return what stands beside a question about changes in flight."""
        shown = {"in flight": self._flight("fail"), "cannot see": self._flight("unknown")}
        return {name: text for name, text in shown.items() if text}


@dataclass(slots=True)
class _Rounds:
    """Walks through the questions asked so far; what it finds missing is what to ask next."""

    at: Visiting
    decision: Decision
    acts: tuple[Act, ...]
    number: int = 1
    asked: int = 1
    rung: int = 0
    note: str = ""

    def stand(self) -> Consent:
        """Return where it stands."""
        at = self.at
        roles = self._roles()
        try:
            digests, things = digests_of(at.state, at.scope, at.step, at.visit, self.acts)
        except CannotAsk:
            return Consent("granted")  # it cannot be asked for either, and says so there
        approved: list[Given] = []
        while True:
            prompt = at.prompts.get(self.item)
            if prompt is None:
                return self._ask(roles, digests, approved)
            given = prompt.given
            if given is not None and given.choice in (TIMEOUT, WITHDRAWN):
                late = given.choice == TIMEOUT
                self.rung += late
                self._next(self.note if late else given.reason)
                over = late and (self.rung >= len(roles) or self._over())
                if over and self.item not in at.prompts:
                    return Consent("declined", why=self._whose(), given=given)
                approved = []
                continue
            if not set(digests) <= set(prompt.prompted.digests):
                changed = difference(prompt.prompted.bound, things)
                if given is None:
                    return Consent(
                        "asking", (Withdraw(self.item, f"the change is another one now: {changed}"),)
                    )
                self._next(f"the change is another one now: {changed}")
                approved = []
                continue
            if given is None:
                return self._ask(roles, digests, approved)
            if given.choice == "no":
                return Consent("declined", given=given)
            if given.choice == "hand":
                return self._by_hand(given)
            if given.choice == "break-glass":
                return Consent("granted", (self._alarm(given),))
            proof = self._proof(given, prompt)
            if proof is not None:
                result = at.results.get(proof.item)
                if result is None:
                    return Consent("asking", (proof,))
                if result.outcome != "pass":
                    self._next(f"the proof of {given.by} does not hold: {result.why}")
                    approved = []
                    continue
            approved.append(given)
            if len(approved) < self.decision.quorum:
                self.asked += 1
                continue
            if not at.begun and at.now > given.at.after(self.decision.start_within):
                self._next(f"the consent of {given.by} was not used within {self.decision.start_within}")
                approved = []
                continue
            return Consent("granted")

    @property
    def item(self) -> str:
        """Return the name of the question at hand."""
        first = (self.number, self.asked) == (1, 1)
        return "consent" if first else f"consent.{self.number}.{self.asked}"

    def _next(self, note: str) -> None:
        self.number += 1
        self.asked = 1
        self.note = note

    def _roles(self) -> tuple[str, ...]:
        plan = self.at.state.plan
        if self.decision.mode == "confirm" or plan is None:
            return (self.decision.role,)
        return approvers(plan, self.at.state, self.decision.role, self.acts[0].action.operation)

    def _over(self) -> bool:
        """Say whether the step's own time is up."""
        at = self.at
        return at.timeout is not None and at.now >= at.entered.after(at.timeout)

    def _ask(self, roles: tuple[str, ...], digests: tuple[str, ...], approved: list[Given]) -> Consent:
        at, decision = self.at, self.decision
        role = roles[min(self.rung, len(roles) - 1)]  # the ladder may have grown shorter since
        if at.state.frozen:
            return Consent("asking", why=at.state.frozen)
        approve = decision.mode == "approve"
        action = self.acts[0].action
        detail = {"effect": action.effect, "operation": action.operation, "policy": decision.why}
        if approve:
            detail |= {"identity": decision.identity, "approved by": ", ".join(one.by for one in approved)}
            detail["approvals"] = f"{self.asked} of {decision.quorum}" if decision.quorum > 1 else ""
            detail["break-glass pages"] = decision.break_glass
        detail |= {"again": self.note, **at.shown()}
        due = None if at.timeout is None else at.entered.after(at.timeout)
        if approve:
            until = at.now.after(decision.approve_within)
            due = until if due is None else min(due, until)
        open_one = at.prompts.get(self.item)
        if open_one is not None:
            due = open_one.prompted.due
        question = Question(
            self.item,
            "approve" if approve else "confirm",
            at.title,
            (*_APPROVE, *((_GLASS,) if decision.break_glass else ())) if approve else _CONFIRM,
            due=due,
            role=role,
            binds=self.acts,
            detail={name: text for name, text in detail.items() if text},
        )
        if not approve:
            return Consent("asking", (question,))
        return Consent("asking", (question, *self._tell(role, digest_of(list(digests)), due)))

    def _tell(self, role: str, digest: str, due: Instant | None) -> Iterator[Want]:
        """Tell who may approve, and send their people a code where policy wants one."""
        at, plan = self.at, self.at.state.plan
        if plan is None:
            return
        until = f", until {due.clock()}" if due is not None else ""
        use = self.acts[0].action
        what = f"{use.effect} {use.operation}".strip()
        how = {
            "claimed": f"runbook approve {plan.run} --digest {digest[:12]} --as NAME:{role}",
            "relayed": f"runbook approve {plan.run} shows it; read your code to {at.state.operator.name}",
            "proved": f"runbook approve {plan.run} --to-sign > ask.txt, sign it, --signature ask.txt.sig",
        }[self.decision.identity]
        text = (
            f"{at.state.operator.name} asks for your approval{until}: {at.title} ({what} in "
            f"{plan.environment}, digest {digest[:12]}). Look first: {how}"
        )
        yield Tell(f"ask.{self.item}", role, text)
        if self.decision.identity != "relayed":
            return
        for name, person in plan.people.items():
            if person.role == role and person.device:
                key = f"{plan.run}/{at.step}#{at.visit}.{self.item}/{name}"
                body = f"{at.title}\ndigest {digest}\nRead the code to who runs {plan.run} only if you agree."
                title = f"Approval asked in {plan.run}"
                yield SendCode(code_item(self.item, name), CodeRequest(name, person.device, key, title, body))

    def _proof(self, given: Given, prompt: Prompt) -> Prove | None:
        """Return the proof that is to be held against what is known, where there is one."""
        if self.decision.mode != "approve":
            return None
        found = proof_of(self.at.state, prompt.prompted, given.by, given.identity, given.proof)
        return None if found is None else Prove(f"proof.{self.item}", found)

    def _alarm(self, given: Given) -> Tell:
        text = (
            f"BREAK-GLASS: {given.by} goes ahead without an approval: {self.at.title}. Reason: {given.reason}"
        )
        return Tell(f"break-glass.{self.item}", self.decision.break_glass, text)

    def _whose(self) -> str:
        """Say which change nobody consented to, whose decision it was, and until when each was asked."""
        late = [
            one.prompted
            for one in self.at.prompts.values()
            if one.given is not None and one.given.choice == TIMEOUT and one.prompted.decides_change
        ]
        asked = ", then ".join(
            f"the {one.role or 'operator'}" + (f" until {one.due.clock()}" if one.due else "") for one in late
        )
        action = self.acts[0].action
        change = action.operation or action.title or self.at.title
        return f"{change} was to be {'approved' if late[-1].kind == 'approve' else 'confirmed'} by {asked}"

    def _by_hand(self, given: Given) -> Consent:
        """Take a person's word for a change made by hand, or another's where policy wants a second person."""
        at, plan = self.at, self.at.state.plan
        rule = second_person(plan, "hand", at.phase) if plan else None
        if rule is None:
            return Consent("declined", given=given)
        item = f"second.{self.item}"
        second = at.prompts.get(item)
        if second is None or second.given is None:
            text = f"{given.by} says it was done by hand: {at.title}. Do you agree?"
            detail = {"policy": rule.why, "reason": given.reason}
            question = Question(
                item, "approve", text, _APPROVE, due=given.at.after(self.decision.approve_within),
                role=rule.role, binds=self.acts, detail={n: t for n, t in detail.items() if t},
            )  # fmt: skip
            return Consent("asking", (question, Tell(f"ask.{item}", rule.role, text)))
        if second.given.choice == "yes":
            return Consent("declined", given=given)
        why = second.given.reason or second.given.choice
        return Consent("declined", given=replace(second.given, choice="no", reason=why))
