"""The prometheus check against a real Prometheus: what it answers, refuses and does not know."""

from __future__ import annotations

import asyncio
import json
import shlex
import subprocess
import time

import pytest

from engine.io.world.http.socket_http import SocketHttp
from engine.io.world.secrets import Secrets
from engine.kinds.checks.prometheus import PrometheusCheck
from engine.kinds.matchers import Matcher
from engine.kinds.ports import Http
from engine.kinds.uses import CheckUse, judge
from engine.kinds.verdicts import Observation
from tests.needs import program
from tests.parts.prometheus import prometheus
from tests.patience import PATIENCE

__all__ = ["prometheus"]
pytestmark = [pytest.mark.system, pytest.mark.xdist_group("prometheus")]  # one server for all of them


class _Only:
    """A world that has HTTP."""

    def __init__(self, http: Http) -> None:
        self.http = http


def look(check: PrometheusCheck) -> Observation:
    """Return what the check brings back over sockets."""

    async def once() -> Observation:
        http = SocketHttp(Secrets({}), "1")
        try:
            return await check.observe(_Only(http), 10.0)  # type: ignore[arg-type]  # HTTP is all it asks
        finally:
            await http.close()

    return asyncio.run(once())


def answer(base: str, query: str, at: str = "") -> tuple[str, Observation]:
    """Return how a use that wants at least one is judged, and what was seen."""
    check = PrometheusCheck(prometheus=base, query=query, time=at)
    seen = look(check)
    return judge(CheckUse(kind=check, expect={"value": Matcher({"ge": 1})}), seen).answer, seen


@pytest.mark.parametrize(
    ("query", "verdict", "value"),
    [
        ('up{job="itself"}', "pass", 1.0),
        ('up{job="nobody"}', "fail", 0.0),
        ("scalar(sum(up))", "pass", 1.0),
        ("42", "pass", 42.0),
        ("up", "unknown", None),
        ('up{job="unheard of"}', "unknown", None),
        ("0/0", "unknown", None),
        ("1/0", "unknown", None),
        ("-1/0", "unknown", None),
        ("vector(0)/vector(0)", "unknown", None),
        ('"text"', "unknown", None),
        ("up == 5", "unknown", None),
    ],
)
def test_a_number_is_judged_and_anything_else_is_unknown(
    prometheus: str, query: str, verdict: str, value: float | None
) -> None:
    """Empty vectors, NaN, infinities, several samples and text are no data."""
    judged, seen = answer(prometheus, query)
    assert (verdict, value, "") == (judged, seen.facts.get("value"), seen.cannot)


def test_samples_have_their_labels_and_times(prometheus: str) -> None:
    """Two targets, one of them never there."""
    _, seen = answer(prometheus, "up")
    values = seen.facts["values"]
    assert isinstance(values, list)
    assert {"itself": 1.0, "nobody": 0.0} == {one["labels"]["job"]: one["value"] for one in values}
    assert all(abs(one["time"] - time.time()) < PATIENCE for one in values)
    assert (2, "vector", "2 samples") == (seen.facts["count"], seen.facts["type"], seen.summary)


def test_a_range_selector_gives_every_sample(prometheus: str) -> None:
    """As a matrix."""
    _, seen = answer(prometheus, 'up{job="itself"}[1m]')
    count = seen.facts["count"]
    assert isinstance(count, int)
    assert ("matrix", True) == (seen.facts["type"], count >= 1)


@pytest.mark.parametrize("at", ["2001-01-01T00:00:00Z", "978307200"])
def test_a_time_long_ago_has_no_data(prometheus: str, at: str) -> None:
    """Both ways to write it are understood."""
    judged, seen = answer(prometheus, "up", at)
    assert ("unknown", 0, "") == (judged, seen.facts["count"], seen.cannot)


@pytest.mark.parametrize(
    ("query", "at", "words"),
    [
        ("up{", "", "Prometheus refused the query:"),
        ("rate(up)", "", "expected type range vector"),
        ("up", "yesterday", "cannot parse"),
        ('label_replace(up, "job", "$1", "job", "(")', "", "Prometheus refused the query:"),
    ],
)
def test_a_wrong_query_could_not_be_looked_at(prometheus: str, query: str, at: str, words: str) -> None:
    """With Prometheus' own words for what is wrong."""
    judged, seen = answer(prometheus, query, at)
    assert ("unknown", True) == (judged, words in seen.cannot)


def test_an_address_that_is_no_prometheus_says_so(prometheus: str) -> None:
    """The base is wanted, without the path of the API."""
    judged, seen = answer(f"{prometheus}/api/v1", "up")
    assert ("unknown", True) == (judged, "give its base" in seen.cannot)


def test_the_command_by_hand_asks_the_same(prometheus: str) -> None:
    """curl encodes the query, whatever is in it."""
    program("curl")
    check = PrometheusCheck(prometheus=prometheus, query='up{job="itself"} + 1 > 0')
    done = subprocess.run(
        shlex.split(check.by_hand()), capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    (sample,) = json.loads(done.stdout)["data"]["result"]
    assert ("2", 2.0) == (sample["value"][1], look(check).facts["value"])
