"""The LlamaIndex server's process: liveness that says little, and queries that run a blocking program.

Rules that trap a reader of its replies:
1. /health is 200 whatever is broken; only a query shows whether the server is of use.
2. A query blocks the event loop: until it ends, /health waits too, and so does everything else.
3. A failed tool is HTTP 200 with isError true. Its own rate limit (100 in 60 s per x-client-id) is HTTP 429.
4. Metrics start at zero with every boot; `calls` 0 is no data. `errorRate` is a string with a percent sign.
5. POST /mcp answers the bare result without a JSON-RPC envelope, GET /mcp is 404: it is no MCP server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.estate.memory import LlamaMemory, RateWindow, ToolRecord
from engine.estate.surroundings import Surroundings
from engine.estate.wire import Reply, Request, broken, json_reply, mapping, number, text
from engine.kinds.values import Instant, Json

LIMIT = 100
WINDOW_SECONDS = 60.0
LATENCIES_KEPT = 100
FOREVER = float("inf")
SECONDS = {"query_support": 0.32, "refresh_index": 18.0, "insight_report": 4.0}
_STRING: Mapping[str, Json] = {"type": "string"}


def handle(
    memory: LlamaMemory, request: Request, now: float, around: Surroundings
) -> tuple[LlamaMemory, Reply]:
    """Answer one request, after whatever blocks the event loop."""
    if memory.busy_until == FOREVER and around.hung:
        return memory, broken("hang")
    blocked = max(0.0, memory.busy_until - now) if memory.busy_until < FOREVER else 0.0
    memory, refusal, limits = _limit(memory, request, now, around)
    if refusal is not None:
        return memory, replace(refusal, after=refusal.after + blocked)
    memory, reply = _route(memory, request, now, around, blocked)
    return memory, replace(reply.with_headers(limits), after=round(reply.after + blocked, 3))


def _route(
    memory: LlamaMemory, request: Request, now: float, around: Surroundings, blocked: float
) -> tuple[LlamaMemory, Reply]:
    match request.method, request.path:
        case "GET", "/health":
            return memory, json_reply(200, _health(memory, now, around))
        case "GET", "/metrics":
            return memory, json_reply(200, {"uptime": _uptime(now, around), "tools": _metrics(memory)})
        case "GET", "/admin/status":
            used: dict[str, Json] = {"rss": "148MB", "heapUsed": "61MB"}
            return memory, json_reply(200, {"memory": used, "metrics": _metrics(memory)})
        case "GET", "/admin/metrics/reset":
            return replace(memory, tools=()), json_reply(200, {"status": "reset"})
        case "POST", "/mcp/tools/list":
            return memory, json_reply(200, {"tools": _tools()})
        case "POST", "/mcp/tools/call":
            return _call(memory, mapping(request.json()), now, around, blocked)
        case "POST", "/mcp":
            asked = mapping(request.json())
            if asked.get("method") == "tools/list":
                return memory, json_reply(200, {"tools": _tools()})
            if asked.get("method") == "tools/call":
                return _call(memory, mapping(asked.get("params")), now, around, blocked)
            return memory, json_reply(400, {"error": "Unknown method"})
        case _:
            return memory, json_reply(404, {"error": "Not found"})


def _call(
    memory: LlamaMemory, asked: Mapping[str, Json], now: float, around: Surroundings, blocked: float
) -> tuple[LlamaMemory, Reply]:
    name = text(asked.get("name"))
    if not name:
        return memory, json_reply(400, {"error": "Tool name is required"})
    if around.hung:
        return replace(memory, busy_until=FOREVER), broken("hang")
    arguments = mapping(asked.get("arguments"))
    said, failed = _run(name, arguments, around)
    seconds = 0.15 if failed else SECONDS[name]
    memory = replace(memory, busy_until=now + blocked + seconds)
    if name in SECONDS:
        memory = _count(memory, name, round(seconds * 1000), failed)
    result: dict[str, Json] = {"content": [{"type": "text", "text": said}]}
    if failed:
        result["isError"] = True
    return memory, json_reply(200, result, after=seconds)


def _run(name: str, arguments: Mapping[str, Json], around: Surroundings) -> tuple[str, bool]:
    """Return what the tool's program prints, and whether it failed."""
    if name not in SECONDS:
        return f"Error: Unknown tool: {name}", True
    if name == "query_support" and not text(arguments.get("q")):
        return "Error: q is required", True
    if around.cli_missing:
        return f"Error: Cannot find module '/app/packages/ai/dist/{name}.js'", True
    if around.openai == "key" or "OPENAI_API_KEY" not in around.secrets:
        return "Error: 401 Incorrect API key provided.", True
    if around.openai == "quota":
        return "Error: 429 You exceeded your current quota (insufficient_quota).", True
    if around.openai == "outage":
        return "Error: 503 OpenAI: The server is overloaded or not ready yet.", True
    if not around.database:
        return "Error: Supabase: connection refused while reading the vector store", True
    if name == "query_support":
        top = int(min(20, number(arguments.get("topK"), 5)))
        if around.uncited:
            return "Unused parts may be returned within 14 days of delivery.", False
        sources = "\n".join(f"[{n}] support/policies.md#{n}" for n in range(1, top + 1))
        return f"Unused parts may be returned within 30 days of delivery.\n\nSources:\n{sources}", False
    return f"{name}: done", False


