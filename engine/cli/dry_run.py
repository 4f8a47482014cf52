"""A dry run: the way through a runbook if every check passes, in no time and in memory.

Nothing is sent and nothing is left behind; time jumps over pauses and soaks; people give the first
answer. It is the core and the driver of a drill in virtual time, with a performer that only assumes.
"""

from __future__ import annotations

from dataclasses import dataclass

import engine
from engine.app.parts import dry_performer, system_now, virtual_ledger
from engine.app.running import Options, plan_run
from engine.cli.front_json import event_line
from engine.cli.here import progress, put
from engine.cli.session import Session, width
from engine.core.events import Answered, Happened, Person, Prompted, Started
from engine.core.state import RunState, evolve
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.people import Reply
from engine.kinds.errors import Exit, Waiting
from engine.render.row import Layout
from engine.render.terminal import name_width, rows


@dataclass(frozen=True, slots=True)
class Willing:
    """Somebody who always gives the default, else the first answer."""

    person: Person

    def reply(self, prompted: Prompted) -> Reply | None:
        """Answer at once."""
        choice = prompted.default or (prompted.options[0].key if prompted.options else "")
        by = Person(
            name="somebody", role=prompted.role or self.person.role, identity="claimed", via="dry run"
        )
        reason = "assumed by the dry run"
        return Reply(
            Answered(prompt=prompted.prompt, choice=choice, reason=reason, digest=prompted.digest), by, 0.0
        )


def dry_run(session: Session, runbook: str, options: Options, me: Person) -> int:
    """Show what a run would do; return 0 when it comes to an end."""
    now = system_now()
    plan = plan_run(session.here.workspace, runbook, options, me, f"DRY-{now.utc():%Y%m%d-%H%M%S}")
    clock = VirtualClock(now)
    ledger = virtual_ledger(clock)
    told: list[Happened] = []
    ledger.watchers.append(lambda happened, state: told.append(happened))
    ledger.record(
        [Started(plan=plan, digest=plan.digest(), engine=engine.__version__, operator=me, mode="dry-run")], me
    )
    stuck = ""
    try:
        VirtualDriver(ledger, clock, dry_performer({}), Willing(me)).run()
    except Waiting as waiting:
        stuck = waiting.message
    state = RunState()
    session.here.opened()
    layout = Layout(
        width() if session.here.at_terminal else 100, name_width(plan), session.rows and session.here.colour
    )
    for happened in told:
        before, state = state, evolve(state, happened)
        if not session.rows:
            put(event_line(happened))
        else:
            for line in layout.lines(rows(before, happened, state)):
                put(line)
    progress(f" nothing was asked, nothing was changed{f'; it would wait: {stuck}' if stuck else ''}")
    return int(Exit.WAITING if stuck else Exit.RESOLVED)
