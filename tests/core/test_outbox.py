"""The outbox: backoff, budget, fallback, and pages that survive any weather and any crash."""

from __future__ import annotations

import itertools
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.events import Asked, Ended, Happened, Settled
from engine.core.outbox import JITTER, PATIENCE, chain, prospect
from engine.core.run_state import Operation
from engine.kinds.values import Duration, Instant
from engine.model.catalogue import Channel
from tests.core.play import START
from tests.core.weather import PAGER, ROOM, Sky, Trouble, at, drive, most_in_ten_minutes, plan, weather

TIMES = int(os.environ.get("RUNBOOK_EXAMPLES", "1"))
SLICES = 5


def tried(
    number: int,
    asked: float,
    ended: float | None,
    outcome: str = "undelivered",
    channel: str = "a",
    **how: object,
) -> Operation:
    """Return one try of a message."""
    intent = Asked(
        operation=f"s#1.page@{number}", step="s", item="page", what="message", title="tell x", target=channel,
        args={"dedup_key": "run/s#1.page"}, digest="", due=Instant(asked + 10), attempt=number,
    )  # fmt: skip
    if ended is None:
        return Operation(intent, Instant(asked))
    end = Ended(operation=intent.operation, outcome=outcome, **how)  # type: ignore[arg-type]
    return Operation(intent, Instant(asked), end, Instant(ended))


def schedule(
    count: int, *, scale: float = 1.0, channels: tuple[str, ...] = ("a",)
) -> list[tuple[float, str]]:
    """Return when and where a message is tried that fails at once, `count` times."""
    tries = [tried(1, 0.0, 0.0)]
    while len(tries) < count:
        known = prospect(tries, channels, scale)
        assert known.due is not None
        tries.append(tried(len(tries) + 1, known.due, known.due, channel=known.channel))
    return [(one.asked_at, one.asked.target) for one in tries]


def test_the_pauses_double_up_to_a_minute_less_a_jitter_that_is_always_the_same() -> None:
    """No chance in the core: the dedup key and the number of the try decide."""
    times = [when for when, _ in schedule(5)]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    for pause, longest in zip(pauses, (5.0, 10.0, 20.0, 40.0), strict=True):
        assert longest * (1 - JITTER) <= pause <= longest
    assert len(set(pauses)) == len(pauses)
    assert schedule(5) == schedule(5)


def test_a_faster_drill_has_shorter_pauses_and_the_same_budget() -> None:
    """Time is scaled for pauses, never for the requests a vendor sees."""
    fast = [when for when, _ in schedule(25, scale=60.0)]
    assert fast[4] < 2.0
    assert most_in_ten_minutes(fast) <= 10


@pytest.mark.parametrize("channels", [("a",), ("a", "b"), ("a", "b", "c")])
def test_no_ten_minutes_see_more_than_ten_requests_on_all_channels(channels: tuple[str, ...]) -> None:
    """Nor is there ever a silence of two minutes."""
    times = [when for when, _ in schedule(60, channels=channels)]
    assert most_in_ten_minutes(times) <= 10
    assert max(after - before for before, after in itertools.pairwise(times)) <= 100.0


def test_the_second_channel_is_tried_a_minute_after_the_first_failure() -> None:
    """By a person's clock, in a faster drill too."""
    for scale in (1.0, 60.0):
        first = next(
            when for when, channel in schedule(12, scale=scale, channels=("a", "b")) if channel == "b"
        )
        assert 60.0 == first


def test_a_refusal_for_good_goes_to_the_second_channel_at_once() -> None:
    """Repeating a 403 mends nothing."""
    tries = [tried(1, 0.0, 0.4, cannot="HTTP 403")]
    assert ("b", 0.4) == (prospect(tries, ("a", "b")).channel, prospect(tries, ("a", "b")).due)
    assert "undelivered" == prospect(tries, ("a",)).outcome


def test_a_refusal_for_good_of_every_channel_is_undelivered() -> None:
    """There is nothing left to try."""
    tries = [tried(1, 0.0, 0.4, cannot="HTTP 403"), tried(2, 0.4, 0.9, channel="b", cannot="HTTP 404")]
    known = prospect(tries, ("a", "b"))
    assert ("undelivered", "HTTP 404") == (
        known.outcome,
        known.last and known.last.ended and known.last.ended.cannot,
    )


