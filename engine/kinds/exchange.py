"""An HTTP exchange as kinds see it: the request an author's fields make, and the facts in a reply."""

from __future__ import annotations

import json as json_text
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from engine.kinds.ports import Certificate, HttpReply, HttpRequest
from engine.kinds.references import Absent
from engine.kinds.replies import as_mapping, as_text, clipped, first_line, read_json, took
from engine.kinds.values import Json

MAX_BYTES: Final = 1_000_000
_MOST_BYTES: Final = 50_000_000
_MOST_REDIRECTS: Final = 20

REPLY_FACTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "status": "status code",
        "seconds": "time from request to the last byte of the body, in seconds",
        "text": "body as text, the first 65,536 characters; absent where it is still encoded (`br`, `zstd`)",
        "json": "body as data; absent where it is not JSON",
        "headers": "header values by lower-case name",
        "server": "the server header, empty where there is none",
        "empty": "true when the body is empty",
        "edge": "true when the Fly proxy answered in its own name, not the application",
        "retry_after": "seconds the target asks us to wait; absent where it does not say",
        "url": "the address that answered in the end; one that a redirect led to is without its query",
        "redirects": "the addresses gone through before, first one first, without their queries",
        "insecure": "true when a certificate that cannot be verified was to be taken",
        "timing": "seconds spent on `dns`, `connect`, `tls`, waiting for the `first_byte`, and on the `body`",
        "certificate": (
            "`days_left`, `issuer`, `names`, `trusted`, and the `problem` where it is not; absent without TLS"
        ),
    }
)
"""The facts of every HTTP reply, for the kinds that give them all."""

_DATE = re.compile(r"\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def build(
    url: str,
    method: str,
    headers: Mapping[str, str],
    json: Json,
    text: str,
    timeout: float,
    *,
    max_bytes: int = MAX_BYTES,
    redirects: int = 0,
    insecure: bool = False,
) -> HttpRequest:
    """Return the request; a body brings its content type unless the author named one."""
    body = text if json is None else json_text.dumps(json, ensure_ascii=False)
    wanted = dict(headers)
    if body and not any(name.lower() == "content-type" for name in headers):
        wanted["Content-Type"] = "application/json" if json is not None else "text/plain; charset=utf-8"
    sent = body.encode("utf-8", "replace")
    return HttpRequest(url, method, wanted, sent, timeout, max_bytes, redirects, insecure)


def require(json: Json, text: str, max_bytes: int, redirects: int = 0, method: str = "GET") -> None:
    """Raise ValueError where an author's fields contradict each other or go too far."""
    if json is not None and text:
        raise ValueError("a request has one body: give either 'json' or 'text'")
    if not 1 <= max_bytes <= _MOST_BYTES:
        raise ValueError(f"'max_bytes' is {max_bytes}: give 1 to {_MOST_BYTES}")
    if not 0 <= redirects <= _MOST_REDIRECTS:
        raise ValueError(f"'redirects' is {redirects}: give 0 to {_MOST_REDIRECTS}")
    if redirects and method not in ("GET", "HEAD"):
        raise ValueError(f"redirects are followed for GET and HEAD only, not for {method}: leave them out")


def facts(reply: HttpReply, request: HttpRequest) -> dict[str, Json]:
    """Return the facts every HTTP reply has; what was not there is left out."""
    found: dict[str, Json] = {
        "status": reply.status,
        "seconds": round(reply.seconds, 3),
        "headers": dict(reply.headers),
        "server": reply.headers.get("server", ""),
        "empty": not reply.body,
        "edge": from_edge(reply),
        "url": reply.url or request.url,
        "redirects": list(reply.redirects),
        "insecure": request.insecure,
        "timing": {
            name: round(getattr(reply.timing, name), 4)
            for name in ("dns", "connect", "tls", "first_byte", "body")
        },
    }
    if not reply.encoding:
        found["text"] = clipped(reply.body)
        json = read_json(reply.body)
        if not isinstance(json, Absent):
            found["json"] = json
    wait = retry_after(reply.headers)
    if wait is not None:
        found["retry_after"] = wait
    if reply.certificate is not None:
        found["certificate"] = _certificate(reply.certificate)
    return found


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a reply asks us to wait; a date counts from the server's own."""
    said = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", said, re.ASCII):
        return float(said)
    until, now = _date(said), _date(headers.get("date", ""))
    return None if until is None or now is None else max(0.0, until - now)


def _date(text: str) -> float | None:
    match = _DATE.fullmatch(text.strip())
    if match is None or match[2] not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(match[n]) for n in (1, 3, 4, 5, 6))
    try:
        moment = datetime(year, _MONTHS.index(match[2]) + 1, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    return moment.timestamp()


def _certificate(shown: Certificate) -> dict[str, Json]:
    found: dict[str, Json] = {
        "days_left": shown.days_left,
        "issuer": shown.issuer,
        "names": list(shown.names),
        "trusted": shown.trusted and shown.covers,
    }
    return found | ({"problem": shown.problem} if shown.problem else {})


def from_edge(reply: HttpReply) -> bool:
    """Tell whether the Fly proxy answered in its own name: it had no healthy machine to ask."""
    own = reply.headers.get("server", "").startswith("Fly/") and "fly-request-id" in reply.headers
    return own and not reply.body and reply.status >= 500


def media(reply: HttpReply) -> str:
    """Return the media type of the body, for the evidence."""
    return reply.headers.get("content-type", "").partition(";")[0].strip().lower() or "text/plain"


def summary(reply: HttpReply, request: HttpRequest | None = None) -> str:
    """Return the reply in a few words: `502 in 38.2s, empty body, server: Fly`."""
    parts = [f"{reply.status} in {took(reply.seconds)}"]
    if reply.status >= 400:
        if not reply.body:
            parts.append("empty body")
        # A product without its version; anything longer stays whole, so that no half of a secret is shown.
        server = re.sub(r"\A([A-Za-z]{1,7})/.*", r"\1", reply.headers.get("server", ""))
        if server:
            parts.append(f"server: {first_line(server, 40)}")
    if reply.redirects:
        parts.append(f"led to {first_line(reply.url, 80)}")
    if reply.encoding:
        parts.append(f"body packed as {first_line(reply.encoding, 40)}, unasked: not read")
    if request is not None and request.insecure:
        problem = reply.certificate.problem if reply.certificate else ""
        parts.append(f"insecure: certificate not verified{f' ({problem})' if problem else ''}")
    return ", ".join(parts)


def complaint(reply: HttpReply) -> str:
    """Return what an error body says, in one line: its error text, else its first line."""
    if reply.encoding:
        return ""
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
