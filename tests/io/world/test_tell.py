"""Channels: what is sent, what counts as delivered, and text that must stay text."""

from __future__ import annotations

import asyncio
import json

import pytest

from engine.io.world.secrets import Secrets
from engine.io.world.tell import PAGERDUTY_URL, Channel, Channels
from engine.kinds.ports import CannotLook, Http, HttpReply, HttpRequest, Message, NoAnswer
from engine.kinds.ports.faults import Offline
from engine.kinds.values import Instant

PAGE = Message("oncall", "run-7/level-2", "Agent service down", "502 since 03:02", "SEV-1", timeout=3.0)


class _Phone(Http):
    """Answers with one prepared reply and remembers what it was asked, filled as the live one would."""

    def __init__(self, status: int, body: bytes = b"") -> None:
        self._status, self._body = status, body
        self.headers: dict[str, str] = {}
        self.asked: list[HttpRequest] = []

    async def send(self, request: HttpRequest) -> HttpReply:
        """Return the prepared reply."""
        self.asked.append(request)
        return HttpReply(self._status, self.headers, self._body, 0.25)

    def said(self) -> dict[str, object]:
        """Return the last body with secrets in place."""
        filled = Secrets({"KEY": "r0ut1ng-key", "OTHER": "never"}).fill(self.asked[-1].body)
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
        "routing_key": "r0ut1ng-key",
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


SLACK = Channel("oncall", "slack", url="${secrets.HOOK}")


def test_slack_gets_one_text_in_which_data_calls_nobody() -> None:
    """The three characters that mean something there are escaped; a mention in a log line stays text."""
    phone = _Phone(200, b"ok")
    _send(phone, SLACK, Message("oncall", "k", "a <b> & c", "<!channel> @channel @here <@U1>"))
    text = phone.said()["text"]
    assert ["text"] == list(phone.said())
    assert "a &lt;b&gt; &amp; c\n&lt;!channel&gt; @\u200bchannel @\u200bhere &lt;@U1&gt;" == text


@pytest.mark.parametrize("channel", [WEBHOOK, SLACK])
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"ok": false, "error": "no_text"}', {}),
        (b'{"success": false}', {}),
        (b'{"errors": ["x"]}', {}),
        (b'{"status": "error"}', {}),
        (b"<html>sign in to the hotel's network", {"content-type": "text/html; charset=utf-8"}),
    ],
)
def test_a_2xx_that_says_otherwise_is_no_delivery(
    channel: Channel, body: bytes, headers: dict[str, str]
) -> None:
    """An error in the body, and a gateway's friendly page."""
    phone = _Phone(200, body)
    phone.headers = headers
    with pytest.raises(NoAnswer, match="answered HTTP 200 with"):
        _send(phone, channel)


