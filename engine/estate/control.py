"""A control probe's target: if this one does not answer, it is our own network."""

from __future__ import annotations

from engine.estate.wire import Reply, Request, text_reply


def handle(request: Request) -> Reply:
    """Answer 204 to any read."""
    return Reply(204) if request.method in ("GET", "HEAD") else text_reply(405, "Method Not Allowed")
