"""A channel whose address cannot be used: the page is lost when it is needed.

Nobody sees it before the first incident, unless somebody sends a message through it. `runbook doctor` does
that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from engine.kinds.findings import Severity
from engine.model.catalogue import Catalogue, Channel
from engine.model.lint import Facts, Fault

SEVERITY: Final[Severity] = "error"
FIX: Final = "write the whole address: https://…, or mailto://… and the like for e-mail and apprise"
BEFORE: Final = """
channels:
  incidents: {type: webhook, url: chat.example/hooks/7}
"""
AFTER: Final = """
channels:
  incidents: {type: webhook, url: 'https://chat.example/hooks/7'}
"""

_WEB: Final = ("pagerduty", "webhook", "slack")
_REFERENCE: Final = re.compile(r"\$\{[^{}]+\}")


def examine_catalogue(catalogue: Catalogue, facts: Facts) -> Iterator[Fault]:
    """Yield channels that lead nowhere, and fallbacks that lead back."""
    for name, channel in catalogue.channels.items():
        place = ("channels", name)
        wrong = _wrong(channel)
        if wrong:
            yield Fault(
                (*place, "url"), f"'{channel.url}' is no address for {channel.type}: {wrong}", at_key=False
            )
        if channel.type == "pagerduty" and not channel.routing_key:
            fix = "add 'routing_key: ${secrets.NAME}', the key of the service's integration"
            yield Fault(place, f"the channel '{name}' has no routing key: PagerDuty refuses it", fix)
        if channel.fallback == name or _returns(catalogue, name):
            fix = "name another channel, or take the fallback out"
            yield Fault((*place, "fallback"), f"the fallback of '{name}' leads back to it", fix, at_key=False)


def _wrong(channel: Channel) -> str:
    if _REFERENCE.match(channel.url):
        return ""  # a secret, or what the environment says
    try:
        parts = urlsplit(_REFERENCE.sub("x", channel.url))
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        return str(error)
    if channel.type in _WEB:
        if parts.scheme not in ("http", "https"):
            return "it does not begin with https://"
        return "" if host else "it names no host"
    return "" if parts.scheme and "://" in channel.url else "it has no scheme"


def _returns(catalogue: Catalogue, name: str) -> bool:
    seen: set[str] = set()
    here = catalogue.channels[name].fallback
    while here in catalogue.channels and here not in seen:
        if here == name:
            return True
        seen.add(here)
        here = catalogue.channels[here].fallback
    return False
