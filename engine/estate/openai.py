"""The OpenAI API as far as a free probe needs it: GET /v1/models."""

from __future__ import annotations

from engine.estate.surroundings import OpenAiState
from engine.estate.wire import Reply, Request, json_reply
from engine.kinds.values import Json

MODELS = ("gpt-4o", "gpt-4o-mini", "text-embedding-3-small")


def handle(request: Request, state: OpenAiState) -> Reply:
    """Answer one API call."""
    return _answer(request, state).with_headers({"x-request-id": "req_sandbox"})


def _answer(request: Request, state: OpenAiState) -> Reply:
    if (request.method, request.path) != ("GET", "/v1/models"):
        return _error(404, "invalid_request_error", "unknown_url", "Unknown request URL")
    if state == "outage":
        return _error(503, "server_error", None, "The server is overloaded or not ready yet.", after=1.5)
    if not request.bearer() or state == "key":
        return _error(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided.")
    if state == "quota":
        said = "You exceeded your current quota, please check your plan and billing details."
        refused = _error(429, "insufficient_quota", "insufficient_quota", said)
        return refused.with_headers({"x-ratelimit-remaining-requests": "0"})
    models: list[Json] = [{"id": name, "object": "model", "owned_by": "openai"} for name in MODELS]
    return json_reply(200, {"object": "list", "data": models}, after=0.25)


def _error(status: int, kind: str, code: str | None, message: str, *, after: float = 0.12) -> Reply:
    error: Json = {"message": message, "type": kind, "param": None, "code": code}
    return json_reply(status, {"error": error}, after=after)
