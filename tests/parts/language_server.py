"""A client of the real yaml-language-server over stdio: opens documents and reads what an editor would show."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.patience import PATIENCE


class LanguageServer:
    """One server process; it is ended by `close`."""

    def __init__(self, node: str, modules: Path, root: Path, settings: Mapping[str, Any]) -> None:
        program = modules.resolve() / "yaml-language-server" / "bin" / "yaml-language-server"
        self._process = subprocess.Popen(
            [node, str(program), "--stdio"],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._settings = settings
        self._number = 0
        self._told: dict[str, list[dict[str, Any]]] = {}
        capabilities = {"textDocument": {"hover": {"contentFormat": ["plaintext"]}}}
        self.ask(
            "initialize",
            {
                "processId": None,
                "rootUri": root.as_uri(),
                "workspaceFolders": [{"uri": root.as_uri(), "name": "workspace"}],
                "capabilities": {**capabilities, "workspace": {"configuration": True}},
            },
        )
        self._say("initialized", {})
        self._say("workspace/didChangeConfiguration", {"settings": settings})

    def ask(self, method: str, params: Mapping[str, Any]) -> Any:
        """Send a request, and return its result."""
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._next()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message.get("result")

    def open(self, documents: Iterable[tuple[Path, str]]) -> dict[Path, list[tuple[int, str]]]:
        """Open documents, and return what is shown in each: the line, counted from 1, and the words."""
        waiting = {path.as_uri(): path for path, _ in documents}
        for path, text in documents:
            self._told.pop(path.as_uri(), None)
            self._number += 1  # the server keeps what it made of a version of a document
            opened = {"uri": path.as_uri(), "languageId": "yaml", "version": self._number, "text": text}
            self._say("textDocument/didOpen", {"textDocument": opened})
        shown = self._published(waiting)
        for uri in waiting:
            self._say("textDocument/didClose", {"textDocument": {"uri": uri}})
        self._published(waiting)  # a closed document is cleared, which is no word on the next one
        return {
            path: [(one["range"]["start"]["line"] + 1, one["message"]) for one in shown[uri]]
            for uri, path in waiting.items()
        }

    def at(self, method: str, path: Path, text: str, line: int, column: int) -> Any:
        """Ask for a hover or a completion in a document that is opened for nothing else; counted from 0."""
        self._number += 1
        opened = {"uri": path.as_uri(), "languageId": "yaml", "version": self._number, "text": text}
        self._say("textDocument/didOpen", {"textDocument": opened})
        where = {
            "textDocument": {"uri": path.as_uri()},
            "position": {"line": line, "character": column},
        }
        found = self.ask(f"textDocument/{method}", where)
        self._say("textDocument/didClose", {"textDocument": {"uri": path.as_uri()}})
        return found

    def close(self) -> None:
        """End the server, and wait for it."""
        self._process.kill()
        self._process.communicate()

    def _published(self, uris: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
        """Wait until something was shown, or cleared, for each of these documents, and take it."""
        while not set(uris) <= self._told.keys():
            self._next()
        return {uri: self._told.pop(uri) for uri in uris}

    def _say(self, method: str, params: Mapping[str, Any]) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _next(self) -> dict[str, Any]:
        """Read one message; answer what the server asks of its client."""
        watchdog = threading.Timer(PATIENCE, self._process.kill)
        watchdog.start()
        try:
            message = self._read()
        finally:
            watchdog.cancel()
            watchdog.join()
        if "method" in message and "id" in message:
            asked = message["params"]["items"] if message["method"] == "workspace/configuration" else None
            own = asked and [self._settings.get(one["section"]) for one in asked]
            self._send({"id": message["id"], "result": own})
        elif message.get("method") == "textDocument/publishDiagnostics":
            params = message["params"]
            self._told[params["uri"]] = params["diagnostics"]
        return message

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while True:
            line = self._process.stdout.readline()
            if not line:
                raise AssertionError("the language server is gone")
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            if not line.strip():
                found: dict[str, Any] = json.loads(self._process.stdout.read(length))
                return found
