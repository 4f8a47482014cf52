"""The estate on real sockets with real processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from engine.estate.estate import AGENT, LLAMAINDEX, EstateState, heal
from engine.estate.fault import Fault
from engine.estate.healthy import healthy
from engine.estate.in_process import EstateHolder
from engine.estate.sandbox_thread import SandboxThread
from engine.estate.sockets import Sandbox
from engine.estate.wire import Request
from engine.kinds.errors import UsageError
from tests.estate.by_hand import Estate
from tests.patience import PATIENCE

PACE = 20.0


@asynccontextmanager
async def running(path: Path, initial: EstateState | None = None) -> AsyncIterator[Sandbox]:
    """Run a sandbox whose replies take a twentieth of their time."""
    state = initial or healthy(time.time())
    async with Sandbox(path, time.time, state, pace=PACE) as sandbox:
        yield sandbox


def client() -> httpx.AsyncClient:
    """Return a client that ignores the environment's proxies."""
    headers = {"authorization": "Bearer token", "connection": "close"}
    return httpx.AsyncClient(timeout=PATIENCE, headers=headers, trust_env=False)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is true; fail when it never is."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    """Tell whether a process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def agent_id(sandbox: Sandbox) -> str:
    """Return the id of the agent service's machine."""
    app = sandbox.state.fly.app(AGENT)
    assert app is not None
    return app.machines[0].id


def effects(sandbox: Sandbox) -> list[tuple[str, str]]:
    """Return target and call of every line of the effects log."""
    lines = sandbox.effects_path.read_text().splitlines()
    return [(entry["target"], entry["call"]) for entry in map(json.loads, lines)]


def machine_path(sandbox: Sandbox, call: str = "") -> str:
    """Return the URL of a call on the agent service's machine."""
    return f"{sandbox.urls['machines-api']}/v1/apps/{AGENT}/machines/{agent_id(sandbox)}/{call}".rstrip("/")


def test_a_process_killed_from_outside_is_noticed_and_comes_back(tmp_path: Path) -> None:
    """kill -9 is an exit event with 137 and no OOM; the platform restarts; memory is gone."""

    async def scenario() -> None:
        async with running(tmp_path, healthy(time.time(), pg_url=False)) as sandbox, client() as http:
            url = f"{sandbox.urls[AGENT]}/approvals"
            assert 3 == len((await http.get(url)).json())
            pid = sandbox.pid(agent_id(sandbox))
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            await until(lambda: sandbox.state.fly.find(agent_id(sandbox)).last_exit is not None)  # type: ignore[union-attr]  # it exists
            machine = sandbox.state.fly.find(agent_id(sandbox))
            assert machine is not None
            assert machine.last_exit is not None
            assert (137, False, True) == (
                machine.last_exit.exit_code,
                machine.last_exit.oom_killed,
                machine.last_exit.restarting,
            )
            assert 200 == (await http.post(machine_path(sandbox, "restart"))).status_code
            assert [] == (await http.get(url)).json()

    asyncio.run(scenario())


def test_a_restart_is_another_process_and_one_line_of_effects(tmp_path: Path) -> None:
    """The old one is dead, the new one serves, the log has one restart."""

    async def scenario() -> None:
        async with running(tmp_path) as sandbox, client() as http:
            health = f"{sandbox.urls[AGENT]}/health"
            assert 200 == (await http.get(health)).status_code
            old = sandbox.pid(agent_id(sandbox))
            assert old is not None
            assert {"ok": True} == (await http.post(machine_path(sandbox, "restart"))).json()
            assert 200 == (await http.get(health)).status_code
            assert old != sandbox.pid(agent_id(sandbox))
            await until(lambda: not alive(old))
            assert [(agent_id(sandbox), "restart")] == effects(sandbox)

    asyncio.run(scenario())


def test_a_bad_image_really_exits_and_the_good_one_heals(tmp_path: Path) -> None:
    """The real exit code is in the event; after the update the app answers."""

    async def scenario() -> None:
        async with running(tmp_path) as sandbox, client() as http:
            sandbox.strike(Fault(AGENT, "crash-loop", params={"minutes_before": 0}))
            pids = set()

            def exited() -> bool:
                pids.add(sandbox.pid(agent_id(sandbox)))
                machine = sandbox.state.fly.find(agent_id(sandbox))
                return (
                    machine is not None and machine.last_exit is not None and machine.last_exit.exit_code == 1
                )

            await until(exited)
            assert pids - {None}
            assert (502, b"") == (
                (reply := await http.get(f"{sandbox.urls[AGENT]}/health")).status_code,
                reply.content,
            )
            app = sandbox.state.fly.app(AGENT)
            assert app is not None
            config = {**app.machines[0].config, "image": app.releases[1].image_ref}
            assert 200 == (await http.post(machine_path(sandbox), json={"config": config})).status_code
            assert 200 == (await http.get(f"{sandbox.urls[AGENT]}/health")).status_code
            assert [(agent_id(sandbox), "update-image")] == effects(sandbox)

    asyncio.run(scenario())


