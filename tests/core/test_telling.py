"""What a run tells: its steps' pages, acknowledgements seen in the channel, its own messages, its incident."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from engine.core.events import Aborted, Asked, Ended, Finished, Happened, Prompted, Settled, TimerFired
from engine.core.plan import Plan, Request, make_plan
from engine.core.state import RunState, evolve
from engine.core.telling import Telling, asked_message
from engine.estate.pagerduty import OnCall, Page, PagerDuty
from engine.io.drivers.ledger import Ledger
from engine.io.journal.memory import MemoryJournal
from engine.kinds.errors import UsageError
from engine.kinds.values import Duration
from engine.model import catalogue as model
from engine.model.catalogue import Rung, SeverityLevel
from engine.model.guards import Guards
from tests.core.play import ANN, START, catalogue, lines, play, runbook
from tests.core.weather import CHANNELS, PAGER, ROOM, Sky, Trouble, at, drive, plan

FINE = {PAGER: [Trouble(0.0, "")], ROOM: [Trouble(0.0, "")]}
TELLS = {
    **CHANNELS,
    "pager": dataclasses.replace(CHANNELS["pager"], api_url=PAGER, api_token="t", fallback=""),
}
NOBODY = {"SEV-2": SeverityLevel(meaning="partly", respond=Duration(900.0))}
HELP = (
    "help: {escalate: engineer, decision: Help, within: 5m, then: {acknowledged: mitigated, any: escalated}}"
)
WELL = "well: {wait: {until: {http: 'http://x/'}, recovery: true}, then: {held: resolved, limit: escalated}}"


def messages(happened: list[Happened], step: str = "") -> list[Asked]:
    """Return the tries of messages, of one step or all."""
    asked = [one.event for one in happened if isinstance(one.event, Asked) and one.event.what == "message"]
    return [one for one in asked if step in ("", one.step)]


def end(happened: list[Happened]) -> str:
    """Return how a run ended."""
    (finished,) = [one.event for one in happened if isinstance(one.event, Finished)]
    return finished.end


def state_after(happened: list[Happened]) -> RunState:
    """Return the state after it all."""
    state = RunState()
    for one in happened:
        state = evolve(state, one)
    return state


def test_a_page_that_somebody_acknowledges_in_the_channel_settles_by_itself() -> None:
    """Nobody types anything; the report knows who, and the role is not paged by the ladder any more."""
    sky = Sky(FINE, at(0.0), PagerDuty(people=(OnCall("Eli", 25.0),)))
    happened, _ = drive(plan(HELP, channels=TELLS, severities=NOBODY), sky)
    settled = [one for one in happened if isinstance(one.event, Settled)]
    assert ["acknowledged"] == [one.event.outcome for one in settled]  # type: ignore[union-attr]
    assert ["Eli acknowledged it in pager"] == [one.event.why for one in settled]  # type: ignore[union-attr]
    assert "mitigated" == end(happened)
    assert {"engineer"} == state_after(happened).acknowledged
    gaps = [after - before for before, after in itertools.pairwise(sky.looks)]
    assert all(gap >= 10.0 for gap in gaps)
    assert settled[0].at - START <= 40.0


def test_a_channel_that_nobody_acknowledges_in_leaves_the_question_open() -> None:
    """The looks go on until the question expires, then the step is unanswered."""
    sky = Sky(FINE, at(0.0))
    happened, _ = drive(plan(HELP, channels=TELLS, severities=NOBODY), sky)
    assert ["unanswered"] == [one.event.outcome for one in happened if isinstance(one.event, Settled)]
    assert 25 <= len(sky.looks) <= 31


@pytest.mark.parametrize(("api", "token"), [("", ""), (PAGER, "")])
def test_where_the_channel_cannot_tell_the_question_is_the_only_way(api: str, token: str) -> None:
    """Without an API nothing is looked at; a refused token is looked at once."""
    channels = {"pager": dataclasses.replace(TELLS["pager"], api_url=api, api_token=token)}
    sky = Sky(FINE, at(0.0))
    happened, _ = drive(plan(HELP, channels=channels, severities=NOBODY), sky)
    assert (1 if api else 0) == len(sky.looks)
    assert ["acknowledge"] == [one.event.kind for one in happened if isinstance(one.event, Prompted)]


def test_an_api_in_trouble_is_looked_at_again() -> None:
    """No answer to a look is no reason to stop looking."""
    sky = Sky({PAGER: [Trouble(0.0, ""), Trouble(5.0, "500"), Trouble(60.0, "")], ROOM: FINE[ROOM]}, at(0.0))
    sky.pager = PagerDuty(people=(OnCall("Eli", 20.0),))
    happened, _ = drive(plan(HELP, channels=TELLS, severities=NOBODY), sky)
    assert "mitigated" == end(happened)


def test_who_acknowledged_a_page_is_not_paged_by_the_ladder() -> None:
    """Their rung is passed by; the higher one keeps its time."""
    ladder = (Rung(role="engineer", after=Duration(60.0)), Rung(role="manager", after=Duration(120.0)))
    severities = {"SEV-2": SeverityLevel(meaning="partly", respond=Duration(900.0), ladder=ladder)}
    text = """
    help: {escalate: engineer, decision: Help, then: {any: pause}}
    pause: {wait: 10m, then: escalated}
    """
    sky = Sky(FINE, at(0.0), PagerDuty(people=(OnCall("Eli", 10.0),)))
    happened, _ = drive(plan(text, channels=TELLS, severities=severities), sky)
    assert ["manager"] == [one.item for one in messages(happened, "!ladder")]


def test_an_acknowledgement_that_a_person_types_counts_as_well() -> None:
    """At the terminal: the manager has taken it, so the ladder leaves the manager alone."""
    text = """
    help: {escalate: manager, decision: Help, then: {any: pause}}
    pause: {wait: 11m, then: escalated}
    """
    happened, _ = drive(plan(text), Sky(FINE, at(0.0)), people=lines("help=ack"))
    assert ["engineer"] == [one.item for one in messages(happened, "!ladder")]


def test_start_and_end_are_announced_and_hold_nothing_up() -> None:
    """Who runs what, where, since when; and how it ended."""
    announced = plan(WELL, severities=NOBODY, guards=Guards(announce="room"))
    sky = Sky(FINE, at(0.0))
    drive(announced, sky)
    texts = [str(one["body"]) for one in sky.said]
    assert 2 == len(texts)
    assert texts[0].startswith("ann (reliability) practises test in test since 2025-11-23 03:02:12 UTC")
    assert "ended" in texts[1]
    assert "INC-20251123-030212" in texts[1]


@pytest.mark.parametrize("trouble", ["500", "403", "timeout", "refused"])
def test_an_announcement_that_does_not_get_through_ends_the_run_no_later_than_two_tries(trouble: str) -> None:
    """Nor is it nobody told: nobody was asked to come."""
    announced = plan(WELL, severities=NOBODY, guards=Guards(announce="room"))
    quiet, _ = drive(plan(WELL, severities=NOBODY), Sky(FINE, at(0.0)))
    happened, _ = drive(announced, Sky({PAGER: FINE[PAGER], ROOM: [Trouble(0.0, trouble)]}, at(0.0)))
    last = [one for one in messages(happened, "!announce") if one.item == "end"]
    assert (1 if trouble == "403" else 2) == len(last)
    assert happened[-1].at - quiet[-1].at <= 35.0
    assert end(quiet) == end(happened)
    assert not state_after(happened).undelivered


def test_an_aborted_run_is_announced_as_well() -> None:
    """Every start and every end."""
    announced = plan("pause: {wait: 1h, then: escalated}", severities=NOBODY, guards=Guards(announce="room"))
    sky = Sky(FINE, at(0.0))
    _, journal = drive(announced, sky)
    records = journal.read()
    cut = MemoryJournal(records[:3])
    ledger = Ledger(cut, sky.clock.now, sky.clock.monotonic)
    ledger.catch_up()
    ledger.record([Aborted(reason="wrong runbook")], ANN)
    sky.said.clear()
    happened, _ = drive(announced, sky, cut.read())
    assert "aborted" == end(happened)
    assert ["ended aborted" in str(one["body"]) for one in sky.said] == [True]


CADENCE = {"SEV-2": SeverityLevel(meaning="partly", respond=Duration(900.0), cadence=Duration(900.0))}


def test_status_updates_are_sent_at_the_cadence_of_the_severity() -> None:
    """Facts of the run: what users notice, what is done, when the next one comes."""
    text = "pause: {title: Watch it, wait: 40m, then: escalated}"
    told = plan(text, severities=CADENCE, guards=Guards(updates="room"), impact="No drafts appear")
    sky = Sky(FINE, at(0.0))
    happened, _ = drive(told, sky)
    assert ["1", "2"] == [one.item for one in messages(happened, "!updates")]
    first = str(sky.said[0]["body"]).splitlines()
    assert [
        "[SEV-2] INC-20251123-030212: Test (test), update 1 at 2025-11-23 03:17:12 UTC",
        "Started: 2025-11-23 03:02:12 UTC, 15m ago",
        "Users notice: No drafts appear",
        "Changed: nothing yet",
        "Doing now: Watch it",
        "Next: the run ends escalated",
        "ETA: unknown",
        "Next update: 2025-11-23 03:32:12 UTC",
        "Owner: reliability",
    ] == first


def test_without_a_place_for_updates_they_stay_a_reminder() -> None:
    """The timer fires, nothing is sent."""
    sky = Sky(FINE, at(0.0))
    happened, _ = drive(plan("pause: {wait: 40m, then: escalated}", severities=CADENCE), sky)
    assert 2 == len([one for one in happened if isinstance(one.event, TimerFired)])
    assert [] == sky.said


def test_updates_that_nobody_heard_are_overtaken_by_the_newest() -> None:
    """The first two came to nothing and are not made up for; never a burst of old ones."""
    told = plan("pause: {wait: 70m, then: escalated}", severities=CADENCE, guards=Guards(updates="room"))
    sky = Sky({PAGER: FINE[PAGER], ROOM: [Trouble(0.0, "500"), Trouble(2800.0, "")]}, at(0.0))
    drive(told, sky)
    assert ["update 3", "update 4"] == [str(one["body"]).split(", ")[1][:8] for one in sky.said]


def pages_and(text: str) -> str:
    """Return steps that page and then go on."""
    return "help: {notify: engineer, text: Help, then: {any: well}}\n" + text


@pytest.mark.parametrize(
    ("ends", "actions"), [("resolved", ["trigger", "resolve"]), ("escalated", ["trigger"])]
)
def test_an_incident_is_resolved_with_the_run_and_only_then(ends: str, actions: list[str]) -> None:
    """Escalated means that somebody else has it now."""
    text = pages_and(WELL if ends == "resolved" else "well: {wait: 1s, then: escalated}")
    sky = Sky(FINE, at(0.0))
    happened, _ = drive(plan(text, severities=NOBODY), sky)
    assert ends == end(happened)
    assert actions == [one.action for one in sky.pager.pages]
    assert 1 == len({one.dedup_key for one in sky.pager.pages})


def test_a_resolve_that_fails_is_tried_twice_and_recorded() -> None:
    """Best effort: the run is over all the same."""
    sky = Sky({PAGER: [Trouble(0.0, ""), Trouble(0.05, "500")], ROOM: FINE[ROOM]}, at(0.0))
    happened, _ = drive(plan(pages_and(WELL), severities=NOBODY), sky)
    tries = messages(happened, "!incident")
    assert ["resolve.1", "resolve.1"] == [one.item for one in tries]
    assert ["undelivered"] * 2 == [
        one.event.outcome
        for one in happened
        if isinstance(one.event, Ended) and one.event.operation.startswith("!incident")
    ]
    assert "resolved" == end(happened)
    assert not state_after(happened).undelivered


def joined(text: str, **changed: object) -> Plan:
    """Return the plan of a run that joins an incident."""
    return plan(text, channels=TELLS, severities=NOBODY, incident="monitor/42", **changed)


def with_incident() -> PagerDuty:
    """Return PagerDuty with the incident that a monitor opened."""
    return PagerDuty(pages=(Page(START - 120.0, "trigger", "monitor/42", "It is down", "critical"),))


def test_a_joined_incident_is_acknowledged_at_the_start_and_paged_under() -> None:
    """No second one is opened; the acknowledgement is recorded as the operator's."""
    sky = Sky(FINE, at(0.0), with_incident())
    happened, _ = drive(joined(pages_and("well: {wait: 1s, then: escalated}")), sky)
    assert ["trigger", "acknowledge", "trigger"] == [one.action for one in sky.pager.pages]
    assert ["monitor/42"] == [one.key for one in sky.pager.incidents(sky.clock.at)]
    (taken,) = messages(happened, "!incident")
    assert {"action": "acknowledge", "by": "ann", "dedup_key": "monitor/42"}.items() <= taken.args.items()  # type: ignore[union-attr]


