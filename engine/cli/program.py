"""The command group, loaded one command at a time, and the one place where errors end."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import IO, Any

import click

from engine.cli.command_list import commands, help_page
from engine.cli.failures import reported
from engine.cli.here import Here
from engine.kinds.errors import UsageError
from engine.kinds.findings import did_you_mean


class Group(click.Group):
    """All commands; a file of `commands/` is imported when its command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in order."""
        return [one.name for one in commands()]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import one command; None when there is no such file."""
        if name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(f"engine.cli.commands.{name.replace('-', '_')}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"commands/{name}: `command` is no click command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; raises UsageError with a suggestion."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None:
            hint = did_you_mean(name, self.list_commands(ctx)) or "`runbook --help` lists them"
            raise UsageError(f"there is no command '{name}'", hint=hint)
        return name, command, args[1:]

    def get_help(self, ctx: click.Context) -> str:
        """Return the page that is read from the files."""
        return help_page()


def program() -> Group:
    """Return the command group."""

    @click.pass_context
    def alone(ctx: click.Context) -> None:
        if ctx.invoked_subcommand is None:
            from engine.cli.front_page import front_page

            front_page(ctx.find_object(Here) or Here())

    group = Group("runbook", callback=alone, invoke_without_command=True, no_args_is_help=False)
    group.params.append(
        click.Option(["--version", "-V"], is_flag=True, is_eager=True, expose_value=False, callback=_version)
    )
    return group


def run(words: Sequence[str]) -> int:
    """Run one command line; every error ends here as a line and an exit code."""
    here = Here()
    try:
        result = program().main(list(words), prog_name="runbook", standalone_mode=False, obj=here)
        code = int(result) if isinstance(result, int) else 0
    except BaseException as error:  # the table of `failures` says what each comes to
        code = reported(error, here)
    _flush(sys.stdout)
    return code


def _version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        import engine

        click.echo(f"runbook {engine.__version__}")
        ctx.exit()


def _flush(stream: IO[Any]) -> None:
    """Flush while it can still be handled: at exit, Python would complain about a broken pipe."""
    try:
        stream.flush()
    except (OSError, ValueError):
        from engine.cli.failures import drop_output

        drop_output()
