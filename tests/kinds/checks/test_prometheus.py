"""The prometheus check: numbers, no data, and a Prometheus that does not help."""

from __future__ import annotations

from typing import Any

import pytest

from engine.kinds.checks.prometheus import PrometheusCheck
from engine.kinds.matchers import Matcher
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from tests.kinds.fakes import FakeWorld, http_reply, observed, run

CHECK = PrometheusCheck(prometheus="https://prom.example.com/", query='up{job="shop"}')
USE = CheckUse(kind=CHECK, expect={"value": Matcher({"ge": 1})})


def success(kind: str, result: Json, **more: Json) -> dict[str, Json]:
    """Return a good answer."""
    return {"status": "success", "data": {"resultType": kind, "result": result}, **more}


def sample(value: str, **labels: Json) -> Json:
    """Return one series of a vector."""
    return {"metric": labels, "value": [1_763_867_122.5, value]}


def test_one_sample_is_the_value() -> None:
    """A number, with its labels and time beside it."""
    seen = observed(CHECK, http_reply(200, success("vector", [sample("1", job="shop")])))
    assert "pass" == judge(USE, seen).answer
    assert {
        "value": 1.0,
        "values": [{"labels": {"job": "shop"}, "value": 1.0, "time": 1_763_867_122.5}],
        "count": 1,
        "type": "vector",
        "warnings": [],
        "seconds": 0.212,
    } == seen.facts
    assert set(CHECK.fact_names) == set(seen.facts)
    assert "1" == seen.summary


@pytest.mark.parametrize(
    ("answer", "summary"),
    [
        (success("vector", []), "no data: no series matches"),
        (success("vector", [sample("NaN")]), "no data: the sample is not a number"),
        (success("vector", [sample("+Inf")]), "no data: the sample is not a number"),
        (success("vector", [sample("-Inf")]), "no data: the sample is not a number"),
        (success("scalar", [1.0, "NaN"]), "no data: the sample is not a number"),
        (success("vector", [sample("1", i="a"), sample("1", i="b")]), "2 samples"),
        (success("vector", [{"metric": {}, "histogram": [1.0, {"count": "2"}]}]), "not a number"),
        (success("string", [1.0, "7"]), "7"),
        (success("vector", [{"metric": "odd", "value": "odd"}, None]), "2 samples"),
    ],
)
def test_no_single_number_is_unknown(answer: Json, summary: str) -> None:
    """Whether a number was expected or nothing was said; never a pass, never a fail."""
    seen = observed(CHECK, http_reply(200, answer))
    assert ("unknown", "unknown") == (judge(USE, seen).answer, judge(CheckUse(kind=CHECK), seen).answer)
    assert "value" not in seen.facts
    assert summary in seen.summary


def test_a_scalar_is_a_value_and_zero_is_one_too() -> None:
    """Zero is data: it fails where one is wanted."""
    seen = observed(CHECK, http_reply(200, success("scalar", [1.0, "0"])))
    assert (0.0, "fail") == (seen.facts["value"], judge(USE, seen).answer)
    assert "pass" == judge(CheckUse(kind=CHECK), seen).answer


def test_every_sample_of_a_range_is_there() -> None:
    """A range selector gives a matrix: all its samples, in order."""
    series: Json = {"metric": {"i": "a"}, "values": [[1.0, "3"], [2.0, "NaN"]]}
    facts = observed(CHECK, http_reply(200, success("matrix", [series]))).facts
    assert [
        {"labels": {"i": "a"}, "value": 3.0, "time": 1.0},
        {"labels": {"i": "a"}, "value": None, "time": 2.0},
    ] == facts["values"]
    assert 2 == facts["count"]


def test_absence_is_a_fact_for_who_asks_for_it() -> None:
    """ "No alert fires" is said with `count`."""
    use = CheckUse(kind=CHECK, expect={"count": Matcher(0)})
    assert "pass" == judge(use, observed(CHECK, http_reply(200, success("vector", [])))).answer


def test_warnings_are_shown() -> None:
    """An answer that is not complete says so."""
    answer = success("vector", [sample("1")], warnings=["shard 2 did not answer"])
    seen = observed(CHECK, http_reply(200, answer))
    assert ["shard 2 did not answer"] == seen.facts["warnings"]
    assert "1 (warning: shard 2 did not answer)" == seen.summary


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (
            400,
            {"status": "error", "errorType": "bad_data", "error": 'invalid parameter "query": 1:3: x'},
            'Prometheus refused the query: invalid parameter "query": 1:3: x',
        ),
        (422, {"status": "error", "error": "too many samples"}, "refused the query: too many samples"),
        (503, {"status": "error", "error": "query timed out"}, "gave no answer: 503 in 212ms: query timed"),
        (401, b"", "check the headers"),
        (404, b"<html>", "give its base, without /api"),
        (200, b"<html>", "gave no answer: 200 in 212ms: <html>"),
        (200, {"status": "success", "data": {"result": "odd"}}, "gave no answer"),
        (200, ["odd"], "gave no answer"),
    ],
)
def test_what_prometheus_does_not_answer_could_not_be_looked_at(status: int, body: Any, why: str) -> None:
    """It is what we look through: nothing it refuses says anything of the target."""
    seen = observed(CHECK, http_reply(status, body))
    assert why in seen.cannot
    assert "unknown" == judge(USE, seen).answer


def test_silence_is_unknown() -> None:
    """Not a fail of what was asked about."""
    assert "unknown" == PrometheusCheck.no_answer


def test_the_query_is_one_parameter_whatever_is_in_it() -> None:
    """Encoded, so that nothing in it can become another parameter."""
    check = PrometheusCheck(
        prometheus="https://prom.example.com",
        query='a{b="&time=0#é"} + 1',
        time="2025-11-23T03:05:22Z",
        headers={"Authorization": "Bearer ${secrets.PROM}"},
    )
    world = FakeWorld([http_reply(200, success("vector", []))])
    run(check.observe(world, 4.0))
    (request,) = world.requests
    assert (
        "https://prom.example.com/api/v1/query?query=a%7Bb%3D%22%26time%3D0%23%C3%A9%22%7D%20%2B%201"
        "&time=2025-11-23T03%3A05%3A22Z"
    ) == request.url
    assert ("GET", 4.0, "Bearer ${secrets.PROM}") == (
        request.method,
        request.timeout,
        request.headers["Authorization"],
    )


def test_an_empty_query_is_refused() -> None:
    """With what to write."""
    with pytest.raises(ValueError, match="write PromQL"):
        PrometheusCheck(prometheus="https://prom.example.com", query=" ")


def test_by_hand_is_a_curl_line_that_encodes_the_query_itself() -> None:
    """Readable, and safe to paste."""
    check = PrometheusCheck(
        prometheus="https://prom.example.com/",
        query='up{job="it\'s"}',
        time="1763867122",
        headers={"Authorization": "Bearer ${secrets.PROM}"},
    )
    assert (
        'curl -sS -G -m 30 -H "Authorization: Bearer $PROM" '
        "--data-urlencode 'query=up{job=\"it'\\''s\"}' --data-urlencode 'time=1763867122' "
        "'https://prom.example.com/api/v1/query'"
    ) == check.by_hand()
    assert "prom.example.com" == check.target()
