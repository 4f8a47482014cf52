"""Chatwoot's stand-in: a green /api that says otherwise, the health path, a worker without an address."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import httpx
import pytest

from engine.estate.chatwoot_app import CHECK, NAME
from engine.estate.estate import apply
from engine.estate.fault import Fault
from engine.estate.healthy import healthy
from engine.estate.machine import Machine
from engine.estate.sockets import Sandbox
from engine.estate.wire import Reply
from tests.estate.by_hand import START, Estate
from tests.patience import PATIENCE

TOKEN = {"api_access_token": "token"}
CONVERSATIONS = "/api/v1/accounts/1/conversations"
MACHINES = f"/v1/apps/{NAME}/machines"


def said(reply: Reply) -> dict[str, object]:
    """Return the body of a reply."""
    body = json.loads(reply.body)
    assert isinstance(body, dict)
    return body


def services(estate: Estate) -> tuple[int, object, object]:
    """Return the status of /api and its two words."""
    reply = estate.ask(NAME, "/api")
    body = said(reply)
    return reply.status, body["data_services"], body["queue_services"]


def worker(estate: Estate) -> Machine:
    """Return the worker's machine."""
    return estate.machine(NAME, 1)


def checks(estate: Estate) -> list[object]:
    """Return the health checks of the web as the platform lists them."""
    listed = json.loads(estate.ask("machines-api", f"{MACHINES}?metadata.fly_process_group=web").body)
    return list(listed[0]["checks"])


@pytest.mark.parametrize(
    ("service", "kind", "params", "words"),
    [
        (NAME, "chatwoot-redis-away", {}, (200, "ok", "failing")),
        (NAME, "chatwoot-database-refused", {}, (200, "failing", "ok")),
        ("database", "database-away", {}, (200, "failing", "ok")),
        (NAME, "secret-lost", {"secret": "POSTGRES_PASSWORD"}, (200, "failing", "ok")),
        (NAME, "secret-lost", {"secret": "REDIS_URL"}, (200, "ok", "failing")),
    ],
)
def test_api_is_a_green_200_whatever_is_broken(
    estate: Estate, service: str, kind: str, params: dict[str, str], words: tuple[int, str, str]
) -> None:
    """Only its words tell; on a good day both are ok, and the version is there."""
    assert (200, "ok", "ok") == services(estate)
    assert "4.6.0" == said(estate.ask(NAME, "/api"))["version"]
    estate.strike(service, kind, **params)
    estate.wait(10)
    assert words == services(estate)


def test_a_token_belongs_into_its_own_header(estate: Estate) -> None:
    """A bearer token is none; a revoked one is none; without a database nobody knows."""
    assert 401 == estate.ask(NAME, "/api/v1/profile").status
    assert [1] == [
        one["id"]
        for one in said(estate.ask(NAME, "/api/v1/profile", headers=TOKEN))["accounts"]  # type: ignore[attr-defined]  # a list
    ]
    estate.strike(NAME, "token-revoked")
    assert 401 == estate.ask(NAME, "/api/v1/profile", headers=TOKEN).status
    assert 200 == estate.ask(NAME, "/api").status
    estate.strike("database", "database-away")
    assert 500 == estate.ask(NAME, "/api/v1/profile", headers=TOKEN).status


def test_the_list_is_in_the_payload_of_the_data(estate: Estate) -> None:
    """Who takes `data` itself for the list sees nothing and no error; a second page is empty."""
    data = said(estate.ask(NAME, f"{CONVERSATIONS}?status=open&page=1", headers=TOKEN))["data"]
    assert isinstance(data, dict)
    assert ({"meta", "payload"}, 3, 3) == (set(data), len(data["payload"]), data["meta"]["all_count"])
    second = said(estate.ask(NAME, f"{CONVERSATIONS}?page=2", headers=TOKEN))["data"]
    assert isinstance(second, dict)
    assert [] == second["payload"]
    known = data["payload"][0]["id"]
    assert known == said(estate.ask(NAME, f"{CONVERSATIONS}/{known}", headers=TOKEN))["id"]
    messages = said(estate.ask(NAME, f"{CONVERSATIONS}/{known}/messages", headers=TOKEN))
    assert {"meta", "payload"} == set(messages)
    assert 404 == estate.ask(NAME, f"{CONVERSATIONS}/9", headers=TOKEN).status


@pytest.mark.parametrize("path", ["/hc", "/rails/health", "/health", "/api/chatwoot/conversations"])
def test_what_4_6_0_does_not_know_is_404(estate: Estate, path: str) -> None:
    """Also what others take for its health path."""
    assert 404 == estate.ask(NAME, path).status


