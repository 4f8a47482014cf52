"""The pages that list what is found by being there: rules, faults, commands."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType

import click

from engine.cli.program import program
from engine.cli.reference.saying import barless, prose
from engine.estate.faults import fault_kinds
from engine.model import lint, loading
from engine.model import source as yaml_source
from engine.model.lint import rules
from engine.render.markdown_text import cell, code, fence, table

_LAYERS: Mapping[str, str] = {
    "app": "In the app or its platform",
    "dependency": "In something it depends on",
    "wire": "Below the protocol",
}


def lint_rules() -> Iterator[str]:
    """Yield the page of everything `check` may find."""
    yield "# What `check` finds"
    yield "An error forbids the file's use, a warning does not. Each names file, line, column and what to do."
    yield "## Rules about the graph"
    rows = []
    for name in rules():
        module = importlib.import_module(f"{lint.__name__}.{name.replace('-', '_')}")
        rows.append([f"`{name}`", _severity(module), barless(prose(module).partition("\n\n")[0])])
    yield table(["rule", "severity", "finds"], rows)
    yield "## Findings of reading a file"
    yield "All are errors. `…` stands for what the file says there."
    modules = [
        importlib.import_module(f"{loading.__name__}.{m.name}")
        for m in pkgutil.iter_modules(loading.__path__)
    ]
    found: dict[str, list[str]] = {}
    for module in (*modules, yaml_source):
        for rule, message in _noted(ast.parse(inspect.getsource(module))):
            found.setdefault(rule, []).append(message)
    rows = []
    for rule, messages in sorted(found.items()):
        known = list(dict.fromkeys(message for message in messages if message.strip("… ")))
        rows.append([f"`{rule}`", cell("; ".join(known[:4])) + ("; and others" if len(known) > 4 else "")])
    yield table(["finding", "says"], rows)


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


def _severity(module: ModuleType) -> str:
    texts = [
        one.value for one in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(one, ast.Constant)
    ]
    return "warning" if "warning" in texts else "error"


def _noted(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield rule and message of every finding that a module can note."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        said: dict[str, str] = {}
        for one in sorted(ast.walk(function), key=lambda node: getattr(node, "lineno", 0)):
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                said[one.targets[0].id] = _text(one.value)
            elif isinstance(one, ast.Call) and _name(one.func) in ("note", "Finding", "Fault"):
                yield from _one(one, said)


def _one(call: ast.Call, said: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    first = call.args[0] if call.args else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return
    place = 1 if _name(call.func) == "Fault" else 2
    message = call.args[place] if len(call.args) > place else None
    text = said.get(message.id, "") if isinstance(message, ast.Name) else _text(message)
    yield first.value, text


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _text(value: ast.expr | None) -> str:
    """Return a text of the source, with an ellipsis where a value is filled in."""
    if isinstance(value, ast.Constant):
        return value.value if isinstance(value.value, str) else ""
    if isinstance(value, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else "…" for part in value.values)
    return ""
