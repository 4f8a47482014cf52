"""The Fly Machines API."""

from __future__ import annotations

import json

from engine.estate.estate import AGENT, LLAMAINDEX
from tests.estate.by_hand import Estate

MACHINES = f"/v1/apps/{AGENT}/machines"


def test_without_a_token_nothing_is_shown(estate: Estate) -> None:
    """401 in the vendor's error shape, with a request id."""
    reply = estate.ask("machines-api", MACHINES, headers={"authorization": ""})
    assert (401, {"error", "status"}) == (reply.status, set(json.loads(reply.body)))
    assert reply.headers["fly-request-id"]
    estate.strike("machines-api", "token-revoked")
    assert 401 == estate.ask("machines-api", MACHINES).status


def test_a_machine_has_the_vendors_fields(estate: Estate) -> None:
    """The fields the engine reads, in the names the vendor uses."""
    listed = estate.data("machines-api", MACHINES)
    assert isinstance(listed, list)
    machine = listed[0]
    assert (1, "started", "ord", 1024) == (
        len(listed),
        machine["state"],
        machine["region"],
        machine["config"]["guest"]["memory_mb"],
    )
    assert machine["id"].startswith("148e")
    assert 14 == len(machine["id"])
    assert "11" == machine["config"]["metadata"]["fly_release_version"]
    assert machine["image_ref"]["digest"].startswith("sha256:")
    assert "passing" == machine["checks"][0]["status"]
    assert machine == estate.data("machines-api", f"{MACHINES}/{machine['id']}")


def test_what_does_not_exist_is_404(estate: Estate) -> None:
    """An unknown app, machine or endpoint."""
    for target in ("/v1/apps/nope/machines", f"{MACHINES}/148e0", "/v2/apps", f"/v1/apps/{AGENT}/releases"):
        assert 404 == estate.ask("machines-api", target).status


def test_a_list_can_be_narrowed(estate: Estate) -> None:
    """By state, region and metadata."""
    base = f"/v1/apps/{LLAMAINDEX}/machines"
    counts = {"state=started": 2, "region=ord": 0, "metadata.fly_process_group=app": 2, "state=stopped": 0}
    for query, count in counts.items():
        assert count == len(estate.data("machines-api", f"{base}?{query}"))  # type: ignore[arg-type]  # a list


def test_a_restart_really_restarts(estate: Estate) -> None:
    """An exit, a boot, another instance; newest event first, in milliseconds; counted once."""
    before = estate.machine()
    assert {"ok": True} == json.loads(estate.act("restart").body)
    assert "starting" == estate.machine().state
    estate.wait(2)
    after = estate.data("machines-api", f"{MACHINES}/{before.id}")
    assert isinstance(after, dict)
    assert before.instance_id != after["instance_id"]
    assert ["started", "starting", "stopped"] == [event["status"] for event in after["events"][:3]]
    stamps = [event["timestamp"] for event in after["events"]]
    assert sorted(stamps, reverse=True) == stamps
    assert stamps[0] > 1_700_000_000_000
    request = after["events"][2]["request"]
    exit_event = request.get("exit_event") or request["MonitorEvent"]["exit_event"]
    assert (0, True) == (exit_event["exit_code"], exit_event["requested_stop"])
    assert {("restart", before.id): 1} == estate.state.counts()


def test_exit_data_sits_in_either_place(estate: Estate) -> None:
    """Both forms occur in one history, so a reader must know both."""
    estate.strike(AGENT, "crash-loop")
    events = estate.data("machines-api", f"{MACHINES}/{estate.machine().id}/events")
    assert isinstance(events, list)
    keys = {key for event in events for key in event.get("request", {})}
    assert {"exit_event", "MonitorEvent", "restart_count"} == keys


