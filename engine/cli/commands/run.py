"""Execute a runbook: diagnose, ask for your decisions, mitigate, prove recovery."""

from __future__ import annotations

import click

from engine.cli.here import Here
from engine.cli.parameters import (
    example,
    identity_option,
    output_option,
    pass_here,
    runbook_argument,
    seconds_ago,
)
from engine.cli.session import Session

SECTION = "In an incident"


@click.command(
    "run",
    epilog=example(
        "runbook run agent-sdk-down --env production --since '5m ago'",
        "runbook run agent-sdk-down --env production --incident d41d8cd98f00b204",
        "runbook run agent-sdk-down --env sandbox --yes --output json",
        "runbook run agent-sdk-down --env sandbox --dry-run --assume health=fail",
    ),
)
@runbook_argument
@click.option(
    "--env", "environment", default="", metavar="NAME", help="Where: production, staging, sandbox, …"
)
@click.option(
    "--input", "inputs", multiple=True, metavar="K=V", help="A value the runbook asks for; may be repeated."
)
@click.option(
    "--since", default="", metavar="TIME", help="When the alert fired: 2025-11-23T03:05:22Z, or 5m (ago)."
)
@click.option(
    "--incident",
    default="",
    metavar="KEY",
    help="Join this PagerDuty incident (its key): acknowledge it, page under it, open no second one.",
)
@click.option(
    "--dry-run", is_flag=True, help="Nothing is asked, nothing is changed: show the way if all is well."
)
@click.option(
    "--assume",
    "assumed",
    multiple=True,
    metavar="STEP=OUTCOME",
    help="With --dry-run: how a step or a check (STEP.CHECK) ends, what is answered, where a decision goes, "
    "or what a look sees (STEP.CHECK.FACT=VALUE); may be repeated.",
)
@click.option("--observe", is_flag=True, help="Every check for real; changes and messages are only named.")
@click.option(
    "--yes", is_flag=True, help="Take the declared default of a question; it never consents to a change."
)
@click.option(
    "--wait", is_flag=True, help="Piped: at a question, wait for `runbook answer` instead of ending with 4."
)
@click.option(
    "--detach", is_flag=True, help="Drive it in the background; follow it with `runbook show --follow`."
)
@click.option(
    "--answers-from", default="", metavar="SCENARIO", help="Scripted people; only where drills are allowed."
)
@identity_option
@output_option
@pass_here
def command(
    here: Here,
    runbook: str,
    environment: str,
    inputs: tuple[str, ...],
    since: str,
    incident: str,
    dry_run: bool,
    assumed: tuple[str, ...],
    observe: bool,
    yes: bool,
    wait: bool,
    detach: bool,
    answers_from: str,
    identity: str,
    output: str | None,
) -> int:
    """Execute a runbook.

    On a terminal: rows as checks answer, questions with their keys, clocks below. Piped: one event per
    line as JSON, and exit code 4 at the first question nobody answers. Ctrl-C leaves a run that
    `runbook resume` carries on.
    """
    session = Session(here, output, waits=wait)
    workspace = here.workspace
    workspace.runbook_file(runbook)  # a wrong id is told before anything else
    named = environment or workspace.settings.environment
    session.header(f"{named.upper() or 'RUN'}  {runbook}  starting …")
    from engine.app.library import Library
    from engine.app.parts import system_now
    from engine.app.running import Options, start
    from engine.cli.beginning import missing, others, people_of
    from engine.kinds.errors import UsageError
    from engine.kinds.values import Instant

    if dry_run and observe:
        raise UsageError("--dry-run and --observe are two different things", hint="use one of them")
    if assumed and not dry_run:
        raise UsageError("--assume is for --dry-run", hint="a run finds out by itself")
    moment = Instant(seconds_ago(since, system_now())) if since else None
    options = Options(
        environment=environment,
        inputs=_pairs(inputs, "--input", "--input since=v12"),
        since=moment,
        mode="observe" if observe else "run",
        identity=identity,
        incident=incident.strip(),
    )
    me = here.person(identity)
    if dry_run:
        from engine.cli.dry_run import dry_run as run_dry

        return run_dry(session, runbook, options, _pairs(assumed, "--assume", "--assume health=fail"))
    library = Library(workspace)
    people = people_of(library, options, me, yes, answers_from)
    notes = [*others(workspace, runbook, named, identity)]
    folder, plan, lease = start(workspace, runbook, options, library)
    here.run = folder.run
    notes += missing(plan, workspace)
    if detach:
        from engine.cli.detaching import detach as run_detached

        lease.release()
        session.tell(notes)
        return run_detached(session, folder, answers_from, yes, identity)
    return session.drive(folder, lease, me, people, notes=notes)


def _pairs(given: tuple[str, ...], option: str, example: str) -> dict[str, str]:
    from engine.kinds.errors import UsageError

    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} '{one}' is no name=value", hint=f"for example {example}")
        found[name] = value
    return found
