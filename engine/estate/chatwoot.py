"""Chatwoot's web process: /api, the profile of a token, conversations and their messages.

/api answers 200 whatever is broken behind it; only its two words say so. Every other route needs a token in
the header `api_access_token` (a bearer token is no token here), and fails with the database.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.estate.surroundings import Surroundings
from engine.estate.wire import Reply, Request, json_reply
from engine.kinds.values import Instant, Json

VERSION = "4.6.0"
API_SECONDS = 0.32
LIST_SECONDS = 0.6
PER_PAGE = 25
CONVERSATIONS = 3
_FIRST = 4101
FAULTS: Mapping[str, str] = {
    "chatwoot-other-account": "Chatwoot takes the token, whose user is no member of our account: 401 there.",
    "chatwoot-no-conversations": "No conversation of Chatwoot is open: the list is empty, and well.",
    "chatwoot-version": "A redeploy of the unpinned tag has brought `version` (4.7.0) of Chatwoot.",
}
_ACCOUNT: dict[str, Json] = {"id": 1, "name": "Parts support", "role": "agent"}
_DATABASE_SECRETS = (
    "POSTGRES_HOST",
    "POSTGRES_PORT",
    "POSTGRES_DATABASE",
    "POSTGRES_USERNAME",
    "POSTGRES_PASSWORD",
)


def handle(request: Request, now: float, around: Surroundings) -> Reply:
    """Answer one request; nothing is kept between two of them."""
    if around.hung:
        return Reply(0, fault="hang")
    if around.unprepared:
        return json_reply(500, {"status": 500, "error": "Internal Server Error"}, after=0.1)
    match request.method, request.path.strip("/").split("/"):
        case "GET", ["api"]:
            return _api(now, around)
        case "GET", ["api", "v1", "profile"]:
            return _known(request, around) or _profile()
        case "GET", ["api", "v1", "accounts", _, "conversations", *rest]:
            return _known(request, around) or _foreign(around) or _conversations(request, rest, now, around)
        case _:
            return json_reply(404, {"status": 404, "error": "Not Found"})


def data_services(around: Surroundings) -> bool:
    """Tell whether Postgres is there for this process: away, refusing it, or a secret of its address lost."""
    return around.database and not around.refused and set(_DATABASE_SECRETS) <= set(around.secrets)


def queue_services(around: Surroundings) -> bool:
    """Tell whether Redis is there for this process."""
    return around.redis and "REDIS_URL" in around.secrets


def _api(now: float, around: Surroundings) -> Reply:
    said: dict[str, Json] = {
        "version": around.version or VERSION,
        "timestamp": f"{Instant(now).utc():%Y-%m-%d %H:%M:%S}",
        "queue_services": "ok" if queue_services(around) else "failing",
        "data_services": "ok" if data_services(around) else "failing",
    }
    return json_reply(200, said, after=API_SECONDS)


def _known(request: Request, around: Surroundings) -> Reply | None:
    """Return the refusal of a request whose sender is not known, or the failure to look them up."""
    if not data_services(around):
        return json_reply(500, {"status": 500, "error": "Internal Server Error"}, after=1.0)
    if around.revoked or not request.headers.get("api_access_token"):
        return json_reply(401, {"errors": ["You need to sign in or sign up before continuing."]})
    return None


def _profile() -> Reply:
    about: dict[str, Json] = {"id": 7, "name": "Runbook", "role": "agent", "accounts": [_ACCOUNT]}
    return json_reply(200, about, after=0.2)


def _foreign(around: Surroundings) -> Reply | None:
    if around.foreign:
        return json_reply(401, {"error": "You are not authorized to access this account"}, after=0.2)
    return None


def _conversations(request: Request, rest: list[str], now: float, around: Surroundings) -> Reply:
    open_now = 0 if around.quiet else CONVERSATIONS
    known = [str(_FIRST + number) for number in range(open_now)]
    match rest:
        case []:
            page = request.query.get("page", "1")
            shown = [_conversation(name, now) for name in known[:PER_PAGE]] if page == "1" else []
            meta: Json = {
                "mine_count": 0,
                "assigned_count": min(1, open_now),
                "unassigned_count": max(0, open_now - 1),
                "all_count": open_now,
            }
            return json_reply(200, {"data": {"meta": meta, "payload": shown}}, after=LIST_SECONDS)
        case [name] if name in known:
            return json_reply(200, _conversation(name, now), after=0.2)
        case [name, "messages"] if name in known:
            message: Json = {"id": int(name) * 10, "content": "Where is my order?", "message_type": 0}
            return json_reply(200, {"meta": {}, "payload": [message]}, after=0.3)
        case _:
            return json_reply(404, {"error": "Resource could not be found"})


def _conversation(name: str, now: float) -> Json:
    age = 600 * (int(name) - _FIRST + 1)
    return {
        "id": int(name),
        "status": "open",
        "inbox_id": 1,
        "created_at": int(now) - age,
        "last_activity_at": int(now) - age // 2,
        "messages": [],
        "meta": {},
    }
