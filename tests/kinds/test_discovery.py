"""Finding kinds: one file, one class, one name."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from engine.kinds import discovery
from engine.kinds.check import Check
from engine.kinds.discovery import BrokenFamily, family, names


@pytest.mark.parametrize("of", ["checks", "actions", "steps"])
def test_every_file_without_an_underscore_is_a_kind(of: str) -> None:
    """And the family holds exactly those, by name."""
    assert list(names(of)) == sorted(family(of))
    assert all(not name.startswith("_") for name in names(of))
    assert all(name == kind.kind for name, kind in family(of).items())


def test_the_kinds_asked_for_are_there() -> None:
    """The first customer's runbooks need these."""
    checks = {"http", "tcp", "mcp", "fly_machines", "fly_releases", "fly_secrets", "status_page"}
    assert checks <= set(names("checks"))
    assert {"http", "mcp", "fly_image"} <= set(names("actions"))


def test_a_family_cannot_be_changed() -> None:
    """There is no list to edit."""
    kinds: Any = family("checks")
    with pytest.raises(TypeError):
        kinds["mine"] = Check


def kind(name: str, module: str) -> type[Check]:
    """Return a kind as if it were written in that module."""
    return type("Made", (Check,), {"kind": name, "__slots__": (), "__module__": module})


@pytest.fixture
def module() -> Iterator[types.ModuleType]:
    """A file in the folder of checks."""
    name = "engine.kinds.checks.made"
    made = types.ModuleType(name)
    sys.modules[name] = made
    yield made
    del sys.modules[name]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "must hold exactly one kind, it holds 0"),
        ({"A": "made", "B": "made"}, "must hold exactly one kind, it holds 2"),
        ({"A": "other"}, "must have kind = 'made'"),
    ],
)
def test_a_file_that_breaks_the_rule_is_told(
    module: types.ModuleType, members: dict[str, str], message: str
) -> None:
    """A bug of ours, found by the first who looks."""
    for member, name in members.items():
        setattr(module, member, kind(name, module.__name__))
    with pytest.raises(BrokenFamily, match=message):
        discovery._load("checks", "made")


def test_an_imported_kind_does_not_count(module: types.ModuleType) -> None:
    """Only a class written in the file itself is its kind."""
    mine = kind("made", module.__name__)
    vars(module).update(Mine=mine, Other=kind("http", "engine.kinds.checks.http"), Base=Check)
    assert mine is discovery._load("checks", "made")
