"""The addresses in the fields of a kind, taken apart as a run takes them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Final
from urllib.parse import urlsplit

from engine.kinds.findings import Route

PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443, "postgresql": 5432, "postgres": 5432}
_ADDRESS: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_DIALLED: Final[Mapping[str, int]] = {"tcp": 0, "tls": 443}
"""Kinds whose first field is `host:port`, with the port where none is written."""


@dataclass(frozen=True, slots=True)
class Place:
    """A host and its port; 0 where none is known."""

    host: str
    port: int


def texts(kind: object) -> Iterator[tuple[Route, str]]:
    """Yield the fields of a kind that may hold an address: whole texts, the kind's own one first."""
    if is_dataclass(kind) and not isinstance(kind, type):
        for field in fields(kind):
            value = getattr(kind, field.name)
            if isinstance(value, str) and value:
                yield (field.name,), value


def place_of(kind: object, field: str, text: str) -> Place | None:
    """Return where an address leads, or None for what is none."""
    name = getattr(kind, "kind", "")
    found = _ADDRESS.match(text)
    if found and found[1].lower() in PORTS and not any(letter.isspace() for letter in text):
        return _split(text, PORTS[found[1].lower()])
    if not found and field == name and name in _DIALLED:
        return _split(f"//{text}", _DIALLED[name])
    return None


def host_part(kind: object, field: str, text: str) -> str:
    """Return the part of an address that says which host is asked, references as they are written."""
    name = getattr(kind, "kind", "")
    found = _ADDRESS.match(text)
    if found and found[1].lower() in PORTS:
        rest = re.split(r"[/?#]", text[found.end() :], maxsplit=1)[0]
        return rest.rpartition("@")[2]
    if field == name and name in ("tcp", "tls", "dns"):
        return text
    return ""


def fits(pattern: str, place: Place) -> bool:
    """Say whether a place is on the list of hosts, as the guard of a run says it."""
    wanted, colon, only = pattern.rpartition(":")
    if not colon or not only.isdigit() or (":" in wanted and not wanted.startswith("[")):
        wanted, only = pattern, ""
    if only and int(only) != place.port:
        return False
    if wanted.startswith("*."):
        return place.host.endswith(wanted[1:].lower())
    return wanted == "*" or _loopback(_plain(wanted)) == _loopback(place.host)


def alike(one: Place, other: Place | None) -> bool:
    """Say whether two places are one: localhost is 127.0.0.1, as the guard of a run has it."""
    return other is not None and (_loopback(one.host), one.port) == (_loopback(other.host), other.port)


def _loopback(host: str) -> str:
    return "127.0.0.1" if host == "localhost" else host


def _split(address: str, port: int) -> Place | None:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port or port
    except ValueError:
        return None
    if not host or "$" in host or "{" in host:
        return None
    return Place(_plain(host), port)


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


__all__ = ["PORTS", "Place", "alike", "fits", "host_part", "place_of", "texts"]
