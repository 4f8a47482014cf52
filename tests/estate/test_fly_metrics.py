"""Fly's metrics: a figure for every app that is asked for, and none for what is not there."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest

from engine.estate.fault import ActiveFault, Fault
from engine.estate.fly_metrics import GOOD_DAY, NAME, handle
from engine.estate.wire import Reply, Request, mapping, text
from engine.kinds.values import Json
from tests.content.harness import library

KEYS = {"authorization": "Bearer made-up"}
CHECKS = ("usage-memory", "usage-processor", "usage-requests", "usage-errors", "usage-climb")


def query_of(name: str, apps: str) -> str:
    """Return what a check of the catalogue asks, of these apps."""
    query = getattr(library().catalogue.checks[name].kind, "query", "")
    return re.sub(r'app=~"[^"]+"', f'app=~"{apps}"', query)


def asked(query: str, *faults: Fault, headers: dict[str, str] = KEYS) -> Reply:
    """Return what one query brings."""
    target = f"/prometheus/hotdash/api/v1/query?query={quote(query, safe='')}"
    return handle(Request.to("GET", target, headers), tuple(ActiveFault(one, 0.0) for one in faults), 9.0)


def figures(reply: Reply) -> dict[str, float]:
    """Return each app with its number."""
    result = mapping(mapping(json.loads(reply.body)).get("data")).get("result")
    found: dict[str, float] = {}
    for one in result if isinstance(result, list) else []:
        value = mapping(one).get("value")
        assert isinstance(value, list)
        found[text(mapping(mapping(one).get("metric")).get("app"))] = float(text(value[1]))
    return found


@pytest.mark.parametrize("name", CHECKS)
def test_a_query_of_the_catalogue_is_known_and_answered_for_each_app(name: str) -> None:
    """By the metric that it names; the numbers of different questions are different."""
    shown = figures(asked(query_of(name, "one|two")))
    assert {"one", "two"} == set(shown)
    assert shown["one"] in GOOD_DAY.values()


def test_each_question_has_its_own_number() -> None:
    """No two of them are mistaken for each other."""
    seen = {figures(asked(query_of(name, "one")))["one"] for name in CHECKS}
    assert len(CHECKS) == len(seen)


def test_a_fault_strikes_one_app_and_its_figure_alone() -> None:
    """And one without series is not among the answers."""
    shows = Fault(NAME, "usage-shows", params={"app": "one", "memory": 91})
    unseen = Fault(NAME, "usage-unseen", params={"app": "two"})
    query = 'fly_instance_memory_mem_total{app=~"one|two|three"}'
    assert {"one": 91.0, "three": GOOD_DAY["memory"]} == figures(asked(query, shows, unseen))
    assert GOOD_DAY["cpu"] == figures(asked('fly_instance_cpu{app="one"}', shows))["one"]


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("up", KEYS, 422),
        ("fly_instance_cpu", KEYS, 422),
        ('fly_instance_cpu{app="one"}', {}, 401),
    ],
)
def test_what_cannot_be_answered_is_refused(query: str, headers: dict[str, str], status: int) -> None:
    """In the words of such a server."""
    assert status == asked(query, headers=headers).status


def test_no_other_path_is_there() -> None:
    """Only the one endpoint that the engine asks."""
    value: Json = handle(Request.to("GET", "/prometheus/hotdash/api/v1/series", KEYS), (), 0.0).status
    assert 404 == value
