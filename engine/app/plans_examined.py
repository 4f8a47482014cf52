"""Every runbook of an environment as a run would plan it: which can be, and which are out of date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from engine.app.examined import Examined
from engine.app.library import Library
from engine.app.running import NO_ENVIRONMENT, needs_sandbox
from engine.app.sandbox import find
from engine.core.plan import Plan, Request, make_plan
from engine.kinds.errors import EngineError, FileErrors, UsageError
from engine.kinds.findings import meant_or_known
from engine.model.runbook import Runbook


@dataclass(frozen=True, slots=True)
class Planned:
    """One runbook and its plan; inputs that only a run knows stand in it as references."""

    runbook: Runbook
    plan: Plan


def planned(
    library: Library, environment: str, only: str, today: date
) -> tuple[list[Examined], tuple[Planned, ...]]:
    """Return how the runbooks stand, and the plans there can be; raises UsageError, or FileErrors."""
    catalogue = library.catalogue
    if environment not in catalogue.environments:
        hint = meant_or_known(environment, catalogue.environments, NO_ENVIRONMENT)
        raise UsageError(f"there is no environment '{environment}'", hint=hint)
    urls = {}
    found: list[Examined] = []
    if catalogue.environments[environment].drills and needs_sandbox(library, environment):
        sandbox = find(library.workspace)
        if sandbox is None:
            said, do = "no sandbox is up, so nothing in it can be looked at", "`runbook sandbox up`"
            return [Examined("workspace", environment, "FAIL", said, do)], ()
        urls = dict(sandbox.urls)
    if only:
        library.workspace.runbook_file(only)  # a wrong id is told before anything else
    plans = []
    for name in [only] if only else sorted(library.workspace.runbook_files()):
        try:
            runbook = library.runbook(name)
            if runbook.environments and environment not in runbook.environments:
                if only:
                    said = f"runs only in {', '.join(runbook.environments)}"
                    found.append(Examined("runbook", name, "?", said, "name one of them with --env"))
                continue
            request = Request(run="DOCTOR", environment=environment, sandbox=urls)
            plans.append(Planned(runbook, make_plan(_open(runbook), library.runbook, catalogue, request)))
            found.append(_fresh(name, runbook, today))
        except FileErrors as broken:
            first = broken.findings[0]
            said = f"{first.file}:{first.line}: {first.finding.message}"
            found.append(Examined("runbook", name, "FAIL", said, f"`runbook check {name}` shows all of it"))
        except EngineError as refused:
            found.append(Examined("runbook", name, "FAIL", refused.message, refused.hint))
        except Exception as fault:  # the other runbooks are looked at all the same
            said = f"a fault of ours: {type(fault).__name__}"
            found.append(Examined("runbook", name, "?", said, f"`runbook check {name}`, and report it"))
    return found, tuple(plans)


def _open(runbook: Runbook) -> Runbook:
    """Return the runbook with its required inputs left open, as references to themselves."""
    inputs = {
        name: replace(spec, required=False, default=f"${{inputs.{name}}}") if spec.required else spec
        for name, spec in runbook.inputs.items()
    }
    return replace(runbook, inputs=inputs)


def _fresh(name: str, runbook: Runbook, today: date) -> Examined:
    do = "read it through, mend it, and set `reviewed` to today"
    try:
        reviewed = date.fromisoformat(runbook.reviewed)
    except ValueError:
        return Examined("runbook", name, "warn", "can be planned; nobody has reviewed it", do)
    expires = reviewed + timedelta(seconds=float(runbook.review_every))
    if today > expires:
        said = f"can be planned; its review of {reviewed} expired on {expires}"
        return Examined("runbook", name, "warn", said, do)
    return Examined("runbook", name, "ok", f"can be planned; reviewed {reviewed}, good until {expires}")
