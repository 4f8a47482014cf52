"""The incident report: what the journal knows, and what a person still owes."""

from __future__ import annotations

import pytest

from engine.core.events import Happened, Jumped, Noted, Person, SeveritySet, Skipped, TimerStopped
from engine.io.people import Line
from engine.views.report import Report, report
from tests.views.story import ERIK, GOOD, MARA, PEOPLE, START, ended, plan, tell


def of(**story: object) -> Report:
    """The report of a story."""
    return report(tell(**story), "h" * 64)  # type: ignore[arg-type]


def test_decisions_are_told_with_who_how_we_know_and_why() -> None:
    """The engine's own too."""
    guest = Person(name="gus", role="guest", identity="claimed")
    line = Line(
        "yes", step="roll-back", item="consent", after=30.0, person=ERIK, reason="agreed", proof="signed"
    )
    assert [
        ("gus", "claimed", "", "What do the logs say? → I cannot look either", ""),
        ("engine", "engine", "", "go to roll-back", "crash loop right after a release"),
        ("erik", "proved", "signature", "Roll back → approve", "agreed"),
    ] == [
        (one.by.name, one.by.identity, one.by.via, one.what, one.why)
        for one in of(
            operator=guest, people=[Line("cannot", item="look", after=2.0, person=guest), line]
        ).decisions
    ]


def test_severities_are_told_from_the_first_to_the_last() -> None:
    """The runbook's own, then who changed it and why; lowering is a deviation."""
    told = of(said=((1.0, SeveritySet(severity="SEV-2", why="drafts only"), ERIK),))
    assert [("SEV-1", "the runbook"), ("SEV-2", "erik")] == [
        (one.severity, one.by.name) for one in told.severities
    ]
    assert [("severity lowered", "SEV-1 to SEV-2", "drafts only")] == [
        (one.kind, one.text, one.reason) for one in told.deviations
    ]


def test_raising_the_severity_is_no_deviation() -> None:
    """Anybody may raise it at once."""
    story = {
        "of": plan(severity="SEV-2"),
        "said": ((1.0, SeveritySet(severity="SEV-1", why="all down"), ERIK),),
    }
    assert () == of(**story).deviations


def test_deviations_without_a_reason_are_owed() -> None:
    """`later` is allowed, and stays on the list until it is written."""
    told = of(
        said=(
            (1.0, TimerStopped(timer="ladder", key="engineer", reason="here"), MARA),
            (2.0, Noted(text="Later ", command="sync"), ERIK),
            (3.0, Jumped(step="look", target="roll-back", reason="later"), MARA),
        ),
        people=PEOPLE[1:],
    )
    assert [("overridden", False), ("by hand", True), ("jumped", True)] == [
        (one.kind, one.owed) for one in told.deviations
    ]
    assert [
        ("the reason for: by hand sync at 03:02:14Z", "erik"),
        ("the reason for: jumped look at 03:02:15Z", "mara"),
    ] == [(one.what, one.role) for one in told.owed if one.what.startswith("the reason")]


def test_skips_refusals_and_silence_are_deviations() -> None:
    """A person's no, and nobody's answer."""
    no = Line("no", step="roll-back", item="consent", after=10.0, person=MARA, reason="not now")
    told = of(people=[PEOPLE[0], no], answers={"recovered": [ended("fail", "503")]})
    assert [("overridden", "not now"), ("unanswered", "nobody answered in time")] == [
        (one.kind, one.reason) for one in told.deviations
    ]
    skipped = of(said=((3.0, Skipped(step="look", reason="known"), MARA),))
    assert ("skipped", "look", "known") == (
        skipped.deviations[0].kind,
        skipped.deviations[0].step,
        skipped.deviations[0].reason,
    )


def test_the_cause_is_what_a_row_of_a_decision_says() -> None:
    """A decision that fell through to its else names none: a person owes it."""
    assert "crash loop right after a release" == of().cause
    assert "the root cause in one sentence" not in [one.what for one in of().owed]
    other = of(answers={"look.release": [ended("pass", "v11", facts={"recent": False})]})
    assert "" == other.cause
    assert "the root cause in one sentence" == other.owed[0].what


def test_what_a_person_owes_is_due_a_day_after_the_end() -> None:
    """Impact in numbers and follow-ups are never invented."""
    assert {("reliability", "2025-11-24T03:05:20.300Z")} == {(one.role, str(one.due)) for one in of().owed}
    assert "Draft replies stop." == of().impact
    assert "given" == report(tell(of=plan(impact="")), "h", "given").impact


def test_moments_are_counted_from_the_alert() -> None:
    """First check, first change, recovery and end."""
    told = of()
    when = told.when
    assert [60.0, 128.2, 248.3, 248.3] == [
        round(told.since_alert(at) or 0.0, 1)
        for at in (when.first_check, when.first_change, when.recovered, when.ended)
    ]


def test_a_failed_change_is_no_mitigation() -> None:
    """And a run without a held recovery check was never recovered."""
    told = of(answers={"roll-back.do.0": [ended("failed", "403")]})
    assert (None, None) == (told.when.first_change, told.when.recovered)


