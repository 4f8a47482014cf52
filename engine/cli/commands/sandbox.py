"""Bring the sandbox of stand-ins up or down, healthy or broken."""

from __future__ import annotations

import click

from engine.cli.here import Here, put, put_as, put_json
from engine.cli.parameters import example, output_option, pass_here, scenario_option

SECTION = "Before the next one"


@click.group("sandbox", epilog=example("runbook sandbox up --scenario single-crash", "runbook sandbox down"))
def command() -> None:
    """Stand-ins of every service on loopback, in a process of their own, for `run --env sandbox`."""


@command.command("up", epilog=example("runbook sandbox up --scenario crash-loop-after-release"))
@scenario_option
@click.option(
    "--pace", default=1.0, type=click.FloatRange(0.01), metavar="X", help="How fast the stand-ins live."
)
@click.option("--postgres", is_flag=True, help="With a real PostgreSQL, where this machine has one.")
@output_option
@pass_here
def up(here: Here, scenario: str, pace: float, postgres: bool, output: str | None) -> int:
    """Start it, instead of one that is up; without --scenario everything is well."""
    from engine.app import sandbox
    from engine.app.drilling import fault_lines, needs_postgres, require_playable
    from engine.app.library import Library
    from engine.app.runs import require_sandbox_free

    library = Library(here.workspace)
    loaded = library.scenario(scenario) if scenario else None
    if loaded is not None:
        require_playable(loaded)
    faults = fault_lines(loaded) if loaded else ()
    require_sandbox_free(here.workspace)
    postgres = postgres or (loaded is not None and needs_postgres(library, loaded))
    info = sandbox.up(here.workspace, faults, scenario, pace, postgres=postgres)
    if postgres and "postgres" not in info.urls:
        click.echo(f"without a database for SQL: {sandbox.said(here.workspace)}", err=True)
    return _told(info, output)


@command.command("down", epilog=example("runbook sandbox down"))
@output_option
@pass_here
def down(here: Here, output: str | None) -> int:
    """End it, and every process it started."""
    from engine.app import sandbox
    from engine.app.runs import require_sandbox_free

    require_sandbox_free(here.workspace)
    was_up = sandbox.down(here.workspace)
    put_as(output, {"was_up": was_up}, "the sandbox is down" if was_up else "no sandbox was up")
    return 0


@command.command("status", epilog=example("runbook sandbox status --output json"))
@output_option
@pass_here
def status(here: Here, output: str | None) -> int:
    """Say whether it is up, and where its services listen. Exit 1 when it is down."""
    from engine.app import sandbox
    from engine.kinds.errors import Exit

    info = sandbox.find(here.workspace)
    if info is not None:
        return _told(info, output)
    put_as(output, {"up": False}, "no sandbox is up: `runbook sandbox up` starts one")
    return int(Exit.ENDED)


@command.command("env", epilog=example('eval "$(runbook sandbox env agent-sdk-down)"'))
@click.argument("runbook", required=False, default="")
@pass_here
def env(here: Here, runbook: str) -> int:
    """Print `export` lines for the commands of a page, or of all pages, against the sandbox that is up."""
    from engine.app import sandbox, sandbox_exports
    from engine.app.library import Library

    info = sandbox.attach(here.workspace)
    put(sandbox_exports.exports(Library(here.workspace), info, runbook))
    return 0


def _told(info: object, output: str | None) -> int:
    from engine.app.sandbox import SandboxInfo

    if not isinstance(info, SandboxInfo):
        raise TypeError("no sandbox")
    if output == "json":
        put_json(
            {
                "up": True,
                "pid": info.pid,
                "scenario": info.scenario,
                "urls": dict(info.urls),
                "effects": str(info.effects),
            }
        )
        return 0
    how = f", broken by {info.scenario}" if info.scenario else ", and well"
    put(f"the sandbox is up (pid {info.pid}){how}")
    for name, url in info.urls.items():
        put(f"  {name:<16} {url}")
    put('for the commands of a page: eval "$(runbook sandbox env RUNBOOK)"')
    return 0
