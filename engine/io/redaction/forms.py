"""The forms a secret takes on its way through tools: each becomes a pattern that is searched for.

A secret counts as a whole, without surrounding space or quotes, and by its telling parts: the lines of a
PEM key, the texts of a JSON key file, the password of a connection address. A part is registered raw
and in every encoding. Parts below `SHORTEST` characters are left out: they would mask ordinary text.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from itertools import product

SHORTEST = 8

# Words that logs are full of; someone's password may be one of them, but masking them hides everything.
EVERYDAY = frozenset(
    {
        "changeme",
        "database",
        "disabled",
        "localhost",
        "password",
        "postgres",
        "postgresql",
        "production",
        "supabase",
        "undefined",
        "username",
    }
)

# What a service-account file says in clear about itself; masking these would only blind the reader.
_PUBLIC_FIELDS = {
    "type",
    "project_id",
    "auth_uri",
    "token_uri",
    "auth_provider_x509_cert_url",
    "client_x509_cert_url",
    "universe_domain",
}
_PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#]*?:([^\s/?#]+)@")
_UNSAFE_IN_SHELL = re.compile(r"([^A-Za-z0-9_@%+=:,./\n-])")
_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._"
_WRAPS = (64, 76)  # columns at which openssl and base64 break their output


def forms(secret: str) -> frozenset[bytes]:
    """Return every pattern that gives the secret away."""
    found: set[str] = set()
    for part in _parts(secret):
        found.add(part)
        for encode in (_base64, _hexadecimal, _percent, _json, _shell, _markup, _python):
            found.update(encode(part))
    # Whatever it looks like, it may stand in a JSON text: what a shell quotes has quotes of its own.
    found.update(
        json.dumps(form, ensure_ascii=ascii_only)[1:-1]
        for form in tuple(found)
        for ascii_only in ((True, False) if not form.isascii() else (True,))
    )
    patterns = (form.encode("utf-8", "surrogatepass") for form in found)
    return frozenset(pattern for pattern in patterns if len(pattern) >= SHORTEST)


def _parts(secret: str) -> set[str]:
    whole = secret.strip()
    parts = {secret, whole}
    if len(whole) > 1 and whole[0] == whole[-1] and whole[0] in "\"'":
        parts.add(whole[1:-1])
    lines = [line.strip() for line in whole.splitlines()]
    if len(lines) > 1:
        # "-----BEGIN …-----" is no secret, and is the same in every key.
        parts.update(line for line in lines if not line.startswith("-----"))
    if password := _PASSWORD.match(whole):
        parts.update((password[1], _percent_decoded(password[1])))
    try:
        leaves = set(_leaves(json.loads(whole))) if whole[:1] in ("{", "[") else set()
    except (ValueError, RecursionError):
        leaves = set()
    for leaf in leaves:
        parts.update(_parts(leaf))
    return {part for part in parts if len(part) >= SHORTEST and part.lower() not in EVERYDAY}


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in _PUBLIC_FIELDS:
                yield from _leaves(item)


def _base64(part: str) -> Iterator[str]:
    raw = part.encode("utf-8", "surrogatepass")
    for shift in (0, 1, 2):
        # With other bytes in front (a user name and a colon, say) or behind, the characters that mix both
        # are unknown; those in between are not.
        coded = base64.b64encode(bytes(shift) + raw).decode()
        inner = coded[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]
        versions = [inner]
        if shift == 0:
            versions += [coded, coded.rstrip("=")]
            versions += [
                line for text in (inner, coded) for width in _WRAPS for line in _wrapped(text, width)
            ]
        for version in versions:
            yield version
            yield version.replace("+", "-").replace("/", "_")


def _wrapped(text: str, width: int) -> list[str]:
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    # The last line may be too short to be searched for: it is found with the one before it.
    return [*lines, "\n".join(lines[-2:])] if len(lines) > 1 else []


def _hexadecimal(part: str) -> Iterator[str]:
    digits = part.encode("utf-8", "surrogatepass").hex()
    yield digits
    yield digits.upper()


def _percent(part: str) -> Iterator[str]:
    # RFC 3986, a path, encodeURIComponent, encodeURI; the last two are HTML forms.
    for safe, space in (
        ("~", ""),
        ("~/", ""),
        ("~!'()*", ""),
        ("~;,/?:@&=+$!'()*#", ""),
        ("~", "+"),
        ("*", "+"),
    ):
        coded = "".join(
            character
            if character in _UNRESERVED or character in safe
            else space
            if character == " " and space
            else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
            for character in part
        )
        yield coded
        yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), coded)


def _percent_decoded(text: str) -> str:
    raw = re.sub(rb"%([0-9A-Fa-f]{2})", lambda match: bytes.fromhex(match[1].decode()), text.encode())
    return raw.decode("utf-8", "replace")


def _json(part: str) -> Iterator[str]:
    for ascii_only in (True, False):
        coded = json.dumps(part, ensure_ascii=ascii_only)[1:-1]
        yield coded
        yield coded.replace("/", "\\/")
        yield re.sub(r"[<>&]", lambda match: f"\\u{ord(match[0]):04x}", coded)  # as Go does
        yield re.sub(r"\\u[0-9a-f]{4}", lambda match: "\\u" + match[0][2:].upper(), coded)
        yield json.dumps(coded, ensure_ascii=ascii_only)[1:-1]  # a JSON text inside a JSON log line


def _shell(part: str) -> Iterator[str]:
    yield part.replace("'", "'\"'\"'")
    yield part.replace("'", "'\\''")
    yield re.sub(r'([\\"$`])', r"\\\1", part)
    yield re.sub(r'([\\"$`!])', r"\\\1", part)
    yield _UNSAFE_IN_SHELL.sub(r"\\\1", part)
    escapes = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    yield "".join(escapes.get(character, character) for character in part)  # $'…', as `set -x` prints


def _markup(part: str) -> Iterator[str]:
    plain = part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for double, single in product(('"', "&quot;", "&#34;", "&#x22;"), ("'", "&#x27;", "&#39;", "&apos;")):
        yield plain.replace('"', double).replace("'", single)


def _python(part: str) -> Iterator[str]:
    yield repr(part)[1:-1]
    yield repr(part.encode("utf-8", "surrogatepass"))[2:-1]
