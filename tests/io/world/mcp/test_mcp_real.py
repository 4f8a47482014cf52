"""MCP against servers of other people, from npm: server-everything over both transports, server-filesystem."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from engine.io.world.mcp.clients import McpClients
from engine.io.world.mcp.server import McpServer
from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook, McpCall, McpReply, NoAnswer
from engine.kinds.values import Json
from tests.needs import require_node
from tests.patience import PATIENCE

pytest.importorskip("mcp", reason="needs the mcp extra")
pytestmark = pytest.mark.system

EVERYTHING = "@modelcontextprotocol/server-everything"
FILES = "@modelcontextprotocol/server-filesystem"
TOOLS = (
    "echo", "get-sum", "get-tiny-image", "get-structured-content", "get-resource-reference", "get-env",
    "get-annotated-message", "trigger-long-running-operation", "no-such-tool",
)  # fmt: skip
T = TypeVar("T")


def _program(package: str) -> tuple[str, ...]:
    node, folder = require_node(package)
    return (node, str(folder / package / "dist" / "index.js"))


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Run server-everything over streamable HTTP on a free port of loopback."""
    command = _program(EVERYTHING)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {"PATH": os.environ["PATH"], "PORT": str(port)}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([*command, "streamableHttp"], env=environ, stdout=quiet, stderr=quiet)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/mcp"
    process.terminate()
    process.wait(PATIENCE)


@pytest.fixture(params=["stdio", "http"])
def everything(request: pytest.FixtureRequest) -> McpServer:
    """Return server-everything over each transport."""
    if request.param == "stdio":
        return McpServer("npm", tools=TOOLS, command=(*_program(EVERYTHING), "stdio"))
    return McpServer("npm", request.getfixturevalue("address"), tools=TOOLS)


def _call(tool: str, timeout: float = PATIENCE, **arguments: Json) -> McpCall:
    return McpCall("npm", tool, arguments, timeout)


def _with(server: McpServer, work: Callable[[McpClients], Awaitable[T]]) -> T:
    async def run() -> T:
        environ = {**os.environ, "ENGINE_ONLY": "not for servers"}
        clients = McpClients({"npm": server}, Secrets({}), "1", environ=environ)
        try:
            return await work(clients)
        finally:
            await clients.close()

    return asyncio.run(run())


def test_every_sort_of_answer_of_server_everything_is_read(everything: McpServer) -> None:
    """Text, data, an image, a resource, an error of the tool, and an operation that takes too long."""

    async def work(clients: McpClients) -> list[McpReply]:
        with pytest.raises(NoAnswer) as late:
            await clients.call(_call("trigger-long-running-operation", 1.0, duration=20, steps=2))
        assert ("timeout", True) == (late.value.reason, late.value.seconds < 1.5)
        return [
            await clients.call(_call("echo", message="hi")),
            await clients.call(_call("get-structured-content", location="Chicago")),
            await clients.call(_call("get-tiny-image")),
            await clients.call(_call("get-resource-reference", resourceType="Text", resourceId=1)),
            await clients.call(_call("get-sum", a="no number")),
            await clients.call(_call("no-such-tool")),
        ]

    echo, data, image, resource, wrong, unknown = _with(everything, work)
    assert ("Echo: hi", False, None) == (echo.text, echo.is_error, echo.structured)
    assert isinstance(data.structured, dict)
    assert {"temperature", "conditions", "humidity"} == set(data.structured)
    assert "\n[image image/png]\n" in image.text
    assert "\n[resource demo://resource/dynamic/text/1 text/plain]\n" in resource.text
    assert wrong.is_error
    assert "Invalid arguments for tool get-sum" in wrong.text
    assert unknown.is_error
    assert "Tool no-such-tool not found" in unknown.text


def test_pins_of_server_everything_hold_over_both_transports(everything: McpServer) -> None:
    """What one transport listed, the other may call; one character of difference is refused."""
    stdio = McpServer("npm", command=(*_program(EVERYTHING), "stdio"))
    tools = _with(stdio, lambda clients: clients.tools("npm", PATIENCE))
    pins = {one.name: one.fingerprint for one in tools}
    reply = _with(replace(everything, pins=pins), lambda clients: clients.call(_call("echo", message="a")))
    assert "Echo: a" == reply.text
    other = {**pins, "echo": pins["get-sum"]}
    with pytest.raises(CannotLook, match="tool echo of server npm has changed since it was pinned"):
        _with(replace(everything, pins=other), lambda clients: clients.call(_call("echo", message="a")))


def test_server_everything_sees_none_of_our_environment() -> None:
    """It has a tool that prints its own."""
    server = McpServer("npm", tools=TOOLS, command=(*_program(EVERYTHING), "stdio"), env={"GIVEN": "this"})
    seen = _with(server, lambda clients: clients.call(_call("get-env"))).text
    assert '"GIVEN": "this"' in seen
    assert "ENGINE_ONLY" not in seen


def test_server_filesystem_reads_below_its_folder_only(tmp_path: Path) -> None:
    """The folder is an argument of its command; beyond it the tool says no, which is an error of the tool."""
    (tmp_path / "note.txt").write_text("all is well")
    command = (*_program(FILES), str(tmp_path))
    server = McpServer("npm", tools=("read_text_file",), command=command)

    async def work(clients: McpClients) -> tuple[McpReply, McpReply]:
        return (
            await clients.call(_call("read_text_file", path=str(tmp_path / "note.txt"))),
            await clients.call(_call("read_text_file", path="/etc/passwd")),
        )

    inside, outside = _with(server, work)
    assert ("all is well", False) == (inside.text, inside.is_error)
    assert {"content": "all is well"} == inside.structured
    assert outside.is_error
    assert outside.text.startswith("Access denied - path outside allowed directories")
