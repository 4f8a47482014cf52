"""The environment of a program: built from a short list, never inherited (reliability T3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook
from engine.kinds.program import reserved

DEFAULT_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PASSED: Final = frozenset(("PATH", "HOME", "LANG", "TZ", "TMPDIR", "USER", "SSL_CERT_FILE", "SSL_CERT_DIR"))
_OURS: Final[Mapping[str, str]] = {
    "TERM": "dumb",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GH_PAGER": "cat",
    "CI": "1",
    "NO_COLOR": "1",
    "DEBIAN_FRONTEND": "noninteractive",
}
"""No pager, no colour, no question: nobody is there to answer."""


def build(
    environ: Mapping[str, str], wanted: Mapping[str, str], secrets: Secrets, marker: str
) -> dict[bytes, bytes]:
    """Return the environment with values of secrets in place; raises CannotLook.

    As bytes, in UTF-8 whatever the locale of this process is.
    """
    passed = {name: value for name, value in environ.items() if name in _PASSED or name.startswith("LC_")}
    ready = {"PATH": DEFAULT_PATH, **passed, **_OURS}
    for name, template in wanted.items():
        if why := reserved(name):
            raise CannotLook(why)
        value = secrets.fill(template)
        if "\0" in value:  # the value may be a secret: only its name is told
            raise CannotLook(f"the value of {name} holds a NUL byte: no program can be given that")
        ready[name] = value
    ready["RB_COMMAND"] = marker
    try:
        return {name.encode(): value.encode("utf-8", "surrogateescape") for name, value in ready.items()}
    except UnicodeEncodeError:  # its text would hold the value
        raise CannotLook("a value for the program's environment is no valid text") from None
