"""The pages that list what is found by being there: faults, commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import click

from engine.cli.program import program
from engine.cli.reference.saying import barless
from engine.estate.faults import fault_kinds
from engine.render.markdown_text import cell, code, fence, table

_LAYERS: Mapping[str, str] = {
    "app": "In the app or its platform",
    "dependency": "In something it depends on",
    "wire": "Below the protocol",
}


def faults() -> Iterator[str]:
    """Yield the page of the faults a scenario may inject."""
    yield "# Faults"
    yield "What a scenario may break, and how it shows. In brackets stand the defaults of parameters."
    for layer, title in _LAYERS.items():
        yield f"## {title}"
        rows = [[f"`{one.name}`", barless(one.doc)] for one in fault_kinds() if one.layer == layer]
        yield table(["fault", "what happens"], rows)


def commands() -> Iterator[str]:
    """Yield the page of commands, read from the finished program."""
    group = program()
    context = click.Context(group, info_name="runbook")
    known = list(_commands(group, context, ""))
    yield "# Commands"
    yield "`runbook COMMAND --help` says the same. RUN is the current one where none is named."
    rows = [
        [f"[`{name}`](#{name.replace(' ', '-')})", _said(command.get_short_help_str(200))]
        for name, command in known
    ]
    yield table(["command", "does"], rows)
    for name, command in known:
        yield f"## {name}"
        pieces = command.collect_usage_pieces(click.Context(command, parent=context, info_name=name))
        yield fence(" ".join(["runbook", name, *pieces]), "text")
        if command.help:
            yield _said(command.help)
        options = [[code(", ".join(one.opts)), _said(one.help or "")] for one in _options(command)]
        if options:
            yield table(["option", "meaning"], options)
        said = (row.strip() for row in (command.epilog or "").splitlines())
        examples = [row for row in said if row.startswith("runbook")]
        if examples:
            yield fence("\n".join(examples), "sh")


def _commands(group: click.Group, context: click.Context, before: str) -> Iterator[tuple[str, click.Command]]:
    """Yield every command by what is typed for it, those of a group after it."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            yield f"{before}{name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, context, f"{before}{name} ")


def _said(help_text: str) -> str:
    """Return a help text as one fragment; what stands in backticks already needs no others."""
    plain = " ".join(help_text.split())
    return barless(plain) if "`" in plain else cell(plain)


def _options(command: click.Command) -> list[click.Option]:
    return [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
