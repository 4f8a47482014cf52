"""The sandbox's real PostgreSQL: reached through the stand-in's port, broken there, gone with the sandbox."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.app import sandbox
from engine.estate import postgres as module
from engine.estate.estate import EstateState
from engine.estate.fault import Fault
from engine.estate.healthy import healthy
from engine.estate.postgres import NoPostgres, PostgresServer, programs
from engine.estate.sockets import Sandbox
from engine.io.world.secrets import Secrets
from engine.io.world.sql.socket_sql import SocketSql
from engine.kinds.ports import NoAnswer, SqlFault, SqlReply, SqlRequest
from tests.needs import missing
from tests.patience import PATIENCE

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("sandbox-postgres"),
]  # one at a time: each is a server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A server with the tables of a healthy estate."""
    if programs() is None:
        missing("PostgreSQL (initdb, postgres)")
    made = PostgresServer(tmp_path_factory.mktemp("pg"))
    made.start(estate().database.schema())
    try:
        yield made
    finally:
        made.stop()


def estate() -> EstateState:
    """Return the estate now."""
    return healthy(time.time())


def count(dsn: str, timeout: float = PATIENCE) -> object:
    """Return how many approvals there are, asked like any database."""
    request = SqlRequest(dsn, "select count(*) from approvals", timeout=timeout)
    return asyncio.run(SocketSql(Secrets({})).run(request)).rows[0][0]


def test_it_holds_what_the_stand_in_holds(server: PostgresServer) -> None:
    """The same three approvals, in a real table."""
    assert 3 == count(server.dsn)


@pytest.mark.parametrize(
    ("kind", "reasons"),
    [("hang", {"timeout"}), ("refuse", {"refused"}), ("database-away", {"refused"}), ("garble", {"tls", "garbled"}),
     ("reset", {"reset"})],
)  # fmt: skip
def test_what_is_broken_at_the_port_is_broken_for_statements(
    server: PostgresServer, tmp_path: Path, kind: str, reasons: set[str]
) -> None:
    """One fault for the port and for SQL."""

    async def drill() -> str:
        client = SocketSql(Secrets({}))
        async with Sandbox(tmp_path, time.time, estate(), postgres=server) as running:
            dsn = running.urls["postgres"]
            request = SqlRequest(dsn, "select count(*) from approvals", timeout=PATIENCE)
            assert 3 == (await client.run(request)).rows[0][0]
            running.strike(Fault("database", kind))
            with pytest.raises(NoAnswer) as caught:
                await client.run(replace(request, timeout=1.0 if kind == "hang" else PATIENCE))
            return caught.value.reason

    assert asyncio.run(drill()) in reasons


def test_without_one_there_is_no_address(tmp_path: Path) -> None:
    """Nobody is led to a database that is none."""

    async def urls() -> dict[str, str]:
        async with Sandbox(tmp_path, time.time, estate()) as running:
            return dict(running.urls)

    assert "postgres" not in asyncio.run(urls())


def test_a_machine_without_it_says_so_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is missing."""
    monkeypatch.setattr(module, "programs", lambda: None)
    with pytest.raises(NoPostgres, match="no PostgreSQL on this machine"):
        PostgresServer(tmp_path).start()


def test_a_server_that_does_not_start_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last words, and no folder."""
    if programs() is None:
        missing("PostgreSQL (initdb, postgres)")
    with tempfile.TemporaryDirectory() as own:
        Path(own).chmod(0o755)  # the server runs as somebody who is not root
        monkeypatch.setattr(tempfile, "tempdir", own)  # others have servers of their own in the shared one
        start_fails_and_leaves_nothing(tmp_path)


def start_fails_and_leaves_nothing(tmp_path: Path) -> None:
    """A setting that does not exist."""
    broken = PostgresServer(tmp_path, ["no_such_setting=1"])
    before = folders(tmp_path)
    with pytest.raises(NoPostgres, match=r"did not start.*no_such_setting"):
        broken.start()
    assert before == folders(tmp_path)


