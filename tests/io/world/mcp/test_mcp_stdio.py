"""MCP over stdio against servers that go wrong: each ends in time, as what it is, and leaves no process."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from engine.io.world.failures import Broken
from engine.io.world.mcp.clients import McpClients
from engine.io.world.mcp.server import McpServer
from engine.io.world.mcp.server_process import ServerProcess, telling
from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook, McpCall, McpFault, McpReply, NoAnswer
from engine.kinds.ports.mcp import NotAsked
from engine.kinds.values import Json
from tests.patience import PATIENCE

pytest.importorskip("mcp", reason="needs the mcp extra")

ODD = Path(__file__).parents[3] / "parts" / "odd_server.py"
T = TypeVar("T")


def _server(mode: str, **more: str) -> McpServer:
    command = (sys.executable, "-I", "-S", str(ODD), mode)
    return McpServer("odd", tools=("go",), command=command, env=more)


def _call(timeout: float = PATIENCE, max_bytes: int = 1_000_000, **arguments: Json) -> McpCall:
    return McpCall("odd", "go", arguments, timeout, max_bytes)


def _with(server: McpServer, work: Callable[[McpClients], Awaitable[T]]) -> T:
    """Do some work with a server, then look that no process of it is left."""

    async def run() -> T:
        clients = McpClients({"odd": server}, Secrets({}), "1", environ=dict(os.environ))
        try:
            return await work(clients)
        finally:
            await clients.close()
            assert [] == [start.pid for start in clients.started if _lives(start.pid)]

    return asyncio.run(run())


def _ask(mode: str, call: McpCall | None = None) -> McpReply:
    return _with(_server(mode), lambda clients: clients.call(call or _call()))


def _lives(pid: int) -> bool:
    """Say whether a process is there and more than a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


async def _gone(pid: int) -> bool:
    """Wait until a process that was killed is gone; somebody else may have to bury it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while _lives(pid):
                await asyncio.sleep(0.01)
    return not _lives(pid)


@pytest.mark.parametrize(
    ("mode", "reason", "said"),
    [
        ("dies", "reset", r"odd ended \(exit 7\): OSError: no disk"),
        ("dies-of-garbage", "garbled", r"ended \(exit 2\); it wrote 'Usage: server \[--port\]'"),
        ("killed", "reset", "odd was ended by signal 9"),
        ("closes", "reset", "odd closed its output"),
        ("garbage-without-end", "garbled", "writes no messages, without end"),
        ("news-without-end", "too-large", "writes what nobody asked, without end"),
        ("line-without-end", "too-large", "a line of over"),
        ("no-result", "garbled", "is not an MCP reply"),
        ("neither", "garbled", "is not an MCP reply"),
        ("no-code", "garbled", "is not an MCP reply"),
        ("first-dies", "refused", r"odd ended at once \(exit 7\): OSError: no disk"),
        ("first-dies-of-garbage", "garbled", "it wrote 'Usage"),
        ("first-garbage-without-end", "garbled", "writes no messages, without end"),
        ("first-line-without-end", "too-large", "a line of over"),
        ("first-neither", "garbled", "is not an MCP reply"),
        ("first-no-result", "garbled", "is no greeting"),
    ],
)
def test_what_goes_wrong_is_told_at_once_as_what_it_is(mode: str, reason: str, said: str) -> None:
    """Long before the deadline, with the server's last words; one that was never there is *refused*."""
    with pytest.raises(NoAnswer, match=said) as caught:
        _ask(mode, _call(timeout=2 * PATIENCE))
    assert reason == caught.value.reason
    assert mode.startswith("first-") is isinstance(caught.value, NotAsked)
    assert caught.value.seconds < PATIENCE


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("silent", "timeout"),
        ("garbage", "garbled"),
        ("other-number", "timeout"),
        ("deaf-after", "timeout"),
        ("first-silent", "timeout"),
        ("first-garbage", "garbled"),
        ("first-other-number", "timeout"),
    ],
)
def test_what_never_answers_ends_with_the_deadline(mode: str, reason: str) -> None:
    """Silence is a timeout; where something else came instead of an answer, that is the reason."""
    early = mode.startswith("first-")
    deadline = 5.0 if reason == "garbled" else 0.8  # it has to come to its garbage

    async def work(clients: McpClients) -> NoAnswer:
        if not early:  # so that how long a start takes on this machine is no part of it
            with suppress(NoAnswer):
                await clients.tools("odd", 1.5 if mode == "deaf-after" else PATIENCE)
        with pytest.raises(NoAnswer) as caught:
            await clients.call(_call(timeout=deadline, filler="x" * 500_000))
        return caught.value

    none = _with(_server(mode), work)
    assert (reason, early) == (none.reason, isinstance(none, NotAsked))
    assert deadline <= none.seconds < PATIENCE


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        ("pages-without-end", "garbled"),
        ("no-list", "garbled"),
        ("nameless", "garbled"),
        ("list-dies", "reset"),
        ("list-silent", "timeout"),
        ("list-fault", "no tools here"),
        ("fine", "has changed since it was pinned"),
    ],
)
def test_a_list_that_cannot_be_read_calls_nothing(mode: str, problem: str) -> None:
    """Where a tool is pinned, the list comes first, within the same deadline."""
    pinned = replace(_server(mode), pins={"go": "0" * 64})
    with pytest.raises((NoAnswer, McpFault, CannotLook)) as caught:
        _with(pinned, lambda clients: clients.call(_call(timeout=1.0 if mode == "list-silent" else PATIENCE)))
    assert problem in f"{getattr(caught.value, 'reason', '')} {caught.value}"
    assert mode != "list-silent" or getattr(caught.value, "seconds", 2 * PATIENCE) < PATIENCE
    assert isinstance(caught.value, NotAsked | CannotLook) or caught.value.asked is False


