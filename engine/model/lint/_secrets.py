"""Texts that look like a secret: forms of vendors, passwords in addresses, values under a telling key.

Rules:
1. A reference is no secret: `${secrets.NAME}` is how one is written, and `$NAME` in a command by hand.
2. Placeholders are none: `<token>`, `xxxx`, `changeme`, `example`, and the public words of local set-ups.
3. A finding names the form, and quotes nothing of the value.
"""

from __future__ import annotations

import re
from typing import Final

_FORMS: Final = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a key of OpenAI or Anthropic", re.compile(r"\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{20,}")),
    ("a token of GitHub", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,})")),
    ("a token of GitLab", re.compile(r"\bglpat-[A-Za-z0-9_-]{18,}")),
    ("a key of AWS", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a key of Google", re.compile(r"\bAIza[A-Za-z0-9_-]{35}")),
    ("a token of Slack", re.compile(r"\bxox[abeprs]-[A-Za-z0-9-]{10,}")),
    ("a webhook of Slack", re.compile(r"hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16,}")),
    ("a token of Shopify", re.compile(r"\bshp(?:at|ca|pa|ss|ua)_[A-Fa-f0-9]{20,}")),
    (
        "a token of Fly",
        re.compile(r"\b(?:FlyV1 )?fm[12][a-z]?_[A-Za-z0-9+/=_-]{20,}|\bfo1_[A-Za-z0-9_-]{20,}"),
    ),
    ("a key of Supabase", re.compile(r"\bsb[ps]?_(?:secret_)?[A-Za-z0-9]{30,}")),
    ("a key of Stripe", re.compile(r"\b[rs]k_live_[A-Za-z0-9]{16,}")),
    ("a token of npm", re.compile(r"\bnpm_[A-Za-z0-9]{30,}")),
    ("a JSON web token", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")),
    (
        "a bearer token",
        re.compile(r"(?i)\b(?:bearer|token|basic)\s+(?=[A-Za-z0-9+/_.=-]*\d)[A-Za-z0-9+/_.=-]{16,}"),
    ),
)
_PASSWORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@]*?:([^\s/?#@]+)@")
_IN_QUERY: Final = re.compile(
    r"(?i)[?&](?:[a-z_-]*(?:token|secret|password|passwd|api_?key|apikey|access_key|sig|signature))=([^&#\s]{6,})"
)
_TELLING: Final = re.compile(
    r"(?i)(?:^|[_-])(?:authorization|api-?_?key|apikey|token|secret|password|passwd|private-?_?key|routing-?_?key)$"
)
_PLACEHOLDER: Final = re.compile(
    r"(?i)^(?:<.*>|x{3,}|\*{3,}|\.{3,}|…|changeme|example.*|postgres|password|secret|none|null|\$\w+|%\w+%|your[-_].*)$"
)
_REFERENCE: Final = re.compile(r"\$\{[^{}]*\}|\$[A-Za-z_]\w*")


def secret_in(text: str) -> str:
    """Return what in a text looks like a secret, in words that do not give it away; empty for nothing."""
    bare = _REFERENCE.sub("", text)
    for what, form in _FORMS:
        if form.search(bare):
            return what
    password = _PASSWORD.search(_REFERENCE.sub("$REF", text))
    if password and not _harmless(password[1]):
        return "a password in an address"
    query = _IN_QUERY.search(_REFERENCE.sub("$REF", text))
    if query and not _harmless(query[1]):
        return "a credential in an address"
    return ""


def secret_under(key: str, text: str) -> str:
    """Return what a value under a telling key looks like: a header, a variable of a program."""
    found = secret_in(text)
    if found or not _TELLING.search(key):
        return found
    words = _REFERENCE.sub("", text).split()
    value = words[-1] if words else ""
    return f"the value of '{key}'" if len(value) >= 8 and "${" not in text and not _harmless(value) else ""


def _harmless(value: str) -> bool:
    return "$REF" in value or bool(_PLACEHOLDER.match(value))


__all__ = ["secret_in", "secret_under"]
