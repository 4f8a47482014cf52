"""Undoing the encoding of a body that came encoded although we asked for `identity`.

Rules. Never more than the limit at any stage, whatever the body claims: a bomb of three kilobytes that
would become gigabytes costs the limit twice. Encodings are undone in the reverse of the order they were
applied in. One we cannot undo stops it there: the rest is handed over as it is, with its name, so that
nobody takes it for text.
"""

from __future__ import annotations

import zlib
from typing import Final

from engine.io.world.failures import Broken
from engine.kinds.counted import counted

_SLICE: Final = 16 * 1024
_DEEPEST: Final = 5  # encodings on top of each other; honest servers apply one
_WINDOWS: Final = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


def inflated(body: bytes, encoding: str, limit: int, place: str) -> tuple[bytes, str]:
    """Return the plain body and what it is still encoded with; raises Broken."""
    left = [name for part in encoding.lower().split(",") if (name := part.strip()) and name != "identity"]
    if len(left) > _DEEPEST:
        raise Broken("too-large", f"the body of {place} is encoded {counted(len(left), 'time')} over")
    while body and left and left[-1] in _WINDOWS:
        name = left.pop()
        try:
            body = _undone(body, _window(name, body), limit, place)
        except zlib.error:
            raise Broken("garbled", f"the body of {place} is not the {name} it says it is") from None
    return body, ", ".join(left) if body else ""  # nothing is nothing, whatever it was packed with


def _window(name: str, body: bytes) -> int:
    # Some servers say deflate and leave out the zlib header the standard asks for.
    bare = name == "deflate" and (body[0] & 0x0F != 8 or int.from_bytes(body[:2]) % 31 != 0)
    return -zlib.MAX_WBITS if bare else _WINDOWS[name]


def _undone(body: bytes, window: int, limit: int, place: str) -> bytes:
    plain = bytearray()
    worker = zlib.decompressobj(window)
    at = 0
    rest = b""
    while True:
        if not rest:
            rest = body[at : at + _SLICE]
            at += len(rest)
        if not rest:
            break
        plain += worker.decompress(rest, limit + 1 - len(plain))
        if len(plain) > limit:
            raise Broken("too-large", f"the reply of {place} is larger than {limit} bytes when unpacked")
        rest = worker.unconsumed_tail
        if worker.eof:
            rest = worker.unused_data
            if not (rest or at < len(body)) or window < 16:  # only gzip goes on with another member
                break
            worker = zlib.decompressobj(window)
    if not worker.eof:
        raise zlib.error("ends too early")
    return bytes(plain)
