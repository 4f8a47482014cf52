"""Secrets: names in the plan, values read here at the moment of use.

Rules. A value is never kept, shown or put in an exception; a message names the variable only. A value
that is still the placeholder of a template file counts as not set: a request made with it would fail at the
vendor and look like an outage. One pass: what a value contains is never looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Literal, overload
from urllib.parse import quote

from engine.kinds.ports import CannotLook

SecretState = Literal["present", "missing", "placeholder"]

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
    """Values of secrets by name, from the environment; `extra` wins over it."""

    __slots__ = ("_environ", "_extra")

    def __init__(self, environ: Mapping[str, str], extra: Mapping[str, str] = _NOTHING) -> None:
        self._environ = environ
        self._extra = extra

    def __repr__(self) -> str:
        return "Secrets(***)"

    def state(self, name: str) -> SecretState:
        """Return whether a usable value is there."""
        value = self._read(name)
        if value is None:
            return "missing"
        bare = value.strip().lower()
        return "placeholder" if not bare or _PLACEHOLDER.fullmatch(bare) else "present"

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
        """Return the usable values among `names`, for the redactor."""
        found = {name: self._read(name) for name in names if self.state(name) == "present"}
        return {name: value for name, value in found.items() if value is not None}

    def _read(self, name: str) -> str | None:
        return self._extra[name] if name in self._extra else self._environ.get(name)

    def _value(self, name: str) -> str:
        state = self.state(name)
        value = self._read(name)
        if value is None:
            raise CannotLook(f"{name} is not set: export it before you start the run")
        if state == "placeholder":
            raise CannotLook(f"{name} still holds a placeholder: export the real value")
        return value


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
