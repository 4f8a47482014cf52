"""What a channel's answer over HTTP means.

Rules. Delivered means the channel said so in its own way. A refusal that a repetition cannot mend (4xx) is
`CannotLook`: go to the next channel at once. Anything else is `NoAnswer`: try again, with the same dedup key,
and not before the channel wants to hear of us (`Retry-After`). Nothing the channel sent is quoted.
"""

from __future__ import annotations

import json
import math
from datetime import datetime
from email.utils import parsedate_to_datetime

from engine.kinds.ports import CannotLook, HttpReply, NoAnswer
from engine.kinds.values import Json

_WORTH_REPEATING = frozenset({408, 425, 429})


def refuse(channel: str, reply: HttpReply, wanted: str, mend: str) -> None:
    """Raise what an answer means that is not the wanted status; `mend` says what a person does about it."""
    problem = f"{channel} answered HTTP {reply.status}, wanted {wanted}"
    if 400 <= reply.status < 500 and reply.status not in _WORTH_REPEATING:
        raise CannotLook(f"{problem}: {mend}")
    raise NoAnswer("garbled", problem, reply.seconds, retry_after(reply))


def retry_after(reply: HttpReply) -> float | None:
    """Return the seconds the channel asked us to wait: a number, or a date held against its own clock."""
    said = reply.headers.get("retry-after", "").strip()
    try:
        seconds = float(said)
    except ValueError:
        until, now = _date(said), _date(reply.headers.get("date", ""))
        seconds = (until - now).total_seconds() if until and now else math.nan
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None


def read_json(reply: HttpReply) -> Json:
    """Return the body as JSON, None where it is none."""
    try:
        found: Json = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    return found