@pytest.mark.parametrize(("said", "waits"), [(45.0, 45.0), (2.0, 4.0), (86_400.0, 600.0)])
def test_a_channel_that_asks_us_to_wait_is_left_alone(said: float, waits: float) -> None:
    """Ten minutes at most; never shorter than our own pause."""
    due = prospect([tried(1, 0.0, 0.0, retry_after=said)], ("a",)).due
    assert due is not None
    assert waits <= due <= max(waits, 5.0)


def test_the_first_delivery_wins() -> None:
    """On whatever channel, however many tries came before."""
    tries = [tried(1, 0.0, 10.0), tried(2, 60.0, None), tried(3, 70.0, 70.5, "delivered", "b")]
    known = prospect(tries, ("a", "b"))
    assert ("delivered", "b") == (known.outcome, known.last and known.last.asked.target)


def test_a_try_without_an_end_is_asked_again_at_once_however_late() -> None:
    """The engine stopped in between; the limit of the step counts for tries whose end was seen."""
    tries = [tried(1, 0.0, 7200.0, lost=True)]
    known = prospect(tries, ("a",), within=PATIENCE)
    assert ("", "a", 0.0) == (known.outcome, known.channel, known.due)


def test_a_late_try_that_was_lost_too_is_asked_again() -> None:
    """A second crash gives nothing up: only a failure that was seen does."""
    tries = [tried(1, 0.0, 1.0), tried(2, 7200.0, 7300.0, lost=True)]
    assert "" == prospect(tries, ("a",), within=PATIENCE).outcome
    seen = [*tries, tried(3, 7300.0, 7301.0)]
    assert "undelivered" == prospect(seen, ("a",), within=PATIENCE).outcome


def test_a_message_of_a_step_is_given_up_when_the_next_try_would_come_too_late() -> None:
    """One of the ladder is not."""
    tries = [tried(1, 0.0, 0.0), tried(2, 290.0, 296.0)]
    assert "undelivered" == prospect(tries, ("a",), within=PATIENCE).outcome
    assert "" == prospect(tries, ("a",)).outcome


def test_a_failure_before_a_sleep_is_tried_once_more_before_it_is_given_up() -> None:
    """What was due while nobody drove the run is made up for."""
    known = prospect([tried(1, 0.0, 1.0)], ("a",), within=Duration(30.0))
    assert "" == known.outcome


def test_fallbacks_that_lead_in_a_circle_are_each_tried() -> None:
    """A catalogue may say so; nothing hangs."""
    channels = {
        "a": Channel(type="webhook", url="http://a", fallback="b"),
        "b": Channel(type="webhook", url="http://b", fallback="a"),
    }
    assert ("a", "b") == chain(channels, "a")
    assert ("nobody",) == chain(channels, "nobody")


@pytest.mark.parametrize("part", range(SLICES))
def test_no_page_is_lost_in_five_hundred_kinds_of_weather(part: int) -> None:
    """E1, E3: each page arrives, as one incident at most, within ten requests in ten minutes."""
    page = plan()
    for seed in range(part, 500 * TIMES, SLICES):
        sky = Sky(weather(seed), at(0.0))
        happened, _ = drive(page, sky)
        asked = {
            str(one.event.args["dedup_key"])  # type: ignore[index,call-overload]
            for one in happened
            if isinstance(one.event, Asked) and one.event.item in ("engineer", "manager")
        }
        assert (2, seed) == (len(asked), seed)
        assert (asked, seed) == (asked & sky.arrived.keys(), seed)
        keys = [incident.key for incident in sky.pager.incidents(sky.clock.at)]
        assert (len(set(keys)), seed) == (len(keys), seed)
        for key, times in sky.reached.items():
            assert (True, key, seed) == (most_in_ten_minutes(times) <= 10, key, seed)


def test_the_first_try_is_made_at_once_and_the_second_channel_within_a_minute() -> None:
    """E1: by the clock of whoever is to be woken."""
    sky = Sky({PAGER: [Trouble(0.0, "timeout")], ROOM: [Trouble(0.0, "")]}, at(0.0))
    drive(plan(), sky)
    times = next(times for key, times in sky.requests.items() if key.endswith("!ladder#1.engineer"))
    assert times[0] - START <= 2.0
    (arrival, host), *_ = next(v for key, v in sky.arrived.items() if key.endswith("!ladder#1.engineer"))
    assert ROOM == host
    assert arrival - (times[0] + 10.0) <= 60.0


