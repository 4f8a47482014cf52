"""Fly's metrics, as its Prometheus tells them: how full each app's machines are, and how many requests came.

It reads no PromQL: which metric a query names, and which apps, says what is asked for. On a good day each app
has room and hardly an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from engine.estate.fault import ActiveFault
from engine.estate.wire import Reply, Request, json_reply, number, text_reply
from engine.kinds.values import Json

NAME: Final = "fly-metrics"
FAULTS: Final[Mapping[str, str]] = {
    "usage-shows": "Fly's metrics show `memory`, `cpu`, `requests`, `errors` or `climb` of `app` (of all).",
    "usage-unseen": "Fly's metrics have no series of `app` (of none at all).",
}
GOOD_DAY: Final[Mapping[str, float]] = {
    "memory": 46.2,
    "cpu": 12.5,
    "requests": 4200.0,
    "errors": 0.12,
    "climb": 0.4,
}
_PATH: Final = re.compile(r"/prometheus/[^/]+/api/v1/query\Z")
_APPS: Final = re.compile(r'app=~?"([^"]+)"')


def handle(request: Request, active: tuple[ActiveFault, ...], now: float, *, revoked: bool = False) -> Reply:
    """Answer one query."""
    if not request.bearer() or revoked:
        return text_reply(401, "unauthorized")
    if request.method not in ("GET", "POST") or not _PATH.match(request.path):
        return text_reply(404, "not found")
    query = request.query.get("query", "")
    named, apps = _figure(query), _APPS.search(query)
    if not named or apps is None:
        error: Json = {"status": "error", "errorType": "422", "error": f"cannot evaluate {query[:80]!r}"}
        return json_reply(422, error)
    result: list[Json] = []
    for app in apps[1].split("|"):
        shown = _shown(named, app, active)
        if shown is not None:
            result.append({"metric": {"app": app}, "value": [now, f"{shown:g}"]})
    data: Json = {"resultType": "vector", "result": result}
    return json_reply(200, {"status": "success", "data": data}, after=0.15)


def _figure(query: str) -> str:
    if "fly_instance_memory" in query:
        return "climb" if " offset " in query else "memory"
    if "fly_instance_cpu" in query:
        return "cpu"
    if "fly_edge_http_responses_count" in query:
        return "errors" if "status=" in query else "requests"
    return ""


def _shown(named: str, app: str, active: tuple[ActiveFault, ...]) -> float | None:
    """Return the figure of an app, None where it has no series; the newest fault wins."""
    found: float | None = GOOD_DAY[named]
    for entry in active:
        fault = entry.fault
        if fault.service != NAME or fault.text("app", app) != app:
            continue
        if fault.kind == "usage-unseen":
            found = None
        elif fault.kind == "usage-shows":
            found = number(fault.params.get(named), GOOD_DAY[named] if found is None else found)
    return found
