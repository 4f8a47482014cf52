"""Whether the stand-ins that an unfinished run was started against are still there.

A plan is frozen, and with it the addresses of its sandbox. After `sandbox down`, a reboot or another
`sandbox up` nobody listens there, or somebody else does: every look would be about the wrong system.
"""

from __future__ import annotations

from engine.app.library import Library
from engine.app.running import needs_sandbox
from engine.app.runs import RunFolder
from engine.app.sandbox import find
from engine.app.workspace import Workspace
from engine.core.events import Started
from engine.core.plan import Plan
from engine.kinds.errors import EngineError, Refused


def require_own_sandbox(workspace: Workspace, folder: RunFolder, plan: Plan) -> None:
    """Refuse to go on with a run whose sandbox is gone; raises Refused, which says what to do instead."""
    if not plan.drills:
        return
    up = find(workspace)
    if up is not None and set(up.urls.values()) & set(plan.drill_targets):
        return
    if not _stood_in_one(workspace, folder, plan):
        return
    what = "is gone" if up is None else "is gone, and another one is up at other addresses"
    raise Refused(
        f"the sandbox that {folder.run} was started against {what}",
        hint=f"`runbook abort {folder.run} --reason 'its sandbox is gone'` closes it; "
        f"then begin anew: {_anew(plan, up is not None, drill=_drill(folder))}",
    )


def _stood_in_one(workspace: Workspace, folder: RunFolder, plan: Plan) -> bool:
    """Say whether the addresses were a sandbox's: a drill environment may name targets of its own instead."""
    if _drill(folder):
        return True
    try:
        library = Library(workspace)
        return plan.environment in library.catalogue.environments and needs_sandbox(library, plan.environment)
    except EngineError:
        return False  # a file that is broken now stops no run that began when it was whole


def _drill(folder: RunFolder) -> bool:
    first = next(iter(folder.read()), None)
    return first is not None and isinstance(first.event, Started) and bool(first.event.drill)


def _anew(plan: Plan, up: bool, *, drill: bool) -> str:
    if drill:
        return f"`runbook drill {plan.runbook}`"
    again = f"`runbook run {plan.runbook} --env {plan.environment}`"
    return again if up else f"`runbook sandbox up --scenario NAME`, {again}"


__all__ = ["require_own_sandbox"]
