"""PagerDuty Events v2: takes trigger, acknowledge and resolve, and keeps what it took by dedup key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.estate.identifiers import digest
from engine.estate.wire import Reply, Request, json_reply, mapping, text
from engine.kinds.values import Json

_ACTIONS = ("trigger", "acknowledge", "resolve")
_SEVERITIES = ("critical", "error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Page:
    """One event that was accepted; the routing key is a secret and is not kept."""

    at: float
    action: str
    dedup_key: str
    summary: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """Everything accepted so far, oldest first."""

    pages: tuple[Page, ...] = ()

    def by_dedup_key(self) -> Mapping[str, tuple[Page, ...]]:
        """Return the events of each incident."""
        kept: dict[str, tuple[Page, ...]] = {}
        for page in self.pages:
            kept[page.dedup_key] = (*kept.get(page.dedup_key, ()), page)
        return kept


def handle(state: PagerDuty, request: Request, now: float, *, down: int = 0) -> tuple[PagerDuty, Reply]:
    """Accept one event; `down` is the status of an API in trouble."""
    if (request.method, request.path) != ("POST", "/v2/enqueue"):
        return state, json_reply(404, {"message": "Not Found"})
    if down == 429:
        return state, json_reply(429, {"status": "throttle exceeded"}, headers={"retry-after": "30"})
    if down:
        return state, json_reply(down, {"message": "Internal Server Error"}, after=1.0)
    event = mapping(request.json())
    errors = _errors(event)
    if errors:
        refused: Json = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
        return state, json_reply(400, refused)
    payload = mapping(event.get("payload"))
    key = text(event.get("dedup_key")) or digest("page", len(state.pages), now)[:32]
    page = Page(
        now,
        text(event.get("event_action")),
        key,
        text(payload.get("summary")),
        text(payload.get("severity")),
    )
    accepted: Json = {"status": "success", "message": "Event processed", "dedup_key": key}
    return PagerDuty((*state.pages, page)), json_reply(202, accepted, after=0.12)


def _errors(event: Mapping[str, Json]) -> list[Json]:
    errors: list[Json] = []
    action = event.get("event_action")
    payload = mapping(event.get("payload"))
    if not text(event.get("routing_key")):
        errors.append("'routing_key' is missing or blank")
    if action not in _ACTIONS:
        errors.append("'event_action' is missing or invalid")
    if action == "trigger":
        errors += [
            f"'payload.{key}' is missing or blank"
            for key in ("summary", "source")
            if not text(payload.get(key))
        ]
        if payload.get("severity") not in _SEVERITIES:
            errors.append("'payload.severity' is missing or invalid")
    elif not text(event.get("dedup_key")):
        errors.append("'dedup_key' is missing or blank")
    return errors
