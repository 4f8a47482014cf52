"""A test waits for what must happen as long as a slow machine takes; only what must not come is waited for briefly."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE

TESTS = Path(__file__).parent
MODULES = sorted(TESTS.rglob("*.py"))
WAITING = ("communicate", "wait", "wait_for", "join", "expect", "spawn", "urlopen")
"""Calls that wait for what must happen; what virtual time waits for is given by position, not by name."""


def impatient(tree: ast.AST) -> Iterator[str]:
    """Yield the calls that give a process, a thread or a terminal less than a minute."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = ast.unparse(call.func)
        if name.startswith("subprocess.") or name.rpartition(".")[2] in WAITING:
            for one in call.keywords:
                if one.arg == "timeout" and isinstance(one.value, ast.Constant) and _short(one.value.value):
                    yield f"line {call.lineno}: {name} waits for {one.value.value} s"


def _short(seconds: object) -> bool:
    return isinstance(seconds, int | float) and seconds < 60


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(TESTS)))
def test_nothing_is_given_up_that_a_slow_machine_has_not_come_to_yet(module: Path) -> None:
    """Whoever waits for a process waits for `PATIENCE`: it costs nothing where all is well."""
    assert [] == list(impatient(ast.parse(module.read_text(encoding="utf-8"))))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("subprocess.run(words, timeout=30)", 1),
        ("child.communicate(timeout=5)", 1),
        ("pexpect.spawn(word, timeout=20)", 1),
        ("child.communicate(timeout=PATIENCE)", 0),
        ("ask(file, timeout=0.5)", 0),
    ],
)
def test_the_search_finds_what_is_short(text: str, found: int) -> None:
    """And leaves a deadline that is the subject of a test alone."""
    assert (found, True) == (len(list(impatient(ast.parse(text)))), PATIENCE >= 60)
