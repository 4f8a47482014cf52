"""Taking up a run that is on disk: resume, take-over, and the close of an aborted one."""

from __future__ import annotations

from engine.app.library import Library
from engine.app.running import Options, take_up
from engine.app.runs import find_run
from engine.app.sandbox_of_run import require_own_sandbox
from engine.cli.beginning import people_of
from engine.cli.session import Session
from engine.kinds.errors import UsageError


def take_up_and_drive(
    session: Session,
    run: str,
    identity: str,
    why: str,
    *,
    force: bool = False,
    yes: bool = False,
    scenario: str = "",
) -> int:
    """Take the lease and drive; raises LeaseHeld where somebody else has it."""
    workspace = session.here.workspace
    folder = find_run(workspace, run)
    state = folder.state()
    if state.plan is None:
        raise UsageError(f"{folder.run} has no first record", hint="start another run")
    if state.finished is not None:
        raise UsageError(
            f"{folder.run} has ended: {state.finished.end}", hint=f"`runbook show {folder.run}` tells it"
        )
    if not state.aborting:  # what is only closed reaches for nothing
        require_own_sandbox(workspace, folder, state.plan)
    session.here.run = folder.run
    me = session.here.person(identity)
    people = people_of(Library(workspace), Options(environment=state.plan.environment), me, yes, scenario)
    seq, _ = folder.head()
    lease = take_up(folder, why, me, force=force)
    return session.drive(folder, lease, me, people, resumed=seq)
