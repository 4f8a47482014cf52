"""One way to tell people, as the catalogue writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.model import catalogue

PAGERDUTY_URL = "https://events.pagerduty.com/v2/enqueue"


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel by its name; addresses, keys, tokens and headers may hold `${secrets.NAME}`."""

    name: str
    kind: Literal["pagerduty", "webhook", "slack", "email", "apprise"]
    url: str = PAGERDUTY_URL
    routing_key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    api_url: str = ""
    api_token: str = ""

    @classmethod
    def of(cls, name: str, written: catalogue.Channel) -> Channel:
        """Return a channel of the catalogue."""
        return cls(
            name,
            written.type,
            written.url,
            written.routing_key,
            dict(written.headers),
            written.api_url,
            written.api_token,
        )
