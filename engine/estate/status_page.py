"""A vendor's status page (Statuspage v2): a green one is weak evidence, a red one is strong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.estate.wire import Reply, Request, json_reply, text_reply
from engine.kinds.values import Instant, Json

Indicator = Literal["none", "minor", "major", "critical"]

_SAYS: Mapping[Indicator, tuple[str, str]] = {
    "none": ("All Systems Operational", "operational"),
    "minor": ("Minor Service Outage", "degraded_performance"),
    "major": ("Partial System Outage", "partial_outage"),
    "critical": ("Major Service Outage", "major_outage"),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Whose page it is and which components it lists."""

    name: str
    url: str
    components: tuple[str, ...]


PAGES: Mapping[str, Page] = {
    "status-openai": Page("OpenAI", "https://status.openai.com", ("API", "ChatGPT")),
    "status-fly": Page("Fly.io", "https://status.flyio.net", ("Machines API", "Edge Proxy", "ord", "iad")),
    "status-supabase": Page("Supabase", "https://status.supabase.com", ("Database", "Auth", "API Gateway")),
    "status-github": Page("GitHub", "https://www.githubstatus.com", ("Actions", "API Requests")),
    "status-shopify": Page("Shopify", "https://www.shopifystatus.com", ("Admin API", "Checkout", "Admin")),
}


def handle(page: Page, indicator: Indicator, request: Request, now: float) -> Reply:
    """Answer status.json or summary.json."""
    head = status(page, indicator, now)
    match request.method, request.path:
        case "GET", "/api/v2/status.json":
            return json_reply(200, head, after=0.08)
        case "GET", "/api/v2/summary.json":
            return json_reply(200, {**head, **_details(page, indicator, now)}, after=0.1)
        case _:
            return text_reply(404, "Not Found")


def status(page: Page, indicator: Indicator, now: float) -> dict[str, Json]:
    """Return the body of status.json."""
    about: Json = {
        "id": page.name.lower(),
        "name": page.name,
        "url": page.url,
        "updated_at": str(Instant(now)),
    }
    return {"page": about, "status": {"indicator": indicator, "description": _SAYS[indicator][0]}}


def _details(page: Page, indicator: Indicator, now: float) -> dict[str, Json]:
    components: list[Json] = [
        {"id": f"c{index}", "name": name, "status": _SAYS[indicator][1] if index == 0 else "operational"}
        for index, name in enumerate(page.components)
    ]
    update: Json = {
        "status": "investigating",
        "body": "We are investigating.",
        "created_at": str(Instant(now)),
    }
    incident: Json = {
        "id": "i1",
        "name": f"{page.components[0]}: elevated error rates",
        "status": "investigating",
        "impact": indicator,
        "incident_updates": [update],
    }
    incidents: list[Json] = [] if indicator == "none" else [incident]
    return {"components": components, "incidents": incidents, "scheduled_maintenances": []}