def test_our_own_acknowledgement_of_a_joined_incident_is_nobody_coming() -> None:
    """An event has no user; the page is unanswered until a person takes it."""
    sky = Sky(FINE, at(0.0), with_incident())
    happened, _ = drive(joined(HELP), sky)
    assert ["unanswered"] == [one.event.outcome for one in happened if isinstance(one.event, Settled)]


def test_an_acknowledgement_from_before_the_page_does_not_count_for_a_joined_incident() -> None:
    """Whoever took the incident a minute earlier has not heard this page."""
    sky = Sky(FINE, at(0.0), dataclasses.replace(with_incident(), people=(OnCall("Eli", 30.0),)))
    happened, _ = drive(joined(HELP), sky)
    assert ["unanswered"] == [one.event.outcome for one in happened if isinstance(one.event, Settled)]


@pytest.mark.parametrize("key", ["x" * 256, "a\nb", "a\x1bb", " a"])
def test_a_key_that_is_no_key_is_refused_before_anything_starts(key: str) -> None:
    """One line, as PagerDuty takes it."""
    request = Request(run="INC-1", environment="test", incident=key)
    with pytest.raises(UsageError, match="key is one line of at most 255"):
        make_plan(runbook(WELL), {}.__getitem__, catalogue(), request)


def test_an_incident_needs_a_pager() -> None:
    """Otherwise nothing could be told there."""
    known = dataclasses.replace(
        catalogue(), channels={"room": model.Channel(type="webhook", url="http://room.test/")}
    )
    with pytest.raises(UsageError, match="there is none"):
        make_plan(
            runbook(WELL), {}.__getitem__, known, Request(run="INC-1", environment="test", incident="k")
        )


