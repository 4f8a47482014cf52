"""Who is typing: `--as NAME:ROLE`, else `RUNBOOK_AS`, else the account and the workspace's role."""

from __future__ import annotations

import getpass
import os
import re
import socket
from collections.abc import Iterable

from engine.app.workspace import Workspace
from engine.core.events import Person
from engine.kinds.errors import UsageError
from engine.kinds.findings import did_you_mean

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


def check_role(person: Person, roles: Iterable[str]) -> None:
    """Refuse a role that nobody here has; raises UsageError. Where there are no roles, any is taken."""
    known = tuple(roles)
    if not known or person.role in known:
        return
    listed = f"known: {', '.join(known)}"
    if not person.role:
        hint = f"add --as {person.name}:ROLE, or set 'role' in runbook.toml; {listed}"
        raise UsageError(f"'{person.name}' says no role", hint=hint)
    raise UsageError(f"there is no role '{person.role}'", hint=did_you_mean(person.role, known) or listed)


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid-{os.getuid()}"
