"""What can be told from the catalogue alone: channels, contacts, time zones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from engine.app.examined import Examined
from engine.model.catalogue import Catalogue, Channel

_PLACEHOLDER: Final = re.compile(
    r"<[^<>]+>|\{\{.*\}\}|\b(?:todo|tbd|fixme|changeme|xxx+)\b|\.example\b|example\.(?:com|org|net)\b|555-01\d\d",
    re.IGNORECASE,
)
_WEB: Final = ("pagerduty", "webhook", "slack")
_REFERENCE: Final = re.compile(r"\$\{[^{}]+\}")


def of_catalogue(catalogue: Catalogue, channels: Mapping[str, Channel]) -> Iterator[Examined]:
    """Yield how channels (as an environment has them), contacts and time zones stand."""
    for name, channel in channels.items():
        yield _channel(name, channel, catalogue)
    paged = {rung.role for level in catalogue.severities.values() for rung in level.ladder}
    for name, role in catalogue.roles.items():
        left = _PLACEHOLDER.search(role.contact)
        if left:
            said = f"its contact still has {left[0]!r}"
            yield Examined("contact", name, "warn", said, "write how to reach it when the engine is off")
        elif name in paged and not role.channel:
            do = "give it a `channel`, or take it off the ladder"
            yield Examined("contact", name, "FAIL", "a ladder pages it, and it has no channel", do)
        elif not role.channel and not role.contact:
            yield Examined(
                "contact", name, "warn", "no way to reach it is written down", "give it a `contact`"
            )
        else:
            yield Examined("contact", name, "ok", role.channel or "reached by hand")
    for zone in sorted({"UTC", *(window.zone for window in catalogue.windows.values())}):
        yield _zone(zone)


def _channel(name: str, channel: Channel, catalogue: Catalogue) -> Examined:
    url = channel.url
    if channel.fallback and channel.fallback not in catalogue.channels:
        said = f"its fallback '{channel.fallback}' is no channel"
        return Examined("channel", name, "FAIL", said, "name one of `channels`")
    if _REFERENCE.match(url):
        where = "is a secret" if url.startswith("${secrets.") else "depends on the environment"
        said = f"{channel.type}; its address {where}"
    elif channel.type in _WEB and not re.match(r"https?://[^/\s]", url):
        said = f"{url!r} is no address of a {channel.type} channel"
        return Examined("channel", name, "FAIL", said, "write https://…")
    elif channel.type not in _WEB and "://" not in url:
        return Examined(
            "channel", name, "FAIL", f"{url!r} is no address", "write mailto://…, slack://… or another"
        )
    elif _PLACEHOLDER.search(_REFERENCE.sub("", url)):
        return Examined("channel", name, "warn", f"{url} looks like a placeholder", "write the real address")
    else:
        said = channel.type
    if channel.type == "pagerduty" and not channel.routing_key:
        return Examined("channel", name, "FAIL", "it has no routing key", "add `routing_key`")
    return Examined("channel", name, "ok", f"{said}; nothing was sent")


def _zone(zone: str) -> Examined:
    try:
        ZoneInfo(zone)
    except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        pass
    except KeyError:
        pass
    else:
        return Examined("zone", zone, "ok", "time zone data is there")
    return Examined("zone", zone, "FAIL", "there is no data for it", "pip install tzdata, or mend the name")
