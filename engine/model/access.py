"""What the lists of `guards.access` say of a program, a place and a whole change, without asking anybody.

Rules:
1. The guard of a run asks when something is sent (`engine/io/world/guard.py`), `check` when a file is read,
   and the core before it asks a person: nobody is to approve what would be refused after their approval.
2. What is not known yet is not judged: a value of a secret, a reference that is still open.
3. An empty list limits nothing; a line for a shell needs `shell: true`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from engine.kinds.action import Action
from engine.kinds.uses import Effect
from engine.model.addresses import alike, fits, place_of, texts
from engine.model.catalogue import Channel, McpServer
from engine.model.guards import Access, CommandRule

NO_SHELL: Final = "no line for the shell is allowed (guards.access.shell)"
_LIST: Final = "(guards.access.commands)"
_ADDRESSES: Final = ("database", "api")
"""Fields that hold an address, beside that which is named like its kind."""


def program_refused(
    argv: tuple[str, ...], effect: Effect, rules: tuple[CommandRule, ...], *, whole: bool = True
) -> str:
    """Return why a program may not be started with these arguments, by the list; empty: it may.

    Where not all of it is known (`whole` is false), a word with a reference in it may be any word.
    """
    name = argv[0] if argv else ""
    if not rules or (not whole and "${" in name):
        return ""
    named = [rule for rule in rules if rule.run == name]
    if not named:
        return f"program {name} is not on the list {_LIST}"
    follows = [
        rule for rule in named if not rule.sub or any(_begins(argv[1:], sub, whole=whole) for sub in rule.sub)
    ]
    if not follows:
        return f"'{' '.join(argv[:2])}' is not on the list {_LIST}"
    if not any(effect in rule.effects for rule in follows):
        return f"'{' '.join(argv[:2])}' may not be used to {effect} {_LIST}"
    return ""


def host_refused(text: str, access: Access, people: Iterable[str] = ()) -> str:
    """Return why an http address or a database may not be asked; what leads to people is never refused."""
    place = place_of(None, "", text)
    if place is None or not access.hosts or any(fits(pattern, place) for pattern in access.hosts):
        return ""
    if any(alike(place, place_of(None, "", one)) for one in people):
        return ""
    return f"host {place.host} is not on the list (guards.access.hosts)"


def action_refused(
    action: Action,
    effect: Effect,
    access: Access,
    servers: Mapping[str, McpServer],
    channels: Mapping[str, Channel],
    *,
    drill: bool = False,
) -> str:
    """Return why the guard lets no such change through; a drill reaches its own hosts, whatever the list."""
    people = () if drill else tuple(one for held in channels.values() for one in (held.url, held.api_url))
    return next(filter(None, _refusals(action, effect, access, servers, people, drill=drill)), "")


def _refusals(
    action: Action,
    effect: Effect,
    access: Access,
    servers: Mapping[str, McpServer],
    people: tuple[str, ...],
    *,
    drill: bool,
) -> Iterator[str]:
    command = getattr(action, "command", None)
    if getattr(action, "shell", False):
        yield "" if access.shell else NO_SHELL
    elif isinstance(command, tuple):
        yield program_refused(tuple(map(str, command)), effect, access.commands, whole=False)
    addresses = [text for route, text in texts(action) if route[0] in (action.kind, *_ADDRESSES)]
    server = servers.get(str(getattr(action, "mcp", "")).partition("/")[0])
    if server is not None and server.command:
        yield program_refused(tuple(map(str, server.command)), effect, access.commands, whole=False)
    elif server is not None:
        addresses.append(server.url)
    if not drill:
        yield from (host_refused(text, access, people) for text in addresses)


def _begins(argv: tuple[str, ...], sub: str, *, whole: bool) -> bool:
    """Say whether a sub-command of a rule comes right behind the program's name."""
    words = tuple(sub.split())
    open_too = (here == word or (not whole and "${" in here) for here, word in zip(argv, words, strict=False))
    return len(argv) >= len(words) and all(open_too)


__all__ = ["NO_SHELL", "action_refused", "host_refused", "program_refused"]
