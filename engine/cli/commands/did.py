"""Record a command you ran by hand, off the script."""

from __future__ import annotations

import shlex

import click

from engine.cli.here import Here
from engine.cli.parameters import (
    attach_option,
    example,
    identity_option,
    output_option,
    pass_here,
    reason_option,
    run_option,
)

SECTION = "While it runs"


@click.command(
    "did",
    epilog=example(
        "runbook did --reason 'the restart hung' -- fly machine restart 4d89",
        "fly scale memory 2048 2>&1 | tee /dev/tty | runbook did --attach - -- fly scale memory 2048",
    ),
)
@click.argument("words", nargs=-1, required=True, metavar="-- CMD…", type=click.UNPROCESSED)
@run_option
@reason_option
@attach_option
@identity_option
@output_option
@pass_here
def command(
    here: Here,
    words: tuple[str, ...],
    run: str,
    reason: str,
    attach: tuple[str, ...],
    identity: str,
    output: str | None,
) -> int:
    """Record a command that you ran yourself. It is not run again; it stands in the report as a deviation."""
    from engine.app.runs import find_run
    from engine.cli.saying import attachments, say
    from engine.core.events import Noted
    from engine.kinds.errors import UsageError
    from engine.render.offered import STANDS_FOR

    typed = words[0] if len(words) == 1 else shlex.join(words)
    if typed in STANDS_FOR:
        raise UsageError(f"{typed} stands for what you typed yourself", hint="runbook did -- fly status")
    folder = find_run(here.workspace, run)
    event = Noted(text=reason, command=typed, evidence=attachments(here, folder, identity, attach))
    return say(here, folder, event, identity, f"recorded: {typed}", output)
