"""A project at the Supabase Management API: its state, whether it is read-only, and what the advisors say.

Everything else of that API is answered by `supabase`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.estate import supabase
from engine.estate.wire import Reply, Request, json_reply
from engine.kinds.values import Json

FAULTS: Final[Mapping[str, str]] = {
    "project-paused": "The Supabase project has another `status` (INACTIVE), and its database is away.",
    "advisor-finds": "The performance advisor of Supabase lists `lint` (unindexed_foreign_keys).",
}


def handle(
    request: Request,
    *,
    database: bool,
    revoked: bool = False,
    status: str = "",
    read_only: bool = False,
    lint: str = "",
) -> Reply:
    """Answer one API call."""
    if not request.bearer() or revoked:
        return json_reply(401, {"message": "Unauthorized"})
    match request.method, request.path.strip("/").split("/"):
        case "GET", ["v1", "projects", ref] if status:
            project: Json = {"id": ref, "name": "hotdash", "region": "us-east-1", "status": status}
            return json_reply(200, project, after=0.15)
        case "GET", ["v1", "projects", _, "readonly"]:
            flag: Json = {"enabled": read_only, "override_enabled": False, "override_active_until": ""}
            return json_reply(200, flag, after=0.2)
        case "GET", ["v1", "projects", _, "advisors", "performance"]:
            return json_reply(200, {"lints": [_lint(lint)] if lint else []}, after=2.5)
        case _:
            return supabase.handle(request, database=database, revoked=revoked)


def _lint(name: str) -> Json:
    return {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "level": "INFO",
        "facing": "EXTERNAL",
        "categories": ["PERFORMANCE"],
        "metadata": {"schema": "public", "name": "facts", "type": "table"},
        "cache_key": f"{name}_public_facts",
    }
