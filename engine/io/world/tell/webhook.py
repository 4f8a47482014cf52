"""Webhooks: our own JSON, and the one text that Slack and everything compatible takes."""

from __future__ import annotations

from collections.abc import Mapping

from engine.io.world.tell import receipt, wording
from engine.io.world.tell.channel import Channel
from engine.kinds.ports import HttpReply, HttpRequest, Message, NoAnswer
from engine.kinds.values import Json

MEND = "check its address and its key"
_MAX_SLACK = 39_000  # Slack cuts beyond 40,000 characters


def request(channel: Channel, message: Message) -> HttpRequest:
    """Return the request that delivers a message."""
    content: dict[str, Json]
    if channel.kind == "slack":
        content = {"text": _slack(wording.whole(message)[:_MAX_SLACK])}
    else:
        content = {
            "title": wording.one_line(message.title),
            "body": message.body,
            "severity": message.severity,
            "dedup_key": message.dedup_key,
            "text": wording.whole(message),
        }
        if message.action != "trigger":
            content["action"] = message.action
    return HttpRequest(
        url=channel.url,
        method="POST",
        headers={**channel.headers, "content-type": "application/json"},
        body=wording.data(content).encode(),
        timeout=message.timeout,
    )


def delivered(channel: Channel, reply: HttpReply) -> str:
    """Return the status of any 2xx that does not itself say otherwise; raises NoAnswer or CannotLook."""
    if not 200 <= reply.status < 300:
        receipt.refuse(channel.name, reply, "2xx", MEND)
    problem = _denied(reply)
    if problem:
        raise NoAnswer(
            "garbled", f"{channel.name} answered HTTP {reply.status} with {problem}", reply.seconds
        )
    return f"HTTP {reply.status}"


def _denied(reply: HttpReply) -> str:
    """Return what in a 2xx says that nothing was delivered: an error, or some gateway's friendly page."""
    if "text/html" in reply.headers.get("content-type", ""):
        return "a web page"
    said = receipt.read_json(reply)
    if isinstance(said, Mapping):
        denied = said.get("ok") is False or said.get("success") is False
        if denied or said.get("error") or said.get("errors") or said.get("status") == "error":
            return "an error in it"
    return ""


def _slack(text: str) -> str:
    """Escape the three characters that mean something to Slack: no link, no mention, no `<!channel>`."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return wording.quiet(escaped)
