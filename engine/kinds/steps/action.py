"""A change (or a declared read) performed by the engine.

Rules:
1. Consent first: none, one deliberate keypress within the operator's authority (confirm), another
   person's approval (approve), or refused by policy. The question binds the digest of every change.
2. Targets one at a time, in order; the first failure stops.
3. A result that is unknown is never repeated by guess: the reconcile check decides, else a person. That comes
   before consent to the next target, and wherever consent has ended half-way (a limit of the run is reached,
   a window has closed): the step does not end before what it did is known.
4. `watch` is a check that must not fail while the changes are made. When it does, what is in the air lands,
   nothing further starts, and the operator is offered to take back what was done; the step has failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from engine.kinds.matchers import shown
from engine.kinds.references import Unresolved, resolve
from engine.kinds.step import (
    TIMEOUT,
    Act,
    Given,
    Observe,
    Option,
    Progress,
    Question,
    Result,
    Settlement,
    Step,
    Wake,
    Want,
)
from engine.kinds.taking_back import TakingBack
from engine.kinds.uses import ActionUse, CheckUse
from engine.kinds.values import Duration, Json

_HAPPENED = (Option("done", "it happened"), Option("failed", "it did not happen"))
_WATCH = "watch."


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
    """What is done."""
    for_each: str | tuple[str, ...] | None = None
    """A list, or a reference to one: the action is performed once per item, which is `${each}`."""
    watch: CheckUse | None = None
    """A check that stops the changes when it fails: an error rate, say. It is asked before the first one,
    then every `watch_every` until the last has ended."""
    watch_every: Duration = Duration(30.0)
    """Time between two looks of `watch`."""

    def __post_init__(self) -> None:
        if self.watch_every <= 0:
            raise ValueError("'watch_every' is the time between two looks: give more than 0s, such as 30s")

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """Certainty about the target that was changed last, then consent, then the next target."""
        items = self._items(progress)
        acts = tuple(Act(f"do.{n}", self.action, each) for n, each in enumerate(items))
        alarm = self._alarm(progress)
        in_the_air = tuple(act for act in acts if act.item in progress.pending)
        if in_the_air:
            return (*in_the_air, *(self._watching(progress) if alarm is None else ()))
        doubt = self._doubt(progress, items)
        if alarm is not None:
            return doubt or self._back(progress).wants(progress, f"{alarm.why}. Take back what was done?")
        watching = self._watching(progress)
        consent = progress.consent(
            tuple(act for n, act in enumerate(acts) if self._outcome(progress, n) == "")
        )
        if consent.status != "granted":
            if doubt:
                return (*watching, *doubt)
            return consent.wants if consent.status == "asking" else ()
        if watching and not any(item.startswith(_WATCH) for item in progress.results):
            return watching  # the first look comes before the first change
        return (*consent.wants, *watching, *(doubt or self._next(progress, acts)))

    def settle(self, progress: Progress) -> Settlement | None:
        """Done when every target is; failed, skipped or done by hand otherwise."""
        items = self._items(progress)
        if not items:
            return Settlement("failed", "nothing to do it to: the list is empty or unknown")
        if any(f"do.{n}" in progress.pending for n in range(len(items))):
            return None  # what is in the air lands first
        outcomes = [self._outcome(progress, n) for n in range(len(items))]
        alarm = self._alarm(progress)
        if alarm is not None:
            return self._stopped(progress, outcomes, alarm)
        left = tuple(
            Act(f"do.{n}", self.action, items[n]) for n, outcome in enumerate(outcomes) if outcome == ""
        )
        for n, outcome in enumerate(outcomes):
            if outcome == "unknown":
                return None
            if outcome not in ("", "done"):
                return Settlement(
                    "skipped" if outcome == "named" else "failed", progress.results[f"do.{n}"].why
                )
            if outcome == "":
                break
        if left:
            consent = progress.consent(left)
            if consent.status == "refused":
                return Settlement("failed", f"refused by policy: {consent.why}")
            if consent.status == "declined" and consent.given is not None:
                return _declined(consent.given, consent.why)
            return None
        last = progress.results[f"do.{len(items) - 1}"]
        return Settlement("done", last.why, facts=last.facts)

    def _stopped(self, progress: Progress, outcomes: Sequence[str], alarm: Result) -> Settlement | None:
        if "unknown" in outcomes:
            return None
        taken = self._back(progress).settle(progress)
        if taken is None:
            return None
        made = sum(outcome == "done" for outcome in outcomes)
        rest = f"; {taken.why or taken.outcome}" if made else ""
        return Settlement("failed", f"stopped after {made} of {len(outcomes)}: {alarm.why}{rest}")

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

    def _next(self, progress: Progress, acts: Sequence[Act]) -> tuple[Want, ...]:
        for n, act in enumerate(acts):
            outcome = self._outcome(progress, n)
            if outcome == "":
                return (act,)
            if outcome != "done":
                return ()
        return ()

    def _watching(self, progress: Progress) -> tuple[Want, ...]:
        """Return the look that is due, or when the next one is."""
        if self.watch is None:
            return ()
        looks = [result for item, result in progress.results.items() if item.startswith(_WATCH)]
        due = looks[-1].asked.after(self.watch_every / progress.scale) if looks else progress.entered
        if progress.now < due:
            return (Wake(due),)
        return (Observe(f"{_WATCH}{len(looks) + 1}", self.watch, look=False),)

    def _alarm(self, progress: Progress) -> Result | None:
        looks = (result for item, result in progress.results.items() if item.startswith(_WATCH))
        return next((result for result in looks if result.outcome == "fail"), None)

    def _back(self, progress: Progress) -> TakingBack:
        made = {result.operation for item, result in progress.results.items() if item.startswith("do.")}
        own = tuple(entry for entry in reversed(progress.undoable) if entry.operation in made)
        return TakingBack(own, "take-back")

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

    def _doubt(self, progress: Progress, items: Sequence[Json]) -> tuple[Want, ...]:
        """Return what settles the first target of which nobody knows whether it was changed."""
        for n, each in enumerate(items):
            if self._outcome(progress, n) == "unknown":
                return (self._certainty(progress, n, each),)
        return ()

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


def _declined(given: Given, whose: str) -> Settlement:
    reason = f": {given.reason}" if given.reason else ""
    if given.choice == "hand":
        return Settlement("done", f"{given.by} did it by hand{reason}")
    if given.choice == TIMEOUT:
        return Settlement("failed", "nobody gave consent in time" + (f": {whose}" if whose else ""))
    return Settlement("skipped", f"{given.by} decided against it{reason}")
