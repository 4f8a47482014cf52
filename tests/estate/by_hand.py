"""The estate in virtual time, with a clock the test moves by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from engine.estate.estate import AGENT, LLAMAINDEX, EstateState, advance, apply, handle
from engine.estate.fault import Fault
from engine.estate.machine import Machine
from engine.estate.wire import Reply, Request
from engine.kinds.values import Instant

START = Instant.parse("2025-11-23T03:00:00Z")


@dataclass
class Estate:
    """A state and a time; every question goes through here."""

    state: EstateState
    now: float = START

    def ask(
        self,
        service: str,
        target: str,
        body: object = None,
        *,
        method: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask now, with a token; a body makes it a POST."""
        content = b"" if body is None else json.dumps(body).encode()
        verb = method or ("GET" if body is None else "POST")
        sent = {"authorization": "Bearer token", **(headers or {})}
        self.state, reply = handle(self.state, service, Request.to(verb, target, sent, content), self.now)
        return reply

    def data(self, service: str, target: str, body: object = None) -> object:
        """Ask now and return the JSON of the reply."""
        return json.loads(self.ask(service, target, body).body)

    def strike(self, service: str, kind: str, *, heal: str | None = None, **params: object) -> None:
        """Let a fault begin now."""
        fault = Fault(service, kind, heal=heal, params=params)  # type: ignore[arg-type]  # JSON by construction
        self.state = apply(self.state, fault, self.now)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.state = advance(self.state, self.now)

    def machine(self, app: str = AGENT, index: int = 0) -> Machine:
        """Return a machine of an app."""
        found = self.state.fly.app(app)
        assert found is not None
        return found.machines[index]

    def act(self, call: str, app: str = AGENT, index: int = 0, body: object = None) -> Reply:
        """Call the Machines API for one machine; an empty call is an update."""
        path = f"/v1/apps/{app}/machines/{self.machine(app, index).id}"
        return self.ask("machines-api", f"{path}/{call}".rstrip("/"), {} if body is None else body)

    def roll_back(self, app: str = AGENT, index: int = 0) -> Reply:
        """Update a machine to the image of the release before the newest."""
        found = self.state.fly.app(app)
        assert found is not None
        config = {**self.machine(app, index).config, "image": found.releases[1].image_ref}
        return self.act("", app, index, {"config": config})

    def query(self, client: str = "probe") -> Reply:
        """Ask the LlamaIndex server a known question."""
        body = {"name": "query_support", "arguments": {"q": "May I return it?", "topK": 1}}
        return self.ask(LLAMAINDEX, "/mcp/tools/call", body, headers={"x-client-id": client})
