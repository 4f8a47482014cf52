"""All pages: formatted, linked, and silent about what is not there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import get_args

import click
import pytest

from engine.cli.program import program
from engine.kinds.discovery import family
from engine.kinds.nodes import BRANCH_ENDS, ENDS, Phase
from engine.model.loading.steps import ALWAYS
from tests.docs.snippets import DOCS, ROOT, WRITTEN
from tests.patience import PATIENCE

ROOT_PAGES = [ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
PAGES = [*WRITTEN, *ROOT_PAGES]
PROSE = [page for page in PAGES if "reference" not in page.parts]
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_PATH = re.compile(r"`((?:engine|tests|docs|templates|drills|runbooks|\.ci)/[\w./<>-]*)`")
_TEST = re.compile(r"`(test_\w+)`")


def test_every_page_is_as_mdformat_would_write_it() -> None:
    """Tables, lists and blank lines are settled by a tool."""
    words = [sys.executable, "-m", "mdformat", "--check", *map(str, PAGES)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT)
    assert 0 == done.returncode, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """Files exist, and so do the headings that links name."""
    broken = []
    for target in _LINK.findall(_without_code(page.read_text(encoding="utf-8"))):
        if "://" in target or target.startswith("mailto:"):
            continue
        file, _, heading = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        if not there.is_file() or (heading and heading not in _headings(there)):
            broken.append(target)
    assert [] == broken


def test_every_page_can_be_reached_from_the_index() -> None:
    """No page is an island."""
    reached, left = set(), [DOCS / "index.md"]
    while left:
        page = left.pop()
        if page in reached or not page.is_file() or not page.is_relative_to(DOCS):
            continue
        reached.add(page)
        links = _LINK.findall(_without_code(page.read_text(encoding="utf-8")))
        left += [
            (page.parent / link.partition("#")[0]).resolve()
            for link in links
            if "://" not in link and link[0] != "#"
        ]
    assert [] == [str(page.relative_to(DOCS)) for page in WRITTEN if page not in reached]


@pytest.mark.parametrize("page", PROSE, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_named_path_and_test_is_there(page: Path) -> None:
    """A page that names a file or a test is wrong once it is gone; `<kind>` stands for any."""
    text = _without_fences(page.read_text(encoding="utf-8"))
    named = [path for path in _PATH.findall(text) if "<" not in path]
    made = ("docs/runbooks", "runbooks/operations", "drills/history", "runbooks/incidents")
    assert [] == [path for path in named if not (ROOT / path).exists() and not path.startswith(made)]
    assert [] == [name for name in _TEST.findall(text) if name not in _tests()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_is_read_in_one_sitting_and_names_no_machine(page: Path) -> None:
    """Lines a screen can show, and nothing of the computer it was written on."""
    text = page.read_text(encoding="utf-8")
    if "reference" not in page.parts:
        assert len(text.splitlines()) <= 300
    assert not re.search(r"/work/|/root/|/home/\w|\.\./shared|TODO|FIXME|XXX", text)


def test_every_command_and_option_on_a_page_exists() -> None:
    """What the pages tell people to type is there to be typed."""
    group = program()
    typed = {
        (str(page.relative_to(ROOT)), words)
        for page in PROSE
        for words in re.findall(r"(?:`|\$ |run: )runbook ([a-z][^`\n>]*)", page.read_text(encoding="utf-8"))
    }
    assert len(typed) > 30
    unknown = set()
    for page, words in typed:
        name, *rest = shlex.split(words.partition(" -- ")[0])
        command = group.get_command(click.Context(group), name)
        known = {option for one in command.params for option in one.opts} if command else set()
        if command is None or {word for word in rest if word.startswith("--")} - known - {"--help"}:
            unknown.add((page, words))
    assert set() == unknown


def test_every_promise_names_a_test() -> None:
    """A row of the guarantees without a test is no guarantee."""
    page = (DOCS / "explain" / "guarantees.md").read_text(encoding="utf-8")
    promised = [
        line
        for line in page.splitlines()
        if line.startswith("| ") and not re.match(r"\| (?:promise|-+) +\|", line)
    ]
    assert len(promised) >= 25
    assert [] == [line for line in promised if not _TEST.search(line)]


def test_every_word_of_a_run_is_in_the_glossary() -> None:
    """Step kinds, ends, outcomes and phases."""
    page = (DOCS / "glossary.md").read_text(encoding="utf-8")
    told = {
        word.strip()
        for line in page.splitlines()
        if line.startswith("| ")
        for word in line.split("|")[1].split(",")
    }
    kinds = family("steps")
    outcomes = {one for kind in kinds.values() for one in (*kind.good, *kind.bad)}
    wanted = {
        *kinds,
        *ENDS,
        *BRANCH_ENDS,
        *outcomes,
        *ALWAYS,
        *get_args(Phase),
        "decided",
        "named",
        "delivered",
    }
    assert [] == sorted(wanted - told)


def _without_fences(text: str) -> str:
    return re.sub(r"^ *(```+).*?^ *\1`*$", "", text, flags=re.DOTALL | re.MULTILINE)


def _without_code(text: str) -> str:
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "code", _without_fences(text))


def _headings(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def _tests() -> set[str]:
    return {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
