"""The database fails one app alone, the project is not up, or takes no writes."""

from __future__ import annotations

import json

import pytest

from engine.estate.estate import AGENT, apply
from engine.estate.fault import Fault
from engine.estate.healthy import healthy
from engine.estate.in_process import EstateHolder
from engine.estate.wire import Request
from engine.kinds.values import Instant, Json

NOW = Instant(1_000.0)
KEY = {"authorization": "Bearer sandbox"}


def struck(*faults: Fault) -> EstateHolder:
    """Return the estate with these faults."""
    state = healthy(NOW)
    for fault in faults:
        state = apply(state, fault, NOW)
    return EstateHolder(state)


def asked(estate: EstateHolder, service: str, target: str, method: str = "GET") -> tuple[int, Json]:
    """Return status and data of one answer."""
    reply = estate.ask(service, Request.to(method, target, KEY, b""), NOW.after(1))
    data: Json = json.loads(reply.body) if reply.body else None
    return reply.status, data


def test_one_app_is_refused_and_the_others_are_well() -> None:
    """Approvals answer 500, its log has the words, and Chatwoot has its data."""
    estate = struck(Fault(AGENT, "database-refuses", params={"said": "FATAL: Tenant or user not found"}))
    assert 500 == asked(estate, AGENT, "/approvals")[0]
    assert {"Error: FATAL: Tenant or user not found"} == {
        line.message for line in estate.state.logs if "FATAL" in line.message
    }
    assert 200 == asked(estate, "hotdash-chatwoot", "/api")[0]


def test_a_restart_of_the_app_gives_connections_back() -> None:
    """Both what fails at the app and what is full at the database are healed by it."""
    estate = struck(
        Fault(AGENT, "database-refuses", heal="restart"),
        Fault("database", "database-full", heal="restart", params={"app": AGENT}),
    )
    app = estate.state.fly.app(AGENT)
    assert app is not None
    machine = app.machines[0].id
    assert 200 == asked(estate, "machines-api", f"/v1/apps/{AGENT}/machines/{machine}/restart", "POST")[0]
    assert () == tuple(one for one in estate.state.active if one.fault.service == "database")
    assert 200 == asked(estate, AGENT, "/approvals")[0]


@pytest.mark.parametrize(
    ("faults", "enabled"), [((), False), ((Fault("database", "database-read-only"),), True)]
)
def test_the_project_says_whether_it_takes_writes(faults: tuple[Fault, ...], enabled: bool) -> None:
    """Whatever select 1 says."""
    status, data = asked(struck(*faults), "supabase", "/v1/projects/x/readonly")
    assert isinstance(data, dict)
    assert (200, enabled) == (status, data["enabled"])


def test_a_paused_project_says_so_and_its_database_is_away() -> None:
    """The state is the project's own; its parts are unhealthy."""
    estate = struck(Fault("supabase", "project-paused", params={"status": "RESTORING"}))
    status, data = asked(estate, "supabase", "/v1/projects/x")
    assert isinstance(data, dict)
    assert (200, "RESTORING") == (status, data["status"])
    assert not estate.state.reachable("database")


def test_the_advisor_is_green_while_the_database_is_away() -> None:
    """It reads definitions, not traffic, so a pass of it is weak."""
    estate = struck(Fault("database", "database-away"))
    assert (200, {"lints": []}) == asked(estate, "supabase", "/v1/projects/x/advisors/performance")
    found = struck(Fault("supabase", "advisor-finds", params={"lint": "unused_index"}))
    data = asked(found, "supabase", "/v1/projects/x/advisors/performance")[1]
    assert isinstance(data, dict)
    assert "unused_index" in str(data["lints"])


def test_the_management_api_wants_a_token() -> None:
    """Without one nobody learns anything."""
    reply = struck().ask("supabase", Request.to("GET", "/v1/projects/x/readonly", {}, b""), NOW.after(1))
    assert 401 == reply.status
