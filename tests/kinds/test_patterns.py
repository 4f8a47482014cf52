"""Patterns: linear in the text, whatever an author or a filled-in value makes of them."""

from __future__ import annotations

import itertools
import time

import pytest

from engine.kinds.patterns import found, problem

ATOMS = ("a", "[ab]", "\\w", ".", "(a|a)", "(a|ab)", "(?:a?)", "(a|b|ab)", "\\d|a", "[^b]")
SHAPES = (
    "({0}+)+$", "({0}*)*$", "({0}+)*b", "(({0})*)*c", "({0}|{0})*b", "^({0}+)+!", "({0}+{0}+)+y",
    "({0}*){{10}}b", "{0}*{0}*{0}*{0}*{0}*=", "({0}{{1,30}}){{1,30}}c", "(.*){0}{{10}}(.*)b!",
    "({0}?){{40}}a{{40}}", "(.*{0}){{12}}!", "(({0}+)?)*?!", "({0}{{0,200}}){{0,4}}!",
    "{0}{{500}}!", "(x|{0}.{{200}}|b.{{300}})z", "((({0}*)*)*)*!", "^(({0}|b)+)+$!", "({0}|a)*{0}(a|b){{15}}$",
)  # fmt: skip
EVIL = [shape.format(atom) for shape, atom in itertools.product(SHAPES, ATOMS)]
TEXTS = ("a" * 65_000 + "!", "ab" * 32_500, "a" * 30 + "b" * 30 + "x")


def test_two_hundred_evil_patterns_take_less_than_a_second_each() -> None:
    """On texts as long as a fact can be, and with the time it takes to compile them."""
    assert 200 == len(set(EVIL))
    slow = []
    for pattern in EVIL:
        began = time.process_time()
        for text in TEXTS:
            found(pattern, text)
        if time.process_time() - began > 1.0:
            slow.append(pattern)
    assert [] == slow


def test_a_large_pattern_on_a_long_text_is_not_searched() -> None:
    """Rather unknown than seconds lost; on a short text it is searched."""
    pattern = "(a.{900}|b.{800}|.c.{700})z"
    assert (None, False) == (found(pattern, "ab" * 500_000), found(pattern, "ab" * 500))


@pytest.mark.parametrize(
    ("pattern", "text", "there"),
    [
        ("^ok", "ok then", True),
        ("ok$", "all ok", True),
        ("ok$", "all ok\n", True),
        ("ok$", "all ok\n\n", False),
        ("ok$", "ok then", False),
        ("(?i)OPENAI", "openai said", True),
        ("a.b", "a\nb", False),
        ("(?s)a.b", "a\nb", True),
        ("(?m)^b", "a\nb", True),
        ("ä{2}", "ää", True),
        ("^.$", "ä", True),
        ("\\bKEY\\b", "a KEY b", True),
        ("x", "\ud800x", True),
        ("", "", True),
        ("(", "(", None),
        ("a(?=b)", "ab", None),
    ],
)
def test_a_pattern_is_searched_as_authors_know_it(pattern: str, text: str, there: bool | None) -> None:
    """And None is neither found nor not found."""
    assert there is found(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("", ""),
        ("^v[0-9]+$", ""),
        ("\\pL+\\z", ""),
        ("(", "'(' is no regular expression: missing ): ("),
        ("a" * 2001, "of 2001 characters is too long: write 2000 at most"),
        ("(?=a)b", "write it without look-ahead"),
        ("(?<!a)b", "write it without look-ahead"),
        ("(a)\\1", "back-references"),
        ("(?:a{1000}){1000}", "very large repeats"),
    ],
)
def test_what_cannot_be_searched_says_what_to_do(pattern: str, says: str) -> None:
    """Nothing where it can."""
    assert (says in problem(pattern), bool(says)) == (True, bool(problem(pattern)))


def test_a_broken_pattern_writes_nothing_on_the_screen(capfd: pytest.CaptureFixture[str]) -> None:
    """The library would log it."""
    found("(?=evil", "text")
    assert ("", "") == tuple(capfd.readouterr())
