"""Bring somebody in now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.kinds.step import TIMEOUT, Listen, Option, Progress, Question, Settlement, Step, Tell, Want
from engine.kinds.values import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalateStep(Step):
    """Page a role with the decision asked for, and wait for somebody to take it."""

    kind: ClassVar[str] = "escalate"
    good: ClassVar[tuple[str, ...]] = ("acknowledged",)
    bad: ClassVar[tuple[str, ...]] = ("unanswered", "undelivered")
    example: ClassVar[str] = "{escalate: engineer, decision: 'Fix the tool schema', then: {any: escalated}}"

    escalate: str
    """The role that is paged."""
    decision: str
    """What it is asked to decide or to do."""
    within: Duration = Duration(300.0)
    """How long the page is tried on its channels; once it is out, how long to wait for an acknowledgement."""

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """Page, then wait for the acknowledgement: in the channel where it can tell, and at the terminal."""
        page = progress.results.get("page")
        if page is None:
            return (Tell("page", self.escalate, self.decision, self.within),)
        if page.outcome != "delivered":  # or only named, in a shadow run
            return ()
        due = page.ended.after(self.within)
        options = (Option("ack", f"{self.escalate} has taken it"),)
        text = f"Has the page to {self.escalate} been acknowledged? Decision asked: {self.decision}"
        asked = Question("ack", "acknowledge", text, options, due=due, role=self.escalate)
        return (asked, Listen("seen", "page", self.escalate))

    def settle(self, progress: Progress) -> Settlement | None:
        """Settle by delivery and acknowledgement."""
        page = progress.results.get("page")
        if page and page.outcome != "delivered":
            return Settlement("acknowledged" if page.outcome == "named" else "undelivered", page.why)
        given, seen = progress.answers.get("ack"), progress.results.get("seen")
        if given is not None and given.choice != TIMEOUT:
            return Settlement("acknowledged", f"{given.by} took it")
        if seen is not None and seen.outcome == "acknowledged":
            return Settlement("acknowledged", seen.why)
        if given is None:
            return None
        return Settlement(
            "unanswered", f"nobody acknowledged the page to {self.escalate} within {self.within}"
        )
