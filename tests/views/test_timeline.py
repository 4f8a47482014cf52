"""The timeline: one row for each thing a reader would tell another person."""

from __future__ import annotations

from engine.core.events import (
    Aborted,
    Answered,
    Frozen,
    Happened,
    Interrupted,
    Jumped,
    Noted,
    Person,
    Resumed,
    SeveritySet,
    Skipped,
    Thawed,
    TimerStopped,
)
from engine.views.timeline import Row, offset, timeline
from tests.views.story import BAD, ERIK, GOOD, MARA, PEOPLE, START, check, ended, plan, tell


def rows(kind: str, *happened: object, **story: object) -> list[Row]:
    """The rows of one kind of a story."""
    return [row for row in timeline(tell(**story)).rows if row.kind == kind]  # type: ignore[arg-type]


def test_the_story_is_told_in_order() -> None:
    """Every kind of row stands where it belongs, with mark and offset from the alert."""
    told = [(offset(row.offset), row.kind, row.mark, row.text) for row in timeline(tell()).rows]
    assert [
        ("+0s", "lifecycle", "", "the alert fired"),
        ("+1m", "lifecycle", "", "mara started agent-sdk-down in production"),
        ("+1m2s", "check", "ok", "openai: operational"),
        ("+1m2s", "check", "NEW", "release: v12 complete, 11m before the alert"),
        ("+1m2s", "check", "?", "logs: could not look: no log access"),
        ("+1m2s", "prompt", "", "asked: What do the logs say?"),
        ("+1m22s", "answer", "", "answered 'cannot' (I cannot look either)"),
        ("+1m38s", "check", "FAIL", "health: 502 in 38.2s, empty body (status 502, wanted 200)"),
        ("+1m38s", "decision", "", "crash loop right after a release, so roll-back"),
        ("+1m38s", "prompt", "", "asked reliability: Roll back"),
        ("+2m8s", "answer", "", "answered 'yes' (do it): v11 ran six days"),
        ("+3m8s", "action", "ok", "roll back: 202 in 1.4s"),
        ("+4m8s", "check", "ok", "Recovered: 3 samples, none failed; held: 3 passes in a row over 1m"),
        ("+4m8s", "lifecycle", "", "the run ended resolved: Recovered: 3 passes in a row over 1m"),
    ] == told


def test_a_check_keeps_what_was_expected_and_its_evidence() -> None:
    """The row of a failed check names expectation, observation and the stored file."""
    health = next(row for row in rows("check") if row.text.startswith("health"))
    assert ("wanted status 200, saw 502",) == health.detail
    assert ["evidence/health.txt"] == [ref.path for ref in health.evidence]


def test_retries_are_one_row_that_names_the_earlier_tries() -> None:
    """Asking again is no new thing to tell, but it is not hidden either."""
    answers = {"look.health": [ended("fail", "no answer in 10s", no_answer="timeout", seconds=10.0), BAD]}
    health = [row for row in rows("check", answers=answers) if row.text.startswith("health")]
    assert 1 == len(health)
    assert "try 1 at 03:02:12Z: no answer in 10s" in health[0].detail


def test_a_soak_is_one_row_with_its_failures() -> None:
    """Samples are counted, and each that failed is named with its time."""
    answers = {"recovered": [GOOD, ended("fail", "503 in 0.1s", seconds=0.1), GOOD]}
    soak = next(row for row in rows("check", answers=answers) if row.step == "recovered")
    assert "Recovered: 5 samples, 1 failed; held: 3 passes in a row over 1m" == soak.text
    assert ("03:04:50Z 503 in 0.1s",) == soak.detail
    assert "ok" == soak.mark


def test_what_is_in_the_air_stands_at_its_beginning() -> None:
    """A journal cut behind an intent shows it as under way, once."""
    happened = tell()
    cut = next(
        n for n, one in enumerate(happened) if getattr(one.event, "operation", "").startswith("roll-back")
    )
    last = timeline(happened[: cut + 1]).rows[-1]
    assert ("action", "…", "roll back: under way") == (last.kind, last.mark, last.text)


