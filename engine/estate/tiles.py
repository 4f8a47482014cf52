"""The six tiles of the dashboard and what is wrong with each, seen from the process that draws them.

A tile asks one dependency. A slow dependency makes its tiles slow, a refused one breaks them, and a lost
credential makes a tile show fixtures without a word: quick, green and made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.estate.fault import ActiveFault
from engine.estate.wire import mapping, number, text
from engine.kinds.values import Json

TILES: Final = ("sales", "fulfillment", "inventory", "escalations", "seo", "ops")
SHOPIFY_TILES: Final = ("sales", "fulfillment", "inventory")
CACHE_SECONDS: Final[Mapping[str, float]] = dict.fromkeys(TILES, 15.0) | {"escalations": 3.0, "ops": 0.0}
"""A twentieth of what the application is set to (5 min, 60 s): waits are short in a sandbox, too."""
FETCH_SECONDS: Final[Mapping[str, float]] = {
    "sales": 0.04,
    "fulfillment": 0.03,
    "inventory": 0.03,
    "escalations": 0.04,
    "seo": 0.02,
    "ops": 0.01,
}
"""What a tile takes longer when its process does not have it yet."""
_ASKS: Final[Mapping[str, tuple[str, ...]]] = {
    "shopify": SHOPIFY_TILES,
    "hotdash-chatwoot": ("escalations",),
    "hotdash-analytics-mcp": ("seo",),
}
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "SHOPIFY_API_SECRET": SHOPIFY_TILES,
    "CHATWOOT_TOKEN": ("escalations",),
    "GA_PROPERTY_ID": ("seo",),
}
FAULTS: Final[Mapping[str, str]] = {
    "tile-error": "The dashboard is 200, and its tile `tile` (sales) shows an error instead of numbers.",
    "tile-empty": "The tile `tile` (escalations) shows nothing to do, whatever its source says.",
    "tile-mocked": "The tile `tile` (seo) shows fixtures where live numbers were asked for.",
    "page-slow": "Every page takes `seconds` (1.5) longer, made up or live: the process has grown.",
    "page-made-up": "Every tile of a live page is made up, and so the page is as quick as one of fixtures.",
    "page-refuses-probe": "The app answers 410 to every probe, whatever it calls itself.",
    "cache-old": "The machine with the index `machine` (1) shows an older number than the others.",
}


@dataclass(frozen=True, slots=True)
class Tiles:
    """What a page finds: seconds longer by tile, tiles that fail, are empty or made up, and the rest."""

    slow: Mapping[str, float]
    failing: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    mocked: tuple[str, ...] = ()
    seconds: float = 0.0
    refused: bool = False
    old: bool = False

    def dump(self) -> Json:
        """Return all fields as JSON, for another process."""
        return {
            "slow": dict(self.slow),
            "failing": list(self.failing),
            "empty": list(self.empty),
            "mocked": list(self.mocked),
            "seconds": self.seconds,
            "refused": self.refused,
            "old": self.old,
        }

    @classmethod
    def load(cls, data: Json) -> Tiles:
        """Read what `dump` wrote."""
        got = mapping(data)
        return cls(
            {name: number(seconds, 0.0) for name, seconds in mapping(got.get("slow")).items()},
            _names(got.get("failing")),
            _names(got.get("empty")),
            _names(got.get("mocked")),
            number(got.get("seconds"), 0.0),
            got.get("refused") is True,
            got.get("old") is True,
        )


GOOD_DAY: Final = Tiles({})


def tiles(
    active: tuple[ActiveFault, ...], app: str, secrets: tuple[str, ...], index: int, seconds: float
) -> Tiles:
    """Return what the machine `index` of an app finds; its own image or process makes it `seconds` slower."""
    slow: dict[str, float] = {}
    failing: list[str] = []
    empty: list[str] = []
    mocked = [name for secret, names in _NEEDS.items() if secret not in secrets for name in names]
    refused = old = False
    for fault in (entry.fault for entry in active):
        match fault.kind:
            case "tile-error":
                failing.append(fault.text("tile", "sales"))
            case "tile-slow":
                name = fault.text("tile", "sales")
                slow[name] = slow.get(name, 0.0) + fault.number("seconds", 2.0)
            case "tile-empty":
                empty.append(fault.text("tile", "escalations"))
            case "tile-mocked":
                mocked.append(fault.text("tile", "seo"))
            case "slow":
                for name in _ASKS.get(fault.service, ()):
                    slow[name] = slow.get(name, 0.0) + fault.number("seconds", 5.0)
            case "database-slow":
                slow["ops"] = slow.get("ops", 0.0) + fault.number("seconds", 30.0)
            case "shopify-throttled" | "shopify-refused" | "refuse" if fault.service == "shopify":
                failing += ["sales", "inventory"]
                empty.append("fulfillment")  # its query never looks at `errors`
            case "page-slow" if fault.service == app:
                seconds += fault.number("seconds", 1.5)
            case "page-made-up" if fault.service == app:
                mocked += TILES
                seconds -= 0.15
            case "page-refuses-probe" if fault.service == app:
                refused = True
            case "cache-old" if fault.service == app:
                old = old or int(fault.number("machine", 1)) == index
    return Tiles(slow, tuple(failing), tuple(empty), tuple(mocked), seconds, refused, old)


def _names(data: Json) -> tuple[str, ...]:
    return tuple(text(name) for name in data) if isinstance(data, list) else ()
