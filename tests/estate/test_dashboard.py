"""The dashboard's stand-in: what a page hides behind a status of 200, and what its caches hide for a while."""

from __future__ import annotations

import re

import pytest

from engine.estate.dashboard import LIVE_SECONDS, MOCK_SECONDS
from engine.estate.dashboard_app import NAME
from engine.estate.healthy import healthy
from engine.estate.surroundings import Surroundings
from engine.estate.tiles import CACHE_SECONDS, SHOPIFY_TILES, TILES, Tiles
from engine.estate.wire import Reply
from tests.estate.by_hand import START, Estate

POS = {"user-agent": "Shopify POS/9.30", "x-hotdash-synthetic": "1"}


@pytest.fixture
def shop() -> Estate:
    """Return an estate on a good day."""
    return Estate(healthy(START))


def page(estate: Estate, mock: int = 0, *, agent: str = POS["user-agent"]) -> Reply:
    """Ask for one page and let its time pass."""
    reply = estate.ask(NAME, f"/app?mock={mock}", headers={**POS, "user-agent": agent})
    estate.wait(reply.after)
    return reply


def tile(reply: Reply, name: str) -> str:
    """Return what stands in a tile."""
    found = re.search(rf'data-tile="{name}">(.*?)</script>', reply.body.decode())
    assert found
    return found[1]


def warm(estate: Estate) -> None:
    """Let both machines fill their caches."""
    page(estate)
    page(estate)


def test_the_first_page_of_each_machine_takes_longest_and_all_stay_in_budget(shop: Estate) -> None:
    """Two machines, two first pages; fixtures ask nobody."""
    took = [page(shop).after for _ in range(4)]
    assert took[0] == took[1] > took[2] == took[3]
    assert LIVE_SECONDS < took[3] < took[0] < 0.8
    assert page(shop, 1).after == MOCK_SECONDS


@pytest.mark.parametrize("agent", ["", "curl/8.5.0", "Mozilla/5.0 (compatible; bot)"])
def test_who_looks_like_a_robot_gets_410_quickly(shop: Estate, agent: str) -> None:
    """Quicker than any page, so a time alone would call it well."""
    refused = page(shop, agent=agent)
    assert (410, True) == (refused.status, refused.after < MOCK_SECONDS)
    assert 200 == page(shop, agent="Shopify Mobile/10").status


def test_the_page_takes_the_sum_of_its_tiles(shop: Estate) -> None:
    """A slow Shopify is waited for three times, since three tiles ask it."""
    well = page(shop).after
    other = Estate(healthy(START))
    other.strike("shopify", "slow", seconds=2.0)
    assert pytest.approx(well + 2.0 * len(SHOPIFY_TILES)) == page(other).after
    assert MOCK_SECONDS == page(other, 1).after


def test_a_cache_hides_a_slow_source_until_it_has_run_out(shop: Estate) -> None:
    """Warm pages are quick whatever the source; that is the sawtooth."""
    shop.strike(NAME, "tile-slow", tile="seo", seconds=3.0)
    warm(shop)
    assert page(shop).after < 0.8
    shop.wait(CACHE_SECONDS["seo"])
    assert page(shop).after > 3.0


def test_a_broken_tile_stands_in_a_page_with_status_200(shop: Estate) -> None:
    """The others are well, and fixtures do not show it."""
    shop.strike(NAME, "tile-error", tile="ops")
    live, mocked = page(shop), page(shop, 1)
    assert (200, '{"status":"error"}') == (live.status, tile(live, "ops"))
    assert all('"status":"ok"' in tile(live, name) for name in TILES if name != "ops")
    assert '"status":"ok"' in tile(mocked, "ops")


def test_a_refused_shopify_breaks_two_tiles_and_empties_the_third(shop: Estate) -> None:
    """Nothing to fulfil looks like a good day."""
    shop.strike("shopify", "shopify-throttled")
    seen = page(shop)
    assert '"status":"error"' in tile(seen, "sales")
    assert '"status":"ok"' in tile(seen, "fulfillment")
    assert '"count":0' in tile(seen, "fulfillment")


def test_a_tile_without_its_credential_is_quick_green_and_made_up(shop: Estate) -> None:
    """It says so in one word, and its neighbours stay live."""
    before = page(shop).after
    shop.strike(NAME, "secret-lost", secret="CHATWOOT_TOKEN")
    seen = page(shop)
    assert '"source":"mock"' in tile(seen, "escalations")
    assert '"source":"live"' in tile(seen, "sales")
    assert seen.after < before


def test_two_machines_may_show_two_numbers(shop: Estate) -> None:
    """And the proxy sends you to either."""
    shop.strike(NAME, "cache-old", machine=1)
    numbers = [re.findall(r'"count":(\d+)', tile(page(shop), "sales"))[0] for _ in range(4)]
    assert numbers[0] != numbers[1]
    assert numbers[:2] == numbers[2:]


def test_without_the_database_there_is_no_page_and_health_is_green(shop: Estate) -> None:
    """/health and the monitoring route look at nothing."""
    shop.strike("database", "database-away")
    assert 500 == page(shop, 1).status
    assert [200, 200] == [shop.ask(NAME, path).status for path in ("/health", "/api/monitoring/health")]


def test_a_slow_release_goes_with_its_image_and_a_grown_process_with_a_restart(shop: Estate) -> None:
    """A restart brings the same image again."""
    shop.strike(NAME, "slow-release", seconds=1.5)
    assert page(shop, 1).after > 1.5
    restart = f"/v1/apps/{NAME}/machines/{shop.machine(NAME).id}/restart"
    shop.ask("machines-api", restart, {})
    shop.wait(5)
    assert page(shop, 1).after > 1.5
    grown = Estate(healthy(START))
    grown.strike(NAME, "page-slow", heal="restart")
    assert page(grown, 1).after > 1.5
    grown.ask("machines-api", restart, {})
    grown.wait(5)
    assert MOCK_SECONDS == page(grown, 1).after


def test_the_log_names_a_slow_tile_and_a_full_machine(shop: Estate) -> None:
    """That is where a person would find them."""
    shop.strike(NAME, "tile-slow", tile="seo", seconds=2.0)
    shop.strike("hotdash-chatwoot", "concurrency-full")
    said = [line.message for line in shop.state.logs]
    assert any('"tile":"seo","ms":2020' in line for line in said)
    assert any("hard limit of 25 concurrent requests" in line for line in said)


def test_what_a_page_finds_travels_to_another_process() -> None:
    """The process of a machine is told in a header."""
    found = Tiles({"sales": 2.5}, ("seo",), ("fulfillment",), ("ops",), 1.5, True, True)
    assert found == Surroundings.load(Surroundings(tiles=found).dump()).tiles