def test_stop_then_start(estate: Estate) -> None:
    """A stop is clean; a start tells the state before; starting a started one changes nothing."""
    assert 200 == estate.act("stop").status
    last = estate.machine().last_exit
    assert last is not None
    assert last.requested_stop
    assert "stopped" == json.loads(estate.act("start").body)["previous_state"]
    estate.wait(5)
    assert 200 == estate.act("start").status
    assert {("stop", estate.machine().id): 1, ("start", estate.machine().id): 1} == estate.state.counts()


def test_an_update_checks_version_and_image(estate: Estate) -> None:
    """412 for a stale version, 422 without an image or with one the registry does not hold."""
    config = estate.machine().config
    assert 412 == estate.act("", body={"config": config, "current_version": "01OLD"}).status
    estate.wait(5)
    assert 422 == estate.act("", body={"config": {"guest": {}}}).status
    estate.wait(5)
    assert 422 == estate.act("", body={"config": {**config, "image": "registry.fly.io/x:y"}}).status
    assert {} == estate.state.counts()
    estate.wait(5)
    version = estate.machine().instance_id
    assert 200 == estate.act("", body={"config": config, "current_version": version}).status
    assert {("update", estate.machine().id): 1} == estate.state.counts()


def test_an_update_to_the_good_image_heals_a_crash_loop(estate: Estate) -> None:
    """The good image really comes back; a restart of the bad one really crashes again."""
    estate.strike(AGENT, "crash-loop")
    bad = estate.machine().image
    estate.act("restart")
    estate.wait(10)
    assert 502 == estate.ask(AGENT, "/health").status
    assert 200 == estate.roll_back().status
    estate.wait(5)
    assert 200 == estate.ask(AGENT, "/health").status
    assert bad != estate.machine().image
    assert 0 == estate.machine().restarts
    estate.wait(240)
    assert "started" == estate.machine().state


def test_a_held_lease_refuses_changes(estate: Estate) -> None:
    """409 names the holder; the holder's nonce passes; it ends by itself."""
    lease = f"{MACHINES}/{estate.machine().id}/lease"
    nonce = json.loads(estate.ask("machines-api", lease, {"ttl": 30}).body)["data"]["nonce"]
    assert 409 == estate.act("restart").status
    assert 409 == estate.ask("machines-api", lease, {"ttl": 30}).status
    restart = f"{MACHINES}/{estate.machine().id}/restart"
    reply = estate.ask("machines-api", restart, {}, headers={"fly-machine-lease-nonce": nonce})
    assert 200 == reply.status
    estate.wait(31)
    assert 200 == estate.act("restart").status


def test_wait_answers_when_the_state_is_there_or_gives_up(estate: Estate) -> None:
    """Now, soon, or 408 after the timeout."""
    path = f"{MACHINES}/{estate.machine().id}/wait"
    assert 0.15 == estate.ask("machines-api", f"{path}?state=started").after
    late = estate.ask("machines-api", f"{path}?state=destroyed&timeout=7")
    assert (408, 7.0) == (late.status, late.after)
    assert 400 == estate.ask("machines-api", f"{path}?state=stopped").status
    estate.act("restart")
    soon = estate.ask("machines-api", f"{path}?state=started&timeout=60")
    assert (200, 0.9) == (soon.status, round(soon.after, 3))


def test_four_changes_at_once_are_too_many(estate: Estate) -> None:
    """One a second for each action of a machine, three at once."""
    assert [200, 200, 200, 429] == [estate.act("restart").status for _ in range(4)]
    estate.wait(1)
    assert 200 == estate.act("restart").status


def test_a_machine_on_a_lost_host_cannot_be_changed(estate: Estate) -> None:
    """It is shown with its host's state, and a restart is refused by the platform."""
    estate.strike(AGENT, "no-machine", mode="host")
    listed = estate.data("machines-api", MACHINES)
    assert isinstance(listed, list)
    assert "unreachable" == listed[0]["host_status"]
    assert 503 == estate.act("restart").status
    assert {} == estate.state.counts()
