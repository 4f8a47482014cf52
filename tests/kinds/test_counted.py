"""Numbers of things, and that the program says none of them wrongly."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.kinds.counted import counted

ENGINE = Path(__file__).parent.parent.parent / "engine"
_NUMBER = re.compile(r"\blen\(|\bsum\(|(?:\b|_)(?:count|number|total|records|passes|runs|tries)\b")
_SEVERAL = re.compile(
    r" (?:[a-z]+ )?(?!was\b|is\b|has\b|its\b|as\b|this\b|characters\b|bytes\b)[a-z]+s\b(?! ?of)"
)
KNOWN_TO_BE_SEVERAL = {
    "engine/cli/answering.py": "questions are open: more than one",
    "engine/cli/approving.py": "approvals are open: more than one",
    "engine/kinds/checks/prometheus.py": "more than one sample",
    "engine/kinds/graphql_document.py": "more than one operation",
    "engine/views/observations.py": "more than one time",
}
"""Files whose text stands in a branch for more than one, by what they say there."""


@pytest.mark.parametrize(
    ("number", "noun", "expected"),
    [
        (1, "case", "1 case"),
        (0, "case", "0 cases"),
        (2, "step test", "2 step tests"),
        (1, "step test", "1 step test"),
        (3, "pass", "3 passes"),
        (2, "branch", "2 branches"),
        (5, "try", "5 tries"),
        (2, "day", "2 days"),
        (10, "failed branch", "10 failed branches"),
    ],
)
def test_a_number_and_its_noun_agree(number: int, noun: str, expected: str) -> None:
    """One is singular; none and many are not."""
    assert expected == counted(number, noun)


def test_no_text_of_the_program_puts_a_plural_behind_a_bare_count() -> None:
    """`1 cases` is what comes of `{len(cases)} cases`: `counted` says it right."""
    found = {
        f"{path.relative_to(ENGINE.parent)}: {text}"
        for path in sorted(ENGINE.rglob("*.py"))
        for text in bare_counts(path.read_text(encoding="utf-8"))
        if str(path.relative_to(ENGINE.parent)) not in KNOWN_TO_BE_SEVERAL
    }
    assert set() == found


def test_the_search_finds_what_it_is_for() -> None:
    """A count of something, and a plural behind it."""
    assert ["{len(found)} cases"] == list(bare_counts('print(f"{len(found)} cases, {failed} failed")'))
    assert [] == list(bare_counts("""print(f"{counted(len(found), 'case')}, {name} is")"""))


def bare_counts(source: str) -> Iterator[str]:
    """Yield every place of a formatted text where a count stands before a plural."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.JoinedStr):
            continue
        for one, behind in zip(node.values, node.values[1:], strict=False):
            if isinstance(one, ast.FormattedValue) and isinstance(behind, ast.Constant):
                value, plural = ast.unparse(one.value), _SEVERAL.match(str(behind.value))
                if plural and _NUMBER.search(value) and not value.startswith("counted("):
                    yield f"{{{value}}}{plural[0]}"
