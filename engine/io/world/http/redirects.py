"""Where redirects lead, and where nobody follows them.

Rules. Another origin (scheme, host, port) gets nothing of what the author configured: no header, no body,
no user name. Never from https to http, never to another scheme, never in a circle, never further than the
author allowed: each of them ends the request, with the way that was gone. An address is shown without its
query and user name: either may be somebody's credential.
"""

from __future__ import annotations

import httpx

from engine.io.world.failures import Broken
from engine.io.world.http.transport import host_port
from engine.io.world.network.addresses import plain_host

_STATUSES = frozenset({301, 302, 303, 307, 308})
_SHOWN = 200  # characters of an address


class Trail:
    """The way one request has been led so far; `first` is its address as the author wrote it."""

    def __init__(self, first: str, url: httpx.URL, limit: int) -> None:
        self.url = url
        self.shown: tuple[str, ...] = (_shown(first),)
        self._limit = limit
        self._seen = {_key(url)} if limit else set()
        self.left_origin = False

    def step(self, response: httpx.Response) -> bool:
        """Go where the reply leads; False where it leads nowhere. Raises Broken where nobody follows."""
        location = response.headers.get("location", "")
        if not self._limit or response.status_code not in _STATUSES or not location:
            return False
        try:
            target = self.url.join(location).copy_with(fragment=None)
            origin = _origin(target) if target.host else ("", "", 0)
            if "%" in target.host.partition(":")[0]:  # a host httpx has patched up instead of refusing it
                raise ValueError(target.host)
        except (httpx.InvalidURL, ValueError, UnicodeError):
            raise Broken("redirects", f"{self._way()} -> an address nobody can read") from None
        way = f"{self._way()} -> {_shown(str(target))}"
        if target.scheme not in ("http", "https") or not target.host:
            raise Broken("redirects", f"{way}: only http:// and https:// are followed")
        if self.url.scheme == "https" and target.scheme == "http":
            raise Broken("redirects", f"{way}: from https to http nobody follows")
        if _key(target) in self._seen:
            raise Broken("redirects", f"{way}: a loop")
        if len(self.shown) > self._limit:
            raise Broken("redirects", f"{way}: more than {self._limit} redirects")
        own = _origin(self.url) == origin
        self.left_origin = self.left_origin or not own
        self.url = target.copy_with(userinfo=b"")
        self.shown = (*self.shown, _shown(str(target)))
        self._seen.add(_key(target))
        return True

    def _way(self) -> str:
        return "redirected " + " -> ".join(self.shown)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    host, port = host_port(url)
    return url.scheme, plain_host(host), port


def _key(url: httpx.URL) -> str:
    return str(url.copy_with(userinfo=b"", fragment=None))


def _shown(url: str) -> str:
    bare = url.partition("?")[0].partition("#")[0]
    scheme, there, rest = bare.partition("://")
    host, slash, path = rest.partition("/")
    bare = f"{scheme}://{host.rpartition('@')[2]}{slash}{path}" if there else bare
    clean = "".join(mark if mark.isprintable() else "?" for mark in bare)
    return clean if len(clean) <= _SHOWN else f"{clean[: _SHOWN - 1]}…"
