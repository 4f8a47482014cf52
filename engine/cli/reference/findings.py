"""The page of everything `check` may find: rules with their examples, and what reading a file refuses."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping

from engine.cli.reference.saying import barless
from engine.model import loading
from engine.model import source as yaml_source
from engine.model.lint import ABOUT_WAIVERS, Rule, rules
from engine.render.markdown_text import cell, fence, table

_WAIVER = """\
allow:
  - rule: unverified-change
    step: restart
    why: the next look is the one of the wait behind it, in another runbook
    until: '2026-06-30'"""


def lint_rules() -> Iterator[str]:
    """Yield the page of everything `check` may find."""
    yield "# What `check` finds"
    yield (
        "An error forbids the file's use, a warning does not, except with `--strict`. "
        "Each finding names file, line, column and what to do; where the fault is a path, the path too."
    )
    yield "## Rules"
    yield "Each example is run by the tests: before has exactly this finding, after has none."
    rows = [[f"`{rule.name}`", rule.severity, barless(rule.what)] for rule in rules().values()]
    yield table(["rule", "severity", "finds"], rows)
    for rule in rules().values():
        yield from _rule(rule)
    yield "## Waivers"
    yield "A finding that the team has looked at and lives with is waived in the runbook's file, for a while:"
    yield fence(_WAIVER, "yaml")
    yield "`step` may be left out. Waivers are looked at themselves:"
    rows = [[f"`{name}`", severity, barless(what)] for name, (severity, what) in ABOUT_WAIVERS.items()]
    yield table(["finding", "severity", "finds"], rows)
    yield "## Findings of reading a file"
    yield "All are errors, and none can be waived. `…` stands for what the file says there."
    yield table(["finding", "says"], _of_reading())


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.name}"
    yield f"{rule.what} {rule.why}"
    if rule.catalogue:
        yield "Beside this catalogue:"
        yield fence(rule.catalogue.rstrip(), "yaml")
    yield "Before:"
    yield fence(rule.before.rstrip(), "yaml")
    yield f"After ({rule.fix}):"
    yield fence(rule.after.rstrip(), "yaml")


def _of_reading() -> list[list[str]]:
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
    return rows


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
