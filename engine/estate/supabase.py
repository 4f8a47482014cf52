"""The Supabase Management API as far as a health check needs it; its tables are answered by `postgrest`."""

from __future__ import annotations

from engine.estate.wire import Reply, Request, json_reply
from engine.kinds.values import Json

SERVICES = ("auth", "db", "db_postgres_user", "pooler", "pg_bouncer", "realtime", "rest", "storage")
_NEED_DATABASE = frozenset(SERVICES) - {"pg_bouncer"}


def handle(request: Request, *, database: bool, revoked: bool = False) -> Reply:
    """Answer one API call."""
    if not request.bearer() or revoked:
        return json_reply(401, {"message": "Unauthorized"})
    match request.method, request.path.strip("/").split("/"):
        case "GET", ["v1", "projects", ref]:
            status = "ACTIVE_HEALTHY" if database else "ACTIVE_UNHEALTHY"
            project: Json = {"id": ref, "name": "hotdash", "region": "us-east-1", "status": status}
            return json_reply(200, project, after=0.15)
        case "GET", ["v1", "projects", _, "health"]:
            return _health(request, database)
        case _:
            return json_reply(404, {"message": "Cannot find what you asked for"})


def _health(request: Request, database: bool) -> Reply:
    asked = [name for name in request.query.get("services", "").split(",") if name]
    unknown = sorted(set(asked) - set(SERVICES))
    if not asked or unknown:
        said = f"services must be some of {', '.join(SERVICES)}"
        return json_reply(400, {"message": said})
    seen: list[Json] = []
    for name in asked:
        healthy = database or name not in _NEED_DATABASE
        entry: dict[str, Json] = {
            "name": name,
            "healthy": healthy,
            "status": "ACTIVE_HEALTHY" if healthy else "UNHEALTHY",
        }
        if not healthy:
            entry["error"] = "connect ECONNREFUSED"
        seen.append(entry)
    return json_reply(200, seen, after=0.3 if database else 2.0)
