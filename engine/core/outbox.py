"""The outbox: what becomes of one message, read from the tries that the journal holds of it.

Rules:
1. A message is pending until a try of it was delivered; one without an end (a crash) is asked again at once,
   with the same dedup key. A duplicate rather than a lost page.
2. Channels are tried in the order of their fallbacks: the next one from a minute after the first failure of
   the one before (a person's minute, whatever the time scale), at once where that one refused for good. They
   go on side by side; the first delivery wins.
3. The pauses of a channel are 5 s, 10 s, 20 s, … up to 60 s, shortened by up to a fifth by a jitter that
   comes from the dedup key alone, and never shorter than what the channel asked for (at most ten minutes).
4. At most 10 requests in 10 minutes over all channels; from the sixth on they are spread over what is left,
   but for the first of another channel. A try whose channel could not even be found
   (no name is resolved) is no request: away from the network, a page is tried every minute until it is back.
5. It is given up when every channel has refused for good, when its number of tries is spent, or when the next
   try would come after its limit. A message of the ladder has no limit: it is tried until the run ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.core.events import Asked
from engine.core.run_state import Operation
from engine.kinds.values import Duration, Instant
from engine.model.catalogue import Channel

FIRST_PAUSE = 5.0
LONGEST_PAUSE = 60.0
JITTER = 0.2
SECOND_CHANNEL = 60.0
WINDOW = 600.0
REQUESTS = 10
"""In one window, of one message, over all its channels."""
UNHURRIED = 5
"""Requests of a window after which the others are spread over the rest of it."""
PATIENCE = Duration(300.0)
"""How long a message of a step is tried where nothing else is said."""
LONGEST_WAIT = 600.0
"""No channel makes us wait longer than this."""
GOOD = ("delivered", "named")


@dataclass(frozen=True, slots=True)
class Prospect:
    """What becomes of a message: how it ended, else where and when it is tried next."""

    outcome: Literal["", "delivered", "named", "undelivered"] = ""
    last: Operation | None = None
    """The try that says so."""
    channel: str = ""
    due: Instant | None = None
    """When the next try is due; None where it may be made now, or while others are in the air."""


def chain(channels: Mapping[str, Channel], first: str) -> tuple[str, ...]:
    """Return a channel and its fallbacks, each once."""
    found: list[str] = []
    name = first
    while name and name not in found:
        found.append(name)
        name = channels[name].fallback if name in channels else ""
    return tuple(found)


def prospect(
    tries: Sequence[Operation],
    channels: Sequence[str],
    scale: float = 1.0,
    within: Duration | None = None,
    times: int = 0,
) -> Prospect:
    """Return what becomes of a message; `times` is how often it is tried at most, 0 for any number."""
    if not tries:
        return Prospect(channel=channels[0])
    if len(tries) == 1 and tries[0].ended is None:
        return Prospect()  # the first is under way, and no other channel opens before it has failed
    good = next((one for one in tries if one.ended and one.ended.outcome in GOOD), None)
    if good is not None and good.ended is not None:
        return Prospect("named" if good.ended.outcome == "named" else "delivered", good)
    lanes = tuple(_lanes(tries, channels, scale))
    in_the_air = any(one.ended is None for one in tries)
    ended = [one for one in tries if one.ended is not None]
    if times and len([one for one in ended if one.ended and not one.ended.lost]) >= times:
        lanes = ()
    if not lanes:
        return Prospect() if in_the_air else Prospect("undelivered", _telling(ended))
    asked = [one.asked_at for one in tries if _left(one)]
    tried = {one.asked.target for one in tries}
    gated = [
        (name, max(due, _gate(asked, new=name not in tried)) if asked else due, lost)
        for name, due, lost in lanes
    ]
    channel, due, lost = min(gated, key=lambda lane: lane[1])
    too_late = within is not None and due > tries[0].asked_at.after(within)
    if too_late and not lost:
        return Prospect() if in_the_air else Prospect("undelivered", _telling(ended))
    return Prospect(channel=channel, due=due)


def _lanes(
    tries: Sequence[Operation], channels: Sequence[str], scale: float
) -> list[tuple[str, Instant, bool]]:
    """Return the channels that may be tried, when each is due, and whether its last try was lost."""
    found: list[tuple[str, Instant, bool]] = []
    opened: Instant | None = tries[0].asked_at
    for channel in channels:
        own = [one for one in tries if one.asked.target == channel]
        if opened is None:
            break
        if not own:
            found.append((channel, opened, False))
            break
        last = own[-1]
        if last.ended is not None and last.ended_at is not None and not last.ended.cannot:
            lost = last.ended.lost
            found.append((channel, last.asked_at if lost else _again(own, scale), lost))
        opened = _next_opens(own)
    return found


def _next_opens(own: Sequence[Operation]) -> Instant | None:
    """Return from when on the channel after this one is tried too."""
    failed = [one for one in own if one.ended and one.ended_at is not None and not one.ended.lost]
    if not failed or failed[0].ended_at is None or failed[-1].ended_at is None:
        return None
    last = failed[-1].ended
    if last is not None and last.cannot:
        return failed[-1].ended_at
    return failed[0].ended_at.after(SECOND_CHANNEL)


def _again(own: Sequence[Operation], scale: float) -> Instant:
    """Return when a channel that failed is tried again."""
    last = own[-1]
    if last.ended is None or last.ended_at is None:
        return last.asked.due  # never asked of a try that is under way
    failures = sum(1 for one in own if one.ended and not one.ended.lost)
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10))
    pause = longest * (1 - JITTER * _chance(f"{dedup_key(last.asked)}@{last.asked.attempt}")) / scale
    wanted = min(last.ended.retry_after or 0.0, LONGEST_WAIT)
    return last.ended_at.after(max(pause, wanted))


def dedup_key(asked: Asked) -> str:
    """Return the dedup key of a message that was asked for."""
    args = asked.args if isinstance(asked.args, Mapping) else {}
    return str(args.get("dedup_key", ""))


def _left(one: Operation) -> bool:
    """Say whether a request may have left this computer; of one that is under way nobody knows."""
    return one.ended is None or one.ended.no_answer != "dns"


def _chance(word: str) -> float:
    """Return a number in [0, 1) that depends on a word alone."""
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:6]) / 2**48


def _gate(asked: Sequence[Instant], *, new: bool) -> Instant:
    """Return the earliest moment of one more request; a new channel waits for the budget alone."""
    last = asked[-1]
    full = asked[-REQUESTS].after(WINDOW) if len(asked) >= REQUESTS else last
    window = [at for at in asked if at > last - WINDOW]
    if new or len(window) < UNHURRIED:
        return full
    left = window[0].after(WINDOW) - last
    return max(full, last.after(max(left, 0.0) / max(REQUESTS + 1 - len(window), 1)))


def _telling(ended: Sequence[Operation]) -> Operation | None:
    """Return the last try whose end the engine saw, else the last."""
    seen = [one for one in ended if one.ended and not one.ended.lost] or list(ended)
    return seen[-1] if seen else None
