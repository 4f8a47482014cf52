"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from engine.cli.here import Here

F = TypeVar("F", bound=Callable[..., Any])

pass_here = click.make_pass_decorator(Here, ensure=True)


def example(*lines: str) -> str:
    """Return the `epilog` of a command: its examples, as they are typed."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def complete_run(ctx: click.Context, parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Return the runs whose id begins so."""
    from engine.app.runs import folders

    return [CompletionItem(one.run) for one in folders(Here().workspace) if one.run.startswith(start)]


def complete_runbook(ctx: click.Context, parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Return the runbooks whose id begins so."""
    return [CompletionItem(name) for name in Here().workspace.runbook_files() if name.startswith(start)]


def complete_check(ctx: click.Context, parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Return the checks of the catalogue whose name begins so."""
    from engine.app.library import Library

    checks = Library(Here().workspace).catalogue.check_templates
    return [CompletionItem(name) for name in checks if name.startswith(start)]


def _scenarios(ctx: click.Context, parameter: click.Parameter, start: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in Here().workspace.scenario_files() if name.startswith(start)]


def run_argument(function: F) -> F:
    """Add RUN, which defaults to the current one."""
    return click.argument("run", required=False, default="", metavar="[RUN]", shell_complete=complete_run)(
        function
    )


def run_option(function: F) -> F:
    """Add --run, where the arguments are taken by something else."""
    return click.option(
        "--run", default="", metavar="RUN", help="Which run; the current one where nothing is said.",
        shell_complete=complete_run,
    )(function)  # fmt: skip


def runbook_argument(function: F) -> F:
    """Add the id of a runbook."""
    return click.argument("runbook", metavar="ID", shell_complete=complete_runbook)(function)


def scenario_option(function: F) -> F:
    """Add --scenario."""
    return click.option(
        "--scenario", default="", metavar="NAME", help="A scenario of drills/.", shell_complete=_scenarios
    )(function)


def output_option(function: F) -> F:
    """Add --output text or json."""
    return click.option(
        "--output", type=click.Choice(["text", "json"]), default=None,
        help="json: for programs, one object (or one event) per line.",
    )(function)  # fmt: skip


def identity_option(function: F) -> F:
    """Add --as."""
    return click.option(
        "--as",
        "identity",
        default="",
        metavar="NAME:ROLE",
        help="Who you are (or RUNBOOK_AS); it is recorded as claimed.",
    )(function)


def attach_option(function: F) -> F:
    """Add --attach, a file that becomes evidence; as often as there are files."""
    return click.option(
        "--attach", multiple=True, metavar="FILE",
        help="A file to keep with it (screenshot, output), redacted and hashed; `-` is standard input.",
    )(function)  # fmt: skip


def reason_option(function: F) -> F:
    """Add --reason."""
    return click.option(
        "--reason", default="", metavar="TEXT", help="Why; `later` is allowed and is owed in the report."
    )(function)


def needed_reason(here: Here, reason: str) -> str:
    """Return the reason, asked for on a terminal; raises UsageError where nobody can be asked."""
    from engine.kinds.errors import UsageError

    if not reason and here.keys and here.at_terminal:
        reason = click.prompt("why (or `later`)", default="", show_default=False, err=True).strip()
    if not reason:
        raise UsageError(
            "this needs a reason", hint="add --reason TEXT (or --reason later, and say it in the report)"
        )
    return reason


def seconds_ago(text: str, now: float) -> float:
    """Return the moment of `2025-11-23T03:05:22Z`, `5m` or `5m ago`; raises UsageError."""
    from engine.kinds.errors import UsageError
    from engine.kinds.values import Duration, Instant

    try:
        return Instant.parse(text)
    except ValueError:
        pass
    try:
        return now - Duration.parse(text.removesuffix("ago").replace(" ", ""))
    except ValueError:
        raise UsageError(
            f"--since '{text}' is no time", hint="write 2025-11-23T03:05:22Z, or how long ago: 5m"
        ) from None