@pytest.mark.parametrize("mode", ["fault", "first-fault"])
def test_an_error_object_is_the_servers_fault(mode: str) -> None:
    """At the call, and at the handshake."""
    with pytest.raises(McpFault) as caught:
        _ask(mode)
    assert (-32603, "exit status 1") == (caught.value.code, caught.value.message)
    assert caught.value.asked is (mode == "fault")


def test_a_reply_beyond_the_limit_is_too_large_and_the_server_stays() -> None:
    """A larger limit takes it."""

    async def work(clients: McpClients) -> int:
        with pytest.raises(NoAnswer, match="larger than 50000 bytes") as caught:
            await clients.call(_call(max_bytes=50_000))
        assert "too-large" == caught.value.reason
        return len((await clients.call(_call())).text)

    assert 200_000 == _with(_server("large"), work)


@pytest.mark.parametrize(("mode", "text"), [("banner", "ok"), ("last-word", "goodbye")])
def test_an_answer_counts_whatever_comes_around_it(mode: str, text: str) -> None:
    """A banner on stdout before it, the end of the server after it."""
    assert text == _ask(mode).text


def test_what_a_server_asks_of_us_is_answered_or_refused() -> None:
    """Its ping is answered; nothing else is offered, and both in JSON-RPC."""
    assert (
        '[{"jsonrpc": "2.0", "id": "s0", "result": {}}, {"jsonrpc": "2.0", "id": "s1", '
        '"error": {"code": -32601, "message": "roots/list is not offered"}}]'
    ) == _ask("asks").text


def test_a_server_that_died_is_started_afresh_by_the_next_call() -> None:
    """Once per call, and the first call's command is told each time it is started."""

    async def work(clients: McpClients) -> list[str]:
        reasons = []
        for _ in range(2):
            with pytest.raises(NoAnswer) as caught:
                await clients.call(_call())
            reasons.append(caught.value.reason)
        assert 2 == len({start.pid for start in clients.started}) == len(clients.started)
        return reasons

    assert ["reset", "reset"] == _with(_server("dies"), work)
    assert ["refused", "refused"] == _with(_server("first-dies"), work)


