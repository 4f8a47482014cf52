"""The estate as a world in virtual time."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from engine.estate.estate import AGENT
from engine.estate.fault import Fault
from engine.estate.healthy import healthy
from engine.estate.in_process import EstateHolder, InProcessWorld
from engine.kinds.ports import CannotLook, HttpRequest, McpCall, McpFault, Message, NoAnswer
from engine.kinds.values import Instant
from tests.estate.by_hand import START

T = TypeVar("T")
HEALTH = HttpRequest(f"https://{AGENT}.fly.dev/health")


class Told:
    """Channels that deliver everything."""

    async def send(self, message: Message) -> str:
        """Return a receipt."""
        return f"told {message.channel}"


class Clock:
    """A time moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> Instant:
        """Return it."""
        return self.now


def done(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits; one that does is an error."""
    try:
        work.send(None)
    except StopIteration as stop:
        value: T = stop.value
        return value
    raise AssertionError("the coroutine waited for something")


def world(clock: Clock | None = None) -> InProcessWorld:
    """Return the healthy estate as a world."""
    routes = {
        f"https://{AGENT}.fly.dev": AGENT,
        "https://api.machines.dev": "machines-api",
        "https://control.example": "control",
    }
    return InProcessWorld(
        EstateHolder(healthy(START)),
        routes=routes,
        clock=clock or Clock(),
        tell=Told(),
        fill=lambda text: text.replace("${secrets.FLY_API_TOKEN}", "real-token"),
        ports={("db.example", 5432): "database"},
    )


def test_a_reply_comes_at_once_and_says_what_it_took() -> None:
    """Nothing is awaited; the seconds are in the reply."""
    reply = done(world().http.send(HEALTH))
    assert (200, 0.02) == (reply.status, reply.seconds)


def test_the_clock_moves_the_estate() -> None:
    """Later the machine sleeps and the reply takes a cold start."""
    clock = Clock()
    outside = world(clock)
    clock.now = START.after(400)
    assert 2.22 == done(outside.http.send(HEALTH)).seconds


def test_a_secret_is_filled_in_at_use() -> None:
    """The placeholder becomes a token, and the API accepts it; without it, 401."""
    outside = world()
    url = f"https://api.machines.dev/v1/apps/{AGENT}/machines"
    headers = {"Authorization": "Bearer ${secrets.FLY_API_TOKEN}"}
    assert 200 == done(outside.http.send(HttpRequest(url, headers=headers))).status
    assert 401 == done(outside.http.send(HttpRequest(url))).status


@pytest.mark.parametrize(
    ("kind", "reason", "seconds"),
    [
        ("refuse", "refused", 0.01),
        ("reset", "reset", 0.02),
        ("hang", "timeout", 10.0),
        ("slow", "timeout", 10.0),
        ("drip", "timeout", 10.0),
        ("truncate", "reset", 0.02),
        ("garble", "garbled", 0.02),
    ],
)
def test_a_fault_below_the_protocol_is_no_answer(kind: str, reason: str, seconds: float) -> None:
    """With the reason and the time a client with this deadline would see."""
    outside = world()
    outside.estate.strike(Fault(AGENT, kind, params={"seconds": 30}), START)
    with pytest.raises(NoAnswer) as caught:
        done(outside.http.send(HEALTH))
    assert (reason, seconds) == (caught.value.reason, caught.value.seconds)


def test_a_body_over_the_limit_is_too_large() -> None:
    """Like the live client's cap."""
    with pytest.raises(NoAnswer) as caught:
        done(world().http.send(HttpRequest(HEALTH.url, max_bytes=10)))
    assert "too-large" == caught.value.reason


def test_a_host_that_no_route_names_does_not_exist() -> None:
    """Also one that only begins like a known one."""
    for url in ("https://example.com/", f"https://{AGENT}.fly.dev.evil.example/health"):
        with pytest.raises(NoAnswer) as caught:
            done(world().http.send(HttpRequest(url)))
        assert "dns" == caught.value.reason


def test_a_tool_is_called_through_the_protocol() -> None:
    """One session for all calls; a failing command is a fault; another server is not set up."""
    outside = world()
    for _ in range(2):
        reply = done(outside.mcp.call(McpCall("fly", "fly-status", {"app": AGENT})))
        assert '"Deployed": true' in reply.text
        assert not reply.is_error
    assert 1 == outside.estate.state.sessions.opened
    with pytest.raises(McpFault) as caught:
        done(outside.mcp.call(McpCall("fly", "fly-status", {"app": "nope"})))
    assert -32603 == caught.value.code
    with pytest.raises(CannotLook):
        done(outside.mcp.call(McpCall("supabase", "get_advisors", {})))


def test_a_port_is_dialled() -> None:
    """Reachable until the database is away."""
    outside = world()
    assert 0 < done(outside.tcp.dial("db.example", 5432, 5.0)) < 5
    outside.estate.strike(Fault("database", "database-away"), START)
    with pytest.raises(NoAnswer) as caught:
        done(outside.tcp.dial("db.example", 5432, 5.0))
    assert "refused" == caught.value.reason


def test_telling_is_the_callers() -> None:
    """The world hands out the channels it was given."""
    assert "told page" == done(world().tell.send(Message("page", "k", "t", "b")))
