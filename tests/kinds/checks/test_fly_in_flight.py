"""Somebody else's operation on Fly is seen before ours begins, or said to be out of sight."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from engine.kinds.checks.fly_in_flight import FlyInFlightCheck
from engine.kinds.ports import HttpReply
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from tests.kinds.fakes import http_reply, observed

NOW = 1_763_866_932.0
CHECK = FlyInFlightCheck(fly_in_flight="shop")
FREE = http_reply(404, {"error": "lease not found"})


def listed(*machines: Json) -> HttpReply:
    """Return the platform's list, with its own clock."""
    return http_reply(200, list(machines), {"date": formatdate(NOW, usegmt=True)})


def machine(state: str = "started", **event: Json) -> Json:
    """Return one machine with one event."""
    return {"id": "m1", "state": state, "events": [event] if event else []}


def test_quiet_machines_pass() -> None:
    """No lease, settled, and the last hand was an hour ago."""
    old = machine(type="restart", source="user", timestamp=(NOW - 3600) * 1000)
    assert "pass" == judge(CheckUse(kind=CHECK), observed(CHECK, listed(old), FREE)).answer


@pytest.mark.parametrize(
    ("reply", "lease", "fact"),
    [
        (listed(machine()), http_reply(200, {"status": "success", "data": {"owner": "eli@x"}}), "leases"),
        (listed(machine("restarting")), FREE, "changing"),
        (listed(machine(type="update", source="user", timestamp=(NOW - 60) * 1000)), FREE, "recent"),
    ],
)
def test_another_operation_fails(reply: HttpReply, lease: HttpReply, fact: str) -> None:
    """A lease, an in-between state, a change by hand a minute ago: each is somebody else."""
    observation = observed(CHECK, reply, lease)
    assert 1 == len(observation.facts[fact])  # type: ignore[arg-type]
    assert "fail" == judge(CheckUse(kind=CHECK), observation).answer


def test_what_the_platform_itself_did_is_nobodys_hand() -> None:
    """A crash loop restarts all the time."""
    own = machine(type="restart", source="flyd", timestamp=(NOW - 5) * 1000)
    assert [] == observed(CHECK, listed(own), FREE).facts["recent"]


@pytest.mark.parametrize(
    "replies", [[http_reply(401, {"error": "no"})], [listed(machine()), http_reply(500)]]
)
def test_what_cannot_be_read_is_unknown(replies: list[HttpReply]) -> None:
    """No lease seen is not the same as no lease."""
    observation = observed(CHECK, *replies)
    assert "" != observation.cannot
    assert "unknown" == judge(CheckUse(kind=CHECK), observation).answer
