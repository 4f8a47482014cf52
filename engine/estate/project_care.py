"""What the Supabase Management API says of a project's care: its security advisor, and its hosted backups.

On a good day the advisor lists nothing, and there is a nightly backup of the last seven days, and no
point-in-time recovery.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.estate.fault import ActiveFault, Fault
from engine.estate.wire import Reply, Request, json_reply
from engine.kinds.values import Instant, Json

KEPT: Final = 7
FAULTS: Final[Mapping[str, str]] = {
    "security-advisor-finds": "The security advisor lists `lint` (rls_disabled_in_public) of `table`.",
    "backups-stopped": "The newest hosted backup is `hours` (50) old; with `none: true` there is none.",
    "backups-continuous": "Point-in-time recovery is on: there are no nightly backups, and none are needed.",
}
_HOUR: Final = 3600.0
_NIGHTLY: Final = 5.0  # hours ago
_PATHS: Final = (["advisors", "security"], ["database", "backups"])


def asked(request: Request) -> bool:
    """Say whether a request is one for this page of the API."""
    parts = request.path.strip("/").split("/")
    return parts[:2] == ["v1", "projects"] and parts[3:] in _PATHS


def handle(request: Request, active: tuple[ActiveFault, ...], now: float, *, revoked: bool = False) -> Reply:
    """Answer one API call."""
    if not request.bearer() or revoked:
        return json_reply(401, {"message": "Unauthorized"})
    if request.method != "GET":
        return json_reply(404, {"message": "Cannot find what you asked for"})
    held = {entry.fault.kind: entry.fault for entry in active}
    if request.path.strip("/").endswith("advisors/security"):
        found = held.get("security-advisor-finds")
        return json_reply(200, {"lints": [_lint(found)] if found else []}, after=3.0)
    return json_reply(200, _backups(held, now), after=0.4)


def _backups(held: Mapping[str, Fault], now: float) -> Json:
    stopped, continuous = held.get("backups-stopped"), "backups-continuous" in held
    newest = stopped.number("hours", 50.0) if stopped else _NIGHTLY
    nightly: list[Json] = [
        {
            "is_physical_backup": True,
            "status": "COMPLETED",
            "inserted_at": _time(now - (newest + 24 * n) * _HOUR),
        }
        for n in range(KEPT)
    ]
    gone = continuous or (stopped is not None and stopped.params.get("none") is True)
    physical: dict[str, Json] = {}
    if continuous:
        physical = {
            "earliest_physical_backup_date_unix": int(now - KEPT * 24 * _HOUR),
            "latest_physical_backup_date_unix": int(now - 60),
        }
    return {
        "region": "us-east-1",
        "walg_enabled": True,
        "pitr_enabled": continuous,
        "backups": [] if gone else nightly,
        "physical_backup_data": physical,
    }


def _lint(fault: Fault) -> Json:
    name, table = fault.text("lint", "rls_disabled_in_public"), fault.text("table", "facts")
    return {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "level": "ERROR",
        "facing": "EXTERNAL",
        "categories": ["SECURITY"],
        "metadata": {"schema": "public", "name": table, "type": "table"},
        "cache_key": f"{name}_public_{table}",
    }


def _time(at: float) -> str:
    return f"{Instant(at).utc():%Y-%m-%dT%H:%M:%SZ}"
