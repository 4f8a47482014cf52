"""A change (or a declared read) performed by the engine.

Rules:
1. Consent first: none, one deliberate keypress within the operator's authority (confirm), another
   person's approval (approve), or refused by policy. The question binds the digest of every change.
2. Targets one at a time, in order; the first failure stops.
3. A result that is unknown is never repeated by guess: the reconcile check decides, else a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from engine.kinds.matchers import shown
from engine.kinds.references import Unresolved, resolve
from engine.kinds.step import TIMEOUT, Act, Given, Observe, Option, Progress, Question, Settlement, Step, Want
from engine.kinds.uses import ActionUse
from engine.kinds.values import Json

_CONSENT = {
    "confirm": (Option("yes", "do it"), Option("hand", "I did it by hand"), Option("no", "do not")),
    "approve": (Option("yes", "approve"), Option("no", "refuse")),
}
_HAPPENED = (Option("done", "it happened"), Option("failed", "it did not happen"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionStep(Step):
    """Perform one action, once per item of `for_each` where given."""

    kind: ClassVar[str] = "action"
    good: ClassVar[tuple[str, ...]] = ("done",)
    bad: ClassVar[tuple[str, ...]] = ("failed",)
    example: ClassVar[str] = (
        "{action: {http: 'https://example.com/restart', method: POST, irreversible: a restart}, then: check}"
    )

    action: ActionUse
    for_each: str | tuple[str, ...] | None = None

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """Consent, then the next target, then certainty about it."""
        items = self._items(progress)
        mode, role = progress.consent(self.action)
        if not items or mode == "refused":
            return ()
        acts = tuple(Act(f"do.{n}", self.action, each) for n, each in enumerate(items))
        if mode != "none" and "consent" not in progress.answers:
            return (self._question(progress, acts, mode, role),)
        if mode != "none" and progress.answers["consent"].choice != "yes":
            return ()
        for n, act in enumerate(acts):
            outcome = self._outcome(progress, n)
            if outcome == "unknown":
                return (self._certainty(progress, n, items[n]),)
            if outcome == "":
                return (act,)
            if outcome != "done":
                return ()
        return ()

    def settle(self, progress: Progress) -> Settlement | None:
        """Done when every target is; failed, skipped or done by hand otherwise."""
        items = self._items(progress)
        mode, reason = progress.consent(self.action)
        if mode == "refused":
            return Settlement("failed", f"refused by policy: {reason}")
        if not items:
            return Settlement("failed", "nothing to do it to: the list is empty or unknown")
        given = progress.answers.get("consent")
        if mode != "none" and given and given.choice != "yes":
            return _declined(given)
        for n in range(len(items)):
            outcome = self._outcome(progress, n)
            if outcome in ("", "unknown"):
                return None
            if outcome != "done":
                why = progress.results[f"do.{n}"].why
                return Settlement("skipped" if outcome == "named" else "failed", why)
        facts = progress.results[f"do.{len(items) - 1}"].facts
        return Settlement("done", progress.results[f"do.{len(items) - 1}"].why, facts=facts)

    def _items(self, progress: Progress) -> tuple[Json, ...]:
        if self.for_each is None:
            return (None,)
        try:
            found = resolve(
                list(self.for_each) if isinstance(self.for_each, tuple) else self.for_each, progress.lookup
            )
        except Unresolved:
            return ()
        return tuple(found) if isinstance(found, Sequence) and not isinstance(found, str) else (found,)

    def _outcome(self, progress: Progress, n: int) -> str:
        """Return "", done, failed, named, or unknown while nothing has settled it."""
        result = progress.results.get(f"do.{n}")
        if result is None or result.outcome != "unknown":
            return result.outcome if result else ""
        said = progress.answers.get(f"happened.{n}")
        if said and said.choice != TIMEOUT:
            return said.choice
        looked = progress.results.get(f"reconcile.{n}")
        return {"pass": "done", "fail": "failed"}.get(looked.outcome if looked else "", "unknown")

    def _certainty(self, progress: Progress, n: int, each: Json) -> Want:
        if self.action.reconcile and f"reconcile.{n}" not in progress.results:
            check = self.action.reconcile  # no answer does not say that it did not happen
            return Observe(
                f"reconcile.{n}", replace(check, no_answer=check.no_answer or "unknown"), each=each
            )
        text = f"Did this change happen? {self.action.title or progress.title}"
        detail = {"why": progress.results[f"do.{n}"].why}
        if each is not None:
            detail["target"] = shown(each)
        return Question(
            f"happened.{n}",
            "happened",
            text,
            _HAPPENED,
            detail=detail,
            binds=(Act(f"do.{n}", self.action, each),),
        )

    def _question(self, progress: Progress, acts: tuple[Act, ...], mode: str, role: str) -> Question:
        due = None if progress.timeout is None else progress.entered.after(progress.timeout)
        kind: Literal["approve", "confirm"] = "approve" if mode == "approve" else "confirm"
        detail = {"effect": self.action.effect, "operation": self.action.operation}
        return Question("consent", kind, progress.title, _CONSENT[kind], "", due, role, acts, detail)


def _declined(given: Given) -> Settlement:
    reason = f": {given.reason}" if given.reason else ""
    if given.choice == "hand":
        return Settlement("done", f"{given.by} did it by hand{reason}")
    if given.choice == TIMEOUT:
        return Settlement("failed", "nobody gave consent in time")
    return Settlement("skipped", f"{given.by} decided against it{reason}")
