"""Channels that reach people: PagerDuty (Events API v2) and webhooks.

Rules. Delivered means the channel said so in its own way: 202 and a dedup key, or any 2xx of a webhook. A
refusal that a repetition cannot mend (4xx) is `CannotLook`: go to the next channel at once. Anything else is
`NoAnswer`: try again, with the same dedup key. Text of a message is data: a `${secrets.NAME}` in it, seen in
some log line, is sent as those characters and never filled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.kinds.ports import CannotLook, Http, HttpReply, HttpRequest, Message, NoAnswer, Tell
from engine.kinds.values import Json

PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue"
_PAGERDUTY_SEVERITY = {"SEV-1": "critical", "SEV-2": "error", "SEV-3": "warning", "SEV-4": "info"}
_MAX_SUMMARY = 1024  # PagerDuty's limit
_MAX_DETAILS = 100_000  # well within PagerDuty's 512 kB for an event
_WORTH_REPEATING = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to tell people; `url`, `routing_key` and headers may hold `${secrets.NAME}`."""

    name: str
    kind: Literal["pagerduty", "webhook", "slack", "email", "apprise"]
    url: str = PAGERDUTY_URL
    routing_key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class Channels(Tell):
    """Delivers by the named channel, over HTTP."""

    def __init__(self, channels: Mapping[str, Channel], http: Http) -> None:
        self._channels = channels
        self._http = http

    async def send(self, message: Message) -> str:
        """Deliver and return the dedup key or the status; raises NoAnswer or CannotLook."""
        channel = self._channels.get(message.channel)
        if channel is None:
            raise CannotLook(f"no channel is called {message.channel!r}: add it to the contacts")
        if channel.kind == "pagerduty" and not channel.routing_key:
            raise CannotLook(f"channel {channel.name} has no routing key: add routing_key to it")
        reply = await self._http.send(
            HttpRequest(
                url=channel.url,
                method="POST",
                headers={**channel.headers, "content-type": "application/json"},
                body=_body(channel, message).encode(),
                timeout=message.timeout,
            )
        )
        return _receipt(channel, reply)

    async def acknowledged(self, channel: str, dedup_key: str, timeout: float) -> str:
        """Raise CannotLook: nobody asks yet."""
        raise CannotLook(f"{channel} cannot tell who acknowledged")


def _body(channel: Channel, message: Message) -> str:
    if channel.kind == "webhook":
        text = f"{message.title}\n{message.body}" if message.body else message.title
        return _data(
            {
                "title": message.title,
                "body": message.body,
                "severity": message.severity,
                "dedup_key": message.dedup_key,
                "text": text,
            }
        )
    event = _data(
        {
            "event_action": "trigger",
            "dedup_key": message.dedup_key,
            "payload": {
                "summary": message.title[:_MAX_SUMMARY],
                "source": "runbook-engine",
                "severity": _PAGERDUTY_SEVERITY.get(message.severity, "error"),
                "custom_details": {"body": message.body[:_MAX_DETAILS], "severity": message.severity},
            },
        }
    )
    return f'{{"routing_key": {json.dumps(channel.routing_key)}, {event[1:]}'


def _data(content: Mapping[str, Json]) -> str:
    # Written as an escape of JSON, the dollar reaches the reader and no secret is looked up for it.
    return json.dumps(content).replace("${secrets.", "\\u0024{secrets.")


def _receipt(channel: Channel, reply: HttpReply) -> str:
    wanted = "202" if channel.kind == "pagerduty" else "2xx"
    problem = f"{channel.name} answered HTTP {reply.status}, wanted {wanted}"
    if 400 <= reply.status < 500 and reply.status not in _WORTH_REPEATING:
        raise CannotLook(f"{problem}: check its address and its key")
    if channel.kind == "webhook":
        if 200 <= reply.status < 300:
            return f"HTTP {reply.status}"
        raise NoAnswer("garbled", problem, reply.seconds)
    if reply.status != 202:
        raise NoAnswer("garbled", problem, reply.seconds)
    try:
        said = json.loads(reply.body)
    except ValueError:
        said = None
    key = said.get("dedup_key") if isinstance(said, dict) else None
    if not isinstance(key, str) or not key:
        raise NoAnswer("garbled", f"{channel.name} answered 202 without a dedup key", reply.seconds)
    return key
