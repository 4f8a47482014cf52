"""The dashboard as a synthetic check sees it: one page whose status is 200 whatever its tiles say.

A client that does not look like a point of sale is taken for a bot and gets 410, which says nothing about the
page. With `mock=1` the numbers are made up and quick; with `mock=0` they are live.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.estate.wire import Reply, Request, text_reply

TILES: Final = ("sales", "fulfillment", "inventory", "escalations", "seo", "ops")
MOCK_SECONDS: Final = 0.26
LIVE_SECONDS: Final = 0.41
FAULTS: Final[Mapping[str, str]] = {
    "tile-error": "The dashboard is 200, and its tile `tile` (sales) shows an error instead of numbers.",
}


def handle(request: Request, broken_tile: str = "") -> Reply:
    """Answer one request."""
    if request.path == "/health" and request.method == "GET":
        return text_reply(200, "ok")
    if request.path != "/app" or request.method not in ("GET", "HEAD"):
        return text_reply(404, "Not Found")
    agent = request.headers.get("user-agent", "")
    if "Shopify POS/" not in agent and "Shopify Mobile/" not in agent:
        return text_reply(410, "Gone", after=0.2)
    live = request.query.get("mock") != "1"
    tiles = [_tile(name, live and name == broken_tile) for name in TILES]
    page = f"<!doctype html><title>Operator control center</title>{''.join(tiles)}"
    reply = text_reply(200, page, after=LIVE_SECONDS if live else MOCK_SECONDS)
    return reply.with_headers({"content-type": "text/html; charset=utf-8"})


def _tile(name: str, broken: bool) -> str:
    state = '"status":"error"' if broken else '"status":"ok"'
    return f'<script type="application/json" data-tile="{name}">{{{state}}}</script>'
