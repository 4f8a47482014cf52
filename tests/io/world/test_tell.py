"""Channels: what is sent, what counts as delivered, and text that must stay text."""

from __future__ import annotations

import asyncio
import json

import pytest

from engine.io.world.secrets import Secrets
from engine.io.world.tell import PAGERDUTY_URL, Channel, Channels
from engine.kinds.ports import CannotLook, Http, HttpReply, HttpRequest, Message, NoAnswer

PAGE = Message("oncall", "run-7/level-2", "Agent service down", "502 since 03:02", "SEV-1", timeout=3.0)


class _Phone(Http):
    """Answers with one prepared reply and remembers what it was asked, filled as the live one would."""

    def __init__(self, status: int, body: bytes = b"") -> None:
        self._reply = HttpReply(status, {}, body, 0.25)
        self.asked: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpReply:
        """Return the prepared reply."""
        self.asked.append(request)
        return self._reply

    def said(self) -> dict[str, object]:
        """Return the last body with secrets in place."""
        filled = Secrets({"KEY": "r0ut1ng", "OTHER": "never"}).fill(self.asked[-1].body)
        content = json.loads(filled)
        assert isinstance(content, dict)
        return content


def _send(phone: _Phone, channel: Channel, message: Message = PAGE) -> str:
    return asyncio.run(Channels({"oncall": channel}, phone).send(message))


PAGERDUTY = Channel("oncall", "pagerduty", routing_key="${secrets.KEY}")
WEBHOOK = Channel("oncall", "webhook", url="${secrets.HOOK}", headers={"X-Token": "t"})


def test_a_page_is_an_event_of_pagerduty() -> None:
    """Events API v2: trigger, dedup key, summary, severity; the receipt is the key they return."""
    phone = _Phone(202, b'{"status":"success","dedup_key":"run-7/level-2"}')
    assert "run-7/level-2" == _send(phone, PAGERDUTY)
    assert {
        "routing_key": "r0ut1ng",
        "event_action": "trigger",
        "dedup_key": "run-7/level-2",
        "payload": {
            "summary": "Agent service down",
            "source": "runbook-engine",
            "severity": "critical",
            "custom_details": {"body": "502 since 03:02", "severity": "SEV-1"},
        },
    } == phone.said()
    asked = phone.asked[0]
    assert (PAGERDUTY_URL, "POST", 3.0) == (asked.url, asked.method, asked.timeout)


def test_a_webhook_gets_json_that_slack_reads_too() -> None:
    """Title, body, severity and key, and one text; own headers go along."""
    phone = _Phone(200, b"ok")
    assert "HTTP 200" == _send(phone, WEBHOOK)
    assert {
        "title": "Agent service down",
        "body": "502 since 03:02",
        "severity": "SEV-1",
        "dedup_key": "run-7/level-2",
        "text": "Agent service down\n502 since 03:02",
    } == phone.said()
    assert "t" == phone.asked[0].headers["X-Token"]


@pytest.mark.parametrize("channel", [PAGERDUTY, WEBHOOK])
def test_a_reference_in_the_text_is_never_filled(channel: Channel) -> None:
    """What a log line says cannot pull a secret into a message."""
    phone = _Phone(202, b'{"dedup_key":"k"}')
    _send(phone, channel, Message("oncall", "k", "${secrets.OTHER}", "see ${secrets.OTHER} {{x}}"))
    assert "never" not in json.dumps(phone.said())
    assert "${secrets.OTHER}" in json.dumps(phone.said())


def test_a_long_title_is_cut_to_what_pagerduty_takes() -> None:
    """A summary over the limit would be refused, and nobody woken."""
    phone = _Phone(202, b'{"dedup_key":"k"}')
    _send(phone, PAGERDUTY, Message("oncall", "k", "x" * 5000, ""))
    payload = phone.said()["payload"]
    assert isinstance(payload, dict)
    assert 1024 == len(payload["summary"])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413])
@pytest.mark.parametrize("channel", [PAGERDUTY, WEBHOOK])
def test_a_definite_refusal_is_not_worth_a_repetition(channel: Channel, status: int) -> None:
    """The next channel is to be tried at once."""
    with pytest.raises(CannotLook, match=f"oncall answered HTTP {status}"):
        _send(_Phone(status), channel)


@pytest.mark.parametrize("status", [301, 408, 429, 500, 502, 503])
@pytest.mark.parametrize("channel", [PAGERDUTY, WEBHOOK])
def test_a_passing_trouble_is_no_answer(channel: Channel, status: int) -> None:
    """Worth another try with the same key."""
    with pytest.raises(NoAnswer, match=f"oncall answered HTTP {status}") as caught:
        _send(_Phone(status), channel)
    assert ("garbled", 0.25) == (caught.value.reason, caught.value.seconds)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"dedup_key":"k"}'),
        (202, b""),
        (202, b"[]"),
        (202, b'{"status":"invalid event"}'),
        (202, b"<html>"),
    ],
)
def test_only_202_with_a_key_is_a_delivered_page(status: int, body: bytes) -> None:
    """A proxy's friendly page is no delivery."""
    with pytest.raises(NoAnswer):
        _send(_Phone(status, body), PAGERDUTY)


def test_an_unknown_channel_and_a_missing_key_are_told() -> None:
    """Before anything is sent."""
    with pytest.raises(CannotLook, match="no channel is called 'nobody'"):
        _send(_Phone(202), PAGERDUTY, Message("nobody", "k", "t", "b"))
    with pytest.raises(CannotLook, match="has no routing key"):
        _send(_Phone(202), Channel("oncall", "pagerduty"))
