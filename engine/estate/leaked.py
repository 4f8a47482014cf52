"""A credential that has leaked: its old value is one that everybody may know, until it is revoked.

What a drill's engine sends as `LEAKED_VALUE` is told from every other value. It is refused, as a revoked one
is, except while the fault `secret-leaked` holds at the service that gave it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.estate.wire import Request

VALUE: Final = "sandbox-value-of-leaked_value"
"""The value that drills make up for the secret LEAKED_VALUE."""
FAULTS: Final[Mapping[str, str]] = {
    "secret-leaked": "The service takes the leaked value until the fault ends: somebody has revoked it.",
}
_HEADERS: Final = ("authorization", "apikey", "x-shopify-access-token", "api_access_token")


def sent(request: Request) -> bool:
    """Say whether a request comes with the leaked value."""
    return any(request.headers.get(name, "").rpartition(" ")[2] == VALUE for name in _HEADERS)
