"""What a person may say at any moment, whatever is asked: notes, pages, severity, and ways off the runbook.

Rule: every deviation asks why; `later` is a reason, and is owed in the report.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.cli.desk import Desk
from engine.cli.entry import Entry
from engine.cli.standing import is_internal
from engine.core.events import (
    Event,
    HandedOver,
    Jumped,
    Noted,
    Person,
    Prompted,
    SeveritySet,
    Skipped,
    TimerFired,
    TimerStopped,
)
from engine.core.plan import Plan
from engine.render.row import Row


@dataclass(frozen=True, slots=True)
class Remarks:
    """The keys that are there at any time; `say` records, and tells why it does not count."""

    desk: Desk
    entry: Entry
    say: Callable[[Event], None]

    def note(self) -> None:
        """Write something into the record."""
        self.entry.ask("note", lambda text: self.say(Noted(text=text)))

    def status(self) -> None:
        """Show the status update to copy."""
        text = self.desk.status_text()
        rows = (Row(text=line, place="raw") for line in text.splitlines())
        self.desk.show((Row("STATUS", "copy from here"), *rows))

    def _here(self, active: Prompted | None) -> str:
        """Return the step a deviation is about: that of the question, else the innermost current one."""
        if active is not None:
            return active.step
        current = [visit.step for visit in self.desk.state().visits.values() if not visit.end]
        return current[-1] if current else ""

    def skip(self, active: Prompted | None) -> None:
        """Leave out the step, with a reason."""
        step = self._here(active)
        self.entry.ask(f"why skip {step} (or later)", lambda text: self.say(Skipped(step=step, reason=text)))

    def jump(self, active: Prompted | None) -> None:
        """Go to another step of the same runbook, with a reason."""
        step, plan = self._here(active), self._plan
        scope = plan.steps[step].scope if step in plan.steps else ""
        known = {
            one.name: one.title
            for one in plan.steps.values()
            if one.scope == scope and one.path != step and not is_internal(one.name)
        }
        self.desk.show(tuple(Row(name=name, text=title, place="under") for name, title in known.items()))

        def chosen(target: str) -> None:
            if target not in known:
                self.entry.notice = f"there is no step '{target}' here"
                return
            self.entry.ask(
                f"why jump to {target} (or later)",
                lambda why: self.say(Jumped(step=step, target=target, reason=why)),
            )

        self.entry.ask(f"jump from {step} to", chosen)

    def severity(self) -> None:
        """Choose another severity; to lower it needs a reason."""
        known = list(self._plan.severities)
        now = self.desk.state().severity
        if not known:
            self.entry.notice = "the catalogue has no severities"
            return

        def choose(level: str) -> Callable[[], None]:
            lower = now in known and known.index(level) > known.index(now)
            question = f"why lower it to {level}" if lower else f"why {level} (or later)"
            return lambda: self.entry.ask(
                question, lambda why: self.say(SeveritySet(severity=level, why=why))
            )

        menu = {
            str(n): (f"{level}{' (now)' if level == now else ''}", choose(level))
            for n, level in enumerate(known[:9], 1)
        }
        self.entry.offer(menu)

    def page_now(self) -> None:
        """Page a role of the ladder before its time."""
        state, plan = self.desk.state(), self._plan
        level = plan.severities.get(state.severity)
        roles = (
            [rung.role for rung in level.ladder if f"ladder:{rung.role}" not in state.timers] if level else []
        )
        if not roles:
            self.entry.notice = "nobody is left on the ladder of this severity: [s] raises it"
            return

        def page(role: str) -> Callable[[], None]:
            return lambda: self.say(TimerFired(timer="ladder", key=role, due=self.desk.now()))

        self.entry.offer(
            {str(n): (f"page the {role} now", page(role)) for n, role in enumerate(roles[:9], 1)}
        )

    def stop_page(self) -> None:
        """Keep the next page from going out."""
        due = next((one for one in self.desk.clocks() if one.kind == "page"), None)
        if due is None:
            self.entry.notice = "no page is due"
            return
        role = due.key.partition(":")[2]
        self.entry.ask(
            f"why stop the page to the {role} (or later)",
            lambda why: self.say(TimerStopped(timer="ladder", key=role, reason=why)),
        )

    def hand_over(self) -> None:
        """Let somebody else take the run over."""

        def chosen(text: str) -> None:
            name, _, role = text.partition(":")
            to = Person(name=name.strip(), role=role.strip(), identity="claimed")
            self.entry.ask(f"what must {to.name} know", lambda why: self.say(HandedOver(to=to, reason=why)))

        self.entry.ask("hand over to NAME:ROLE", chosen)

    def by_hand(self) -> None:
        """Record a command that was run elsewhere."""
        self.entry.ask(
            "what did you do by hand (the command)", lambda text: self.say(Noted(text="", command=text))
        )

    @property
    def _plan(self) -> Plan:
        plan = self.desk.state().plan
        if plan is None:
            raise ValueError("a conversation begins after `started`")
        return plan
