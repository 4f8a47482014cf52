"""The page of everything `check` may find: rules with their examples, and what reading a file refuses."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType

from engine.app import settings
from engine.cli.reference.saying import barless
from engine.model import loading, source
from engine.model.lint import ABOUT_WAIVERS, Rule, rules
from engine.render.markdown_text import cell, fence, table

_WAIVER = """\
allow:
  - rule: unverified-change
    step: restart
    why: the next look is the one of the wait behind it, in another runbook
    until: '2026-06-30'"""


_NAMED = ("known", "among")
"""Functions of the loader that look for a name and call their finding after what it is."""
BY_FAULT: Mapping[str, tuple[str, ...]] = {
    "unknown step": ("unknown-target",),
    "unreachable step": ("unreachable-step",),
    "outcome without a way on": ("missing-outcome",),
    "path that ends nowhere": ("path-without-end",),
    "cycle without bound": ("cycle-without-bound", "visits-out-of-reach"),
    "row that another one takes everything from": ("row-never-reached",),
    "fact used where its check has not run": ("fact-before-its-check", "gap-in-text"),
    "change before any diagnosis": ("change-before-diagnosis",),
    "change without verification after it": ("unverified-change", "resolved-without-recovery"),
    "change without undo or reason": ("change-without-way-back", "read-with-way-back"),
    "change that is played down": (
        *("effect-below-catalogue", "operation-not-the-catalogues", "change-called-read"),
    ),
    "failed change that goes on as if it were done": ("failed-taken-for-done",),
    "non-repeatable action retried": ("change-repeated-unseen", "unknown-key"),
    "destroy without approval": ("destroy-without-approval",),
    "approval without expiry or with an impossible quorum": ("approval-nobody-can-give",),
    "approval by a role that is not there, that nobody has, or that nothing reaches": (
        "change-nobody-may-decide",
        "approval-nobody-can-give",
    ),
    "unknown treated as pass": ("unknown-taken-for-pass",),
    "nobody answered, treated as good news, or as a yes to a change": ("silence-taken-for-good-news",),
    "wait in vain, treated as good news": ("limit-taken-for-good-news",),
    "row for what nobody foresaw, treated as good news": ("else-taken-for-good-news",),
    "outcome that nobody foresaw and no person hears of": ("otherwise-taken-for-good-news",),
    "check that cannot fail": ("check-that-cannot-fail",),
    "matcher that can never hold": ("condition-never-holds", "unknown-operator"),
    "matcher that always holds": ("condition-always-holds",),
    "escalation dead end": ("escalation-dead-end", "escalation-hangs-up-early"),
    "unknown role": ("unknown-role",),
    "settings that name what the catalogue has not": ("unknown-role", "unknown-environment"),
    "operation that no rule and no role names": ("operation-nobody-names",),
    "role that nobody could tell": ("role-without-channel",),
    "channel that does not parse": ("channel-does-not-parse",),
    "ladder slower than the response time": ("ladder-too-slow",),
    "text of a skeleton that nobody filled in": ("text-to-fill-in",),
    "secret in a plain field or a URL": ("secret-in-plain-text", "secret-misplaced"),
    "outside value in a host": ("outside-value-in-address",),
    "outside value in a shell string or SQL text": ("wrong-value",),
    "target not in the policy": ("target-not-allowed",),
    "MCP tool not on the allowlist": ("mcp-tool-not-allowed",),
    "CLI where policy wants MCP": ("command-instead-of-mcp",),
    "timeouts that exceed the budget": (
        *("timeout-beyond-budget", "phase-beyond-budget", "pause-beyond-phase", "soak-beyond-limit"),
    ),
    "wait without a bound of its own": ("limit-left-out",),
    "worst-case time to a human over the limit": ("person-too-late",),
    "runbook expired": ("runbook-expired",),
    "never exercised, or its rollback": ("never-exercised",),
    "trigger that no alert rule carries": ("trigger-without-rule",),
    "two runbooks claiming one alert": ("alert-claimed-twice",),
    "docs stale": ("page-stale",),
    "threshold in conflict with the catalogue": ("threshold-conflict",),
}
"""Faults in the words people have for them, and the findings that tell them."""


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
    yield "## By what you look for"
    yield "What is wrong with a file, and the finding that tells it."
    yield table(
        ["fault", "finding"],
        [[fault, ", ".join(f"`{name}`" for name in names)] for fault, names in BY_FAULT.items()],
    )
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
    found: dict[str, list[str]] = {}
    for module in (*_modules(loading), source, *_modules(source), settings):
        for rule, message in _noted(ast.parse(inspect.getsource(module))):
            found.setdefault(rule, []).append(message)
    rows = []
    for rule, messages in sorted(found.items()):
        known = list(dict.fromkeys(message for message in messages if message.strip("… ")))
        rows.append([f"`{rule}`", cell("; ".join(known[:4])) + ("; and others" if len(known) > 4 else "")])
    return rows


def _modules(package: ModuleType) -> list[ModuleType]:
    names = (one.name for one in pkgutil.iter_modules(package.__path__))
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]


def _noted(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield rule and message of every finding that a module can note."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef) or function.name in _NAMED:
            continue
        said: dict[str, str] = {}
        for one in sorted(ast.walk(function), key=lambda node: getattr(node, "lineno", 0)):
            if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name):
                said[one.targets[0].id] = _text(one.value)
            elif isinstance(one, ast.Call) and _name(one.func) in ("note", "Finding", "Fault"):
                yield from _one(one, said)
            elif isinstance(one, ast.Call) and _name(one.func) in _NAMED:
                yield from _of_a_name(one)


def _of_a_name(call: ast.Call) -> Iterator[tuple[str, str]]:
    """Yield the finding of a name that is not there: it is called after what is looked for."""
    what = _text(call.args[1]) if len(call.args) > 1 else ""
    if what:
        yield f"unknown-{what}", f"there is no {what} '…'"


def _one(call: ast.Call, said: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    first = call.args[0] if call.args else None
    if _text(first) == "unknown-…":  # of a `use`
        yield from ((f"unknown-{what}", f"the catalogue has no {what} '…'") for what in ("check", "action"))
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
