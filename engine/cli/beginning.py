"""What is settled and said before a run begins: who answers, what is missing, who else is at it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from engine.app.credentials import NOWHERE, secrets_of, warnings_of
from engine.app.drilling import script_of
from engine.app.library import Library
from engine.app.running import PAGES, SEEING, Missing, Options, chosen_environment, missing_credentials
from engine.app.workspace import Workspace
from engine.cli.unfinished import unfinished
from engine.core.events import Person
from engine.core.plan import Plan
from engine.io.people import Defaults, People
from engine.kinds.errors import EngineError, Refused
from engine.render.offered import offered
from engine.render.row import Row

RECENT = 5
"""Unfinished runs that are looked at for another one of the same runbook."""


def people_of(library: Library, options: Options, me: Person, yes: bool, scenario: str) -> tuple[People, ...]:
    """Return who answers besides the keys; raises Refused for a script where no drill may be."""
    people: tuple[People, ...] = ()
    if scenario:
        environment = chosen_environment(library, options.environment)
        known = library.catalogue.environments.get(environment)
        if known is not None and not known.drills:
            raise Refused(
                f"--answers-from: {environment} is not marked for drills",
                hint="a script decides nothing where it counts",
            )
        people = (script_of(library.scenario(scenario), me),)
    return (*people, Defaults(me)) if yes else people


def missing(plan: Plan, workspace: Workspace) -> list[Row]:
    """Name credentials that are missing and the steps it costs, and files that others can read."""
    rows = [
        Row("CANNOT SEE", f"{one.name} is {one.state}{_because(one)}: {_cost(one)}", tone="unsure")
        for one in missing_credentials(plan, workspace.environ, workspace.root)
    ]
    secrets = secrets_of(plan, workspace.environ, workspace.root)
    return [*rows, *(Row("CAREFUL", warning, tone="unsure") for warning in warnings_of(plan, secrets))]


def _cost(one: Missing) -> str:
    told = [name.removeprefix(f"{PAGES} ") for name in one.steps if name.startswith(PAGES)]
    looks = [name for name in one.steps if not name.startswith(PAGES) and name != SEEING]
    costs = [f"{', '.join(looks)} will answer unknown"] if looks else []
    costs += [f"nothing goes out by {', '.join(told)}"] if told else []
    costs += ["who acknowledged a page is not seen"] if SEEING in one.steps else []
    return "; ".join(costs) or "no step needs it"


def _because(one: Missing) -> str:
    """Return why a value is missing, where it should have come from elsewhere than the environment."""
    return f" ({one.why})" if one.state == "missing" and one.why and one.why != NOWHERE else ""


def others(workspace: Workspace, runbook: str, environment: str, identity: str = "") -> Iterator[Row]:
    """Say which other run of this runbook is under way, or was left unfinished.

    `identity` is who must be named in a line that is offered here.
    """
    for folder in islice(unfinished(workspace), RECENT):
        driven = folder.driven()
        try:
            state = folder.state()
        except EngineError:
            continue  # a damaged run of the past does not stop this one
        plan = state.plan
        if plan is None or state.finished is not None or plan.runbook != runbook:
            continue
        if environment and plan.environment != environment:
            continue
        if driven:
            yield Row(
                "ELSEWHERE",
                f"{folder.run} of {runbook} is being run: runbook show {folder.run} --follow",
                tone="call",
            )
        else:
            on = offered(f"runbook resume {folder.run}", identity)
            yield Row("UNFINISHED", f"{folder.run} of {runbook}: {on}", tone="unsure")
