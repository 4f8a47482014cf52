"""One look with a check, whatever a port raises turned into what it means."""

from __future__ import annotations

from engine.kinds.ports import McpFault, NoAnswer, SqlFault, World
from engine.kinds.uses import CheckUse
from engine.kinds.verdicts import Observation


async def observed(use: CheckUse, world: World, timeout: float) -> Observation:
    """Look once; raises CannotLook, since whether to go on after it is the caller's to say."""
    try:
        return await use.kind.observe(world, timeout)
    except NoAnswer as none:
        why = f"no answer in {none.seconds:.1f}s: {none.detail}"
        return Observation(seconds=none.seconds, no_answer=none.reason, summary=why)
    except McpFault as fault:
        return Observation(seconds=fault.seconds, cannot=f"protocol error {fault.code}: {fault.message}")
    except SqlFault as fault:
        why = f"the database refused: {fault.message} ({fault.code})"
        return Observation(seconds=fault.seconds, cannot=why)
