"""The Management API on backups and the security advisor, as Supabase answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.estate.estate import EstateState, handle, schedule
from engine.estate.fault import Fault
from engine.estate.healthy import healthy
from engine.estate.wire import Request
from engine.kinds.values import Instant

NOW = float(Instant.parse("2025-11-23T03:05:22Z"))


def ask(path: str, *faults: Fault, token: str = "made-up", method: str = "GET") -> tuple[int, dict[str, Any]]:
    """Return status and body of one call."""
    estate: EstateState = schedule(healthy(NOW), faults)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    reply = handle(estate, "supabase", Request.to(method, f"/v1/projects/ref/{path}", headers), NOW)[1]
    return reply.status, json.loads(reply.body)


def test_on_a_good_day_the_newest_backup_is_of_last_night_and_the_advisor_lists_nothing() -> None:
    """Seven of them, one a night."""
    status, said = ask("database/backups")
    assert (200, False, 7) == (status, said["pitr_enabled"], len(said["backups"]))
    assert "2025-11-22T22:05:22Z" == max(one["inserted_at"] for one in said["backups"])
    assert (200, {"lints": []}) == ask("advisors/security")


def test_backups_can_have_stopped_or_be_continuous() -> None:
    """An old one, none at all, and none because every minute is kept."""
    old = ask("database/backups", Fault("supabase", "backups-stopped", params={"hours": 60}))[1]
    assert "2025-11-20T15:05:22Z" == max(one["inserted_at"] for one in old["backups"])
    none = ask("database/backups", Fault("supabase", "backups-stopped", params={"none": True}))[1]
    assert (False, []) == (none["pitr_enabled"], none["backups"])
    kept = ask("database/backups", Fault("supabase", "backups-continuous"))[1]
    assert (True, []) == (kept["pitr_enabled"], kept["backups"])
    assert int(NOW - 60) == kept["physical_backup_data"]["latest_physical_backup_date_unix"]


def test_the_advisor_names_a_finding_and_its_table() -> None:
    """As the vendor writes a lint."""
    finds = Fault(
        "supabase", "security-advisor-finds", params={"lint": "security_definer_view", "table": "v"}
    )
    (lint,) = ask("advisors/security", finds)[1]["lints"]
    assert ("security_definer_view", "v") == (lint["name"], lint["metadata"]["name"])


@pytest.mark.parametrize(("token", "method", "status"), [("", "GET", 401), ("made-up", "POST", 404)])
def test_without_a_token_it_is_401_and_only_reading_is_known(token: str, method: str, status: int) -> None:
    """What restores is not among the calls."""
    assert status == ask("database/backups", token=token, method=method)[0]
