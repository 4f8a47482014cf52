"""PagerDuty: events by the Events API v2, and who acknowledged by the REST API.

An event is accepted by 202 and the dedup key in the answer, by nothing else. Events carry no user: an
acknowledgement that we send is the integration's, so only those of users count as a person's. What the REST
API says is from outside: a name is one short line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

from engine.io.world.tell import receipt, wording
from engine.io.world.tell.channel import Channel
from engine.kinds.ports import CannotLook, HttpReply, HttpRequest, Message, NoAnswer
from engine.kinds.replies import as_mapping, as_text
from engine.kinds.values import Instant, Json

_SEVERITY = {"SEV-1": "critical", "SEV-2": "error", "SEV-3": "warning", "SEV-4": "info"}
_MAX_SUMMARY = 1024  # PagerDuty's limit
_MAX_DETAILS = 100_000  # well within PagerDuty's 512 kB for an event
_MAX_KEY = 255  # PagerDuty's limit
_LONGEST_NAME = 80
SOMEBODY = "somebody"


def request(channel: Channel, message: Message) -> HttpRequest:
    """Return the request that sends an event; raises CannotLook without a routing key."""
    if not channel.routing_key:
        raise CannotLook(f"channel {channel.name} has no routing key: add routing_key to it")
    event: dict[str, Json] = {"event_action": message.action, "dedup_key": message.dedup_key[:_MAX_KEY]}
    if message.action == "trigger":
        event["payload"] = {
            "summary": wording.one_line(message.title)[:_MAX_SUMMARY],
            "source": "runbook-engine",
            "severity": _SEVERITY.get(message.severity, "error"),
            "custom_details": {"body": message.body[:_MAX_DETAILS], "severity": message.severity},
        }
    body = f'{{"routing_key": {json.dumps(channel.routing_key)}, {wording.data(event)[1:]}'
    return HttpRequest(
        url=channel.url,
        method="POST",
        headers={**channel.headers, "content-type": "application/json"},
        body=body.encode(),
        timeout=message.timeout,
    )


def accepted(channel: Channel, reply: HttpReply) -> str:
    """Return the dedup key of an accepted event; raises NoAnswer or CannotLook."""
    if reply.status != 202:
        receipt.refuse(channel.name, reply, "202", "check its address and its key")
    said = receipt.read_json(reply)
    key = said.get("dedup_key") if isinstance(said, Mapping) else None
    if not isinstance(key, str) or not key:
        raise NoAnswer("garbled", f"{channel.name} answered 202 without a dedup key", reply.seconds)
    return key


def incidents(channel: Channel, dedup_key: str, timeout: float) -> HttpRequest:
    """Return the request for the incidents behind a key; raises CannotLook where there is no REST API."""
    if not channel.api_url:
        raise CannotLook(f"{channel.name} cannot tell who acknowledged: add api_url and api_token to it")
    wanted = [("incident_key", dedup_key[:_MAX_KEY]), *(("statuses[]", status) for status in _STATUSES)]
    headers = {"accept": "application/vnd.pagerduty+json;version=2"}
    if channel.api_token:
        headers["authorization"] = f"Token token={channel.api_token}"
    return HttpRequest(
        url=f"{channel.api_url.rstrip('/')}/incidents?{urlencode(wanted)}", headers=headers, timeout=timeout
    )


_STATUSES = ("triggered", "acknowledged", "resolved")


def acknowledged(channel: Channel, dedup_key: str, reply: HttpReply, since: Instant | None) -> str:
    """Return the person who acknowledged, empty while nobody has; raises NoAnswer or CannotLook."""
    if reply.status != 200:
        receipt.refuse(channel.name, reply, "200", "check its api_url and its api_token")
    said = receipt.read_json(reply)
    listed = said.get("incidents") if isinstance(said, Mapping) else None
    if not isinstance(listed, list):
        raise NoAnswer("garbled", f"{channel.name} answered 200 without incidents", reply.seconds)
    key = dedup_key[:_MAX_KEY]
    ours = [as_mapping(one) for one in listed if as_mapping(one).get("incident_key", key) == key]
    return next((who for one in ours for who in _people(one, since)), "")


def _people(incident: Mapping[str, Json], since: Instant | None) -> Iterator[str]:
    """Yield the users who took an incident: acknowledged it, or resolved it before anybody did."""
    taken = incident.get("acknowledgements")
    for one in map(as_mapping, taken if isinstance(taken, list) else []):
        who = as_mapping(one.get("acknowledger"))
        if _is_user(who) and not _before(one.get("at"), since):
            yield _name(who)
    status = incident.get("status")
    changed = as_mapping(incident.get("last_status_change_by"))
    late = not _before(incident.get("last_status_change_at"), since)
    if status in ("acknowledged", "resolved") and _is_user(changed) and late:
        yield _name(changed)
    if status == "acknowledged" and since is None and not taken and not changed:
        given = incident.get("assignments")
        for one in map(as_mapping, given if isinstance(given, list) else []):
            yield _name(as_mapping(one.get("assignee")))


def _is_user(who: Mapping[str, Json]) -> bool:
    return (as_text(who.get("type")) or "").startswith("user")


def _name(who: Mapping[str, Json]) -> str:
    """Return a person's name; it is from outside."""
    name = wording.one_line(as_text(who.get("summary")) or as_text(who.get("name")) or "")
    return name[:_LONGEST_NAME] or SOMEBODY


def _before(at: Json, since: Instant | None) -> bool:
    """Say whether something happened before the page; what has no date counts as before."""
    if since is None:
        return False
    try:
        return Instant.parse(at) < since
    except ValueError:
        return True
