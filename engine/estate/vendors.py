"""Who answers what is asked of anything but our own apps: vendors, tool servers, the control probe."""

from __future__ import annotations

from dataclasses import replace

from engine.estate import (
    analytics,
    control,
    dashboard,
    fly_mcp,
    fly_metrics,
    forbidden_app,
    github,
    leaked,
    machines_api,
    mcp_server,
    openai,
    pagerduty,
    postgrest,
    project_care,
    release_breakdowns,
    shopify,
    status_page,
    supabase_mcp,
    supabase_project,
    webhook,
)
from engine.estate.json_rpc import Sessions
from engine.estate.state import EstateState
from engine.estate.wire import Reply, Request, broken


def ask_vendor(state: EstateState, service: str, request: Request, now: float) -> tuple[EstateState, Reply]:
    """Return the estate after a request to a vendor, and its answer."""
    held = state.conditions
    revoked = service in held.revoked or (leaked.sent(request) and service not in held.leaked)
    match service:
        case "machines-api":
            shelves = release_breakdowns.with_built(state.fly, state.active)
            shelves = forbidden_app.with_forbidden(shelves, state.active)
            fly, reply = machines_api.handle(shelves, request, now, revoked=revoked)
            fly = forbidden_app.without_forbidden(fly, state.fly)
            return replace(state, fly=release_breakdowns.without_built(fly)), reply
        case "github":
            runs, reply = github.handle(
                state.github, request, now, revoked=revoked, limited=held.github_limited
            )
            return replace(state, github=runs), reply
        case server if server in mcp_server.SERVERS:
            known, reply = mcp_server.handle(
                state.mcp.get(server, Sessions()),
                mcp_server.SERVERS[server],
                request,
                deaf=server in held.deaf,
                no_tools=server in held.without_tools,
                revoked=revoked,
                trouble=held.analytics if server == analytics.SERVER else "",
                supabase=(lambda asked: ask_vendor(state, "supabase", asked, now)[1])
                if server == supabase_mcp.NAME
                else None,
            )
            return replace(state, mcp={**state.mcp, server: known}), reply
        case analytics.NAME:
            return state, analytics.wrapper(request, revoked=revoked)
        case "dashboard":
            return state, dashboard.handle(request, held.broken_tile)
        case "fly-mcp":
            sessions, reply = fly_mcp.handle(state.sessions, state.fly, request, now, _outside(state, now))
            return replace(state, sessions=sessions), reply
        case fly_metrics.NAME:
            return state, fly_metrics.handle(request, state.active, now, revoked=revoked)
        case "pagerduty":
            pager, reply = pagerduty.handle(state.pager, request, now, down=held.page_status)
            return replace(state, pager=pager), reply
        case "webhook":
            sink, reply = webhook.handle(state.sink, request, now)
            return replace(state, sink=sink), reply
        case "shopify":
            shop, reply = shopify.handle(
                state.shop,
                request,
                now,
                revoked=revoked,
                refused=held.shop_status,
                most=held.shop_points,
                largest=held.shop_query,
                oldest=held.shop_oldest,
            )
            return replace(state, shop=shop), reply
        case "openai":
            return state, openai.handle(request, "key" if revoked else held.openai)
        case "supabase" if request.path.startswith(("/rest/v1/", "/functions/v1/")):
            shown = postgrest.exposed(state.active)
            return state, postgrest.handle(request, shown, database=held.database, revoked=revoked)
        case "supabase" if project_care.asked(request):
            return state, project_care.handle(request, state.active, now, revoked=revoked)
        case "supabase":
            return state, supabase_project.handle(
                request,
                database=held.database,
                revoked=revoked,
                status=held.project,
                read_only=held.read_only,
                lint=held.lint,
            )
        case "control":
            return state, control.handle(request)
        case page if page in status_page.PAGES:
            indicator = held.indicators.get(page, "none")
            return state, status_page.handle(status_page.PAGES[page], indicator, request, now)
        case _:
            return state, broken("refuse")


def _outside(state: EstateState, now: float) -> fly_mcp.Outside:
    held = state.conditions
    trouble = held.wire.get("machines-api")
    reachable = trouble is None or trouble.fault is None
    if not state.reachable("status-fly"):
        return fly_mcp.Outside(reachable, None)
    page = status_page.PAGES["status-fly"]
    return fly_mcp.Outside(
        reachable, status_page.status(page, held.indicators.get("status-fly", "none"), now)
    )