def test_a_server_that_left_between_two_calls_is_started_afresh() -> None:
    """The call that finds it gone is answered by a new one."""

    async def work(clients: McpClients) -> list[str]:
        texts = [(await clients.call(_call())).text]
        await _gone(clients.started[0].pid)
        texts.append((await clients.call(_call())).text)
        assert 2 == len(clients.started)
        return texts

    assert ["goodbye", "goodbye"] == _with(_server("last-word"), work)


def test_the_first_answer_shows_the_whole_command() -> None:
    """Uncut, once; the list of the clients keeps it."""
    server = _server("fine " + "x" * 500)

    async def work(clients: McpClients) -> None:
        first, second = await clients.call(_call()), await clients.call(_call())
        assert ("", server.line) == (second.started, first.started)
        assert [server.line] == [start.line for start in clients.started]
        assert first.started.endswith(f"'fine {'x' * 500}'")

    _with(server, work)


def test_many_calls_share_one_process() -> None:
    """The first of them starts it; each gets its own answer."""

    async def work(clients: McpClients) -> int:
        replies = await asyncio.gather(*(clients.call(_call()) for _ in range(20)))
        assert {"ok"} == {reply.text for reply in replies}
        return len(clients.started)

    assert 1 == _with(_server("fine"), work)


def test_what_a_server_started_ends_with_it() -> None:
    """Its children are of its process group; a launcher that dies takes them along at once."""

    async def work(clients: McpClients) -> list[int]:
        pids = [int(word) for word in (await clients.call(_call())).text.split()]
        assert [True, True] == [_lives(pid) for pid in pids]
        await clients.close()
        assert [True, True] == [await _gone(pid) for pid in pids]
        return pids

    assert 2 == len(_with(_server("child"), work))

    async def launched(clients: McpClients) -> None:
        with pytest.raises(NoAnswer, match=r"exit 1\): child \d+") as caught:
            await clients.call(_call())
        assert await _gone(int(caught.value.detail.split()[-1]))

    _with(_server("launcher"), launched)


def test_orphans_of_a_server_are_buried_where_we_are_their_reaper() -> None:
    """The engine takes in orphans for the sake of its commands; a server's own must not stay as zombies."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    before = ctypes.c_int()
    assert 0 == prctl(37, ctypes.byref(before))  # PR_GET_CHILD_SUBREAPER
    assert 0 == prctl(36, 1)  # PR_SET_CHILD_SUBREAPER

    async def work(clients: McpClients) -> list[str]:
        pids = (await clients.call(_call())).text.split()
        await clients.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while any(Path(f"/proc/{pid}").exists() for pid in pids):
                    await asyncio.sleep(0.01)
        assert [] == [pid for pid in pids if Path(f"/proc/{pid}").exists()]
        return pids

    try:
        assert 2 == len(_with(_server("child"), work))
    finally:
        prctl(36, before.value)


def test_a_server_that_will_not_end_is_ended() -> None:
    """Neither the end of its input nor TERM moves it."""

    async def work(clients: McpClients) -> float:
        pid = int((await clients.call(_call())).text)
        started = asyncio.get_running_loop().time()
        await clients.close()
        assert await _gone(pid)
        return asyncio.get_running_loop().time() - started

    assert _with(_server("stubborn"), work) < PATIENCE


def test_a_slow_start_is_waited_for_by_the_next_call() -> None:
    """A launcher that downloads its server is not begun anew by each call that runs out of time."""

    async def work(clients: McpClients) -> int:
        for _ in range(3):
            with pytest.raises(NoAnswer):
                await clients.call(_call(timeout=0.1))
        return len(clients.started)

    assert 1 == _with(_server("deaf"), work)


def test_the_environment_is_a_small_one_of_our_own(tmp_path: Path) -> None:
    """What the catalogue gives, with secrets in place, and nothing of the engine's own credentials."""
    printer = tmp_path / "printer.py"
    printer.write_text(
        "import json, os, sys\nprint('Error:', json.dumps(sorted(os.environ)), os.environ['TOKEN'],"
        " os.getcwd(), file=sys.stderr)\n"
    )
    command = (sys.executable, "-I", "-S", str(printer))
    server = McpServer("odd", tools=("go",), command=command, env={"TOKEN": "${secrets.SOME_TOKEN}"})
    environ = {"PATH": os.defpath, "HOME": "/nowhere", "SOME_TOKEN": "tok-4711-xyz", "AWS_SECRET": "no"}

    async def ask() -> None:
        clients = McpClients({"odd": server}, Secrets(environ), "1", environ=environ, root=tmp_path)
        try:
            await clients.call(_call())
        finally:
            await clients.close()

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(ask())
    names, _, rest = caught.value.detail.partition("Error: ")[2].partition("] ")
    assert not {"AWS_SECRET", "SOME_TOKEN"} & set(names.strip("[]").replace('"', "").split(", "))
    assert '["HOME", ' in names
    assert ["tok-4711-xyz", str(tmp_path)] == rest.split()