@pytest.mark.parametrize("body", [b"", b"ok", b"1", b'{"ok": true}', b"[]", b'{"error": null}', b"\xff"])
def test_a_2xx_that_says_nothing_against_it_is_a_delivery(body: bytes) -> None:
    """Every service answers in its own way."""
    assert "HTTP 200" == _send(_Phone(200, body), SLACK)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "Sun, 23 Nov 2025 03:05:00 GMT", "date": "Sun, 23 Nov 2025 03:04:15 GMT"}, 45.0),
        ({"retry-after": "Sun, 23 Nov 2025 03:05:00 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("channel", [PAGERDUTY, WEBHOOK, SLACK])
def test_a_channel_says_when_it_wants_to_hear_of_us_again(
    channel: Channel, headers: dict[str, str], seconds: float | None
) -> None:
    """A number, or a date by the channel's own clock; anything else says nothing."""
    phone = _Phone(429)
    phone.headers = headers
    with pytest.raises(NoAnswer) as caught:
        _send(phone, channel)
    assert seconds == caught.value.retry_after


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_an_event_about_an_incident_is_its_key_and_nothing_else(action: str) -> None:
    """PagerDuty needs no payload for it."""
    phone = _Phone(202, b'{"dedup_key":"k"}')
    _send(phone, PAGERDUTY, Message("oncall", "k", "t", "b", action=action))  # type: ignore[arg-type]
    assert {"routing_key": "r0ut1ng-key", "event_action": action, "dedup_key": "k"} == phone.said()


def test_a_machine_that_is_offline_tries_again() -> None:
    """No route now says nothing about later."""

    class Cut(_Phone):
        async def send(self, request: HttpRequest) -> HttpReply:
            raise Offline("the network of this machine is down")

    with pytest.raises(NoAnswer, match="network of this machine is down"):
        _send(Cut(202), PAGERDUTY)


API = Channel("oncall", "pagerduty", routing_key="k", api_url="http://pd/", api_token="${secrets.KEY}")
ELI = {"type": "user_reference", "summary": "Eli\x1b]0;x\x07 Evil\n" + "x" * 200}
SERVICE = {"type": "service_reference", "summary": "runbooks"}


def _seen(status: int, incidents: object, since: str = "", channel: Channel = API) -> tuple[str, _Phone]:
    phone = _Phone(status, json.dumps({"incidents": incidents}).encode())
    moment = Instant.parse(since) if since else None
    return asyncio.run(
        Channels({"oncall": channel}, phone).acknowledged("oncall", "run/1#a b", 4.0, moment)
    ), phone


def test_who_acknowledged_is_asked_by_the_key_alone() -> None:
    """The REST API, with its token; the name is one short line."""
    who, phone = _seen(200, [{"incident_key": "run/1#a b", "acknowledgements": [{"acknowledger": ELI}]}])
    (asked,) = phone.asked
    assert "http://pd/incidents?incident_key=run%2F1%23a+b&statuses%5B%5D=triggered" in asked.url
    assert ("GET", "Token token=${secrets.KEY}") == (asked.method, asked.headers["authorization"])
    assert who.startswith("Eli ]0;x Evil xxx")
    assert 80 == len(who)


@pytest.mark.parametrize(
    ("incident", "since", "who"),
    [
        ({"status": "triggered", "acknowledgements": []}, "", ""),
        ({"status": "acknowledged", "acknowledgements": [{"acknowledger": SERVICE}]}, "", ""),
        ({"acknowledgements": [{"acknowledger": {"type": "user_reference"}}]}, "", "somebody"),
        (
            {"status": "resolved", "last_status_change_by": {"type": "user_reference", "summary": "Mia"}},
            "",
            "Mia",
        ),
        ({"status": "acknowledged", "assignments": [{"assignee": {"summary": "Ann"}}]}, "", "Ann"),
        (
            {
                "acknowledgements": [
                    {"at": "2025-11-23T03:00:00Z", "acknowledger": {"type": "user", "name": "B"}}
                ]
            },
            "2025-11-23T02:59:00Z",
            "B",
        ),
        (
            {
                "acknowledgements": [
                    {"at": "2025-11-23T03:00:00Z", "acknowledger": {"type": "user", "name": "B"}}
                ]
            },
            "2025-11-23T03:01:00Z",
            "",
        ),
        ({"acknowledgements": [{"acknowledger": {"type": "user", "name": "B"}}]}, "2025-11-23T03:01:00Z", ""),
        ({"incident_key": "another", "acknowledgements": [{"acknowledger": {"type": "user"}}]}, "", ""),
        ({"acknowledgements": "x", "last_status_change_by": 3, "status": ["acknowledged"]}, "", ""),
    ],
)
def test_only_a_person_who_took_this_incident_counts(incident: object, since: str, who: str) -> None:
    """Not an integration, not before the page, not another incident, not a shape we do not know."""
    assert who == _seen(200, [incident], since)[0]


@pytest.mark.parametrize(
    ("status", "kind"), [(401, CannotLook), (404, CannotLook), (429, NoAnswer), (500, NoAnswer)]
)
def test_an_api_that_does_not_answer_is_told_apart(status: int, kind: type[Exception]) -> None:
    """A refused token is told; trouble passes."""
    with pytest.raises(kind, match=f"oncall answered HTTP {status}"):
        _seen(status, [])


def test_a_channel_that_cannot_tell_says_what_it_needs() -> None:
    """An API, or being PagerDuty at all."""
    with pytest.raises(CannotLook, match="add api_url and api_token"):
        _seen(200, [], channel=PAGERDUTY)
    with pytest.raises(CannotLook, match="only PagerDuty can"):
        _seen(200, [], channel=WEBHOOK)
    with pytest.raises(NoAnswer, match="without incidents"):
        _seen(200, None)
