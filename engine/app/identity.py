"""Who is typing: `--as NAME:ROLE`, else `RUNBOOK_AS`, else the account and the workspace's role."""

from __future__ import annotations

import getpass
import os
import re
import socket

from engine.app.workspace import Workspace
from engine.core.events import Person
from engine.kinds.errors import UsageError

_NAME = re.compile(r"[\w.@+' -]{1,64}(?::[a-z0-9][a-z0-9_-]{0,63})?\Z")


def person(workspace: Workspace, said: str = "") -> Person:
    """Return the claimed identity of whoever is at this terminal; raises UsageError."""
    text = said or workspace.environ.get("RUNBOOK_AS", "")
    if text and not _NAME.match(text):
        raise UsageError(f"'{text}' is no NAME:ROLE", hint="for example --as ann:reliability")
    name, _, role = text.partition(":")
    return Person(
        name=name or _account(),
        role=role or workspace.settings.role,
        identity="claimed",
        via=f"{socket.gethostname()} pid {os.getpid()}",
    )


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"
