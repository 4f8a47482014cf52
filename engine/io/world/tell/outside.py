"""E-mail and the many services of apprise, each by one URL.

Rules:
1. A URL holds secrets: it is in no message of ours, and apprise's own log is shut.
2. apprise waits by itself: it works in a thread of its own that nobody waits for beyond the deadline.
3. It says "no" without a reason: that is no answer, and is tried again; a URL it cannot read is told at once.
4. In a drill only this machine is reached.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import warnings
from collections.abc import Callable
from time import perf_counter
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from engine.io.world.tell import wording
from engine.kinds.ports import CannotLook, Message, NoAnswer

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_SCHEMES = {"email": ("mailto", "mailtos")}


class Fill(Protocol):
    """Puts secrets into a text, each escaped; raises CannotLook for one that is not there."""

    def __call__(self, text: str, escape: Callable[[str], str], /) -> str: ...


class Outside(Protocol):
    """Whatever delivers by a URL of apprise."""

    async def post(self, channel: str, kind: str, url: str, message: Message) -> str:
        """Deliver and return the receipt; raises NoAnswer or CannotLook."""
        ...


class Apprise(Outside):
    """Delivers through apprise; `fill` puts secrets into a URL, `here` allows no other machine."""

    def __init__(self, fill: Fill, *, here: bool = False) -> None:
        self._fill = fill
        self._here = here

    async def post(self, channel: str, kind: str, url: str, message: Message) -> str:
        """Deliver in a thread, within the deadline; raises NoAnswer or CannotLook."""
        filled = self._filled(url)
        if self._here and urlsplit(filled).hostname not in _HERE:
            raise CannotLook(f"channel {channel} leads out of the drill: point it to this machine there")
        started = perf_counter()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bool | None] = loop.create_future()

        def settle(outcome: bool | None) -> None:
            if not done.done():
                done.set_result(outcome)

        def work() -> None:
            outcome = _notify(filled, kind, message)
            with contextlib.suppress(RuntimeError):  # the run has ended: nobody is left to be told
                loop.call_soon_threadsafe(settle, outcome)

        threading.Thread(target=work, name=f"tell {channel}", daemon=True).start()
        try:
            async with asyncio.timeout(message.timeout):
                delivered = await done
        except TimeoutError:
            detail = f"no answer within {message.timeout:g}s"
            raise NoAnswer("timeout", detail, perf_counter() - started) from None
        if delivered is None:
            raise CannotLook(f"channel {channel}: apprise cannot read its address: check its url")
        if not delivered:
            seconds = perf_counter() - started
            raise NoAnswer("garbled", "not delivered; apprise does not say why", seconds)
        return "taken by the mail server" if kind == "email" else "taken by the service"

    def _filled(self, url: str) -> str:
        """Return the address with secrets in place: one that is the whole of it as it is, others encoded."""
        lead = url.find("}") + 1 if url.startswith("${secrets.") else 0
        return self._fill(url[:lead], str) + self._fill(url[lead:], _percent)


def _percent(value: str) -> str:
    return quote(value, safe="")


def _notify(url: str, kind: str, message: Message) -> bool | None:
    """Return whether it was delivered, None where apprise cannot read the address; never raises."""
    if urlsplit(url).scheme not in _SCHEMES.get(kind, (urlsplit(url).scheme,)):
        return None
    try:
        service, plain = _service(url)
        if service is None:
            return None
        service.notify_format = plain
        service.socket_connect_timeout = service.socket_read_timeout = message.timeout
        title = wording.one_line(message.title)
        text = wording.body(message.body) or title
        if kind != "email":
            title, text = wording.quiet(title), wording.quiet(text)
        return bool(service.notify(title=title, body=text, body_format=plain))
    except Exception:  # whatever a service's plugin does; its text may hold the address
        return False


def _service(url: str) -> tuple[Any, Any]:
    """Return apprise's way to an address (None: there is none), and its word for plain text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports what Python is about to drop
        import apprise

        logging.getLogger("apprise").disabled = True
        return apprise.Apprise.instantiate(url, suppress_exceptions=True), apprise.NotifyFormat.TEXT
