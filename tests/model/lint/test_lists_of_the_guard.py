"""What `check` says of hosts, programs and files, held against the guard that a run asks."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from engine.io.world.guard import Guard
from engine.kinds.uses import Effect
from engine.model.access import program_refused
from engine.model.addresses import fits, place_of
from engine.model.catalogue import Catalogue
from engine.model.guards import Access, CommandRule, Guards
from engine.model.lint import Facts
from tests.model.lint.files import found

HOSTS = (
    "*",
    "*.shop.example",
    "shop.example",
    "shop.example:443",
    "*.shop.example:8443",
    "[::1]:443",
    "10.0.0.7",
    "Shop.Example",
    "localhost",
    "127.0.0.1:8080",
)
URLS = (
    "https://shop.example/x", "https://SHOP.example./x", "https://a.shop.example", "https://a.shop.example:8443",
    "https://badshop.example", "https://shop.example.bad.example", "https://user@shop.example", "http://shop.example",
    "http://localhost:8080/x", "http://127.0.0.1/x", "http://LOCALHOST.:9",
    "https://[::1]/x", "http://10.0.0.7:80", "https://bad.example/?shop.example", "postgres://app@shop.example/app",
)  # fmt: skip
RULES = (CommandRule(run="git", sub=("log", "remote show"), effects=("read",)), CommandRule(run="ls"))
ARGVS = (
    ("git", "log"), ("git", "log", "-1"), ("git", "remote"), ("git", "remote", "show", "x"), ("git", "push"),
    ("git",), ("ls", "-l"), ("/bin/ls",), ("rm", "-r"),
)  # fmt: skip
PATHS = (
    "a.txt",
    "sub/../a.txt",
    "../a.txt",
    "/srv/logs/x",
    "/srv/logs/../y",
    "/srv/logsx",
    "/etc/passwd",
    "~/x",
    "../more/x",
)


@pytest.mark.parametrize(("pattern", "url"), list(product(HOSTS, URLS)))
def test_a_host_is_on_the_list_for_both_or_for_neither(pattern: str, url: str) -> None:
    """However the address is spelled."""
    place = place_of(None, "", url)
    assert place is not None
    guard = Guard(access=Access(hosts=(pattern,)))
    refused = guard.database(url) if url.startswith("postgres") else guard.url(url)
    assert fits(pattern, place) == (refused == "")


@pytest.mark.parametrize("effect", ["read", "change", "destroy"])
@pytest.mark.parametrize("argv", ARGVS, ids=" ".join)
def test_a_program_is_on_the_list_for_both_or_for_neither(argv: tuple[str, ...], effect: Effect) -> None:
    """By name, sub-command and effect."""
    guard = Guard(access=Access(commands=RULES))
    assert (program_refused(argv, effect, RULES, whole=False) == "") == (guard.program(argv, effect) == "")


@pytest.mark.parametrize("path", PATHS)
def test_a_database_that_is_a_file_is_inside_for_both_or_for_neither(path: str, tmp_path: Path) -> None:
    """Its path is what follows three slashes, as the client that opens it reads it."""
    access = Access(read=("/srv/logs", "../more"))
    check = f"{{sql: select 1, database: 'sqlite:///{path}'}}"
    text = f"steps: {{a: {{check: {check}, then: {{any: escalated}}}}}}"
    facts = Facts(catalogue=Catalogue(guards=Guards(access=access)), root=str(tmp_path))
    refused = Guard(access=access, root=tmp_path).database(f"sqlite:///{path}")
    assert (found("target-not-allowed", text, facts) == ()) == (refused == "")


@pytest.mark.parametrize("path", PATHS)
def test_a_file_is_inside_for_both_or_for_neither(path: str, tmp_path: Path) -> None:
    """A path that goes up and comes back is inside; links are followed in a run only."""
    access = Access(read=("/srv/logs", "../more"))
    text = f"steps: {{a: {{check: {{file: '{path}'}}, then: {{any: escalated}}}}}}"
    facts = Facts(catalogue=Catalogue(guards=Guards(access=access)), root=str(tmp_path))
    refused = Guard(access=access, root=tmp_path).file(path)
    assert (found("target-not-allowed", text, facts) == ()) == (refused == "")
