"""PagerDuty: takes events (Events API v2), keeps incidents by dedup key, and lists them (REST API v2).

People on call may acknowledge by themselves some time after they were paged; an acknowledgement that came as
an event has no user, as with the real one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.estate.identifiers import digest
from engine.estate.wire import Reply, Request, json_reply, mapping, text
from engine.kinds.values import Instant, Json

_ACTIONS = ("trigger", "acknowledge", "resolve")
_SEVERITIES = ("critical", "error", "warning", "info")
_OPEN = ("triggered", "acknowledged")


@dataclass(frozen=True, slots=True)
class Page:
    """One event that was accepted; the routing key is a secret and is not kept."""

    at: float
    action: str
    dedup_key: str
    summary: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class OnCall:
    """A person who acknowledges some seconds after an incident was opened, if `about` is in its key."""

    name: str
    after: float
    about: str = ""


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident: opened by the first trigger of its key, closed by a resolve."""

    number: int
    key: str
    title: str
    opened: float
    status: str = "triggered"
    acknowledged: float | None = None
    by: str = ""
    """The person; empty where an event acknowledged it."""


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """Everything accepted so far, oldest first, and who is on call."""

    pages: tuple[Page, ...] = ()
    people: tuple[OnCall, ...] = ()

    def by_dedup_key(self) -> Mapping[str, tuple[Page, ...]]:
        """Return the events of each incident."""
        kept: dict[str, tuple[Page, ...]] = {}
        for page in self.pages:
            kept[page.dedup_key] = (*kept.get(page.dedup_key, ()), page)
        return kept

    def incidents(self, now: float) -> tuple[Incident, ...]:
        """Return every incident as it stands now, oldest first."""
        found: list[Incident] = []
        for page in self.pages:
            at = next(
                (n for n, one in enumerate(found) if one.key == page.dedup_key and one.status in _OPEN), None
            )
            if at is None and page.action == "trigger":
                found.append(Incident(len(found) + 1, page.dedup_key, page.summary, page.at))
            elif at is not None and page.action != "trigger":
                found[at] = _after(self._answered(found[at], page.at), page)
        return tuple(self._answered(one, now) for one in found)

    def _answered(self, incident: Incident, now: float) -> Incident:
        """Return an incident after the people on call have looked at it."""
        person = next((one for one in self.people if one.about in incident.key), None)
        if person is None or incident.status == "resolved" or incident.by:
            return incident
        at = incident.opened + person.after
        return (
            replace(incident, status="acknowledged", acknowledged=at, by=person.name)
            if at <= now
            else incident
        )


def handle(state: PagerDuty, request: Request, now: float, *, down: int = 0) -> tuple[PagerDuty, Reply]:
    """Accept one event, or list incidents; `down` is the status of an API in trouble."""
    asked = (request.method, request.path)
    if asked not in (("POST", "/v2/enqueue"), ("GET", "/incidents")):
        return state, json_reply(404, {"message": "Not Found"})
    if down == 429:
        return state, json_reply(429, {"status": "throttle exceeded"}, headers={"retry-after": "30"})
    if down:
        return state, json_reply(down, {"message": "Internal Server Error"}, after=1.0)
    if request.method == "GET":
        return state, _listed(state, request, now)
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
    return replace(state, pages=(*state.pages, page)), json_reply(202, accepted, after=0.12)


def _after(incident: Incident, page: Page) -> Incident:
    if page.action == "resolve":
        return replace(incident, status="resolved")
    if incident.acknowledged is not None:
        return incident
    return replace(incident, status="acknowledged", acknowledged=page.at)


def _listed(state: PagerDuty, request: Request, now: float) -> Reply:
    if not request.headers.get("authorization", "").startswith("Token token="):
        return json_reply(401, {"error": {"message": "Unauthorized", "code": 2006}})
    wanted = request.query.get("statuses[]", "").split(",")
    key = request.query.get("incident_key", "")
    listed: list[Json] = [
        _shown(one) for one in state.incidents(now) if key in ("", one.key) and one.status in wanted
    ]
    return json_reply(200, {"incidents": listed, "limit": 25, "offset": 0, "more": False})


def _shown(incident: Incident) -> Json:
    integration: Json = {"id": "PSERVICE", "type": "service_reference", "summary": "runbooks"}
    person: Json = {"id": "PUSER", "type": "user_reference", "summary": incident.by}
    who = person if incident.by else integration
    at = Instant(incident.acknowledged or incident.opened).plain()
    return {
        "id": f"Q{incident.number:013d}",
        "type": "incident",
        "incident_number": incident.number,
        "incident_key": incident.key,
        "title": incident.title,
        "status": incident.status,
        "created_at": Instant(incident.opened).plain(),
        "assignments": [{"at": at, "assignee": who}],
        "acknowledgements": [] if incident.acknowledged is None else [{"at": at, "acknowledger": who}],
        "last_status_change_at": at,
        "last_status_change_by": who if incident.acknowledged is not None else integration,
    }


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
