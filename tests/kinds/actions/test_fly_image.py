"""The fly_image action: lease, read, write, lease back; nothing else changes, nothing is forced."""

from __future__ import annotations

import json

import pytest

from engine.kinds.actions.fly_image import FlyImageAction
from engine.kinds.ports import CannotLook, HttpReply, NoAnswer
from engine.kinds.values import Json
from engine.kinds.verdicts import Performed
from tests.kinds.fakes import FakeWorld, http_reply, run

OLD, NEW = "registry.fly.io/shop:v12", "registry.fly.io/shop:v8"
ACTION = FlyImageAction(fly_image="shop", machine="m1", image=NEW)
URL = "https://api.machines.dev/v1/apps/shop/machines/m1"
CONFIG: dict[str, Json] = {
    "image": OLD,
    "guest": {"memory_mb": 512},
    "env": {"A": "${secrets.FLY_API_TOKEN}"},
}
LEASE = http_reply(200, {"status": "success", "data": {"nonce": "n0nce", "expires_at": 1, "owner": "x"}})
MACHINE = http_reply(200, {"id": "m1", "instance_id": "01J", "state": "stopped", "config": CONFIG})
WRITTEN = http_reply(200, {"id": "m1", "instance_id": "01K"}, seconds=1.8)
GIVEN_BACK = http_reply(200, {"ok": True})
Replies = tuple[HttpReply | Exception, ...]


def act(*replies: HttpReply | Exception, timeout: float = 60.0) -> tuple[Performed, FakeWorld]:
    """Return what came of it, and the world with the requests it saw."""
    world = FakeWorld(list(replies))
    return run(ACTION.perform(world, timeout)), world


def test_only_the_image_is_replaced() -> None:
    """Four calls; the whole configuration goes back, with the version that was read and the lease."""
    done, world = act(LEASE, MACHINE, WRITTEN, GIVEN_BACK)
    assert ("done", f"m1 has {NEW} in place of {OLD}, in 2.2s") == (done.outcome, done.summary)
    assert {"previous_image": OLD, "status": 200} == done.facts
    assert [("POST", f"{URL}/lease"), ("GET", URL), ("POST", URL), ("DELETE", f"{URL}/lease")] == [
        (request.method, request.url) for request in world.requests
    ]
    assert {"ttl": 30} == json.loads(world.requests[0].body)
    assert {"config": CONFIG | {"image": NEW}, "current_version": "01J"} == json.loads(world.requests[2].body)
    token = {"Authorization": "Bearer ${secrets.FLY_API_TOKEN}"}
    assert token | {"Content-Type": "application/json"} == world.requests[0].headers
    assert token | {"fly-machine-lease-nonce": "n0nce"} == world.requests[3].headers
    assert "n0nce" == world.requests[2].headers["fly-machine-lease-nonce"]


def test_no_secret_is_filled_into_what_was_read() -> None:
    """A configuration that names a secret goes back as the same text, not as a reference."""
    _, world = act(LEASE, MACHINE, WRITTEN, GIVEN_BACK)
    assert b"${secrets." not in world.requests[2].body
    assert "${secrets.FLY_API_TOKEN}" == json.loads(world.requests[2].body)["config"]["env"]["A"]


def test_a_machine_that_has_the_image_already_is_left_alone() -> None:
    """Doing it twice changes nothing the second time."""
    same = http_reply(200, {"instance_id": "01J", "config": {"image": NEW}})
    done, world = act(LEASE, same, GIVEN_BACK)
    assert ("done", f"m1 already has {NEW}") == (done.outcome, done.summary)
    assert ["POST", "GET", "DELETE"] == [request.method for request in world.requests]