def test_a_sleeping_machine_has_no_process_until_a_request(tmp_path: Path) -> None:
    """The proxy starts a real one."""

    async def scenario() -> None:
        async with running(tmp_path) as sandbox, client() as http:
            sandbox.strike(Fault(AGENT, "idle"))
            assert sandbox.pid(agent_id(sandbox)) is None
            assert 200 == (await http.get(f"{sandbox.urls[AGENT]}/health")).status_code
            assert sandbox.pid(agent_id(sandbox)) is not None
            assert [(agent_id(sandbox), "start")] == effects(sandbox)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("refuse", httpx.ConnectError),
        ("reset", httpx.ReadError),
        ("truncate", httpx.RemoteProtocolError),
        ("garble", httpx.RemoteProtocolError),
        ("hang", httpx.ReadTimeout),
    ],
)
def test_a_fault_below_the_protocol_is_one_on_the_socket(
    tmp_path: Path, kind: str, error: type[Exception]
) -> None:
    """A client sees what the kind says, and a healed service answers on the same port."""

    async def scenario() -> None:
        async with running(tmp_path) as sandbox, client() as http:
            url = f"{sandbox.urls['openai']}/v1/models"
            assert 200 == (await http.get(url)).status_code
            fault = Fault("openai", kind)
            sandbox.strike(fault)
            with pytest.raises(error):
                await http.get(url, timeout=httpx.Timeout(PATIENCE, read=0.5 if kind == "hang" else PATIENCE))
            sandbox.state = heal(sandbox.state, fault, time.time())
            async with asyncio.timeout(PATIENCE):
                while True:
                    try:
                        assert 200 == (await http.get(url)).status_code
                        break
                    except httpx.ConnectError:
                        await asyncio.sleep(0.01)

    asyncio.run(scenario())


def test_a_database_that_is_away_is_a_closed_port(tmp_path: Path) -> None:
    """A dial is accepted, then refused."""

    async def scenario() -> None:
        async with running(tmp_path) as sandbox:
            port = int(sandbox.urls["database"].rpartition(":")[2])
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            sandbox.strike(Fault("database", "database-away"))
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(scenario())


def test_pages_and_deliveries_are_effects(tmp_path: Path) -> None:
    """What reached a person is counted at the target."""

    async def scenario() -> None:
        async with running(tmp_path) as sandbox, client() as http:
            payload = {"summary": "down", "source": "test", "severity": "critical"}
            event = {"routing_key": "k", "event_action": "trigger", "dedup_key": "d", "payload": payload}
            assert 202 == (await http.post(f"{sandbox.urls['pagerduty']}/v2/enqueue", json=event)).status_code
            assert 200 == (await http.post(f"{sandbox.urls['webhook']}/x", json={})).status_code
            assert [("pagerduty", "trigger"), ("webhook", "deliver")] == effects(sandbox)

    asyncio.run(scenario())


def test_stopping_leaves_no_process_and_no_port(tmp_path: Path) -> None:
    """Also while a request hangs."""

    async def scenario() -> None:
        async with running(tmp_path) as sandbox, client() as http:
            for name in (AGENT, LLAMAINDEX):
                assert 200 == (await http.get(f"{sandbox.urls[name]}/health")).status_code
            machines = [m.id for app in sandbox.state.fly.apps for m in app.machines]
            pids = [pid for machine in machines if (pid := sandbox.pid(machine)) is not None]
            sandbox.strike(Fault("control", "hang"))
            with pytest.raises(httpx.ReadTimeout):
                await http.get(sandbox.urls["control"], timeout=httpx.Timeout(PATIENCE, read=0.2))
            url = sandbox.urls[AGENT]
        assert 2 == len(pids)  # those that were asked
        assert [] == [pid for pid in pids if alive(pid)]
        async with client() as http:
            with pytest.raises(httpx.ConnectError):
                await http.get(url)

    asyncio.run(scenario())


def test_a_blocking_program_can_hold_a_sandbox(tmp_path: Path) -> None:
    """Started and stopped from a plain thread; a wrong fault is refused there."""
    with SandboxThread(Sandbox(tmp_path, time.time, healthy(time.time()), pace=PACE)) as held:
        assert 204 == httpx.get(held.urls["control"], trust_env=False).status_code
        with pytest.raises(UsageError):
            held.strike(Fault(AGENT, "no-such-kind"))
        held.strike(Fault("control", "network-down"))
        with pytest.raises(httpx.ConnectError):
            httpx.get(held.urls["control"], trust_env=False)
        url = held.urls[AGENT]
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


