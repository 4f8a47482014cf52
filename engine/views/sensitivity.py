"""Which operations of a run saw what must not leave its folder (`sensitive: true` on a check).

In doubt it must not: a look that cannot be traced to one check of its step (a reconcile, a verification of an
undo) counts as sensitive where any check of the plan does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.core.events import Asked, Ended, Happened, Started
from engine.core.plan import Plan
from engine.kinds.nested import nested
from engine.kinds.uses import CheckUse
from engine.views.readings import looks


def is_sensitive(plan: Plan, asked: Asked) -> bool:
    """Say whether what an operation saw stays in the run's folder."""
    if asked.what not in ("check", "control"):
        return False
    step = plan.steps.get(asked.step)
    if step is not None:
        name = asked.item.partition(".")[2] if asked.item[:1].isdigit() else asked.item
        for known, use in looks(step):
            if known == name:
                return _holds(use)
    return any(
        _holds(part) for part in (*plan.steps.values(), *plan.controls.values(), *plan.precautions.values())
    )


@dataclass(slots=True)
class SensitiveFiles:
    """Folds a journal, record by record, into the paths of the evidence that stays in the run's folder."""

    paths: set[str] = field(default_factory=set)
    plan: Plan | None = None
    _asked: dict[str, Asked] = field(default_factory=dict)

    def see(self, happened: Happened) -> None:
        """Take in one record."""
        match happened.event:
            case Started(plan=plan):
                self.plan = plan
            case Asked() as intent:
                self._asked[intent.operation] = intent
            case Ended(operation=name, evidence=evidence):
                asked = self._asked.pop(name) if name in self._asked else None
                if evidence and self.plan and (asked is None or is_sensitive(self.plan, asked)):
                    self.paths.update(ref.path for ref in evidence)
            case _:
                pass


def sensitive_files(happened: Iterable[Happened]) -> frozenset[str]:
    """Return the paths of the evidence that stays in the run's folder."""
    found = SensitiveFiles()
    for one in happened:
        found.see(one)
    return frozenset(found.paths)


def _holds(value: object) -> bool:
    """Say whether a part of the plan is, or has inside, a sensitive check."""
    return any(isinstance(use, CheckUse) and use.sensitive for use in nested(value))
