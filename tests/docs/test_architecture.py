"""What docs/architecture.md claims, held against the code."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import tomllib

import pytest

import engine
from engine.app import parts, simulating, testing
from engine.core.events import BY_PEOPLE, Event, type_of
from engine.core.moves import Move
from engine.core.next import next_moves
from engine.core.state import evolve
from engine.kinds.discovery import names
from engine.kinds.ports import World
from engine.model.lint import rules
from tests.docs.snippets import DOCS, ROOT, blocks

PAGE = DOCS / "architecture.md"
TEXT = PAGE.read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]


def section(title: str) -> str:
    """Return one section of the page."""
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """Return the body of the first table of a section."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def test_the_layers_are_those_the_build_enforces() -> None:
    """Word for word, top first; and every room has a row, in that order."""
    layers = next(one["layers"] for one in CONTRACTS if one["type"] == "layers")
    assert layers == blocks(PAGE)[0].text.splitlines()
    rooms = [room for layer in layers for room in layer.split(" | ")]
    assert rooms == [row[0].strip("`") for row in rows("Rooms")]
    found = sorted(module.name for module in pkgutil.iter_modules(engine.__path__) if module.ispkg)
    assert sorted(rooms) == found


def test_what_may_not_be_imported_is_what_the_build_forbids() -> None:
    """The list of the page is the list of the contract."""
    forbidden = next(one for one in CONTRACTS if one["name"].startswith("Purity"))["forbidden_modules"]
    told = re.search(r"nothing touches the world: no ([^.]*?), not even", " ".join(section("Rooms").split()))
    assert told
    assert forbidden == re.split(r", | or ", told[1])


@pytest.mark.parametrize(
    ("package", "only"),
    [("yaml", "source/"), ("networkx", "graph.py"), ("pydantic", "loading/leaves.py")],
)
def test_a_library_is_known_to_one_place(package: str, only: str) -> None:
    """As the page says; imports inside functions and for type checkers count."""
    using = re.compile(rf"^\s*(?:import|from) {package}\b", re.MULTILINE)
    found = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "engine").rglob("*.py"))
        if using.search(path.read_text(encoding="utf-8"))
    ]
    assert found
    assert [] == [path for path in found if not path.startswith(f"engine/model/{only}")]
    assert f"`engine/model/{only}`" in section("Rooms")


def test_the_core_has_the_signatures_of_the_page() -> None:
    """Two questions, their arguments, and every move."""
    core = blocks(PAGE)[1].text
    assert f"evolve({', '.join(inspect.signature(evolve).parameters)})" in core
    assert f"next_moves({', '.join(inspect.signature(next_moves).parameters)})" in core
    assert [kind.__name__ for kind in Move.__args__] == [row[0].strip("`") for row in rows("The core")]


def test_the_events_are_those_of_the_code() -> None:
    """Both lists: all, and what other processes may append."""
    told = " ".join(section("The core").split())
    listed = told.partition("core/events.py`): ")[2].partition(". Only")
    assert [_type(kind) for kind in Event.__args__] == re.findall(r"`([a-z-]+)`", listed[0])
    people = listed[2].partition("may append ")[2].partition(". A step")[0]
    assert [_type(kind) for kind in BY_PEOPLE] == re.findall(r"`([a-z-]+)`", people)


def _type(kind: type) -> str:
    return type_of(object.__new__(kind))


def test_every_use_names_parts_that_are_there() -> None:
    """Drivers, performers, journals and worlds exist, and the app picks each of them."""
    named = {cell.strip("`") for row in rows("The same core, other parts") for cell in row[1:]} - {"none"}
    homes = ["drivers.live", "drivers.virtual", "performers.live", "performers.observe", "performers.dry"]
    homes += ["performers.scripted", "performers.drawn"]
    homes += ["journal.files", "journal.memory", "world.sockets"]
    known = {
        name
        for home in (*(f"engine.io.{home}" for home in homes), "engine.estate.in_process")
        for name in vars(importlib.import_module(home))
    }
    assert [] == sorted(named - known)
    assert 11 == len(named)
    picked = "".join(inspect.getsource(one) for one in (parts, simulating, testing))
    assert [] == sorted(name for name in named if name not in picked and not name.endswith("Driver"))


def test_the_flow_shows_every_move() -> None:
    """The picture and the core have the same moves."""
    flow = next(block.text for block in blocks(PAGE) if block.info == "mermaid")
    assert [] == [kind.__name__ for kind in Move.__args__ if f"|{kind.__name__}|" not in flow]


def test_kinds_rules_and_capabilities_are_found_by_being_there() -> None:
    """A file for each, and nothing else to edit."""
    for of in ("checks", "actions", "steps"):
        files = {path.stem for path in (ROOT / "engine" / "kinds" / of).glob("[a-z]*.py")}
        assert files == set(names(of))
    files = {path.stem for path in (ROOT / "engine" / "model" / "lint").glob("[a-z]*.py")}
    assert files == {name.replace("-", "_") for name in rules()}


def test_the_capabilities_of_the_world_are_those_of_the_code() -> None:
    """What a kind may ask of the outside, by name."""
    told = section("What crosses a border").partition("ports/__init__.py`:")[2].partition(". A kind")[0]
    assert [name for name in vars(World) if not name.startswith("_")] == re.findall(r"`(\w+)`", told)
