"""An HTTP exchange as kinds see it: the request an author's fields make, and the facts in a reply."""

from __future__ import annotations

import json as json_text
from collections.abc import Mapping
from urllib.parse import urlsplit

from engine.kinds.ports import HttpReply, HttpRequest
from engine.kinds.references import Absent
from engine.kinds.replies import as_mapping, as_text, clipped, first_line, read_json, took
from engine.kinds.values import Json


def build(
    url: str, method: str, headers: Mapping[str, str], json: Json, text: str, timeout: float
) -> HttpRequest:
    """Return the request; a body brings its content type unless the author named one."""
    body = text if json is None else json_text.dumps(json, ensure_ascii=False)
    wanted = dict(headers)
    if body and not any(name.lower() == "content-type" for name in headers):
        wanted["Content-Type"] = "application/json" if json is not None else "text/plain; charset=utf-8"
    return HttpRequest(url, method, wanted, body.encode("utf-8", "replace"), timeout)


def facts(reply: HttpReply) -> dict[str, Json]:
    """Return the facts every HTTP reply has; `json` only where the body is JSON."""
    found: dict[str, Json] = {
        "status": reply.status,
        "seconds": round(reply.seconds, 3),
        "text": clipped(reply.body),
        "headers": dict(reply.headers),
        "server": reply.headers.get("server", ""),
        "empty": not reply.body,
        "edge": from_edge(reply),
    }
    json = read_json(reply.body)
    if not isinstance(json, Absent):
        found["json"] = json
    return found


def from_edge(reply: HttpReply) -> bool:
    """Tell whether the Fly proxy answered in its own name: it had no healthy machine to ask."""
    own = reply.headers.get("server", "").startswith("Fly/") and "fly-request-id" in reply.headers
    return own and not reply.body and reply.status >= 500


def media(reply: HttpReply) -> str:
    """Return the media type of the body, for the evidence."""
    return reply.headers.get("content-type", "").partition(";")[0].strip().lower() or "text/plain"


def summary(reply: HttpReply) -> str:
    """Return the reply in a few words: `502 in 38.2s, empty body, server: Fly`."""
    parts = [f"{reply.status} in {took(reply.seconds)}"]
    if reply.status >= 400:
        if not reply.body:
            parts.append("empty body")
        server = reply.headers.get("server", "").partition("/")[0]
        if server:
            parts.append(f"server: {first_line(server, 40)}")
    return ", ".join(parts)


def complaint(reply: HttpReply) -> str:
    """Return what an error body says, in one line: its error text, else its first line."""
    body = as_mapping(read_json(reply.body))
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    for said in (body.get("error"), body.get("message"), body.get("detail"), first):
        text = as_text(said) or as_text(as_mapping(said).get("message"))
        if text:
            return first_line(text)
    return first_line(clipped(reply.body))


def place(url: str) -> str:
    """Return host and port of an address as written, without any user name in it."""
    try:
        host = urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    return host or url.partition("?")[0]
