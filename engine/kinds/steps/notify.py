"""Tell somebody, without waiting for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.kinds.step import Progress, Settlement, Step, Tell, Want
from engine.kinds.values import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyStep(Step):
    """Send a message to a role or channel."""

    kind: ClassVar[str] = "notify"
    good: ClassVar[tuple[str, ...]] = ("sent",)
    bad: ClassVar[tuple[str, ...]] = ("undelivered",)
    example: ClassVar[str] = (
        "{notify: support, text: 'Answer customers by hand until further notice', then: next}"
    )

    notify: str
    """The role or channel."""
    text: str
    """What it is told."""
    within: Duration = Duration(300.0)
    """How long it is tried on its channels before it is undelivered and the run goes on."""

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """Send once."""
        if "message" in progress.results:
            return ()
        return (Tell("message", self.notify, self.text, self.within),)

    def settle(self, progress: Progress) -> Settlement | None:
        """Sent or undelivered."""
        result = progress.results.get("message")
        if result is None:
            return None
        return Settlement("undelivered" if result.outcome == "undelivered" else "sent", result.why)