def _limit(
    memory: LlamaMemory, request: Request, now: float, around: Surroundings
) -> tuple[LlamaMemory, Reply | None, dict[str, str]]:
    """Count the request against its client's window."""
    client = request.headers.get("x-client-id") or "127.0.0.1"
    kept = [w for w in memory.windows if now - w.opened < WINDOW_SECONDS]
    window = next((w for w in kept if w.client == client), RateWindow(client, now, 0))
    window = replace(window, count=window.count + 1)
    others = tuple(w for w in kept if w.client != client)
    memory = replace(memory, windows=(*others, window))
    reset = window.opened + WINDOW_SECONDS
    spent = now < around.limited_until and around.limited_client in ("", client)
    if spent:
        reset = around.limited_until
    left = 0 if spent else max(0, LIMIT - window.count)
    headers = {
        "x-ratelimit-limit": str(LIMIT),
        "x-ratelimit-remaining": str(left),
        "x-ratelimit-reset": str(Instant(reset)),
    }
    if not spent and window.count <= LIMIT:
        return memory, None, headers
    retry_after = max(1, round(reset - now))
    headers["retry-after"] = str(retry_after)
    refused = json_reply(429, {"error": "Too many requests", "retryAfter": retry_after}, headers=headers)
    return memory, refused, headers


def _count(memory: LlamaMemory, name: str, milliseconds: int, failed: bool) -> LlamaMemory:
    tools = dict(memory.tools)
    old = tools.get(name, ToolRecord())
    latencies = (*old.latencies, milliseconds)[-LATENCIES_KEPT:]
    tools[name] = ToolRecord(old.calls + 1, old.errors + failed, latencies)
    return replace(memory, tools=tuple(tools.items()))


def _metrics(memory: LlamaMemory) -> dict[str, Json]:
    known = dict(memory.tools)
    return {name: _tool_metrics(known.get(name, ToolRecord())) for name in SECONDS}


def _tool_metrics(record: ToolRecord) -> Json:
    ordered = sorted(record.latencies)
    share = 100 * record.errors / record.calls if record.calls else 0.0
    return {
        "calls": record.calls,
        "errors": record.errors,
        "errorRate": f"{share:.2f}%",
        "avgLatencyMs": round(sum(ordered) / len(ordered)) if ordered else 0,
        "p95LatencyMs": ordered[int(0.95 * len(ordered))] if ordered else 0,
    }


def _uptime(now: float, around: Surroundings) -> str:
    return f"{max(0, int(now - around.booted_at))}s"


def _health(memory: LlamaMemory, now: float, around: Surroundings) -> Json:
    return {
        "status": "ok",
        "service": "llamaindex-rag-mcp",
        "version": "1.0.0",
        "timestamp": str(Instant(now)),
        "uptime": _uptime(now, around),
        "tools": list(SECONDS),
        "metrics": _metrics(memory),
    }


def _tools() -> list[Json]:
    query: Json = {"q": _STRING, "topK": {"type": "number", "default": 5, "maximum": 20}}
    refresh: Json = {
        "sources": {"type": "string", "default": "all"},
        "full": {"type": "boolean", "default": True},
    }
    report: Json = {
        "window": {"type": "string", "default": "7d"},
        "format": {"type": "string", "enum": ["md", "json", "txt"], "default": "md"},
    }
    return [
        _tool("query_support", "Answer a support question with sources", query, ["q"]),
        _tool("refresh_index", "Rebuild the index", refresh, []),
        _tool("insight_report", "Report on telemetry", report, []),
    ]


def _tool(name: str, description: str, properties: Json, required: list[Json]) -> Json:
    schema: Json = {"type": "object", "properties": properties, "required": required}
    return {"name": name, "description": description, "inputSchema": schema}
