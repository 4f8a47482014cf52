"""The REST and the function gateway of Supabase: tables through PostgREST, and the log function `occ-log`.

Rules that trap a reader of its replies:
1. What row-level security hides is no error: 200 with an empty list, exactly as where nothing was written.
2. An object that the schema cache does not know is 404 PGRST205: it was dropped, or the cache is old.
3. A page holds at most `MAX_ROWS`; the true number stands in the header Content-Range, and only if asked for.
4. Who is asking is in the key: the service role sees everything, a reader what policies allow, and a key
   for outsiders nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from engine.estate.fault import ActiveFault
from engine.estate.wire import Reply, Request, json_reply, mapping, text, text_reply
from engine.kinds.values import Json

MAX_ROWS: Final = 1000
FAULTS: Final[Mapping[str, str]] = {
    "rest-missing": "The schema cache of the REST API lacks `object` (decision_sync_events): PGRST205.",
    "rest-hides": "Row-level security hides `object` (facts) from readers: 200 with an empty list.",
    "rest-forbids": "Readers have no right to `object` (facts): 403 with 42501.",
    "rest-empty": "Nobody gets a row of `object` (facts), the service role neither.",
    "rest-strange": "A `role` (reader) gets a page of HTML in place of the rows of any object.",
    "rest-open": "`object` (facts) has no row-level security: outsiders see its rows, too.",
    "log-function-gone": "The function occ-log is not deployed, or answers `status` (404).",
}
ROWS: Final[Mapping[str, int]] = {
    "facts": 1240,
    "decision_sync_events": 96,
    "decision_sync_event_logs": 96,
    "observability_logs": 5210,
    "agent_approvals": 31,
    "agent_feedback": 12,
    "agent_queries": 840,
    "notification_settings": 6,
    "notification_subscriptions": 4,
}
"""The objects there are, and how many rows each has."""
Role = Literal["service", "reader", "outsider"]


@dataclass(frozen=True, slots=True)
class Exposed:
    """What is wrong with which object, and with the log function."""

    missing: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    strange: frozenset[str] = frozenset()
    log_status: int = 0


def exposed(active: tuple[ActiveFault, ...]) -> Exposed:
    """Return what the active faults mean for the objects."""
    log = next((one.fault for one in reversed(active) if one.fault.kind == "log-function-gone"), None)
    return Exposed(
        _objects(active, "rest-missing", "decision_sync_events"),
        _objects(active, "rest-hides", "facts"),
        _objects(active, "rest-forbids", "facts"),
        _objects(active, "rest-empty", "facts"),
        _objects(active, "rest-open", "facts"),
        frozenset(one.fault.text("role", "reader") for one in active if one.fault.kind == "rest-strange"),
        int(log.number("status", 404)) if log else 0,
    )


def handle(request: Request, held: Exposed, *, database: bool, revoked: bool = False) -> Reply:
    """Answer one request below /rest/v1/ or /functions/v1/."""
    function = request.path.startswith("/functions/")
    key = request.headers.get("apikey", "") or (request.bearer() if function else "")
    if not key or revoked:
        return json_reply(401, {"message": "Invalid API key", "hint": "Double check your API key."})
    match request.path.strip("/").split("/"):
        case ["functions", "v1", "occ-log"]:
            return _log(request, held)
        case ["rest", "v1", name]:
            return _rest(request, name, _role(key), held, database)
        case _:
            return json_reply(404, {"code": "NOT_FOUND", "message": "Requested function was not found"})


def _rest(request: Request, name: str, role: Role, held: Exposed, database: bool) -> Reply:
    if not database:
        said = "Could not query the database for the schema cache. Retrying."
        return _error(503, "PGRST002", said)
    if role in held.strange:
        return text_reply(200, "<!doctype html><title>Sign in</title>", after=0.1)
    if name in held.missing:
        return _error(404, "PGRST205", f"Could not find the table 'public.{name}' in the schema cache")
    if name in held.forbidden and role != "service":
        return _error(403, "42501", f"permission denied for table {name}")
    sees = name in held.open if role == "outsider" else role == "service" or name not in held.hidden
    there = ROWS.get(name, 0) if sees and name not in held.empty else 0
    limit = request.query.get("limit", "")
    shown = min(there, MAX_ROWS, int(limit) if limit.isdecimal() else MAX_ROWS)
    rows: list[Json] = [{"id": number} for number in range(1, shown + 1)]
    counted = "count=exact" in request.headers.get("prefer", "")
    span = f"0-{shown - 1}" if shown else "*"
    whole = {"content-range": f"{span}/{there if counted else '*'}"}
    return json_reply(206 if counted and shown < there else 200, rows, after=0.06, headers=whole)


def _log(request: Request, held: Exposed) -> Reply:
    if held.log_status == 404:
        return json_reply(404, {"code": "NOT_FOUND", "message": "Requested function was not found"})
    if held.log_status:
        return json_reply(held.log_status, {"error": "Missing env"})
    sent = mapping(request.json())
    if request.method != "POST" or not text(sent.get("level")) or not text(sent.get("message")):
        return json_reply(400, {"error": "Invalid request body"}, after=0.2)
    return json_reply(200, {"ok": True}, after=0.25)


def _role(key: str) -> Role:
    """Return who a key stands for; a made-up key says so in its name."""
    return "outsider" if "anon" in key else "reader" if "reader" in key else "service"


def _error(status: int, code: str, message: str) -> Reply:
    return json_reply(status, {"code": code, "details": None, "hint": None, "message": message})


def _objects(active: tuple[ActiveFault, ...], kind: str, usual: str) -> frozenset[str]:
    return frozenset(one.fault.text("object", usual) for one in active if one.fault.kind == kind)