def test_changes_say_whether_they_are_in_place() -> None:
    """With the command that takes them back, or why nothing does."""
    (change,) = of().changes
    assert ("roll back", "done", "in place, can be undone", "mara") == (
        change.title,
        change.outcome,
        change.undo,
        change.consent.name if change.consent else "",
    )
    assert "curl -sS -i -m 60 -X POST 'https://machines.example/deploy-again'" == change.back_out
    (restart,) = of(answers={"look.health": [ended("fail", "502", facts={"oom": True})]}).changes
    assert ("in place, cannot be undone: a restart cannot be taken back", "") == (
        restart.undo,
        restart.back_out,
    )


def test_a_change_whose_outcome_only_a_person_knew_says_so() -> None:
    """Unknown is asked about, and the report keeps who said it happened."""
    happened = Line("done", item="happened", after=5.0, person=MARA)
    (change,) = of(
        answers={"roll-back.do.0": [ended("unknown", "no answer")]}, people=[*PEOPLE, happened]
    ).changes
    assert "done (said mara)" == change.outcome
    assert change.undo.startswith("in place")


def test_work_by_hand_instead_of_the_engine_is_a_change() -> None:
    """It stands with the command it replaced and who did it."""
    hand = Line("hand", step="roll-back", item="consent", after=30.0, person=MARA, reason="faster")
    told = of(people=[PEOPLE[0], hand])
    assert [("done by hand", True, "roll-back")] == [
        (one.outcome, one.by_hand, one.operation) for one in told.changes
    ]
    assert told.changes[0].at == told.when.first_change


def test_pages_say_whether_they_got_through_and_who_answered() -> None:
    """By the ladder or by a step; tries of one page are one page."""
    fails = ended("undelivered", "pagerduty: refused")
    told = of(
        answers={
            "roll-back.do.0": [ended("failed", "403")],
            "engineer.page": [fails, ended("delivered", "ok")],
        }
    )
    assert [("engineer", "Engineer", True, 2, "erik")] == [
        (one.to, one.source, one.delivered, one.tries, one.by.name if one.by else "") for one in told.pages
    ]
    slow = of(people=[PEOPLE[0], Line("yes", step="roll-back", after=400.0, person=MARA)])
    assert [("engineer", "the ladder", False)] == [(one.to, one.source, one.awaited) for one in slow.pages]


def test_where_no_page_went_out_the_phone_calls_are_owed_first() -> None:
    """The record has its end: only the report can still say whom somebody called."""
    nobody = {"engineer.page": [ended("undelivered", "PAGE is not set", no_answer="refused")]}
    told = of(answers={"roll-back.do.0": [ended("failed", "403")], **nobody})
    assert ("escalated", "who was called by phone and when: no page went out", "mara") == (
        told.end,
        told.owed[0].what,
        told.owed[0].role,
    )
    assert not [one for one in of().owed if "by phone" in one.what]


def test_evidence_is_listed_with_its_step() -> None:
    """Path, hash and the step it belongs to, in order."""
    assert [("evidence/health.txt", "look"), ("evidence/roll-back.txt", "roll-back")] == [
        (one.ref.path, one.step) for one in of().evidence
    ]


def test_checks_that_answered_unknown_are_listed_with_who_looked() -> None:
    """Also when the person could not look either."""
    assert [("logs", "mara could not look either")] == [(one.title, one.settled) for one in of().unknown]


def test_a_check_that_was_stopped_answered_nothing() -> None:
    """Nobody waited for it any more: that is no unknown answer, and not a failed sample either."""
    slow = ended("pass", "200", seconds=500.0)
    told = of(answers={"look.logs": [slow]}, said=((60.0, Skipped(step="look", reason="slow"), MARA),))
    assert () == told.unknown
    assert [""] == [row.mark for row in told.timeline.rows if row.text.startswith("logs")]


def test_samples_of_a_wait_that_answered_unknown_are_one() -> None:
    """With how often; the first says when."""
    told = of(answers={"recovered": [GOOD, ended("unknown", "no access", cannot="no access"), GOOD]})
    assert [("logs", "could not look: no log access"), ("health", "no access")] == [
        (one.title, one.why) for one in told.unknown
    ]
    often = of(answers={"recovered": [ended("unknown", "no access", cannot="no access", seconds=0.1)]})
    assert "no access (20 times)" == often.unknown[-1].why


def test_a_run_that_goes_on_has_a_report_too() -> None:
    """Its status says what it waits for; nothing is due yet."""
    happened = tell()
    cut = next(n for n, one in enumerate(happened) if getattr(one.event, "kind", "") == "confirm")
    told = report(happened[: cut + 1], "h")
    assert ("", "waiting for a person", None) == (told.end, told.status, told.length)
    assert {None} == {one.due for one in told.owed}


def test_everybody_who_said_something_took_part() -> None:
    """Once each, in order of appearance; the engine is nobody."""
    told = of(said=((1.0, Noted(text="hello"), ERIK), (2.0, Noted(text="again"), ERIK)))
    assert ["mara", "erik"] == [one.name for one in told.people]


def test_an_empty_journal_is_refused() -> None:
    """A report needs at least the first record."""
    with pytest.raises(ValueError, match="begins with"):
        report([Happened(1, START, MARA, Noted(text="?"))], "h")
