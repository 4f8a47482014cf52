"""Take changes back.

Reverse order of recorded success, one at a time. What is irreversible is listed and passed. A failed
or unknown undo stops here: the step ends `partly` and the next person decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.kinds.step import Act, Observe, Option, Progress, Question, Settlement, Step, Undoable, Want


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoStep(Step):
    """Undo the changes of this run, or those of the named steps."""

    kind: ClassVar[str] = "undo"
    good: ClassVar[tuple[str, ...]] = ("undone",)
    bad: ClassVar[tuple[str, ...]] = ("partly",)
    example: ClassVar[str] = "{undo: all, then: escalate}"

    undo: str | tuple[str, ...] = "all"

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """The next change to take back, then its verification."""
        entries = self._entries(progress)
        acts = tuple(Act(f"undo.{e.operation}", e.action, None, e.operation) for e in entries if e.action)
        if acts and "consent" not in progress.answers:
            options = (Option("yes", "undo them"), Option("no", "leave them"))
            return (Question("consent", "confirm", f"Undo {len(acts)} change(s)?", options, binds=acts),)
        if acts and progress.answers["consent"].choice != "yes":
            return ()
        for entry in entries:
            if entry.action is None:
                continue
            result = progress.results.get(f"undo.{entry.operation}")
            if result is None:
                return (Act(f"undo.{entry.operation}", entry.action, None, entry.operation),)
            if result.outcome != "done":
                return ()
            if entry.verify and f"verify.{entry.operation}" not in progress.results:
                return (Observe(f"verify.{entry.operation}", entry.verify),)
        return ()

    def settle(self, progress: Progress) -> Settlement | None:
        """Undone when every change that can be is undone and verified."""
        entries = self._entries(progress)
        left = [entry.title for entry in entries if entry.action is None]
        undoable = [entry for entry in entries if entry.action]
        given = progress.answers.get("consent")
        if undoable and given is None:
            return None
        if undoable and given and given.choice != "yes":
            return Settlement("partly", f"{given.by} left the changes in place")
        for entry in undoable:
            for item, good in ((f"undo.{entry.operation}", "done"), (f"verify.{entry.operation}", "pass")):
                if item.startswith("verify.") and entry.verify is None:
                    continue
                result = progress.results.get(item)
                if result is None:
                    return None
                if result.outcome != good:
                    return Settlement("partly", f"{entry.title}: {result.why}")
        return Settlement("partly" if left else "undone", f"irreversible: {', '.join(left)}" if left else "")

    def _entries(self, progress: Progress) -> tuple[Undoable, ...]:
        chosen = (
            progress.undoable if self.undo == "all" else [e for e in progress.undoable if e.step in self.undo]
        )
        return tuple(reversed(chosen))
