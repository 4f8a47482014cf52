"""Text of a message on its way out: data for ever.

Rules:
1. A `${secrets.NAME}` in a text, seen in some log line, is sent as those characters and never filled.
2. A title is one line without control characters: no header can be begun in it.
3. Data calls nobody: `@channel` and `<!here>` of a log line ring no room.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from engine.kinds.ports import Message
from engine.kinds.values import Json

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_CALLS = re.compile(r"@(?=(?:channel|here|everyone|all|group)\b)", re.IGNORECASE)


def one_line(text: str) -> str:
    """Return a text as one line."""
    return " ".join(_CONTROL.sub(" ", text).split())


def body(text: str) -> str:
    """Return a text of many lines without control characters."""
    return "\n".join(_CONTROL.sub(" ", line).rstrip() for line in text.splitlines())


def quiet(text: str) -> str:
    """Return a text in which nobody is called."""
    return _CALLS.sub("@\u200b", text)


def whole(message: Message) -> str:
    """Return title and body as one text."""
    title = one_line(message.title)
    return f"{title}\n{body(message.body)}" if message.body else title


def data(content: Mapping[str, Json]) -> str:
    """Return JSON in which no secret is looked up: written as an escape, the dollar reaches the reader."""
    return json.dumps(content).replace("${secrets.", "\\u0024{secrets.")
