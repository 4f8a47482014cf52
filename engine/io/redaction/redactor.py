"""The one way out: what a run shows, stores or sends has been through a `Redactor`.

Rules:

1. By value, not by the name of a field: a secret is masked wherever it turns up, in keys too.
2. Redact first, then cut, encode or render: a cut or an encoding hides a secret from the search.
3. Overlapping finds are masked as one, named after the longest, so that no end of a secret stays behind.
4. A text that was cut before it came here (it has `…` where it was, or is as long as facts may be) may end in
   the beginning of a secret: that is masked too, from 6 bytes on.
5. Values of fewer than 8 characters and everyday words are not searched for (they would mask ordinary
   text): `too_short` and `too_common` name them, and whoever starts a run says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from engine.core.records import DEEPEST, TOO_DEEP
from engine.io.redaction.forms import EVERYDAY, SHORTEST, forms
from engine.io.redaction.search import Searcher, Span
from engine.io.redaction.stream import RedactedStream
from engine.kinds.values import Json

_CUT = "…".encode()
_TORN = 6
"""Bytes at a cut that are masked when a secret begins with them; fewer would be any word's."""
_KEPT = 65_536
"""Characters of the longest text among facts."""

_Bytes: TypeAlias = bytes  # `bytes` is a method below


class Redactor:
    """Masks the values of named secrets as «***NAME***»; the patterns are made at first use."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        given = {name: value for name, value in secrets.items() if value.strip()}
        self.too_short = tuple(name for name, value in given.items() if len(value.strip()) < SHORTEST)
        self.too_common = tuple(name for name, value in given.items() if value.strip().lower() in EVERYDAY)
        left_out = {*self.too_short, *self.too_common}
        self._secrets = {name: value for name, value in given.items() if name not in left_out}
        self._searcher: Searcher | None = None

    def __repr__(self) -> str:
        return f"Redactor({', '.join(self._secrets)})"

    def __bool__(self) -> bool:
        """Say whether there is anything to look for."""
        return bool(self._secrets)

    def bytes(self, data: _Bytes) -> _Bytes:
        """Return the bytes with every secret masked."""
        if not self._secrets or len(data) < SHORTEST:
            return data
        return self._masked(data, self.searcher().spans(data))

    def text(self, text: str) -> str:
        """Return the text with every secret masked, one that was torn by a cut too."""
        if not self._secrets or len(text) * 4 < _TORN:
            return text
        raw = text.encode("utf-8", "surrogatepass")
        searcher = self.searcher()
        spans = searcher.with_torn(raw, _cuts(raw, len(text)), _TORN, searcher.spans(raw))
        clean = self._masked(raw, spans)
        return text if clean is raw else clean.decode("utf-8", "surrogatepass")

    def _masked(self, data: _Bytes, spans: list[Span]) -> _Bytes:
        if not spans:
            return data
        pieces: list[_Bytes] = []
        at = 0
        for span in spans:
            pieces += [data[at : span.start], f"«***{span.name}***»".encode()]
            at = span.end
        return b"".join([*pieces, data[at:]])

    def finds(self, text: str) -> tuple[str, ...]:
        """Return the names of the secrets that stand in a text, each once."""
        if not self._secrets:
            return ()
        spans = self.searcher().spans(text.encode("utf-8", "surrogatepass"))
        return tuple(dict.fromkeys(span.name for span in spans))

    def data(self, value: Json) -> Json:
        """Return the value with every secret masked, in keys and numbers too."""
        return self._data(value, 0) if self._secrets else value

    def stream(self) -> RedactedStream:
        """Return a redactor for output that arrives in pieces."""
        return RedactedStream(self.bytes, self.searcher())

    def searcher(self) -> Searcher:
        """Return the search over every form of every secret."""
        if self._searcher is None:
            patterns: dict[_Bytes, str] = {}
            for name, secret in self._secrets.items():
                for form in forms(secret):
                    patterns.setdefault(form, name)
            self._searcher = Searcher(patterns)
        return self._searcher

    def _data(self, value: Json, depth: int) -> Json:
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            plain = repr(value)
            clean = self.text(plain)
            return value if clean == plain else clean
        if depth >= DEEPEST:
            return TOO_DEEP  # what is not looked at must not get through
        if isinstance(value, Mapping):
            masked: dict[str, Json] = {}
            for key, item in value.items():
                name = fresh = self.text(key)
                count = 1
                while fresh in masked:  # two keys that gave the same secret away
                    count += 1
                    fresh = f"{name}~{count}"
                masked[fresh] = self._data(item, depth + 1)
            return masked
        return [self._data(item, depth + 1) for item in value]


def _cuts(raw: bytes, length: int) -> Iterator[int]:
    """Yield where a text was cut."""
    at = raw.find(_CUT)
    while at >= 0:
        yield at
        at = raw.find(_CUT, at + 1)
    if length >= _KEPT:
        yield len(raw)
