"""Two documented attempts that led nowhere are a blocker: no fewer, no more, and nothing else is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.core.events import Ended
from engine.core.plan import Plan
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.uses import Retry
from engine.kinds.values import Duration
from engine.kinds.verdicts import Seen
from engine.views.blockers import LINES, WIDEST, Blocker, blockers
from engine.views.history import history
from engine.views.report import report
from tests.views.story import CHECKS, GOOD, PAGE, SOAK, check, ended, plan, ref, step, tell

SILENT = ended("fail", "no answer in 5.0s: timed out", no_answer="timeout", evidence=(ref("silent"),))


def of(**story: object) -> tuple[Blocker, ...]:
    """The blockers of a story."""
    return blockers(history(tell(**story)))  # type: ignore[arg-type]


def test_two_tries_of_one_look_are_a_blocker_with_both() -> None:
    """Command, time and output of each; further bad ones of the same streak add none."""
    (found,) = of(answers={"look.health": [SILENT]})
    assert ("look", "health", "health") == (found.step, found.item, found.title)
    first, second = found.attempts
    assert first.at < second.at == found.at
    assert {"curl -sS -i -m 10 'https://agent.example/health'"} == {one.command for one in found.attempts}
    assert ("fail", ("no answer in 5.0s: timed out",), (ref("silent"),)) == (
        first.outcome,
        first.output,
        first.evidence,
    )


def test_something_good_in_between_begins_anew() -> None:
    """One bad try is no blocker, and neither are two that something good stands between."""
    assert () == of()
    assert () == of(answers={"look.health": [SILENT, GOOD]})
    assert () == of(answers={"look.health": [ended("fail", "503")]})


def loop(*outcomes: Ended) -> tuple[Blocker, ...]:
    """Look once a visit, several times over."""
    again = dict.fromkeys(("pass", "fail", "unknown"), "wait")
    steps = plan().steps | {
        "look": step(
            "look", "diagnose", CheckStep(check=check("health", retry=Retry(times=0))), again, visits=9
        ),
        "wait": step(
            "wait", "diagnose", CheckStep(check=check("gate")), {"pass": "look", "fail": "engineer"}, visits=9
        ),
    }
    gate = [GOOD] * (len(outcomes) - 1) + [ended("fail", "enough")]
    return of(of=plan(steps=steps, since=None), answers={"look": list(outcomes), "wait": gate})


def test_two_visits_count_as_two_tries_do() -> None:
    """A definite answer is never asked again, but a loop comes back to it."""
    bad = ended("fail", "503 in 0.1s")
    assert [2] == [len(one.attempts) for one in loop(bad, bad)]
    assert 1 == len(loop(bad, bad, bad, bad))
    assert 2 == len(loop(bad, bad, GOOD, bad, bad))
    assert () == loop(bad, GOOD, bad, GOOD)


def waits(samples: Sequence[Ended]) -> tuple[Blocker, ...]:
    """Wait for recovery, page a person, and wait once more."""
    soak = replace(SOAK, limit=Duration(120.0))
    steps = plan().steps | {
        "recovered": step("recovered", "verify", soak, {"held": "resolved", "limit": "engineer"}, visits=2),
        "engineer": step(
            "engineer",
            "close",
            PAGE,
            {
                "acknowledged": "recovered",
                "unanswered": "escalated",
                "undelivered": "escalated",
                "limit": "escalated",
            },
            visits=2,
        ),
    }
    return of(of=plan(steps=steps), answers={"recovered": samples})


def test_samples_of_a_wait_are_no_attempts_but_its_visits_are() -> None:
    """A service that comes back takes a few; two limits are two attempts."""
    bad = ended("fail", "503 in 0.1s")
    assert () == waits([bad, bad, bad, GOOD])
    (found,) = waits([bad])
    assert ("recovered", "") == (found.step, found.item)
    assert all(one.output[0].startswith("not held within 2m") for one in found.attempts)


def test_output_is_its_first_lines_and_what_was_wrong() -> None:
    """Short enough for a page at three in the morning."""
    said = "\n".join(["line one", "", "x" * 5000, *(f"line {n}" for n in range(99))])
    bad = ended(
        "unknown",
        "exit 1",
        facts={"stderr": said},
        seen=(Seen("exit", "0", "1", "fail"), Seen("cut", "false", "false", "pass")),
    )
    (found,) = of(answers={"look.health": [bad]})
    lines = found.attempts[0].output
    assert ("exit 1", "wanted exit 0, saw 1", "line one") == lines[:3]
    assert (LINES, WIDEST) == (len(lines), max(map(len, lines)))


def test_a_sensitive_check_is_not_quoted() -> None:
    """Neither in the report nor in the log that is made from it."""
    secret = replace(SILENT, why="the customer's words", no_answer="timeout")
    looks = {**CHECKS, "health": check("health", sensitive=True)}
    steps = plan().steps
    the_plan: Plan = plan(steps={**steps, "look": replace(steps["look"], step=ChecksStep(checks=looks))})
    (found,) = of(of=the_plan, answers={"look.health": [secret]})
    assert {("(sensitive: it stays in the run's folder)",)} == {one.output for one in found.attempts}


def test_the_report_has_them() -> None:
    """In order of time."""
    told = report(tell(answers={"look.health": [SILENT]}), "h" * 64)
    assert [("look", "health")] == [(one.step, one.item) for one in told.blockers]
