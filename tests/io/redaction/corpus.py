"""What redaction is tested with: the encodings of a secret, and a log in which there is none."""

from __future__ import annotations

import base64
import binascii
import html
import json
import random
import re
import shlex
import urllib.parse
from collections.abc import Callable, Mapping

PEM = "-----BEGIN PRIVATE KEY-----\n{}\n{}\nq83vEjRWeJ0=\n-----END PRIVATE KEY-----\n".format(
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj",
    "MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu",
)

ENCODINGS: Mapping[str, Callable[[str], str]] = {
    "raw": str,
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 url": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "base64 unpadded": lambda s: base64.b64encode(s.encode()).decode().rstrip("="),
    "base64 shifted by one": lambda s: base64.b64encode(b"x" + s.encode() + b"yz").decode(),
    "base64 shifted by two": lambda s: base64.b64encode(b"xy" + s.encode() + b"z").decode(),
    "base64 with a user": lambda s: base64.b64encode(b"user:" + s.encode()).decode(),
    "base64 with a newline": lambda s: base64.b64encode(s.encode() + b"\n").decode(),
    "hex": lambda s: s.encode().hex(),
    "hex upper": lambda s: binascii.hexlify(s.encode()).decode().upper(),
    "percent": lambda s: urllib.parse.quote(s, safe=""),
    "json": lambda s: json.dumps(s)[1:-1],
    "shell": lambda s: shlex.quote(s).removeprefix("'").removesuffix("'"),
    "html": html.escape,
    "a line of it": lambda s: max(s.splitlines() or [""], key=len),
    "json leaf": lambda s: json.dumps({"in": [s]}),
}
"""The 16 of the bar: what a secret turns into on its way through tools."""


def leaks(shown: bytes | str, secret: str) -> list[str]:
    """Return what of a secret can be read in what is shown, by searching for copies of it decoded.

    Shares no code with the redactor: everything is decoded, up to three layers deep, and each layer is
    looked through for any 8 characters of the secret.
    """
    layers = [shown if isinstance(shown, str) else shown.decode("utf-8", "replace")]
    windows = {secret.strip()[at : at + 8] for at in range(max(len(secret.strip()) - 7, 1))}
    for text in list(layers):
        layers += _decoded(text)
    return sorted(window for window in windows if any(window in layer for layer in layers))


def clean_log(size: int, seed: int = 3) -> bytes:
    """Return about so many bytes of logs as our targets write them, with ids, hashes and numbers."""
    chance = random.Random(seed)
    words = "connection reset upstream timeout retry machine health release deploy query cache".split()
    lines: list[str] = []
    length = 0
    at = 0
    while length < size:
        at += 1
        line = (
            f"2025-11-23T03:{at // 60 % 60:02d}:{at % 60:02d}.{chance.randrange(1000):03d}Z "
            f"app[{chance.getrandbits(56):014x}] {chance.choice(words)} {chance.choice(words)} "
            f'"GET /v1/items/{chance.randrange(10**7)}?cursor={chance.getrandbits(64):x} HTTP/1.1" '
            f"{chance.choice((200, 200, 200, 404, 502))} {chance.random() * 40:.3f}s "
            f"trace={chance.getrandbits(128):032x} "
            f"etag={base64.b64encode(chance.randbytes(15)).decode()}\n"
        )
        lines.append(line)
        length += len(line)
    return "".join(lines).encode()


def _decoded(text: str) -> list[str]:
    found = [urllib.parse.unquote(text), html.unescape(text)]
    try:
        found.append(re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _unescape, text, flags=re.DOTALL))
    except ValueError:
        pass
    for run in re.findall(r"[0-9a-fA-F]{16,}", text):
        for start in (0, 1):
            digits = run[start : start + (len(run) - start) // 2 * 2]
            found.append(bytes.fromhex(digits).decode("utf-8", "replace"))
    for run in re.findall(r"[A-Za-z0-9+/_-]{10,}", text):
        plain = run.replace("-", "+").replace("_", "/")
        for start in range(4):
            piece = plain[start : start + (len(plain) - start) // 4 * 4]
            found.append(base64.b64decode(piece).decode("utf-8", "replace"))
    return found


def _unescape(match: re.Match[str]) -> str:
    mark = match[1]
    if mark[0] == "u" and len(mark) == 5:
        return chr(int(mark[1:], 16))
    return {"n": "\n", "t": "\t", "r": "\r"}.get(mark, mark)