@pytest.mark.parametrize(
    ("command", "env", "said"),
    [
        (("no-such-program-4711", "-y"), {}, "no-such-program-4711 is not installed: .* `no-such-program"),
        (("/etc/passwd",), {}, "/etc/passwd may not be started"),
        (("x\0y",), {}, "a word or a variable is not valid"),
        (("true", "${secrets.T}"), {}, "give secrets by `env`"),
        (("true",), {"T": "${secrets.NOT_THERE}"}, "NOT_THERE is not set"),
    ],
)
def test_what_cannot_be_started_is_told_with_its_command(
    command: tuple[str, ...], env: dict[str, str], said: str
) -> None:
    """We could not look: nothing is said about the target."""
    server = McpServer("odd", tools=("go",), command=command, env=env)
    with pytest.raises(CannotLook, match=said):
        _with(server, lambda clients: clients.call(_call()))


@pytest.mark.parametrize(
    ("url", "command", "said"),
    [
        ("", (), "neither `url` nor `command`: add one"),
        ("http://x", ("y",), "both `url` and `command`: keep one"),
    ],
)
def test_a_server_needs_an_address_or_a_command(url: str, command: tuple[str, ...], said: str) -> None:
    """The message says what to do; nothing is started or connected."""
    server = McpServer("odd", url, tools=("go",), command=command)
    with pytest.raises(CannotLook, match=f"MCP server odd has {said} in the catalogue"):
        _with(server, lambda clients: clients.call(_call()))


def test_without_the_extra_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    for module in ("stdio", "answer"):
        monkeypatch.delitem(sys.modules, f"engine.io.world.mcp.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "mcp_types", None)

    async def work(clients: McpClients) -> int:
        with pytest.raises(CannotLook, match=r"pip install 'runbook-engine\[mcp\]'"):
            await clients.call(_call())
        return len(clients.started)

    assert 0 == _with(_server("fine"), work)


@pytest.mark.parametrize(
    ("stderr", "line"),
    [
        (b"", ""),
        (b"Traceback:\n  File x\nKeyError: 'a'\n", "KeyError: 'a'"),
        (
            b"node:internal\n  throw err;\n\nError: Cannot find module '/x'\n    at Module (a:1)\n\nNode.js v20\n",
            "Error: Cannot find module '/x'",
        ),
        (b"\x1b[31mnot\x00hing\x1b[0m special\n", "not hing  special"),
        (b"\xff\xfe" + b"e" * 5000, "\ufffd\ufffd" + "e" * 237 + "…"),
    ],
)
def test_the_last_words_are_the_line_that_says_most(stderr: bytes, line: str) -> None:
    """Printable, short, and not the last frame of a trace."""
    assert line == telling(stderr)


def test_its_last_words_are_waited_for_though_it_is_gone() -> None:
    """The end of its output and its exit may be heard before what it wrote to stderr."""
    ended: list[Broken] = []

    async def heard() -> None:
        process = ServerProcess("odd", lambda line: None, ended.append)
        process.pid = 2**22 + 1  # nobody's: no system numbers that high
        process.pipe_connection_lost(1, None)
        process.process_exited()
        assert [] == ended
        process.pipe_data_received(2, b"Error: no such database\n")
        process.pipe_connection_lost(2, None)

    asyncio.run(heard())
    assert ["MCP server odd closed its output: Error: no such database"] == [one.detail for one in ended]
