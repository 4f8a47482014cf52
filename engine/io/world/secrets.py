"""Secrets: names in the plan, values read here at the moment of use.

Rules. A value is never kept, shown or put in an exception; a message names the variable only. A value
that is still the placeholder of a template file counts as not set: a request made with it would fail at the
vendor and look like an outage. One pass: what a value contains is never looked at again.
A value that could not be kept out of sight (fewer than 8 characters, or a word that logs are full of) is not
used as a secret: it costs the steps that need it, unless the catalogue says that it is public.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Literal, overload
from urllib.parse import quote

from engine.io.redaction.forms import EVERYDAY, SHORTEST
from engine.io.world.secret_sources import Found, Sources
from engine.kinds.ports import CannotLook

SecretState = Literal["present", "missing", "placeholder", "too short", "too common"]

# Anything between the braces is taken as the name, so that a misspelt one is refused, not sent.
_REFERENCE = re.compile(r"\$\{secrets\.([^{}]*)\}")
_REFERENCE_BYTES = re.compile(rb"\$\{secrets\.([^{}]*)\}")
_PLACEHOLDER = re.compile(
    r"""(?: <.*> | \[.*\] | \$\{.*\} | \{\{.*\}\}
        | (?:[a-z]+[-_])*x{3,} | \*{3,} | \.{3} | …
        | your[-_ ].* | change[-_ ]?(?:me|this|it).* | replace[-_ ]?(?:me|this|with).* | insert[-_ ].*
        | (?:todo|tbd|fixme|placeholder|dummy|redacted|none|null|undefined)(?:\b.*)?
    )""",
    re.VERBOSE | re.DOTALL,
)
_IN_HOST = re.compile(r"[^/?#]*://(?:[^/?#]*@)?[^/?#@]*\$\{secrets\.")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_NOTHING: Mapping[str, str] = MappingProxyType({})


def _plain(value: str) -> str:
    return value


class Secrets:
    """Values of secrets by name, from their sources; `extra` wins over them."""

    __slots__ = ("_extra", "_sources")

    def __init__(
        self,
        environ: Mapping[str, str],
        extra: Mapping[str, str] = _NOTHING,
        sources: Sources | None = None,
    ) -> None:
        self._sources = sources or Sources(environ)
        self._extra = extra

    def __repr__(self) -> str:
        return "Secrets(***)"

    def state(self, name: str) -> SecretState:
        """Return whether a usable value is there."""
        value = self._read(name).value
        if value is None:
            return "missing"
        bare = value.strip().lower()
        if not bare or _PLACEHOLDER.fullmatch(bare):
            return "placeholder"
        if self._sources.public(name):
            return "present"
        if bare in EVERYDAY:
            return "too common"
        return "too short" if len(bare) < SHORTEST else "present"

    def source(self, name: str) -> str:
        """Return where the value was found: `environment`, a file's path or a program; empty: nowhere."""
        found = self._read(name)
        return found.source if found.value is not None else ""

    def why(self, name: str) -> str:
        """Return in one line why a value cannot be used, empty when it can."""
        found = self._read(name)
        match self.state(name):
            case "present":
                return ""
            case "missing":
                return found.why
            case "placeholder":
                return f"{found.source} still has what the template had"
            case state:
                return f"it is {state} to keep out of sight: make it longer or mark it public"

    def warnings(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return what is wrong with the places these values come from, one line each."""
        return self._sources.warnings(names)

    @overload
    def fill(self, text: str, escape: Callable[[str], str] = _plain) -> str: ...
    @overload
    def fill(self, text: bytes, escape: Callable[[str], str] = _plain) -> bytes: ...
    def fill(self, text: str | bytes, escape: Callable[[str], str] = _plain) -> str | bytes:
        """Return the text with every `${secrets.NAME}` replaced by its escaped value; raises CannotLook."""
        if isinstance(text, bytes):
            return _REFERENCE_BYTES.sub(
                lambda match: escape(self._value(match[1].decode("utf-8", "replace"))).encode(), text
            )
        return _REFERENCE.sub(lambda match: escape(self._value(match[1])), text)

    def fill_url(self, url: str) -> str:
        """Return the address with values in place, percent-encoded unless the address begins with one.

        So a secret may be a whole address (a webhook), but cannot bend the path of ours. Hosts are named in
        failures, therefore no secret is put into one.
        """
        if _IN_HOST.match(url):
            raise CannotLook(
                "a secret may not be part of a host name: write the host, or take it from inputs"
            )
        lead = _REFERENCE.match(url)
        if lead is None:
            return self.fill(url, _percent)
        return self._value(lead[1]) + self.fill(url[lead.end() :], _percent)

    def values(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return the usable values among `names` that are no public ones, for the redactor."""
        wanted = [name for name in names if not self._sources.public(name)]
        self._sources.load(name for name in wanted if name not in self._extra)
        found = {name: self._read(name).value for name in wanted if self.state(name) == "present"}
        return {name: value for name, value in found.items() if value is not None}

    def _read(self, name: str) -> Found:
        return Found(self._extra[name], "given") if name in self._extra else self._sources.read(name)

    def _value(self, name: str) -> str:
        found, state = self._read(name), self.state(name)
        if found.value is None:
            why = f"{found.why}: " if found.source else ""
            raise CannotLook(f"{name} is not set: {why}export it before you start the run")
        if state == "placeholder":
            raise CannotLook(f"{name} still holds a placeholder: export the real value")
        if state != "present":
            raise CannotLook(
                f"SECRET {name} is {state} to keep out of sight: make it longer or mark it public"
            )
        return found.value


def fill_headers(secrets: Secrets, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Return headers for the wire, in lower case and with values in place; raises CannotLook.

    As bytes: an HTTP library would encode to ASCII, and its error would quote the value.
    """
    ready: dict[str, str] = {}
    for name, template in headers.items():
        value = secrets.fill(template).strip()
        if not _HEADER_NAME.fullmatch(name):
            raise CannotLook(f"{name!r} is no header name")
        if not _HEADER_VALUE.fullmatch(value):
            raise CannotLook(f"header {name} holds a line break or control character: check its secret")
        ready[name.lower()] = value
    return [(name.encode(), value.encode()) for name, value in ready.items()]


def _percent(value: str) -> str:
    return quote(value, safe="")
