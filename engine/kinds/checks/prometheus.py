"""One question to Prometheus, as of now or of a given time.

Prometheus is what we look through, not what is judged: when it is silent, refuses the query or our
credential, or has no sample, we could not look, which is *unknown*. NaN and the infinities are no data
either. The absence of a series is only a fact where the author asks for it, with `count`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar
from urllib.parse import quote

from engine.kinds import exchange
from engine.kinds.by_hand import curl_query
from engine.kinds.check import Check
from engine.kinds.matchers import shown
from engine.kinds.ports import HttpReply, HttpRequest, World
from engine.kinds.replies import as_list, as_mapping, as_text, first_line, read_json
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation

_HINTS: Mapping[int, str] = MappingProxyType(
    {
        401: "our credential was refused: check the headers",
        403: "our credential may not ask this: check the headers",
        404: "there is no Prometheus API at this address: give its base, without /api",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusCheck(Check):
    """Ask Prometheus one question; no sample, NaN and infinity where a number is wanted are unknown."""

    kind: ClassVar[str] = "prometheus"
    example: ClassVar[str] = (
        "{prometheus: 'https://prometheus.example.com', query: 'sum(up{job=\"shop\"})', "
        "expect: {value: {ge: 1}}}"
    )
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "value": "the number, where there is exactly one sample and it is a number; absent otherwise",
            "values": "every sample: `labels`, `value` (null for NaN and infinity), `time` (epoch seconds)",
            "count": "number of samples; 0 when no series matches",
            "type": "vector, scalar, matrix or string",
            "warnings": "what Prometheus warns of, such as an answer that is not complete",
            "seconds": "time from request to the last byte, in seconds",
        }
    )
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"value": {"ne": None}})

    prometheus: str
    """The base address, without `/api`."""
    query: str
    """PromQL. A comparison such as `up == 0` gives the series it holds for: none is no data, so unknown."""
    time: str = ""
    """As of when: `2025-11-23T03:05:22Z` or seconds since the epoch; now, where empty."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of the request, by name."""

    def __post_init__(self) -> None:
        if not self.query.strip():
            raise ValueError("'query' is empty: write PromQL, such as up{job=\"shop\"}")

    async def observe(self, world: World, timeout: float) -> Observation:
        """Ask once; raises NoAnswer or CannotLook."""
        reply = await world.http.send(self._request(timeout))
        answer = as_mapping(read_json(reply.body))
        data = as_mapping(answer.get("data"))
        if (
            reply.status != 200
            or answer.get("status") != "success"
            or not isinstance(data.get("result"), list)
        ):
            why = _refusal(reply, answer)
            return Observation({}, reply.seconds, reply.body, exchange.media(reply), cannot=why)
        kind = as_text(data.get("resultType"))
        samples = _samples(kind, as_list(data["result"]))
        facts: dict[str, Json] = {
            "values": samples,
            "count": len(samples),
            "type": kind,
            "warnings": [*as_list(answer.get("warnings"))],
            "seconds": round(reply.seconds, 3),
        }
        if len(samples) == 1 and isinstance(samples[0]["value"], float):
            facts["value"] = samples[0]["value"]
        return Observation(facts, reply.seconds, reply.body, exchange.media(reply), _summary(facts, samples))

    def by_hand(self) -> str:
        """Return the curl line."""
        return curl_query(self._endpoint(), self.headers, self._parameters())

    def target(self) -> str:
        """Return the host, with the port where one is written."""
        return exchange.place(self.prometheus)

    def _endpoint(self) -> str:
        return f"{self.prometheus.rstrip('/')}/api/v1/query"

    def _parameters(self) -> dict[str, str]:
        return {"query": self.query} | ({"time": self.time} if self.time else {})

    def _request(self, timeout: float) -> HttpRequest:
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in self._parameters().items())
        headers = {"Accept": "application/json", **self.headers}
        return HttpRequest(f"{self._endpoint()}?{asked}", headers=headers, timeout=timeout)


def _samples(kind: str, result: list[Json]) -> list[dict[str, Json]]:
    """Return every sample of an answer; a range selector (matrix) has several for each series."""
    if kind in ("scalar", "string"):
        return [_sample({}, result, text=kind == "string")]
    found = []
    for series in map(as_mapping, result):
        labels: dict[str, Json] = {
            name: as_text(value) for name, value in as_mapping(series.get("metric")).items()
        }
        points = series["values"] if kind == "matrix" and "values" in series else [series.get("value")]
        # A native histogram has no single number: it is counted, with no value.
        found += [_sample(labels, point) for point in as_list(points)]
    return found


def _sample(labels: dict[str, Json], point: Json, *, text: bool = False) -> dict[str, Json]:
    pair = as_list(point)
    time, value = pair if len(pair) == 2 else (None, None)
    return {"labels": labels, "value": value if text else _number(value), "time": time}


def _number(value: Json) -> float | None:
    try:
        number = float(as_text(value))
    except ValueError:
        return None
    return number if number - number == 0 else None


def _refusal(reply: HttpReply, answer: Mapping[str, Json]) -> str:
    said = first_line(as_text(answer.get("error")))
    if reply.status in (400, 422) and said:
        return f"Prometheus refused the query: {said}"
    hint = _HINTS.get(reply.status) or said or exchange.complaint(reply)
    return f"Prometheus gave no answer: {exchange.summary(reply)}" + (f": {hint}" if hint else "")


def _summary(facts: Mapping[str, Json], samples: list[dict[str, Json]]) -> str:
    warned = as_list(facts["warnings"])
    more = f" (warning: {first_line(as_text(warned[0]))})" if warned else ""
    if "value" in facts:
        return f"{shown(facts['value'])}{more}"
    if not samples:
        return f"no data: no series matches{more}"
    if len(samples) > 1:
        return f"{len(samples)} samples{more}"
    text = samples[0]["value"]
    return (f"{first_line(text)}" if isinstance(text, str) else "no data: the sample is not a number") + more
