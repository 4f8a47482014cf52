"""Tells people by named channels."""

from __future__ import annotations

from collections.abc import Mapping

from engine.io.world.tell import pagerduty, webhook
from engine.io.world.tell.channel import Channel
from engine.io.world.tell.outside import Outside
from engine.kinds.ports import CannotLook, Http, HttpReply, HttpRequest, Message, NoAnswer, Tell
from engine.kinds.ports.faults import Offline
from engine.kinds.values import Instant


class Channels(Tell):
    """Delivers by the named channel: over HTTP, or by apprise where there is one."""

    def __init__(self, channels: Mapping[str, Channel], http: Http, outside: Outside | None = None) -> None:
        self._channels = channels
        self._http = http
        self._outside = outside

    async def send(self, message: Message) -> str:
        """Deliver and return the dedup key or the status; raises NoAnswer or CannotLook."""
        channel = self._known(message.channel)
        if channel.kind == "pagerduty":
            return pagerduty.accepted(channel, await self._ask(pagerduty.request(channel, message)))
        if channel.kind in ("webhook", "slack"):
            return webhook.delivered(channel, await self._ask(webhook.request(channel, message)))
        if self._outside is None:
            raise CannotLook(f"channel {channel.name} is not reached from here: no {channel.kind} in a drill")
        return await self._outside.post(channel.name, channel.kind, channel.url, message)

    async def acknowledged(
        self, channel: str, dedup_key: str, timeout: float, since: Instant | None = None
    ) -> str:
        """Return who acknowledged the incident, empty while nobody has; raises NoAnswer or CannotLook."""
        known = self._known(channel)
        if known.kind != "pagerduty":
            raise CannotLook(f"{channel} cannot tell who acknowledged: only PagerDuty can")
        reply = await self._ask(pagerduty.incidents(known, dedup_key, timeout))
        return pagerduty.acknowledged(known, dedup_key, reply, since)

    def _known(self, name: str) -> Channel:
        channel = self._channels.get(name)
        if channel is None:
            raise CannotLook(f"no channel is called {name!r}: add it to the contacts")
        return channel

    async def _ask(self, request: HttpRequest) -> HttpReply:
        """Send; that this machine is offline now is no reason to give a page up."""
        try:
            return await self._http.send(request)
        except Offline as offline:
            raise NoAnswer("refused", str(offline), 0.0) from None