def test_a_wrong_health_path_is_an_empty_503_while_all_machines_run(estate: Estate) -> None:
    """The check is critical and names the path; a restart does not help, the engineer's end does."""
    assert "passing" == checks(estate)[0]["status"]  # type: ignore[index]  # an object
    estate.strike(NAME, "chatwoot-health-path", path="/rails/health")
    reply = estate.ask(NAME, "/api")
    assert (503, b"") == (reply.status, reply.body)
    assert reply.headers["server"].startswith("Fly/")
    assert ["started", "started"] == [estate.machine(NAME, index).state for index in (0, 1)]
    found = checks(estate)[0]
    assert isinstance(found, dict)
    assert ("critical", "404 Not Found: GET /rails/health") == (found["status"], found["output"])
    assert any("RoutingError" in line.message for line in estate.state.logs if line.app == NAME)
    estate.act("restart", NAME)
    estate.wait(60)
    assert 503 == estate.ask(NAME, "/api").status


@pytest.mark.parametrize(("unchecked", "status"), [(True, 500), (False, 503)])
def test_a_database_that_was_never_prepared(estate: Estate, unchecked: bool, status: int) -> None:
    """Every route is a 500 of the application, or the edge's 503 where a health check saw it."""
    estate.strike(NAME, "chatwoot-schema-missing", unchecked=unchecked)
    reply = estate.ask(NAME, "/api")
    assert (status, status == 503) == (reply.status, not reply.body)
    assert any("PG::UndefinedTable" in line.message for line in estate.state.logs if line.app == NAME)


@pytest.mark.parametrize(
    ("times", "back", "state"), [(1, False, "stopped"), (3, False, "stopped"), (2, True, "started")]
)
def test_the_worker_runs_out_of_memory_and_api_is_green(
    estate: Estate, times: int, back: bool, state: str
) -> None:
    """Its exits say so and nothing else; the web has none of them."""
    estate.strike(NAME, "chatwoot-worker-oom", times=times, back=back)
    machine = worker(estate)
    killed = [event for event in machine.events if event.exit and event.exit.oom_killed]
    assert (times, state) == (len(killed), machine.state)
    assert (200, "ok", "ok") == services(estate)
    assert [] == [e for e in estate.machine(NAME, 0).events if e.exit and e.exit.oom_killed]


def test_the_end_of_the_workers_trouble_is_more_memory() -> None:
    """What ends by itself in a drill is what somebody did: 1024 MB, the right path, a lease given back."""
    estate = Estate(healthy(START))
    for kind in ("chatwoot-worker-oom", "chatwoot-health-path", "lease-held", "chatwoot-web-hangs"):
        estate.state = apply(estate.state, Fault(NAME, kind, until=30.0), estate.now)
    estate.wait(40)
    assert (1024, True) == (worker(estate).memory_mb, worker(estate).up)
    web = estate.machine(NAME, 0)
    assert "/api" == web.config["checks"][CHECK]["path"]  # type: ignore[index,call-overload]  # objects
    assert ("", None, False) == (web.unwell, web.lease, web.hung)
    assert (200, "ok", "ok") == services(estate)


def test_a_lease_makes_a_change_409_until_it_runs_out(estate: Estate) -> None:
    """It is waited for, never forced."""
    estate.strike(NAME, "chatwoot-worker-stopped")
    estate.strike(NAME, "lease-held", seconds=60)
    assert 409 == estate.act("start", NAME, 1).status
    assert 200 == estate.ask("machines-api", f"{MACHINES}/{worker(estate).id}/lease").status
    estate.wait(61)
    assert 404 == estate.ask("machines-api", f"{MACHINES}/{worker(estate).id}/lease").status
    assert 200 == estate.act("start", NAME, 1).status
    estate.wait(5)
    assert "started" == worker(estate).state


def test_a_web_that_hangs_answers_nothing_until_it_is_restarted(estate: Estate) -> None:
    """The platform has not noticed."""
    estate.strike(NAME, "chatwoot-web-hangs")
    assert "hang" == estate.ask(NAME, "/api").fault
    assert 200 == estate.act("restart", NAME).status
    estate.wait(5)
    assert (200, "ok", "ok") == services(estate)


def test_neither_group_falls_asleep_and_the_proxy_does_not_know_the_worker(estate: Estate) -> None:
    """An hour without a request, and both run; without the web the worker is no help."""
    estate.wait(3600)
    assert ["started", "started"] == [estate.machine(NAME, index).state for index in (0, 1)]
    estate.act("stop", NAME)
    assert 200 == estate.ask(NAME, "/api").status  # a request wakes the web
    assert estate.state.fly.app(NAME) is not None


def test_on_sockets_the_words_are_the_same(tmp_path: Path) -> None:
    """A real process answers for the web, and learns of its surroundings with every request."""

    async def scenario() -> tuple[dict[str, object], dict[str, object], int]:
        async with (
            Sandbox(tmp_path, time.time, healthy(time.time()), pace=20.0) as sandbox,
            httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http,
        ):
            good = (await http.get(f"{sandbox.urls[NAME]}/api")).json()
            refused = (await http.get(f"{sandbox.urls[NAME]}/api/v1/profile")).status_code
            sandbox.strike(Fault(NAME, "chatwoot-redis-away"))
            bad = (await http.get(f"{sandbox.urls[NAME]}/api")).json()
            return good, bad, refused

    good, bad, refused = asyncio.run(scenario())
    assert ("ok", "failing", 401) == (good["queue_services"], bad["queue_services"], refused)
