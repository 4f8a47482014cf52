"""The fly_releases check: a release around the alert, and the one to go back to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from engine.kinds.checks.fly_releases import FlyReleasesCheck
from engine.kinds.matchers import Matcher
from engine.kinds.paths import look_up
from engine.kinds.ports import McpCall
from engine.kinds.references import ABSENT
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Duration, Json
from engine.kinds.verdicts import Answer
from tests.kinds.fakes import FakeWorld, observed, printed, run
from tests.kinds.fly import NOTICE, release

CHECK = FlyReleasesCheck(fly_releases="shop", since="2025-10-11T12:00:00Z")
RELEASES = [
    release(12, "new", "2025-10-11T11:48:00Z"),
    release(11, "new", "2025-10-11T11:00:00Z"),
    release(10, "broken", "2025-10-10T11:00:00Z", "failed"),
    release(9, "shaky", "2025-10-09T11:00:00Z", stable=False),
    release(8, "good", "2025-10-08T11:00:00Z"),
    release(7, "older", "2025-10-07T11:00:00Z"),
]


def facts(releases: Sequence[Json], check: FlyReleasesCheck = CHECK) -> Mapping[str, Json]:
    """Return the facts for these releases."""
    return observed(check, printed(releases, NOTICE)).facts


def test_the_newest_and_the_one_to_go_back_to_are_found() -> None:
    """Not the same image, not failed, not unstable: version 8."""
    seen = observed(CHECK, printed(list(reversed(RELEASES)), NOTICE))
    assert {
        "newest": {
            "version": 12,
            "image": "registry.fly.io/shop:new",
            "created": "2025-10-11T11:48:00Z",
            "status": "complete",
            "stable": True,
        },
        "previous": {
            "version": 8,
            "image": "registry.fly.io/shop:good",
            "created": "2025-10-08T11:00:00Z",
            "status": "complete",
            "stable": True,
        },
        "recent": True,
        "age": "12m before the alert",
        "versions": [12, 11, 10, 9, 8, 7],
        "count": 6,
    } == seen.facts
    assert set(CHECK.fact_names) == set(seen.facts)
    assert "v12 complete, 12m before the alert; before it v8" == seen.summary
    assert "pass" == judge(CheckUse(kind=CHECK), seen).answer


@pytest.mark.parametrize(
    ("created", "recent", "age"),
    [
        ("2025-10-11T11:30:00Z", True, "30m before the alert"),
        ("2025-10-11T11:29:59Z", False, "30m1s before the alert"),
        ("2025-10-11T12:05:00Z", True, "5m after the alert"),
        ("2025-10-09T12:00:00.5Z", False, "2d before the alert"),
    ],
)
def test_recent_is_within_half_an_hour_of_the_alert(created: str, recent: bool, age: str) -> None:
    """Before or after: the alert may come first, while the deploy is on its way."""
    found = facts([release(1, "a", created)])
    assert (recent, age) == (found["recent"], found["age"])


def test_the_author_may_say_how_near_is_recent() -> None:
    """`within` is a length of time."""
    check = FlyReleasesCheck(fly_releases="shop", since=CHECK.since, within=Duration(600.0))
    assert False is facts(RELEASES, check)["recent"]


@pytest.mark.parametrize("since", ["", "yesterday", "2025-10-11 12:00:00"])
def test_without_a_time_to_compare_recent_is_absent(since: str) -> None:
    """An expectation on it is unknown, not false."""
    check = FlyReleasesCheck(fly_releases="shop", since=since)
    seen = observed(check, printed(RELEASES))
    assert set() == {"recent", "age"} & set(seen.facts)
    use = CheckUse(kind=check, expect={"recent": Matcher(False)})
    assert "unknown" == judge(use, seen).answer


def test_with_nothing_to_go_back_to_previous_is_absent() -> None:
    """So a roll-back that needs it is never asked with a guess."""
    seen = observed(CHECK, printed(RELEASES[:4]))
    assert ABSENT is look_up(seen.facts, "previous.image")
    assert seen.summary.endswith("; none to go back to")


@pytest.mark.parametrize(
    ("printed_list", "answer", "cannot"),
    [
        ([], "fail", ""),
        ([{"version": "x"}, 3], "unknown", "fly-apps-releases printed a list, but no releases"),
    ],
)
def test_no_releases_are_no_pass(printed_list: Sequence[Json], answer: Answer, cannot: str) -> None:
    """An empty list lacks the newest; a list of something else could not be read."""
    seen = observed(CHECK, printed(printed_list))
    assert (answer, cannot) == (judge(CheckUse(kind=CHECK), seen).answer, seen.cannot)


def test_the_server_is_asked_by_name() -> None:
    """This tool calls the app `name`."""
    world = FakeWorld([printed(RELEASES)])
    run(CHECK.observe(world, 9.0))
    assert [McpCall("fly", "fly-apps-releases", {"name": "shop"}, 9.0)] == world.calls
    assert "--tool-name fly-apps-releases --tool-arg name=shop" in CHECK.by_hand()
    assert "fly/fly-apps-releases" == CHECK.target()