def test_no_answer_while_our_own_network_is_down_is_unknown() -> None:
    """The control probe's round is one row, and what it covers is not called a failure."""
    silent = ended("fail", "no answer in 10s", no_answer="timeout", seconds=10.0)
    told = timeline(
        tell(
            {"look.health": [silent], "!control": [silent]},
            of=plan(controls={"a": check("a"), "b": check("b")}),
        )
    ).rows
    control = next(row for row in told if row.step == "!control")
    health = next(row for row in told if row.text.startswith("health"))
    assert ("FAIL", "control probe: 0 of 2 answered, it is our own network") == (control.mark, control.text)
    assert "?" == health.mark
    assert "our own network: the control probe got no answer either" in health.detail


def test_what_people_do_beside_the_runbook_is_told_with_their_name() -> None:
    """Notes, work by hand, skips, jumps, stopped pages and severities are rows of their own."""
    said = (
        (1.0, Noted(text="users still complain"), ERIK),
        (2.0, Noted(text="freed memory", command="sync"), ERIK),
        (3.0, SeveritySet(severity="SEV-2", why="only drafts"), ERIK),
        (4.0, TimerStopped(timer="ladder", key="engineer", reason="he is here"), MARA),
        (5.0, Interrupted(why="Ctrl-C"), MARA),
        (6.0, Resumed(why="resumed by mara", overdue=("update 1",)), MARA),
        (7.0, Skipped(step="look", reason="known"), MARA),
    )
    told = {row.seq: row for row in timeline(tell(said=said)).rows if row.at < START.after(8)}
    texts = [
        (row.who.name, row.kind, row.text)
        for row in told.values()
        if row.kind in ("note", "deviation", "severity")
    ]
    assert [
        ("erik", "note", "users still complain"),
        ("erik", "deviation", "by hand: freed memory"),
        ("erik", "severity", "SEV-2: only drafts"),
        ("mara", "deviation", "stopped the page to engineer: he is here"),
        ("mara", "deviation", "skipped look: known"),
    ] == texts
    assert ("overdue: update 1",) == next(
        row.detail for row in told.values() if row.text.startswith("resumed")
    )


def test_a_freeze_is_told_as_of_who_said_so_and_not_of_the_run_that_read_it() -> None:
    """The engine finds it in a file; a person wrote it there."""
    said = (
        (1.0, Frozen(reason="a migration", who="mara lind (manager)"), Person()),
        (2.0, Thawed(reason="it is through", who="erik"), Person()),
    )
    told = [(row.who.name, row.who.role, row.text) for row in timeline(tell(said=said)).rows]
    assert ("mara lind", "manager", "no changes until thawed: a migration") in told
    assert ("erik", "", "changes may be made again: it is through") in told


def test_jumps_and_aborts_are_told() -> None:
    """A person who leaves the path is in the story."""
    said = (
        (5.0, Jumped(step="look", target="engineer", reason="no time"), MARA),
        (20.0, Aborted(reason="drill is over"), ERIK),
    )
    texts = [row.text for row in timeline(tell(said=said)).rows]
    assert "jumped from look to engineer: no time" in texts
    assert "aborted: drill is over" in texts


def test_nobody_answering_and_answering_too_late_are_both_told() -> None:
    """An expired question is nobody's answer; what came after counts for nothing."""
    happened = tell({"roll-back.do.0": [ended("failed", "403")]}, people=PEOPLE[:2])
    late = Answered(prompt="engineer#1.ack", choice="ack", reason="was asleep")
    happened = (*happened[:-2], Happened(happened[-3].seq + 1, happened[-1].at, ERIK, late))
    told = [row for row in timeline(happened).rows if row.kind == "answer"]
    assert [
        ("nobody", "FAIL", "nobody answered by 03:08:23Z"),
        ("erik", "", "answered 'ack', too late to count: was asleep"),
    ] == [(row.who.name, row.mark, row.text) for row in told if row.step == "engineer"]


def test_an_offset_reads_like_a_clock_of_the_alert() -> None:
    """Before the alert is negative; fractions of a second are not shown."""
    assert ["+3m10s", "-5s", "+0s"] == [offset(190.2), offset(-5), offset(-0.2)]
