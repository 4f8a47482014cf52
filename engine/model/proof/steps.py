"""How long one visit of a step takes at most, by its kind.

Rules:
1. `machine` is what the engine and its targets take, `people` what questions with a limit may wait, `open`
   the questions without one. A visit takes at most their sum.
2. What a step opens counts as the slowest of its graphs, each over all its own paths.
3. The engine's own work counts a tenth of a second for each visit (`WORK`).
4. Nobody freezes changes, deviates, takes the run over or edits the policy meanwhile, the engine is not
   stopped, and the proof of an approver holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.kinds import codec
from engine.kinds.references import references
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import ActionUse, CheckUse, Undo
from engine.kinds.values import Duration
from engine.model.catalogue import Catalogue
from engine.model.proof import looks
from engine.model.proof.consents import asking
from engine.model.proof.looks import EXPIRY, GRACE
from engine.model.proof.parts import Part

WORK = 0.1
ASKED = "asks a person, and has no timeout"
LOOK = "asks a person to look where a check cannot tell, without a limit"
HAPPENED = "asks a person whether a change happened, where nobody else can tell, without a limit"
BACK = "asks before anything is taken back, without a limit"
_KNOWN = ("service", "services", "env", "environment", "thresholds", "baselines", "sandbox", "secrets")
ENDLESS = "reads as many targets as its list has, and no limit holds for reads"


@dataclass(frozen=True, slots=True)
class Took:
    """One visit: see rule 1."""

    machine: float = 0.0
    people: float = 0.0
    open: tuple[str, ...] = ()
    contact: float | None = None
    """Where a person is asked or paged for sure: at most so long after its begin."""


@dataclass(frozen=True)
class Steps:
    """Measures visits, by what the catalogue and the whole run allow."""

    catalogue: Catalogue
    where: tuple[str, ...]
    service: str
    root: Part
    _quiet: dict[str, float] = field(default_factory=dict)

    def took(self, part: Part, name: str) -> Took | None:
        """Return how long a visit takes; None for a step whose length is that of what it opens."""
        node = part.graph.nodes[name]
        step, timeout = node.step, node.timeout
        match step:
            case CheckStep():
                return Took(self.look(step.check) + WORK, open=_asks_to_look([step.check]))
            case ChecksStep():
                whole = looks.looks(step, self.round) + WORK
                return Took(whole, open=_asks_to_look(step.checks.values()))
            case WaitStep():
                return Took(float(step.limit if step.wait is None else step.wait) + WORK)
            case AskStep():
                if timeout is None:
                    return Took(WORK, open=(ASKED,), contact=WORK)
                return Took(WORK, float(timeout) + EXPIRY, contact=WORK)
            case NotifyStep():
                return Took(looks.message(step.within) + WORK)
            case EscalateStep():
                sent = looks.message(step.within) + WORK
                return Took(sent, looks.page(step.within) + WORK - sent, contact=WORK)
            case ActionStep():
                return self.action(step, timeout)
            case UndoStep():
                return self.undo(part, step)
        return None if name in part.inner else Took(WORK)

    @property
    def round(self) -> float:
        """Return how long the control probes hold up a check that got no answer."""
        return looks.controls(self.catalogue.controls)

    def look(self, check: CheckUse) -> float:
        """Return how long a check takes with its retries."""
        return looks.look(check, self.round)

    def action(self, step: ActionStep, timeout: Duration | None) -> Took:
        """Return how long a change of every target takes, with its consent and the certainty about it."""
        use = step.action
        targets, endless = self.targets(step)
        first = max(
            (
                self.look(one.check)
                for one in self.catalogue.precautions.values()
                if not one.services or self.service in one.services
            ),
            default=0.0,
        )
        each = use.timeout + GRACE + (self.look(use.reconcile) if use.reconcile else 0.0)
        machine = (first if use.effect != "read" else 0.0) + targets * each
        consent = asking(use, timeout, self.catalogue, self.where)
        open_ = [*((consent.open,) if consent.open else ()), *((ENDLESS,) if endless else ()), HAPPENED]
        rounds = 1
        if step.watch is not None:
            watching = self.look(step.watch)
            rounds += watching > self.start_within  # what was agreed to has to be agreed to again
            machine += watching + targets * self.taking_back(use.undo)
            open_.append(BACK)
        sure = consent.sure and step.for_each is None and _planned(use) and self.within_limits(use)
        contact = first + WORK if sure else None
        return Took(machine + WORK, rounds * consent.seconds, tuple(open_), contact)

    def targets(self, step: ActionStep) -> tuple[int, bool]:
        """Return how many targets there are at most, and whether nothing limits them."""
        if step.for_each is None:
            return 1, False
        if isinstance(step.for_each, tuple):
            return len(step.for_each), False
        limits = self.catalogue.guards.limits
        if step.action.effect == "read":
            return 1, True
        return (min(limits.changes, limits.same_change) if step.action.operation else limits.changes), False

    @property
    def start_within(self) -> float:
        """Return the shortest time in which an agreed change must begin."""
        return min((rule.start_within for rule in self.catalogue.policy), default=Duration(300.0))

    def within_limits(self, use: ActionUse) -> bool:
        """Say whether the limits of a run cannot be spent by changes that nobody is asked about."""
        if not self._quiet:
            for part in self.root.every():
                for _, node, step, times in part.actions():
                    other = step.action
                    if other.effect == "read":
                        continue
                    if not asking(other, node.timeout, self.catalogue, self.where).sure:
                        made = times * self.targets(step)[0]
                        for key in ("", f"op {other.operation}"):
                            self._quiet[key] = self._quiet.get(key, 0.0) + made
            self._quiet.setdefault("", 0.0)
        limits = self.catalogue.guards.limits
        same = self._quiet.get(f"op {use.operation}", 0.0)
        return self._quiet[""] < limits.changes and same < limits.same_change

    def undo(self, part: Part, step: UndoStep) -> Took:
        """Return how long it takes to take everything back that this run may have changed by then."""
        chosen = None if step.undo == "all" else (step.undo if isinstance(step.undo, tuple) else (step.undo,))
        entries = [
            (times * self.targets(action)[0], self.taking_back(action.action.undo))
            for one in (self.root.every() if chosen is None else (part,))
            for name, _, action, times in one.actions()
            if action.action.effect != "read" and action.action.undo and (chosen is None or name in chosen)
        ]
        if not entries:
            return Took(WORK)
        most = self.catalogue.guards.limits.changes * max(each for _, each in entries)
        return Took(min(most, sum(often * each for often, each in entries)) + WORK, open=(BACK, HAPPENED))

    def taking_back(self, undo: Undo | None) -> float:
        """Return how long it takes to take one change back and to see that it is."""
        if undo is None:
            return 0.0
        return float(undo.timeout) + GRACE + (self.look(undo.verify) if undo.verify else 0.0)


def landing(part: Part) -> float:
    """Return how long a change in the air may take, in a graph and in what it opens."""
    return max(
        (
            step.action.timeout + GRACE
            for one in part.every()
            for _, _, step, _ in one.actions()
            if step.action.effect != "read"
        ),
        default=0.0,
    )


def _asks_to_look(checks: Iterable[CheckUse]) -> tuple[str, ...]:
    """Return why checks may wait for a person."""
    return (LOOK,) if any(check.look is not None for check in checks) else ()


def _planned(use: ActionUse) -> bool:
    """Say whether everything in a change is known when the run is planned, so that it can be asked for."""
    return all(name.partition(".")[0] in _KNOWN for name in references(codec.plain(use)))


__all__ = ["WORK", "Steps", "Took", "landing"]
