"""Taking changes back, one at a time, newest first: the undo of each, then its verification.

What is irreversible, or not known to have happened, is listed and passed. An undo whose outcome is unknown
is never repeated: its verification decides, else a person. A failed undo stops here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.kinds.step import Act, Observe, Option, Progress, Question, Settlement, Undoable, Want

_HAPPENED = (Option("done", "it happened"), Option("failed", "it did not happen"))


@dataclass(frozen=True, slots=True)
class TakingBack:
    """The changes a step takes back, newest first, once a person has agreed to it."""

    entries: Sequence[Undoable]
    item: str = "consent"
    """The question whose `yes` starts it."""

    def acts(self) -> tuple[Act, ...]:
        """Return the undo of each change that has one."""
        return tuple(
            Act(f"undo.{e.operation}", e.action, None, e.operation) for e in self.entries if e.action
        )

    def question(self, text: str = "") -> Question:
        """Return what is asked before anything is taken back."""
        acts = self.acts()
        options = (Option("yes", "undo them"), Option("no", "leave them"))
        return Question(self.item, "confirm", text or f"Undo {len(acts)} change(s)?", options, binds=acts)

    def wants(self, progress: Progress, text: str = "") -> tuple[Want, ...]:
        """The question, then the next change to take back, then its verification."""
        if not self.acts():
            return ()
        given = progress.answers.get(self.item)
        if given is None:
            return (self.question(text),)
        if given.choice != "yes":
            return ()
        for entry in self.entries:
            if entry.action is None:
                continue
            outcome = _outcome(progress, entry)
            if outcome == "":
                return (_next(progress, entry),)
            if outcome != "undone":
                return ()
        return ()

    def settle(self, progress: Progress) -> Settlement | None:
        """Undone when every change that can be is undone and verified; partly otherwise."""
        undoable = [entry for entry in self.entries if entry.action]
        given = progress.answers.get(self.item)
        if undoable and given is None:
            return None
        if undoable and given and given.choice != "yes":
            return Settlement("partly", f"{given.by} left the changes in place")
        for entry in undoable:
            outcome = _outcome(progress, entry)
            if outcome == "":
                return None
            if outcome != "undone":
                return Settlement("partly", f"{entry.title}: {outcome}")
        left = [entry for entry in self.entries if entry.action is None]
        why = "; ".join(f"{entry.title}: {entry.irreversible}" for entry in left)
        return Settlement("partly", f"not taken back: {why}") if why else Settlement("undone")


def _next(progress: Progress, entry: Undoable) -> Want:
    """Return what brings an entry on: the undo, its verification, or the question whether it happened."""
    name = entry.operation
    done = progress.results.get(f"undo.{name}")
    if done is None and entry.action:
        return Act(f"undo.{name}", entry.action, None, name)
    if entry.verify and f"verify.{name}" not in progress.results:
        check = replace(entry.verify, no_answer=entry.verify.no_answer or "unknown")
        return Observe(f"verify.{name}", check, look=False, frozen=True)
    text = f"Did this change happen? undo of {entry.title}"
    return Question(f"happened.{name}", "happened", text, _HAPPENED, detail={"why": done.why if done else ""})


def _outcome(progress: Progress, entry: Undoable) -> str:
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
