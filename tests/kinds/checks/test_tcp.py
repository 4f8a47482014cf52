"""The tcp check: a port that accepts."""

from __future__ import annotations

import pytest

from engine.kinds.checks.tcp import TcpCheck
from engine.kinds.ports import CannotLook, NoAnswer
from engine.kinds.uses import CheckUse, judge
from engine.kinds.verdicts import Observation
from tests.kinds.fakes import FakeWorld, observed, run


def test_a_port_that_accepts_passes() -> None:
    """The connection itself is the pass; how long it took is a fact."""
    check = TcpCheck(tcp="db1.example.com:5432")
    seen = observed(check, 0.0421)
    assert ({"seconds": 0.042}, "accepts connections, 42ms") == (seen.facts, seen.summary)
    assert "pass" == judge(CheckUse(kind=check), seen).answer


def test_a_refused_connection_is_fail() -> None:
    """NoAnswer leaves the kind as it is, and means fail for tcp."""
    check = TcpCheck(tcp="db1:5432")
    with pytest.raises(NoAnswer):
        observed(check, NoAnswer("refused", "db1:5432 refused the connection", 0.1))
    assert "fail" == judge(CheckUse(kind=check), Observation(no_answer="refused")).answer


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [("db1:5432", "db1", 5432), ("[::1]:6543", "::1", 6543), ("10.0.0.7:1", "10.0.0.7", 1)],
)
def test_host_and_port_are_dialled_within_the_timeout(written: str, host: str, port: int) -> None:
    """The brackets of an IPv6 address are not part of the host."""
    world = FakeWorld([0.001])
    run(TcpCheck(tcp=written).observe(world, 7.0))
    assert [(host, port, 7.0)] == world.dials


@pytest.mark.parametrize(
    "written", ["db1", "db1:", ":5432", "db1:http", "db1:0", "db1:65536", "::1:5432", "[]:1"]
)
def test_what_is_no_host_and_port_is_refused_when_read(written: str) -> None:
    """The message shows how to write it."""
    with pytest.raises(ValueError, match="write db1:5432"):
        TcpCheck(tcp=written)


def test_a_reference_is_judged_only_when_it_is_looked_at() -> None:
    """A reference passes when read; one that never became an address is *cannot look*."""
    with pytest.raises(CannotLook):
        observed(TcpCheck(tcp="${service.database}"))


def test_by_hand_is_netcat() -> None:
    """One line, without brackets."""
    assert "nc -vz -w 10 db1 5432" == TcpCheck(tcp="db1:5432").by_hand()
    assert "nc -vz -w 10 ::1 5432" == TcpCheck(tcp="[::1]:5432").by_hand()
    assert "nc -vz -w 10 '${service.db}' 5432" == TcpCheck(tcp="${service.db}:5432").by_hand()
