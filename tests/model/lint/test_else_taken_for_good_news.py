"""Decisions whose `else` is good news, where what they ask may not be known."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "else-taken-for-good-news"
HTTP = "{http: 'https://x.example', expect: {status: 200}}"
ANY = "{any: d}"
SEEN = "{pass: d, fail: d, unknown: escalated}"
RECOVERED = "r: {wait: {until: {tcp: 'db:1'}, limit: 5m, recovery: true}, then: {held: d, limit: escalated}}"
BAD = "{if: {a.status: 503}, go: escalated}"


def check(then: str, rows: str, end: str, more: str = "") -> str:
    """Return a runbook that looks, and decides by what it saw."""
    return f"""
steps:
  a: {{check: {HTTP}, then: {then}}}
  d: {{decide: [{rows}], {end}}}
  {more}
"""


def ask(then: str, end: str) -> str:
    """Return a runbook that asks, and decides by the answer."""
    options = "options: {loud: They do, quiet: They do not}, timeout: 5m"
    return f"""
steps:
  a: {{ask: Do users complain?, {options}, then: {then}}}
  d: {{decide: [{{if: {{a.answer: loud}}, go: escalated}}], {end}}}
"""


def checks(rows: str, end: str, then: str = ANY) -> str:
    """Return a runbook that looks at two things at once."""
    return f"""
steps:
  a: {{checks: {{web: {HTTP}, db: {{tcp: 'db:1'}}}}, then: {then}}}
  d: {{decide: [{rows}], {end}}}
"""


WRONG = [
    (check(ANY, BAD, "▶else: false-alarm"), "d -> false-alarm: 'a' may have ended unknown"),
    (check(ANY, BAD, "▶else: resolved"), "d -> resolved"),
    (
        check(ANY, BAD, "▶else: n", "n: {notify: support, text: All is well, then: {any: resolved}}"),
        "d -> n -> resolved",
    ),
    (check(SEEN, "{if: {a: pass, a.seconds: {gt: 5}}, go: escalated}", "▶else: false-alarm"), "ended fail"),
    (check(ANY, "{if: {a: unknown}, go: escalated}", "▶else: false-alarm"), "ended fail"),
    (check(ANY, "{if: {a: unknown, a.status: 503}, go: escalated}", "▶else: false-alarm"), "ended unknown"),
    (checks("{if: {a.web.status: 503}, go: escalated}", "▶else: false-alarm"), "'a' may have ended unknown"),
    (checks("{if: {a.web.status: 503}, go: escalated}", "▶else: false-alarm", SEEN), "ended unknown"),
    (checks("{if: {a.db: fail}, go: escalated}", "▶else: false-alarm", SEEN), "ended unknown"),
    (ask("{any: d, timeout: d}", "▶else: false-alarm"), "'a' may have ended timeout"),
]
RIGHT = [
    check(ANY, BAD, "else: escalated"),
    check(SEEN, BAD, "else: false-alarm"),
    check(ANY, "{if: {a: {in: [fail, unknown]}}, go: escalated}", "else: false-alarm"),
    check(ANY, "{if: {a: fail}, go: escalated}, {if: {a: unknown}, go: escalated}", "else: false-alarm"),
    check(ANY, "{if: {a: {ne: pass}}, go: escalated}", "else: false-alarm"),
    check(
        ANY,
        f"{{if: {{a: unknown}}, go: escalated}}, {{if: {{a: fail}}, go: aborted}}, {BAD}",
        "else: resolved",
    ),
    check("{pass: false-alarm, any: r}", "{if: {a.status: 503}, go: mitigated}", "else: resolved", RECOVERED),
    checks(
        "{if: {a: {ne: pass}}, go: escalated}, {if: {a.web.status: 503}, go: aborted}", "else: false-alarm"
    ),
    checks(
        "{if: {a: fail}, go: escalated}, {if: {a.web.seconds: {gt: 5}}, go: aborted}", "else: resolved", SEEN
    ),
    checks("{if: {a.db: {ne: pass}}, go: escalated}", "else: false-alarm", SEEN),
    ask("{loud: d, quiet: d, timeout: escalated}", "else: false-alarm"),
    check(ANY, BAD, "else: b", "b: {check: {tcp: 'db:1'}, then: {pass: false-alarm, any: escalated}}"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_an_else_that_ends_well_in_the_dark_is_found(text: str, said: str) -> None:
    """A check that could not look or failed, a question that nobody answered; behind a message, too."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_an_else_is_in_order_where_all_that_is_bad_was_taken_before(text: str) -> None:
    """By a row, by the way there, by a recovery that was proved, or by another look behind it."""
    assert () == found(RULE, text)
