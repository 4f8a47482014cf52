"""Mutants that are none, each with the proof; and those that only look so."""

from __future__ import annotations

import pytest

from tests.model.lint.files import read
from tests.mutation.__main__ import listed, table
from tests.mutation.equivalent import Equivalent, counted, why_equivalent
from tests.mutation.judging import Noticed
from tests.mutation.operators import Mutant

HEAD = """
steps:
  look: {check: {http: 'https://x', facts: {n: json.n}}, visits: 2, then: {any: sort}}
  sort: {decide: [ROWS], else: engineer}
  again: {wait: 5s, visits: VISITS, then: look}
  engineer: {escalate: engineer, decision: D, then: {any: escalated}}
"""
ROWS = "{if: {look: fail, look.n: {gt: 3}}, go: again}, {if: {look: unknown}, go: aborted, raise: SEV-1}"


def why(rows: str = ROWS, visits: int = 1, before: str = ROWS, before_visits: int = 1) -> str:
    """Return why one file does the same as another."""
    one, other = (
        read(HEAD.replace("ROWS", text).replace("VISITS", str(number)), LADDER)[0]
        for text, number in ((before, before_visits), (rows, visits))
    )
    return why_equivalent(one, other)


LADDER = "severities: {SEV-1: {meaning: down, respond: 5m}}\nroles: {engineer: {channel: c}}\nchannels: {c: {type: webhook, url: 'https://c'}}"
FAIL, UNKNOWN = "{if: {look: fail}, go: again}", "{if: {look: unknown}, go: aborted}"
SAME = [
    (f"{FAIL}, {UNKNOWN}", f"{UNKNOWN}, {FAIL}"),
    (
        "{if: {look.n: 1}, go: again}, {if: {look: fail}, go: again}",
        "{if: {look: fail}, go: again}, {if: {look.n: 1}, go: again}",
    ),
    (
        "{if: {look.n: 4, look: {in: [pass, fail]}}, go: again}, {if: {look.n: {lt: 4}}, go: aborted}",
        "{if: {look.n: {lt: 4}}, go: aborted}, {if: {look.n: 4, look: {in: [pass, fail]}}, go: again}",
    ),
    (f"{FAIL}, {{if: {{look: fail, look.n: 1}}, go: aborted}}", FAIL),
    (f"{FAIL}, {{if: {{look: unknown}}, go: engineer}}", FAIL),
    (
        "{if: {look.n: 5, look: fail}, any: [{look.n: {gt: 4}}], go: again}",
        "{if: {look.n: 5, look: fail}, go: again}",
    ),
    ("{if: {look: fail, look.n: 1}, go: again}, {if: {look: fail}, go: again}", f"{FAIL}"),
    (FAIL, "{if: {look: {eq: fail}}, go: again}"),
    (FAIL, "{if: {look: fail}, go: again, why: In other words}"),
]
DIFFERENT = [
    (f"{FAIL}, {{if: {{look.n: 1}}, go: aborted}}", f"{{if: {{look.n: 1}}, go: aborted}}, {FAIL}"),
    (
        "{if: {look.n: 1}, go: again, raise: SEV-1}, {if: {look: fail}, go: again}",
        "{if: {look: fail}, go: again}, {if: {look.n: 1}, go: again, raise: SEV-1}",
    ),
    ("{if: {look: fail, look.n: {gt: 3}}, go: again}", FAIL),
    (f"{FAIL}, {UNKNOWN}", FAIL),
    (
        "{if: {look.n: '${look.status}'}, go: again}, {if: {look.n: 4}, go: aborted}",
        "{if: {look.n: 4}, go: aborted}, {if: {look.n: '${look.status}'}, go: again}",
    ),
    ("{if: {look.n: {exists: true}}, go: again}", "{if: {look: {exists: true}}, go: again}"),
]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_rows_that_decide_the_same_are_no_mutant(before: str, after: str) -> None:
    """Exclusive ones, covered ones, those that lead to the same place, a condition that is implied."""
    assert "the rows of 'sort' decide the same" == why(after, before=before)
    assert "the rows of 'sort' decide the same" == why(before, before=after)


@pytest.mark.parametrize(("before", "after"), DIFFERENT)
def test_rows_that_may_decide_otherwise_are_one(before: str, after: str) -> None:
    """Where one state of things is thinkable in which they do, or a reference is anything."""
    assert "" == why(after, before=before)
    assert "" == why(before, before=after)


def test_what_is_read_the_same_is_no_mutant() -> None:
    """A default that is written out, for one."""
    assert "it is read the same" == why()
    text = HEAD.replace("ROWS", ROWS)
    one, other = (
        read(text.replace(", visits: VISITS", ""), LADDER)[0],
        read(text.replace("VISITS", "1"), LADDER)[0],
    )
    assert "it is read the same" == why_equivalent(one, other)


def test_a_way_back_that_the_catalogue_never_had_is_no_mutant_when_it_is_taken_away() -> None:
    """The operator does not know which of the two the entry has."""
    catalogue = "actions: {restart: {http: 'https://x', irreversible: gone}}"
    text = "steps: {a: {action: {use: restartMORE}, then: escalated}}"
    one, nothing, other = (
        read(text.replace("MORE", more), catalogue)[0] for more in ("", ", undo: null", ", irreversible: ''")
    )
    assert "it is read the same" == why_equivalent(one, nothing)
    assert "" == why_equivalent(one, other)


def test_a_bound_that_no_run_can_use_up_is_no_mutant() -> None:
    """The other step of the loop is left twice at most, so a third pause, or a fourth, is never made."""
    assert "no run comes by 'again' more than 2 time(s)" == why(visits=2, before_visits=9)
    assert "" == why(visits=1, before_visits=2)


def test_a_bound_that_only_a_jump_can_use_up_is_a_mutant() -> None:
    """By itself a run comes by once; a person who jumps there from the middle of things may see it again."""
    text = """
steps:
  once: {ask: Well?, options: {well: Yes}, then: there}
  there: {ask: Well?, options: {well: Yes}, VISITS then: back}
  back: {ask: Well?, options: {well: Yes, no: No}, then: {well: once, no: aborted}}
"""
    one, other = (read(text.replace("VISITS", word))[0] for word in ("visits: 2,", ""))
    assert "" == why_equivalent(one, other)


def test_one_difference_that_counts_makes_it_a_mutant() -> None:
    """However many others do not."""
    assert "" == why(f"{UNKNOWN}, {FAIL}", visits=1, before=f"{FAIL}, {UNKNOWN}", before_visits=2)
    one = read(HEAD.replace("ROWS", ROWS).replace("VISITS", "1"), LADDER)[0]
    other = read(HEAD.replace("ROWS", ROWS).replace("VISITS", "1").replace("wait: 5s", "wait: 6s"), LADDER)[0]
    assert "" == why_equivalent(one, other)


def test_equivalents_are_counted_by_operator_and_listed() -> None:
    """They stand in the table beside the mutants, and are none of them."""
    found = [
        Equivalent(Mutant("a", name, "x: y", ""), "so") for name in ("swap-rows", "drop-row", "swap-rows")
    ]
    assert {"swap-rows": 2, "drop-row": 1} == counted(found)
    rows = table([Noticed(Mutant("a", "swap-rows", "x: z", ""), "check")], found)
    assert "| swap-rows | 1 | 1 | 0 | 0 | 2 |" in rows
    assert "| all | 1 | 1 | 0 | 0 | 3 |" in rows
    assert "- drop-row: a, x: y: so" in listed(found)