def folders(below: Path) -> list[Path]:
    """Return the data folders there are."""
    return [*Path(tempfile.gettempdir()).glob("sandbox-postgres-*"), *below.glob("data")]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_it_goes_with_the_sandbox(tmp_path: Path, how: signal.Signals) -> None:
    """Ended or killed: nothing listens any more."""
    if programs() is None:
        missing("PostgreSQL (initdb, postgres)")
    with tempfile.TemporaryDirectory() as own, subprocess.Popen(
        [sys.executable, "-m", "engine.estate", "--state-dir", str(tmp_path), "--postgres"],
        stdout=subprocess.PIPE, text=True, start_new_session=True, env={**os.environ, "TMPDIR": own},
    ) as running:  # fmt: skip
        Path(own).chmod(0o755)  # the server runs as somebody who is not root
        try:
            assert running.stdout is not None
            urls = json.loads(running.stdout.readline())
            assert 3 == count(urls["postgres"], timeout=PATIENCE)
            inner = [
                pid for pid, line in processes() if "/postgres -D" in line and parent(pid) == running.pid
            ]
            assert 1 == len(inner)
            os.kill(running.pid, how)
            running.wait(PATIENCE)
        finally:
            running.kill()  # else leaving the block waits for it
        end = time.monotonic() + PATIENCE
        while alive(inner[0]) and time.monotonic() < end:
            time.sleep(0.05)
        assert not alive(inner[0])


def processes() -> list[tuple[int, str]]:
    """Return every process with its command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            found.append((int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def parent(pid: int) -> int:
    """Return who started a process."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def alive(pid: int) -> bool:
    """Tell whether a process is there and not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_sandbox_up_starts_one_where_it_is_asked_for(tmp_path: Path) -> None:
    """And gives its address; without being asked there is none."""
    from engine.app.workspace import Workspace

    if programs() is None:
        missing("PostgreSQL (initdb, postgres)")
    (tmp_path / "runbooks").mkdir()
    workspace = Workspace.find(tmp_path, {"RUNBOOK_STATE": str(tmp_path / "state")})
    try:
        assert "postgres" not in sandbox.up(workspace, (), "").urls
        assert 3 == count(sandbox.up(workspace, (), "", postgres=True).urls["postgres"])
    finally:
        sandbox.down(workspace)


def asked(server: PostgresServer, folder: Path, fault: Fault, statement: str, **more: object) -> SqlReply:
    """Return what the real server says to a statement under a fault; raises what it raises."""

    async def ask() -> SqlReply:
        async with Sandbox(folder, time.time, estate(), postgres=server) as running:
            running.strike(fault)
            request = SqlRequest(running.urls["postgres"], statement, **{"timeout": 5.0, **more})  # type: ignore[arg-type]  # as each test says
            return await SocketSql(Secrets({})).run(request)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault("database", "database-full"), "53300"),
        (Fault("database", "database-error"), "28P01"),
        (Fault("database", "database-error", params={"code": "57P03", "message": "starting up"}), "57P03"),
    ],
)
def test_a_database_that_lets_nobody_in_says_why(
    server: PostgresServer, tmp_path: Path, fault: Fault, code: str
) -> None:
    """A real driver reads the code: full, a refused password, starting."""
    with pytest.raises(SqlFault) as refused:
        asked(server, tmp_path, fault, "select 1")
    assert code == refused.value.code


def test_a_read_only_database_answers_and_takes_no_change(server: PostgresServer, tmp_path: Path) -> None:
    """It is the real server that refuses, and the rows are as before."""
    fault = Fault("database", "database-read-only")
    assert 3 == asked(server, tmp_path, fault, "select count(*) from approvals").rows[0][0]
    with pytest.raises(SqlFault) as refused:
        asked(server, tmp_path, fault, "delete from approvals", write=True)
    assert "25006" == refused.value.code
    assert 3 == count(server.dsn)


def test_a_slow_database_takes_longer_or_as_long_as_it_may(server: PostgresServer, tmp_path: Path) -> None:
    """The answer is late; where there is less patience, the statement is cancelled."""
    fault = Fault("database", "database-slow", params={"seconds": 0.5})
    assert 0.5 <= asked(server, tmp_path, fault, "select 1").seconds
    slower = Fault("database", "database-slow", params={"seconds": 60})
    with pytest.raises(SqlFault) as cancelled:
        asked(server, tmp_path, slower, "select 1", timeout=5.0)
    assert "57014" == cancelled.value.code