@pytest.mark.parametrize(
    ("replies", "outcome", "why"),
    [
        (
            (http_reply(409, {"error": "held"}),),
            "failed",
            "another operation holds the machine: wait, do not force",
        ),
        ((http_reply(401, {"error": "no"}),), "failed", "the lease was refused: 401 in 212ms: no"),
        ((http_reply(200, b"odd"),), "failed", "the lease was refused: 200 in 212ms: odd"),
        (
            (NoAnswer("timeout", "no complete answer", 9.0),),
            "failed",
            "the lease could not be taken: no complete answer; nothing was changed",
        ),
        (
            (CannotLook("FLY_API_TOKEN is not set: export it before you start the run"),),
            "failed",
            (
                "the lease could not be taken: FLY_API_TOKEN is not set: export it before you start the run; "
                "nothing was changed"
            ),
        ),
        (
            (LEASE, NoAnswer("reset", "reset", 1.0), GIVEN_BACK),
            "failed",
            "the machine could not be read: reset; nothing was changed",
        ),
        (
            (LEASE, http_reply(404, {"error": "machine not found"}), GIVEN_BACK),
            "failed",
            "the machine could not be read: 404 in 212ms: machine not found",
        ),
        (
            (LEASE, http_reply(200, {"instance_id": "01J"}), GIVEN_BACK),
            "failed",
            'the machine could not be read: 200 in 212ms: {"instance_id": "01J"}',
        ),
        (
            (LEASE, MACHINE, http_reply(412, {"error": "version"}), GIVEN_BACK),
            "failed",
            "the machine changed while we read it: look again, then decide",
        ),
        (
            (LEASE, MACHINE, http_reply(422, {"error": "no such image"}), GIVEN_BACK),
            "failed",
            "the update was refused: 422 in 212ms: no such image",
        ),
        (
            (LEASE, MACHINE, http_reply(504, b""), GIVEN_BACK),
            "unknown",
            "the gateway gave up waiting: 504 in 212ms, empty body",
        ),
    ],
)
def test_what_goes_wrong_is_said(replies: Replies, outcome: str, why: str) -> None:
    """Before the write nothing has changed: failed. Every scripted reply is used: the lease goes back."""
    done, world = act(*replies)
    assert (outcome, why, []) == (done.outcome, done.summary, world.replies)


def test_no_answer_to_the_write_is_passed_on_and_the_lease_given_back() -> None:
    """The performer makes *unknown* of it."""
    world = FakeWorld([LEASE, MACHINE, NoAnswer("timeout", "no complete answer", 50.0), GIVEN_BACK])
    with pytest.raises(NoAnswer):
        run(ACTION.perform(world, 60.0))
    assert "DELETE" == world.requests[-1].method


@pytest.mark.parametrize("last", [NoAnswer("reset", "reset", 0.1), CannotLook("no sockets"), http_reply(500)])
def test_a_lease_that_cannot_be_given_back_changes_nothing(last: HttpReply | Exception) -> None:
    """It runs out by itself."""
    assert "done" == act(LEASE, MACHINE, WRITTEN, last)[0].outcome


def test_the_calls_share_one_deadline() -> None:
    """Each call has what the ones before left over; with nothing left, nothing is written."""
    slow = http_reply(200, {"status": "success", "data": {"nonce": "n"}}, seconds=4.0)
    machine = http_reply(200, {"instance_id": "01J", "config": CONFIG}, seconds=6.0)
    done, world = act(slow, machine, GIVEN_BACK, timeout=10.0)
    assert [10.0, 6.0] == [request.timeout for request in world.requests][:2]
    assert (
        "failed",
        "the update could not be sent: the time for this action is used up; nothing was changed",
    ) == (
        done.outcome,
        done.summary,
    )
    assert ["POST", "GET", "DELETE"] == [request.method for request in world.requests]


def test_by_hand_is_a_deploy_of_the_image() -> None:
    """People may use flyctl."""
    assert f"flyctl deploy --app shop --image {NEW}" == ACTION.by_hand()
    assert "shop/m1" == ACTION.target()
    odd = FlyImageAction(fly_image="a/b", machine="m1", image="$(x)", api="http://127.0.0.1:1/v1/")
    assert "flyctl deploy --app a/b --image '$(x)'" == odd.by_hand()
