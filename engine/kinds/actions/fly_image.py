"""Another image on one Fly machine: how a release is rolled back without flyctl.

Rules, since an update replaces the machine's whole configuration:

1. Lease first: whoever else holds the machine is never forced aside.
2. Read, replace `config.image` and nothing else, write, naming the version that was read: a change in
   between is refused by the platform (412), never overwritten.
3. Whatever goes wrong before the write, nothing has changed: that is *failed*, not unknown. No answer to
   the write itself propagates as such. The lease is given back in every case; it also runs out by itself.
4. What was read is data: no `${secrets.…}` in it may be filled in on the way back out.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Final, Literal
from urllib.parse import quote

from engine.kinds import exchange
from engine.kinds.action import Action
from engine.kinds.by_hand import word
from engine.kinds.ports import CannotLook, HttpReply, HttpRequest, NoAnswer, World
from engine.kinds.replies import as_mapping, as_text, read_json, took
from engine.kinds.values import Json
from engine.kinds.verdicts import Performed

Outcome = Literal["done", "failed", "unknown"]

LEASE_SECONDS: Final = 30
_RELEASE_SECONDS: Final = 5.0
_NONCE: Final = "fly-machine-lease-nonce"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlyImageAction(Action):
    """Put another image on one machine and leave the rest of its configuration as it is."""

    kind: ClassVar[str] = "fly_image"
    example: ClassVar[str] = (
        "{fly_image: shop, machine: <machine-id>, image: 'registry.fly.io/shop:deployment-01J', "
        "operation: roll-back}"
    )
    secrets: ClassVar[tuple[str, ...]] = ("FLY_API_TOKEN",)

    fly_image: str
    """The app."""
    image: str
    """The image to run, as a release names it."""
    machine: str
    """The id of the machine."""
    api: str = "https://api.machines.dev/v1"
    """Address of the Machines API."""

    async def perform(self, world: World, timeout: float) -> Performed:
        """Take the lease, replace the image, give the lease back; raises NoAnswer for the write only."""
        call = _Calls(world, self._address(), timeout)
        try:
            reply = await call.send("POST", "/lease", {"ttl": LEASE_SECONDS})
        except (NoAnswer, CannotLook) as error:
            return call.ended("failed", f"the lease could not be taken: {error}; nothing was changed")
        nonce = as_text(as_mapping(as_mapping(read_json(reply.body)).get("data")).get("nonce"))
        if reply.status == 409:
            return call.ended("failed", "another operation holds the machine: wait, do not force", reply)
        if not 200 <= reply.status < 300 or not nonce:
            return call.ended("failed", f"the lease was refused: {_said(reply)}", reply)
        call.headers[_NONCE] = nonce
        try:
            return await self._replace(call)
        finally:
            await call.release()

    async def _replace(self, call: _Calls) -> Performed:
        try:
            reply = await call.send("GET")
        except (NoAnswer, CannotLook) as error:
            return call.ended("failed", f"the machine could not be read: {error}; nothing was changed")
        machine = as_mapping(read_json(reply.body))
        config, version = as_mapping(machine.get("config")), as_text(machine.get("instance_id"))
        if reply.status != 200 or not config or not version:
            return call.ended("failed", f"the machine could not be read: {_said(reply)}", reply)
        call.facts["previous_image"] = previous = as_text(config.get("image"))
        if previous == self.image:
            return call.ended("done", f"{self.machine} already has {self.image}", reply)
        update: Json = {"config": {**config, "image": self.image}, "current_version": version}
        try:
            reply = await call.send("POST", "", update)
        except CannotLook as error:
            return call.ended("failed", f"the update could not be sent: {error}; nothing was changed")
        call.facts["status"] = reply.status
        if 200 <= reply.status < 300:
            said = f"{self.machine} has {self.image} in place of {previous}, in {took(call.seconds)}"
            return call.ended("done", said, reply)
        if reply.status == 412:
            return call.ended(
                "failed", "the machine changed while we read it: look again, then decide", reply
            )
        if reply.status == 504:
            return call.ended("unknown", f"the gateway gave up waiting: {_said(reply)}", reply)
        return call.ended("failed", f"the update was refused: {_said(reply)}", reply)

    def by_hand(self) -> str:
        """Return the flyctl line; it deploys to every machine of the app."""
        return f"flyctl deploy --app {word(self.fly_image)} --image {word(self.image)}"

    def target(self) -> str:
        """Return the app and its machine."""
        return f"{self.fly_image}/{self.machine}"

    def _address(self) -> str:
        app, machine = quote(self.fly_image, safe=""), quote(self.machine, safe="")
        return f"{self.api.rstrip('/')}/apps/{app}/machines/{machine}"


class _Calls:
    """The calls to one machine: what they have taken of the time, and what they have found."""

    __slots__ = ("_address", "_timeout", "_world", "facts", "headers", "seconds")

    def __init__(self, world: World, address: str, timeout: float) -> None:
        self._world = world
        self._address = address
        self._timeout = timeout
        self.seconds = 0.0
        self.facts: dict[str, Json] = {}
        self.headers = {"Authorization": "Bearer ${secrets.FLY_API_TOKEN}"}

    async def send(self, method: str, path: str = "", body: Json = None) -> HttpReply:
        """Send one call in the time that is left."""
        left = self._timeout - self.seconds
        if left <= 0:
            raise CannotLook("the time for this action is used up")
        return await self._send(method, path, body, left)

    async def release(self) -> None:
        """Give the lease back if the platform listens; it runs out by itself if not."""
        with suppress(NoAnswer, CannotLook):
            await self._send("DELETE", "/lease", None, _RELEASE_SECONDS)

    def ended(self, outcome: Outcome, why: str, reply: HttpReply | None = None) -> Performed:
        """Return what came of it, with the last reply as evidence."""
        body, media = (reply.body, exchange.media(reply)) if reply else (b"", "text/plain")
        return Performed(outcome, why, self.facts, self.seconds, body, media)

    async def _send(self, method: str, path: str, body: Json, timeout: float) -> HttpReply:
        headers, data = dict(self.headers), b""
        if body is not None:
            headers["Content-Type"] = "application/json"
            # Rule 4: `$` as an escape is the same in JSON, and no reference to whoever fills secrets in.
            data = json.dumps(body).replace("${", "\\u0024{").encode()
        url = self._address + path
        try:
            reply = await self._world.http.send(HttpRequest(url, method, headers, data, timeout))
        except NoAnswer as error:
            self.seconds += error.seconds
            raise
        self.seconds += reply.seconds
        return reply


def _said(reply: HttpReply) -> str:
    said = exchange.complaint(reply)
    return exchange.summary(reply) + (f": {said}" if said else "")
