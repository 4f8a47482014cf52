"""The dashboard as a synthetic check sees it: one page whose status is 200 whatever its tiles say.

Rules that trap a reader of the page:
1. The six tiles are asked one after another: the page takes the sum of them, not the slowest.
2. A tile that fails says so inside the page; the status stays 200. One that is fed by fixtures is quick.
3. Each process keeps what it fetched: after one slow page the next are quick, and a while later one is slow
   again. Two machines keep different numbers.
4. A client that does not look like a point of sale is taken for a bot and gets 410, which says nothing about
   the page. With `mock=1` the numbers are made up and quick; with `mock=0` they are live.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from engine.estate.memory import DashboardMemory
from engine.estate.surroundings import Surroundings
from engine.estate.tiles import CACHE_SECONDS, FAULTS, FETCH_SECONDS, GOOD_DAY, TILES, Tiles
from engine.estate.wire import Reply, Request, broken, json_reply, text_reply
from engine.kinds.values import Instant

MOCK_SECONDS: Final = 0.26
LIVE_SECONDS: Final = 0.41
_NEVER: Final = float("-inf")
_NUMBERS: Final = {"sales": 42, "fulfillment": 3, "inventory": 5, "escalations": 2, "seo": 310, "ops": 7}
_OLDER: Final = 5
__all__ = ["FAULTS", "LIVE_SECONDS", "MOCK_SECONDS", "TILES", "handle", "serve"]


def handle(request: Request, broken_tile: str = "") -> Reply:
    """Answer one request as a machine that has every tile in its cache does."""
    held = replace(GOOD_DAY, failing=(broken_tile,) if broken_tile else ())
    return _refusal(request, held) or _page(DashboardMemory(), request, 0.0, held, cached=True)[1]


def serve(
    memory: DashboardMemory, request: Request, now: float, around: Surroundings
) -> tuple[DashboardMemory, Reply]:
    """Answer one request as the process of one machine, with its own cache."""
    if around.hung:
        return memory, broken("hang")
    if request.path == "/api/monitoring/health" and request.method == "GET":
        said = {"status": "ok", "service": "dashboard", "timestamp": str(Instant(now))}
        return memory, json_reply(200, dict(said), after=0.05 + around.tiles.seconds)
    refusal = _refusal(request, around.tiles)
    if refusal is None and not around.database:  # whose session it is lies there, also for fixtures
        refusal = text_reply(500, "Unexpected Server Error", after=2.0)
    if refusal is not None:
        return memory, refusal
    return _page(memory, request, now, around.tiles)


def _refusal(request: Request, held: Tiles) -> Reply | None:
    """Return what is answered instead of a page."""
    if request.path == "/health" and request.method == "GET":
        return text_reply(200, "ok")
    if request.path != "/app" or request.method not in ("GET", "HEAD"):
        return text_reply(404, "Not Found")
    agent = request.headers.get("user-agent", "")
    if held.refused or ("Shopify POS/" not in agent and "Shopify Mobile/" not in agent):
        return text_reply(410, "Gone", after=0.2)
    return None


def _page(
    memory: DashboardMemory, request: Request, now: float, held: Tiles, *, cached: bool = False
) -> tuple[DashboardMemory, Reply]:
    live = request.query.get("mock") != "1"
    seconds = (LIVE_SECONDS if live else MOCK_SECONDS) + held.seconds
    kept = dict(memory.fetched)
    for name in TILES if live and not cached else ():
        if name in held.mocked or now - kept.get(name, _NEVER) < CACHE_SECONDS[name]:
            continue
        seconds += FETCH_SECONDS[name] + held.slow.get(name, 0.0)
        if name not in held.failing:
            kept[name] = round(now + seconds, 3)
    drawn = "".join(_tile(name, live, held, kept.get(name, now)) for name in TILES)
    page = f"<!doctype html><title>Operator control center</title>{drawn}"
    reply = text_reply(200, page, after=round(seconds, 3))
    reply = reply.with_headers({"content-type": "text/html; charset=utf-8"})
    return replace(memory, fetched=tuple(kept.items())), reply


def _tile(name: str, live: bool, held: Tiles, fetched: float) -> str:
    if live and name in held.failing:
        state = '"status":"error"'
    else:
        source = "live" if live and name not in held.mocked else "mock"
        shown = 0 if live and name in held.empty else _NUMBERS[name] - (_OLDER if live and held.old else 0)
        state = f'"status":"ok","source":"{source}","count":{shown},"fetchedAt":"{Instant(fetched)}"'
    return f'<script type="application/json" data-tile="{name}">{{{state}}}</script>'
