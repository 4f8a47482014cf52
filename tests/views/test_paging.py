"""Who was told, by which channel, who answered, and who still does not know."""

from __future__ import annotations

from collections.abc import Sequence

from engine.app.running import exit_code
from engine.core.events import Happened
from engine.core.state import RunState, evolve
from engine.estate.pagerduty import OnCall, PagerDuty
from engine.kinds.errors import Exit
from engine.kinds.values import Duration
from engine.model.catalogue import Rung, SeverityLevel
from engine.model.guards import Guards
from engine.views.clocks import clocks
from engine.views.history import History, history
from engine.views.paging import alarm, pages, resolved, unheard
from engine.views.phases import spent
from engine.views.report import report
from engine.views.timeline import timeline
from tests.core.play import START
from tests.core.test_telling import CADENCE, FINE, HELP, NOBODY, TELLS, WELL, joined, pages_and, with_incident
from tests.core.weather import PAGER, ROOM, Sky, Trouble, at, drive, plan

LONG = "pause: {wait: 1h, then: escalated}"


def until(happened: Sequence[Happened], seconds: float) -> History:
    """Return the history up to some seconds after the start."""
    return history([one for one in happened if one.at - START <= seconds])


def test_the_tries_on_all_channels_are_one_page() -> None:
    """It counts as delivered by the channel that got through."""
    sky = Sky({PAGER: [Trouble(0.0, "500")], ROOM: FINE[ROOM]}, at(0.0))
    happened, _ = drive(plan(LONG), sky)
    engineer = next(one for one in pages(history(happened)) if one.to == "engineer")
    assert (True, "room", "the ladder") == (engineer.delivered, engineer.channel, engineer.source)
    assert engineer.tries > 3


def test_who_acknowledged_in_the_channel_is_named() -> None:
    """In the report's table and as a row of the timeline; the looks that saw nothing are no rows."""
    sky = Sky(FINE, at(0.0), PagerDuty(people=(OnCall("Eli", 25.0),)))
    happened, _ = drive(plan(HELP, channels=TELLS, severities=NOBODY), sky)
    (page,) = pages(history(happened))
    assert ("Eli", "pager", True) == (page.by and page.by.name, page.by and page.by.via, page.awaited)
    rows = [one.text for one in timeline(happened).rows if "Eli" in one.text or "nobody" in one.text]
    expected = [
        "has the page to engineer been acknowledged?: Eli acknowledged it in pager",
        "the run ended mitigated: help: Eli acknowledged it in pager",
    ]
    assert expected == rows


def test_waiting_for_an_acknowledgement_is_a_persons_time() -> None:
    """The looks every ten seconds are no work of the engine's."""
    with_looks, _ = drive(plan(HELP, channels=TELLS, severities=NOBODY), Sky(FINE, at(0.0)))
    without, _ = drive(plan(HELP, severities=NOBODY), Sky(FINE, at(0.0)))
    assert (
        spent(history(without), without[-1].at).phases == spent(history(with_looks), with_looks[-1].at).phases
    )


def test_whom_nobody_has_reached_is_known_while_it_lasts() -> None:
    """Since when, why, and when it is tried again; it is on the clocks too."""
    sky = Sky({PAGER: [Trouble(0.0, "500"), Trouble(100.0, "")], ROOM: [Trouble(0.0, "502")]}, at(0.0))
    happened, _ = drive(plan(LONG), sky)
    past = until(happened, 20.0)
    (engineer,) = unheard(past)
    assert ("engineer", START, True) == (engineer.to, engineer.since, engineer.next is not None)
    assert engineer.why.startswith("pager: ")
    assert alarm(past.state)
    soon = [one for one in clocks(past, past.state.now) if one.kind == "retry"]
    assert [engineer.next] == [one.at for one in soon]
    later = until(happened, 200.0)
    assert () == unheard(later)
    assert not alarm(later.state)


def test_a_run_that_ended_with_nobody_told_is_alarming_for_ever() -> None:
    """Exit code 6 is the same fact."""
    text = "help: {notify: engineer, text: Help, within: 30s, then: {any: escalated}}"
    for kind, code in (("403", Exit.NOBODY_TOLD), ("", Exit.ENDED)):
        sky = Sky({PAGER: [Trouble(0.0, kind)], ROOM: [Trouble(0.0, kind)]}, at(0.0))
        happened, _ = drive(plan(text, severities=NOBODY), sky)
        state = RunState()
        for one in happened:
            state = evolve(state, one)
        assert (code, code is Exit.NOBODY_TOLD) == (exit_code(state), alarm(state))
        left = [one.next for one in unheard(history(happened))]
        assert ([None] if code is Exit.NOBODY_TOLD else []) == left


def test_the_runs_own_messages_are_pages_but_nobodys_alarm() -> None:
    """Start, end and updates that do not get through wake nobody."""
    sky = Sky({PAGER: FINE[PAGER], ROOM: [Trouble(0.0, "403")]}, at(0.0))
    told = plan(
        "pause: {wait: 20m, then: escalated}",
        severities=CADENCE,
        guards=Guards(announce="room", updates="room"),
    )
    happened, _ = drive(told, sky)
    past = history(happened)
    sources = [(one.source, one.delivered) for one in pages(past)]
    assert [
        ("start and end of the run", False),
        ("status updates", False),
        ("start and end of the run", False),
    ] == sources
    assert () == unheard(past)
    assert not alarm(past.state)


def test_the_report_names_the_incident_that_was_joined_and_those_resolved() -> None:
    """Events about an incident are no pages."""
    happened, _ = drive(joined(pages_and(WELL)), Sky(FINE, at(0.0), with_incident()))
    found = report(happened, "")
    assert ("monitor/42", ("monitor/42",)) == (found.incident, found.resolved)
    assert ["engineer"] == [one.to for one in found.pages]
    assert ("monitor/42",) == resolved(history(happened))


def test_a_page_that_was_passed_over_is_no_deviation_of_a_person() -> None:
    """The laptop slept: the timeline says why the lower rung was not paged."""
    ladder = (
        Rung(role="engineer", after=Duration(60.0)),
        Rung(role="manager", after=Duration(300.0)),
    )
    severities = {"SEV-2": SeverityLevel(meaning="partly", respond=Duration(900.0), ladder=ladder)}
    slept = plan(LONG, severities=severities)
    sky = Sky(FINE, at(0.0))
    _, journal = drive(slept, sky)
    sky.clock.at = START.after(1800.0)
    happened, _ = drive(slept, sky, journal.read()[:1])
    rows = [one for one in timeline(happened).rows if "passed over" in one.text]
    assert [("timer", True)] == [
        (one.kind, one.text.startswith("the ladder does not page engineer")) for one in rows
    ]
    assert () == report(happened, "").deviations
    assert ["manager"] == [one.to for one in pages(history(happened))]
