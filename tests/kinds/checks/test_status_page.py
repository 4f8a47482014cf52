"""The status_page check: a vendor's own word."""

from __future__ import annotations

import pytest

from engine.kinds.checks.status_page import StatusPageCheck
from engine.kinds.matchers import Matcher
from engine.kinds.ports import HttpReply, NoAnswer
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer, Observation
from tests.kinds.fakes import FakeWorld, http_reply, observed, run

CHECK = StatusPageCheck(status_page="https://status.example.com/")
PAGE: dict[str, Json] = {"page": {"id": "x", "name": "Example"}}
GREEN: Json = PAGE | {
    "status": {"indicator": "none", "description": "All Systems Operational"},
    "components": [{"id": "1", "name": "API", "status": "operational"}],
    "incidents": [{"name": "Old", "status": "resolved", "impact": "minor"}],
    "scheduled_maintenances": [],
}
RED: Json = PAGE | {
    "status": {"indicator": "major", "description": "Partial System Outage"},
    "components": [
        {"name": "API", "status": "major_outage"},
        {"name": "API", "status": "operational"},
        {"name": "Web", "status": "operational"},
    ],
    "incidents": [{"name": "Errors", "status": "investigating", "impact": "major", "incident_updates": []}],
}


def test_a_green_page_passes_and_gives_every_fact() -> None:
    """What is resolved is no open incident."""
    seen = observed(CHECK, http_reply(200, GREEN))
    assert {
        "indicator": "none",
        "description": "All Systems Operational",
        "incidents": [],
        "components": {"API": "operational"},
        "troubled": [],
        "seconds": 0.212,
    } == seen.facts
    assert set(CHECK.fact_names) == set(seen.facts)
    assert ("pass", "All Systems Operational") == (judge(CheckUse(kind=CHECK), seen).answer, seen.summary)


def test_a_red_page_fails_and_names_what_is_wrong() -> None:
    """Trouble in one of two components of the same name is not lost."""
    seen = observed(CHECK, http_reply(200, RED))
    assert "fail" == judge(CheckUse(kind=CHECK), seen).answer
    assert ["API"] == seen.facts["troubled"]
    assert [{"name": "Errors", "status": "investigating", "impact": "major"}] == seen.facts["incidents"]
    assert "Partial System Outage; open: Errors" == seen.summary


@pytest.mark.parametrize(
    ("page", "names", "answer"),
    [
        ({"status": {"indicator": "none"}}, {"indicator"}, "pass"),
        (PAGE, set(), "unknown"),
        ({"status": "UP", "components": "all", "incidents": None}, set(), "unknown"),
        (
            {"incidents": [3, {}], "components": [{"status": "x"}, 4]},
            {"incidents", "components", "troubled"},
            "unknown",
        ),
    ],
)
def test_missing_fields_are_absent(page: Json, names: set[str], answer: Answer) -> None:
    """A page of another product gives what it has; without an indicator the default is unknown."""
    seen = observed(CHECK, http_reply(200, page))
    assert (names | {"seconds"}, answer) == (set(seen.facts), judge(CheckUse(kind=CHECK), seen).answer)


def test_a_component_can_be_expected() -> None:
    """Names may hold dots and spaces."""
    page: Json = {"components": [{"name": "us-east-1.db pool", "status": "operational"}]}
    use = CheckUse(kind=CHECK, expect={"components.us-east-1.db pool": Matcher("operational")})
    assert "pass" == judge(use, observed(CHECK, http_reply(200, page))).answer


def test_the_short_form_is_read_where_there_is_no_summary() -> None:
    """Both addresses, the second within the time that is left."""
    world = FakeWorld(
        [http_reply(404, b"", seconds=4.0), http_reply(200, {"status": {"indicator": "none"}}, seconds=1.0)]
    )
    seen = run(CHECK.observe(world, 10.0))
    assert [
        ("https://status.example.com/api/v2/summary.json", 10.0),
        ("https://status.example.com/api/v2/status.json", 6.0),
    ] == [(request.url, request.timeout) for request in world.requests]
    assert ({"indicator": "none", "seconds": 5.0}, 5.0) == (seen.facts, seen.seconds)


@pytest.mark.parametrize(
    "replies",
    [
        (http_reply(503, b"busy"),),
        (http_reply(200, b"<html>moved</html>"),),
        (http_reply(301, b"", {"location": "https://elsewhere"}),),
        (http_reply(404), http_reply(404)),
        (http_reply(404, b"", seconds=10.0),),
    ],
)
def test_a_page_that_says_nothing_is_unknown(replies: tuple[HttpReply, ...]) -> None:
    """A status page that is down tells nothing about the vendor."""
    seen = observed(CHECK, *replies)
    assert "unknown" == judge(CheckUse(kind=CHECK), seen).answer
    assert seen.cannot.startswith("the status page gave no status: ")


def test_no_answer_is_unknown() -> None:
    """A vendor is not down because its page is."""
    with pytest.raises(NoAnswer):
        observed(CHECK, NoAnswer("dns", "no such name", 0.1))
    assert "unknown" == judge(CheckUse(kind=CHECK), Observation(no_answer="dns")).answer


def test_by_hand_is_a_curl_line() -> None:
    """The summary, as the engine asks for it."""
    line = "curl -sS -i -m 30 -H 'Accept: application/json' 'https://status.example.com/api/v2/summary.json'"
    assert (line, "status.example.com") == (CHECK.by_hand(), CHECK.target())
