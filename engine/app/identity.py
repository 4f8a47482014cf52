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
    if name == "NAME":  # an offered line, pasted as it is: nobody is called that
        raise UsageError("NAME stands for your own name", hint=f"for example --as ann:{role or 'ROLE'}")
    return Person(
        name=name or _account(),
        role=role or workspace.settings.role,
        identity="claimed",
        via=f"{socket.gethostname()} pid {os.getpid()}",
    )


def named(workspace: Workspace, said: str, operator: Person, roles: Iterable[str]) -> str:
    """Return what a line that is offered here must say with `--as`.

    Nothing where the shell or the settings say it. Where nobody says it, or what is said there is broken,
    whoever runs the run is meant: without a role the line would be refused. It never fails: who only looks at
    a run is shown it.
    """
    known = tuple(roles)
    try:
        settled = not known or person(workspace).role in known
    except UsageError:
        settled = False
    return said if said or settled else f"{operator.name}:{operator.role}"


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
