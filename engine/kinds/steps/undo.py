"""Take changes back.

Reverse order of recorded success, one at a time. What is irreversible, or not known to have happened, is
listed and passed. An undo whose outcome is unknown is never repeated: its verification decides, else a
person. A failed undo stops here: the step ends `partly` and the next person decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from engine.kinds.step import Act, Observe, Option, Progress, Question, Settlement, Step, Undoable, Want

_HAPPENED = (Option("done", "it happened"), Option("failed", "it did not happen"))


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
            outcome = self._outcome(progress, entry)
            if outcome == "":
                return (self._next(progress, entry),)
            if outcome != "undone":
                return ()
        return ()

    def settle(self, progress: Progress) -> Settlement | None:
        """Undone when every change that can be is undone and verified."""
        entries = self._entries(progress)
        undoable = [entry for entry in entries if entry.action]
        given = progress.answers.get("consent")
        if undoable and given is None:
            return None
        if undoable and given and given.choice != "yes":
            return Settlement("partly", f"{given.by} left the changes in place")
        for entry in undoable:
            outcome = self._outcome(progress, entry)
            if outcome == "":
                return None
            if outcome != "undone":
                return Settlement("partly", f"{entry.title}: {outcome}")
        why = "; ".join(f"{entry.title}: {entry.irreversible}" for entry in entries if entry.action is None)
        return Settlement("partly", f"not taken back: {why}") if why else Settlement("undone")

    def _next(self, progress: Progress, entry: Undoable) -> Want:
        """Return what brings an entry on: the undo, its verification, or the question whether it happened."""
        name = entry.operation
        done = progress.results.get(f"undo.{name}")
        if done is None and entry.action:
            return Act(f"undo.{name}", entry.action, None, name)
        if entry.verify and f"verify.{name}" not in progress.results:
            check = replace(entry.verify, no_answer=entry.verify.no_answer or "unknown")
            return Observe(f"verify.{name}", check, look=False, frozen=True)
        text = f"Did this change happen? undo of {entry.title}"
        return Question(
            f"happened.{name}", "happened", text, _HAPPENED, detail={"why": done.why if done else ""}
        )

    def _outcome(self, progress: Progress, entry: Undoable) -> str:
        """Return "" while it is not settled, undone, or why it is not."""
        done = progress.results.get(f"undo.{entry.operation}")
        if done is None:
            return ""
        if done.outcome not in ("done", "unknown"):
            return done.why or done.outcome
        looked = progress.results.get(f"verify.{entry.operation}")
        unverified = done.outcome == "done" and entry.verify is None
        if unverified or (looked and looked.outcome == "pass"):
            return "undone"
        if looked and (looked.outcome == "fail" or done.outcome == "done"):
            return looked.why or looked.outcome
        said = progress.answers.get(f"happened.{entry.operation}")
        if said is None:
            return ""
        return "undone" if said.choice == "done" else f"{said.by} says it did not happen"

    def _entries(self, progress: Progress) -> tuple[Undoable, ...]:
        """Return what is to be taken back, newest first; names are those of this step's own graph."""
        if self.undo == "all":
            return tuple(reversed(progress.undoable))
        scope = progress.step.rpartition("/")[0]
        chosen = {f"{scope}/{name}" if scope else name for name in self.undo}
        return tuple(entry for entry in reversed(progress.undoable) if entry.step in chosen)
