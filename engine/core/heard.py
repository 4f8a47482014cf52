"""What the end of a message means for the state of a run: who heard of it, and which incidents it opened.

Rules:
1. Nobody told: a page or a notice failed, and none has got through since. What the run tells by itself (start
   and end, status updates, the incident) counts neither way.
2. An incident counts as opened where a page was delivered, and where nobody knows whether it was.
3. A page of the ladder that was stopped stays stopped when the try that was on its way fails.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.events import Asked, Ended
from engine.core.run_state import ANNOUNCE, INCIDENT, LADDER, UPDATES, RunState, evolved

NOT_SENT = ("refused", "dns", "tls")
"""Why there was no answer where nothing can have arrived."""


def message_ended(state: RunState, asked: Asked, event: Ended) -> RunState:
    """Return the state after one try of a message."""
    got_through = event.outcome == "delivered"
    if asked.step not in (ANNOUNCE, UPDATES, INCIDENT) and event.outcome != "named":
        state = evolved(state, delivered=got_through, undelivered=not got_through)
    state = _triggered(state, asked, event)
    stopped = state.told.get(asked.item) == "stopped" and not got_through
    if asked.step == LADDER and not stopped:
        return evolved(state, told={**state.told, asked.item: event.outcome})
    return state


def acknowledged(state: RunState, asked: Asked) -> RunState:
    """Return the state after somebody was seen to have acknowledged a page in its channel."""
    args = asked.args if isinstance(asked.args, Mapping) else {}
    return evolved(state, acknowledged=state.acknowledged | {str(args.get("role", ""))})


def _triggered(state: RunState, asked: Asked, event: Ended) -> RunState:
    channel = state.plan.channels.get(asked.target) if state.plan else None
    args = asked.args if isinstance(asked.args, Mapping) else {}
    nothing_sent = event.cannot or event.no_answer in NOT_SENT or event.outcome == "named"
    if channel is None or channel.type != "pagerduty" or "action" in args or nothing_sent:
        return state
    key = str(args.get("dedup_key", ""))
    known = state.triggered.get(key, ())
    if not key or asked.target in known:
        return state
    return evolved(state, triggered={**state.triggered, key: (*known, asked.target)})
