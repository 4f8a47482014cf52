"""A generic sink for POSTs, such as a chat room's incoming webhook: 200, and keeps what came."""

from __future__ import annotations

from dataclasses import dataclass

from engine.estate.wire import Reply, Request, text_reply


@dataclass(frozen=True, slots=True)
class Delivery:
    """One body that was taken."""

    at: float
    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Sink:
    """Everything taken so far, oldest first."""

    taken: tuple[Delivery, ...] = ()


def handle(state: Sink, request: Request, now: float) -> tuple[Sink, Reply]:
    """Take one body."""
    if request.method != "POST":
        return state, text_reply(405, "Method Not Allowed")
    delivery = Delivery(now, request.path, request.body)
    return Sink((*state.taken, delivery)), text_reply(200, "ok", after=0.1)
