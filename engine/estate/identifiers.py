"""Ids in the vendors' forms, made from what they name, so that a replay gives the same ones."""

from __future__ import annotations

from hashlib import sha256

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def machine_id(app: str, index: int) -> str:
    """Return 14 hex digits that start with 148e, as Fly machine ids do."""
    return "148e" + sha256(f"{app}/{index}".encode()).hexdigest()[:10]


def ulid(*parts: object) -> str:
    """Return 26 characters in the form of a ULID."""
    value = int.from_bytes(sha256("/".join(map(str, parts)).encode()).digest()[:15], "big")
    letters = []
    for _ in range(24):
        value, index = divmod(value, 32)
        letters.append(_CROCKFORD[index])
    return "01" + "".join(letters)


def digest(*parts: object) -> str:
    """Return a SHA-256 in hex."""
    return sha256("/".join(map(str, parts)).encode()).hexdigest()