def test_ten_minutes_without_any_channel_are_made_up_within_a_minute() -> None:
    """E2: everything is down, the laptop is offline; then it is not."""
    for kind in ("refused", "dns", "timeout", "500"):
        outage = [Trouble(0.0, kind), Trouble(600.0, "")]
        sky = Sky({PAGER: outage, ROOM: outage}, at(0.0))
        drive(plan(), sky)
        (arrival, _), *_ = next(v for key, v in sky.arrived.items() if key.endswith("!ladder#1.engineer"))
        assert (True, kind) == (600.0 <= arrival - START <= 660.0, kind)


def test_away_from_the_network_a_page_is_tried_every_minute_for_as_long_as_it_takes() -> None:
    """E2: what never left us is no request at the channel, so it spends none of the ten."""
    outage = [Trouble(0.0, "dns"), Trouble(1500.0, "")]
    sky = Sky({PAGER: outage, ROOM: outage}, at(0.0))
    drive(plan(), sky)
    times = next(times for key, times in sky.requests.items() if key.endswith("!ladder#1.engineer"))
    assert max(after - before for before, after in itertools.pairwise(times)) <= 60.0


@settings(max_examples=60 * TIMES, deadline=None, database=None)
@given(
    st.integers(0, 2**32),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.0, 30.0, 3600.0])), max_size=3),
)
def test_a_page_survives_kills_in_any_weather(seed: int, kills: list[tuple[float, float]]) -> None:
    """F14, E2: killed anywhere (what was sent stays sent), taken up later: delivered, and one incident."""
    page = plan()
    sky = Sky(weather(seed), at(0.0))
    happened, journal = drive(page, sky)
    for where, sleep in kills:
        records = journal.read()
        cut = 1 + int(where * (len(records) - 1))
        sky.clock.at = Instant(max(sky.clock.at, records[cut - 1].at) + sleep)
        happened, journal = drive(page, sky, records[:cut])
    pages = [one.event for one in happened if isinstance(one.event, Asked) and one.event.step == "!ladder"]
    for key in {str(one.args["dedup_key"]) for one in pages}:  # type: ignore[index,call-overload]
        assert sky.arrived[key]
    keys = [incident.key for incident in sky.pager.incidents(sky.clock.at)]
    assert len(set(keys)) == len(keys)


def test_a_kill_between_sent_and_recorded_sends_again_under_the_same_key() -> None:
    """A duplicate for the channel, one incident for whoever is woken."""
    page = plan()
    sky = Sky({PAGER: [Trouble(0.0, "")], ROOM: [Trouble(0.0, "")]}, at(0.0))
    happened, journal = drive(page, sky)
    sent = next(
        n
        for n, one in enumerate(happened, 1)
        if isinstance(one.event, Asked) and one.event.item == "engineer"
    )
    sky.clock.at = Instant(START + 3.0)
    drive(page, sky, journal.read()[:sent])
    key = next(key for key in sky.requests if key.endswith("!ladder#1.engineer"))
    assert 2 == len(sky.arrived[key])
    assert 1 == len([one for one in sky.pager.incidents(sky.clock.at) if one.key == key])


def settled(happened: list[Happened], step: str) -> tuple[str, float]:
    """Return how a step settled, and when."""
    one = next(one for one in happened if isinstance(one.event, Settled) and one.event.step == step)
    return one.event.outcome, one.at - START  # type: ignore[union-attr]


@pytest.mark.parametrize(("within", "longest"), [("2m", 120.0), ("5m", 300.0)])
def test_a_step_goes_on_when_its_page_did_not_get_through_in_time(within: str, longest: float) -> None:
    """The next rung comes; the ladder's own page is tried on until the run ends."""
    sky = Sky({PAGER: [Trouble(0.0, "500")], ROOM: [Trouble(0.0, "500")]}, at(0.0))
    text = f"""
    help: {{escalate: manager, decision: Help, within: {within}, then: {{any: pause}}}}
    pause: {{wait: 1h, then: escalated}}
    """
    happened, _ = drive(plan(text=text), sky)
    outcome, after = settled(happened, "help")
    assert "undelivered" == outcome
    assert longest / 2 <= after <= longest
    ladder = next(times for key, times in sky.requests.items() if key.endswith("!ladder#1.engineer"))
    assert ladder[-1] - START > 3400.0