def test_nobody_told_means_undelivered_and_nothing_delivered_since() -> None:
    """One that got through afterwards is somebody told; one that failed after it is nobody again."""
    text = """
    one: {notify: engineer, text: a, then: {any: two}}
    two: {notify: manager, text: b, then: {any: escalated}}
    """
    for first, second, nobody in [
        ("delivered", "undelivered/cannot", True),
        ("undelivered/cannot", "delivered", False),
        ("undelivered/cannot", "undelivered/cannot", True),
        ("delivered", "delivered", False),
    ]:
        state = play(text, {"one": first, "two": second}).state
        assert (nobody, not nobody) == (state.undelivered, state.delivered)


def test_what_is_composed_here_is_not_resolved_again() -> None:
    """A name of a fact in a title is text; a secret's name goes out as it stands."""
    title = "see ${secrets.KEY} ${run.id}"
    text = "pause: {wait: 20m, then: escalated}"
    told = plan(text, severities=CADENCE, guards=Guards(updates="room"), title=title)
    sky = Sky(FINE, at(0.0))
    drive(told, sky)
    assert "see ${secrets.KEY} ${run.id}" in str(sky.said[0]["body"])


def test_a_run_of_an_older_engine_goes_on_by_its_own_decisions() -> None:
    """Version 1: three tries on one channel, nothing resolved that it would not have resolved."""
    old = dataclasses.replace(plan("help: {notify: engineer, text: a, then: {any: escalated}}"), decision=1)
    old = dataclasses.replace(old, severities=NOBODY)
    sky = Sky({PAGER: [Trouble(0.0, "500")], ROOM: FINE[ROOM]}, at(0.0))
    happened, _ = drive(old, sky)
    assert ["pager"] * 3 == [one.target for one in messages(happened)]


def test_a_key_too_long_for_the_pager_is_cut_so_that_no_two_are_alike() -> None:
    """Two deep steps would otherwise share an incident."""
    state = RunState(plan=plan())
    keys = set()
    for name in ("a", "b"):
        telling = Telling(step="x" * 300 + name, item="page", to="engineer", text="t")
        keys.add(str(asked_message(state, telling, "pager", 1, START).asked.args["dedup_key"]))  # type: ignore[index,call-overload]
    assert (2, {255}) == (len(keys), {len(key) for key in keys})