def test_both_shells_give_the_same_replies(tmp_path: Path) -> None:
    """One table of requests, one fault in the middle: status and body are equal, at one frozen time."""
    moment = time.time()
    ask = {"name": "query_support", "arguments": {"q": "May I return it?", "topK": 2}}
    message = {"event": "message_created", "content": "cancel it", "conversation": {"id": 3}}
    message["sender"] = {"type": "contact"}
    machines = f"/v1/apps/{AGENT}/machines"
    rows: list[tuple[str, str, str, object]] = [
        ("GET", AGENT, "/health", None),
        ("GET", AGENT, "/approvals", None),
        ("POST", AGENT, "/webhooks/chatwoot", {"event": "conversation_updated"}),
        ("POST", AGENT, "/webhooks/chatwoot", message),
        ("GET", AGENT, "/approvals", None),
        ("GET", AGENT, "/nothing?a=1&b=%20", None),
        ("GET", AGENT, "/no%20thing/%C3%A9", None),
        ("POST", LLAMAINDEX, "/mcp/tools/call", ask),
        ("GET", LLAMAINDEX, "/health", None),
        ("GET", LLAMAINDEX, "/mcp", None),
        ("POST", LLAMAINDEX, "/mcp", {"method": "tools/list"}),
        ("GET", "machines-api", machines, None),
        ("GET", "openai", "/v1/models", None),
        ("GET", "supabase", "/v1/projects/x/health?services=db&services=rest", None),
        ("GET", "status-openai", "/api/v2/summary.json", None),
        ("GET", "control", "/generate_204", None),
        ("FAULT", "database", "database-away", None),
        ("GET", AGENT, "/approvals", None),
        ("GET", "supabase", "/v1/projects/x/health?services=db", None),
        ("FAULT", AGENT, "crash-loop", None),
        ("GET", AGENT, "/health", None),
        ("GET", "machines-api", machines, None),
        ("FAULT", LLAMAINDEX, "no-machine", None),
        ("GET", LLAMAINDEX, "/health", None),
    ]

    def pure() -> list[tuple[int, bytes]]:
        holder = EstateHolder(healthy(moment))
        seen = []
        for method, service, target, body in rows:
            if method == "FAULT":
                holder.strike(Fault(service, target), moment)
                continue
            content = b"" if body is None else json.dumps(body).encode()
            headers = {"authorization": "Bearer token"}
            reply = holder.ask(service, Request.to(method, target, headers, content), moment)
            seen.append((reply.status, reply.body))
        return seen

    async def real() -> list[tuple[int, bytes]]:
        seen = []
        async with Sandbox(tmp_path, lambda: moment, healthy(moment), pace=PACE) as sandbox, client() as http:
            for method, service, target, body in rows:
                if method == "FAULT":
                    sandbox.strike(Fault(service, target))
                    continue
                content = b"" if body is None else json.dumps(body).encode()
                reply = await http.request(method, sandbox.urls[service] + target, content=content)
                seen.append((reply.status_code, reply.content))
        return seen

    assert pure() == asyncio.run(real())


def test_the_official_mcp_client_works_against_the_fly_server(tmp_path: Path) -> None:
    """Initialise, list, call, and a failing command as an error of the protocol."""
    mcp = pytest.importorskip("mcp", reason="the mcp package is not installed: the real client is NOT tested")
    from mcp.client.client import Client

    async def scenario() -> None:
        async with running(tmp_path) as sandbox, Client(f"{sandbox.urls['fly-mcp']}/mcp") as session:
            listed = await session.list_tools()
            assert "fly-machine-list" in [tool.name for tool in listed.tools]
            result = await session.call_tool("fly-status", {"app": AGENT})
            content = result.content[0]
            assert content.type == "text"
            assert '"Deployed": true' in content.text
            assert not result.is_error
            with pytest.raises(mcp.MCPError, match="exit status 1"):
                await session.call_tool("fly-status", {"app": "nope"})

    asyncio.run(scenario())


def test_the_table_of_requests_has_no_unknown_service() -> None:
    """Every service the estate names has a stand-in behind it."""
    estate = Estate(healthy(time.time()))
    seen = {
        name: estate.ask(name, "/no-such-endpoint").status for name in estate.state.services - {"database"}
    }
    assert {name: 204 if name == "control" else 405 if name == "webhook" else 404 for name in seen} == seen
