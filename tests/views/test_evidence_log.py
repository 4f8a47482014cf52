"""One entry for each operation that ended, in order, and what is sensitive is not in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.events import Asked, Ended
from engine.core.plan import Plan
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.values import Instant
from engine.views.evidence_log import entries
from engine.views.sensitivity import is_sensitive, sensitive_files
from tests.views.story import CHECKS, change, check, ended, plan, ref, step, tell


def test_everything_that_ended_is_one_entry() -> None:
    """Checks, changes and samples, with what was typed and how long it took."""
    happened = tell()
    found = entries(happened)
    assert [one.seq for one in happened if isinstance(one.event, Ended)] == [one.seq for one in found]
    health = next(one for one in found if one.title == "check health")
    assert ("look", "fail", "status 502", 38.2, "read", "INC-20251123-030212") == (
        health.step,
        health.outcome,
        health.status,
        health.seconds,
        health.effect,
        health.run,
    )
    assert "curl -sS -i -m 10 'https://agent.example/health'" == health.command
    assert (ref("health"),) == health.evidence
    assert health.asked_at < health.at
    (rolled,) = [one for one in found if one.step == "roll-back"]
    assert ("action roll back", "change", "done") == (rolled.title, rolled.effect, rolled.outcome)


def test_a_program_says_its_exit_and_silence_says_that() -> None:
    """What stands where a person looks first."""
    found = entries(tell(answers={"look.openai": [ended("fail", "1", facts={"exit": 1})]}))
    assert "exit 1" == next(one.status for one in found if one.title == "check openai")
    silent = ended("unknown", "x", no_answer="timeout")
    found = entries(tell(answers={"look.openai": [silent]}))
    assert "no answer: timeout" == next(one.status for one in found if one.title == "check openai")


def test_the_beginning_of_a_journal_has_its_entries() -> None:
    """What was asked and has not ended is none yet."""
    happened = tell()
    for size in range(len(happened)):
        part = happened[:size]
        assert sum(isinstance(one.event, Ended) for one in part) == len(entries(part))


SENSITIVE = {**CHECKS, "health": check("health", sensitive=True)}


def sensitive() -> Plan:
    """The plan of the story, with one sensitive check."""
    steps = plan().steps
    return plan(steps={**steps, "look": replace(steps["look"], step=ChecksStep(checks=SENSITIVE))})


def test_a_sensitive_entry_quotes_nothing() -> None:
    """Its outcome, its size and its hash stay."""
    happened = tell(of=sensitive())
    health = next(one for one in entries(happened) if one.title == "check health")
    assert (True, "", "fail", (ref("health"),)) == (
        health.sensitive,
        health.why,
        health.outcome,
        health.evidence,
    )
    others = {one.sensitive for one in entries(happened) if one.title != "check health"}
    assert {False} == others


def asked(what: str, at: str, item: str) -> Asked:
    """An operation of the plan."""
    return Asked(
        operation="x",
        step=at,
        item=item,
        what=what,
        title="x",
        target="x",
        args=None,
        digest="",
        due=Instant(0.0),
    )


@pytest.mark.parametrize(
    ("what", "at", "item", "says"),
    [
        ("check", "look", "health", True),
        ("check", "look", "openai", False),
        ("check", "recovered", "3.health", False),
        ("check", "roll-back", "reconcile.0", True),
        ("check", "gone", "x", True),
        ("action", "roll-back", "do.0", False),
        ("message", "engineer", "page", False),
    ],
)
def test_in_doubt_a_look_counts_as_sensitive(what: str, at: str, item: str, says: bool) -> None:
    """One that cannot be traced to a check of its step, where any check of the plan is."""
    assert says is is_sensitive(sensitive(), asked(what, at, item))
    assert not is_sensitive(plan(), asked(what, at, item))


def test_a_sensitive_reconcile_counts_too() -> None:
    """However deep the check lies in its step."""
    action = change("roll-back", reconcile=check("done", sensitive=True), irreversible="x")
    steps = {**plan().steps, "roll-back": step("roll-back", "mitigate", ActionStep(action=action), {})}
    assert is_sensitive(plan(steps=steps), asked("check", "roll-back", "reconcile.0"))


def test_the_files_of_sensitive_looks_are_known_from_the_journal() -> None:
    """And only those."""
    assert frozenset({"evidence/health.txt"}) == sensitive_files(tell(of=sensitive()))
    assert frozenset() == sensitive_files(tell())
