"""One run as a list shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.app.runs import RunFolder
from engine.cli.here import Here
from engine.core.events import Started
from engine.kinds.errors import EngineError
from engine.kinds.values import Json
from engine.render.offered import offered


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run and how it stands."""

    run: str
    runbook: str = ""
    environment: str = ""
    severity: str = ""
    started: str = ""
    stands: str = ""
    over: bool = False
    mode: str = "run"
    drill: bool = False

    @property
    def kind(self) -> str:
        """Return what sets it apart from a run that changes the real thing."""
        return "drill" if self.drill else {"observe": "observing", "dry-run": "dry run"}.get(self.mode, "")

    def plain(self) -> Mapping[str, Json]:
        """Return it as plain data."""
        return {
            "run": self.run,
            "runbook": self.runbook,
            "environment": self.environment,
            "severity": self.severity,
            "started": self.started,
            "stands": self.stands,
            "over": self.over,
            "mode": self.mode,
            "drill": self.drill,
        }


def listed(here: Here, folder: RunFolder) -> ListedRun:
    """Read one run for a list; what cannot be read says so."""
    try:
        driven, state, happened = folder.driven(), folder.state(), folder.read()
    except EngineError as error:
        return ListedRun(folder.run, stands=f"damaged: {error.message}")
    plan = state.plan
    if plan is None:
        return ListedRun(folder.run, stands="empty: nothing was recorded")
    asked = [one.prompted.prompt for one in state.prompts.values() if one.given is None]
    if state.finished is not None:
        stands = state.finished.end
    elif driven:
        stands = "being run" + (f", asks {', '.join(asked)}" if asked else "")
    else:
        stands = "waiting" if asked and not state.interrupted else "interrupted"
        stands += f": {offered(f'runbook resume {folder.run}', here.named(state))}"
    return ListedRun(
        folder.run,
        plan.runbook,
        plan.environment,
        state.severity,
        state.started.plain(),
        stands,
        state.finished is not None,
        state.mode,
        isinstance(happened[0].event, Started) and bool(happened[0].event.drill),
    )
