"""The fly_log_lines check: how many lines are structured, and never what they say."""

from __future__ import annotations

import pytest

from engine.kinds.checks.fly_log_lines import FlyLogLinesCheck
from engine.kinds.ports import McpCall, McpReply
from engine.kinds.uses import CheckUse, judge
from tests.kinds.fakes import FakeWorld, observed, run

CHECK = FlyLogLinesCheck(fly_log_lines="shop")
GOOD = '{"level":30,"time":1763866802000,"msg":"tile resolved","tile":"sales"}'
ERROR = (
    '{"level":50,"time":1763866802000,"msg":"failed","err":{"type":"Error","message":"m","stack":"Error: m"}}'
)
BARE = '{"level":50,"time":1763866802000,"msg":"failed","err":"Error: card of ann@example.com"}'


def line(said: str, source: str = "app") -> str:
    """Return one line as flyctl prints it."""
    return f"2025-11-23T03:00:02Z {source}[148ed51278ea81] ord [info]{said}"


def logged(*lines: str, failed: bool = False) -> McpReply:
    """Return the tool's answer."""
    return McpReply("Update available.\n" + "\n".join(lines) + "\n", failed, 0.6)


@pytest.mark.parametrize(
    ("lines", "answer", "counted"),
    [
        ([GOOD, ERROR], "pass", (2, 2, 0, 1, 0)),
        ([GOOD, "[agent] listening on :8787"], "fail", (2, 1, 1, 0, 0)),
        ([BARE, ERROR], "fail", (2, 2, 0, 2, 1)),
        (['{"level":"info","time":1,"msg":"x"}'], "fail", (1, 0, 1, 0, 0)),
        (['{"level":30,"msg":"x"}', "[1, 2]", "{", "[" * 100_000], "fail", (4, 0, 4, 0, 0)),
        (['{"level":60,"time":"2025-11-23T03:00:02Z","msg":"gone"}'], "fail", (1, 1, 0, 1, 1)),
    ],
)
def test_lines_are_counted_by_what_they_are(lines: list[str], answer: str, counted: tuple[int, ...]) -> None:
    """JSON with level, time and msg; an error with type, message and stack."""
    seen = observed(CHECK, logged(*map(line, lines)))
    names = ("lines", "structured", "plain", "errors", "bare_errors")
    assert counted == tuple(seen.facts[name] for name in names)
    assert set(CHECK.fact_names) == set(seen.facts)
    assert answer == judge(CheckUse(kind=CHECK), seen).answer


@pytest.mark.parametrize(
    "other",
    [
        line("could not find a candidate", "proxy"),
        line(" INFO Starting init (commit: 0a1b2c)..."),
        line(" INFO Main child exited normally with code: 0"),
        line("[    2.135462] reboot: Restarting system"),
        "no line of a log at all",
    ],
)
def test_lines_of_the_platform_do_not_count_and_no_line_is_unknown(other: str) -> None:
    """A log without a word of the app proves no order in it."""
    seen = observed(CHECK, logged(other))
    assert {"lines": 0} == seen.facts
    assert "unknown" == judge(CheckUse(kind=CHECK), seen).answer
    assert 1 == observed(CHECK, logged(other, line(GOOD))).facts["lines"]


def test_colours_are_taken_off() -> None:
    """flyctl paints its lines where it believes that somebody looks."""
    painted = f"\x1b[2m2025-11-23T03:00:02Z\x1b[0m app[1] ord [\x1b[32minfo\x1b[0m]{GOOD}"
    assert 1 == observed(CHECK, logged(painted)).facts["structured"]


def test_nothing_that_a_line_says_is_kept() -> None:
    """Customers' words may stand in a log."""
    seen = observed(CHECK, logged(line(BARE)))
    assert "ann@" not in f"{seen.facts} {seen.body!r} {seen.summary}"


def test_a_tool_that_fails_lets_us_say_nothing() -> None:
    """Unknown, with its reason."""
    seen = observed(CHECK, logged("Error: no such app", failed=True))
    assert ("unknown", True) == (judge(CheckUse(kind=CHECK), seen).answer, "says it failed" in seen.cannot)


def test_the_server_is_asked_for_the_app() -> None:
    """By the tool's exact name and argument."""
    world = FakeWorld([logged(line(GOOD))])
    run(CHECK.observe(world, 9.0))
    assert [McpCall("fly", "fly-logs", {"app": "shop"}, 9.0)] == world.calls
    assert "fly/fly-logs" == CHECK.target()
