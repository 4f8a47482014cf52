"""Print the script that makes TAB complete commands, runbooks and runs."""

from __future__ import annotations

import click

from engine.cli.here import put
from engine.cli.parameters import example

SECTION = "Before the next one"


@click.command(
    "completion",
    epilog=example(
        'eval "$(runbook completion bash)"',
        "runbook completion fish > ~/.config/fish/completions/runbook.fish",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the completion script of a shell; put it where the shell starts."""
    from click.shell_completion import get_completion_class

    from engine.cli.program import program

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    script = kind(program(), {}, "runbook", "_RUNBOOK_COMPLETE")
    put(
        kind.source_template % script.source_vars()
    )  # not `source()`: it starts a shell to ask for its version
    return 0
