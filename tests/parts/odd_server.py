"""A stdio MCP server that goes wrong in the way its argument says; it needs nothing but Python."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any, NoReturn

mode = sys.argv[1]


def write(data: bytes) -> None:
    """Write bytes at once."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def say(message: dict[str, Any]) -> None:
    """Send a message."""
    write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


def hear() -> dict[str, Any]:
    """Return the next message; the end of input is the end."""
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    message: dict[str, Any] = json.loads(line)
    return message


def wait() -> NoReturn:
    """Do nothing for ever, whatever comes."""
    while True:
        signal.pause()


def result(number: object, text: str) -> None:
    """Answer a call."""
    say({"id": number, "result": {"content": [{"type": "text", "text": text}]}})


def go_wrong(number: object) -> None:
    """Do what the mode says, in the place of an answer."""
    match mode.removeprefix("first-"):
        case "dies":
            print("Traceback (most recent call last):\n  File x\nOSError: no disk", file=sys.stderr)
            sys.exit(7)
        case "dies-of-garbage":
            write(b"Usage: server [--port]\n")
            sys.exit(2)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "closes":
            sys.stdout.close()
            os.close(1)
            wait()
        case "silent":
            wait()
        case "garbage":
            write(b"Welcome to the server!\n\xff\xfe\n[1, 2]\n" + b"[" * 5000 + b"\n")
            wait()
        case "garbage-without-end":
            while True:
                write(b"tick tock\n" * 1000)
        case "news-without-end":
            while True:
                say({"method": "notifications/message", "params": {"level": "info", "data": "x" * 1000}})
        case "line-without-end":
            while True:
                write(b"x" * 65536)
        case "no-result":
            say({"id": number, "result": {"content": "no list"}})
        case "neither":
            say({"id": number})
        case "no-code":
            say({"id": number, "error": {"message": "no code"}})
        case "fault":
            say({"id": number, "error": {"code": -32603, "message": "exit status 1"}})
        case "other-number":
            say({"id": 4711, "result": {"content": []}})
            say({"id": str(number), "result": {"content": []}})
            wait()
        case "large":
            result(number, "y" * 200_000)
        case "asks":
            for n, method in enumerate(("ping", "roots/list")):
                say({"id": f"s{n}", "method": method})
            result(number, json.dumps([hear(), hear()]))
        case "banner":
            write(b"Server 1.0 is listening on stdio\n\n")
            result(number, "ok")
        case "last-word":
            result(number, "goodbye")
            os._exit(0)
        case "child":
            child = subprocess.Popen(["sleep", "1000"])
            result(number, f"{os.getpid()} {child.pid}")
        case "launcher":
            child = subprocess.Popen(["sleep", "1000"], start_new_session=False)
            print(f"child {child.pid}", file=sys.stderr, flush=True)
            os._exit(1)
        case "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            result(number, str(os.getpid()))
            wait()
        case _:
            result(number, "ok")


def list_tools(number: object) -> None:
    """Answer the question for tools as the mode says."""
    tool = {"name": "go", "description": "d", "inputSchema": {"type": "object"}}
    match mode:
        case "pages-without-end":
            say({"id": number, "result": {"tools": [], "nextCursor": "again"}})
        case "no-list":
            say({"id": number, "result": {"tools": "none"}})
        case "nameless":
            say({"id": number, "result": {"tools": [{**tool, "name": ""}]}})
        case "list-fault":
            say({"id": number, "error": {"code": -32601, "message": "no tools here"}})
        case "list-silent":
            wait()
        case "list-dies":
            sys.exit(9)
        case _:
            say({"id": number, "result": {"tools": [tool]}})


hello = hear()
if mode.startswith("first-") or mode == "launcher":
    go_wrong(hello["id"])
    if mode == "first-fault":
        wait()
if mode == "deaf":
    wait()
say(
    {
        "id": hello["id"],
        "result": {
            "protocolVersion": hello["params"]["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "odd", "version": "1"},
        },
    }
)
hear()
if mode == "deaf-after":
    wait()
if mode == "leaves":
    sys.exit(0)
while True:
    call = hear()
    if call.get("method") == "tools/list":
        list_tools(call["id"])
    if call.get("method") == "tools/call":
        go_wrong(call["id"])
