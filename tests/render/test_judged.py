"""What a passing check was judged by stands in its row."""

from __future__ import annotations

import pytest

from engine.core.events import Ended
from engine.kinds.verdicts import Seen
from engine.render.judged import WIDE, answered


def passed(why: str, *seen: tuple[str, str, str]) -> str:
    """Return the row of a check that passed."""
    judged = tuple(Seen(subject, expected, observed, "pass") for subject, expected, observed in seen)
    return answered(Ended(operation="o", outcome="pass", why=why, seen=judged))


@pytest.mark.parametrize(
    ("why", "seen", "row"),
    [
        (
            "1 row in 86ms",
            [("used_percent", "below 80", "12"), ("leaking", "0", "0")],
            "used_percent 12, leaking 0, in 86ms",
        ),
        ("12 rows and more in 1.2s", [("leaking", "0", "0")], "leaking 0, in 1.2s"),
        ("200 in 212ms", [("status", "200", "200"), ("json.state", "ok", "ok")], "200 in 212ms; json.state ok"),
        ("200 in 212ms", [("status", "200", "200"), ("seconds", "below 1", "0.2")], "200 in 212ms"),
        ("v12 complete, 11m before", [("state", "complete", "complete")], "v12 complete, 11m before"),
        ("8 secrets set", [("names", "contains PG_URL", '["A", "PG_URL"]')], "8 secrets set; names contains PG_URL"),
        ("3 machines", [("stopped", "length 0", "[]")], "3 machines"),
        ("All is well", [("indicator", "one of none, minor", "none")], "All is well"),
        ("1 row in 86ms", [("missing", "length 0", "[]")], "missing none, in 86ms"),
        ("used 12, in 86ms, its text kept back", [("used", "below 80", "12"), ("note", "x", "kept back")],
         "used 12, in 86ms, its text kept back"),
        ("", [], "pass"),
    ],
)  # fmt: skip
def test_the_facts_of_expect_stand_in_the_row(why: str, seen: list[tuple[str, str, str]], row: str) -> None:
    """Not what the kind's own words tell already; of a list what was wanted."""
    assert row == passed(why, *seen)


def test_many_facts_and_long_ones_do_not_make_the_row_long() -> None:
    """An ellipsis says that there are more."""
    told = passed("x", *((f"fact_number_{n}", "1", "1") for n in range(20)), ("long", "y" * 500, "z" * 500))
    assert told.startswith("x; fact_number_0 1, fact_number_1 1")
    assert told.endswith(", …")
    assert len(told) <= WIDE + len("x; , …")
    assert len(passed("x", ("f" * 500, "1", "1"))) <= WIDE + len("x; ")


def test_a_check_that_did_not_pass_says_only_its_reason() -> None:
    """The reason holds what was seen and wanted."""
    seen = (Seen("leaking", "0", "31", "fail"), Seen("used", "below 80", "12", "pass"))
    ended = Ended(operation="o", outcome="fail", why="leaking 31, wanted 0", seen=seen)
    assert "leaking 31, wanted 0" == answered(ended)
