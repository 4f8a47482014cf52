"""Commands and references as a person reads and types them.

Rules:
1. What is only known during the run is written `<step.fact>`, always inside quotes, so that a paste that
   forgets it does no harm.
2. A command that the author wrote is kept; its references are written for the quotes they stand in.
3. A credential is `$NAME`: the shell puts the value in.
4. A curl whose time is judged prints it.
5. An expectation is written out in full, however long: a person types or compares what stands here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from engine.kinds import codec
from engine.kinds.by_hand import written
from engine.kinds.matcher_text import scope
from engine.kinds.matchers import Matcher, shown
from engine.kinds.references import REFERENCE, references
from engine.kinds.uses import ActionUse, CheckUse, Undo
from engine.kinds.values import Json
from engine.views.docs_page import Command

Use = CheckUse | ActionUse | Undo


def commands(uses: Mapping[str, Use]) -> tuple[Command, ...]:
    """Return the command of one use by environment, as few as there are different ones."""
    found: dict[str, list[str]] = {}
    before: tuple[Use, str] | None = None
    for environment, use in uses.items():
        text = before[1] if before and before[0] == use else command(use)
        before = (use, text)
        found.setdefault(text, []).append(environment)
    if len(found) == 1:
        return (Command(text=next(iter(found))),)
    return tuple(Command(text=text, environments=tuple(names)) for text, names in found.items())


def command(use: Use) -> str:
    """Return the command of one use, ready to paste: the one on the screen, with blanks in it."""
    return written(use.by_hand) if use.by_hand else replace(use, kind=_blank(use)).command()


def expected(matcher: Matcher) -> str:
    """Say an expectation in words, in full: a screen cuts long operands, a page never does."""
    return _in_full(matcher.data, lambda data: Matcher(data).text())


def narrowed(where: Json) -> str:
    """Say in words, in full, which items of a list are meant."""
    return _in_full(where, scope)


def _in_full(data: Json, write: Callable[[Json], str]) -> str:
    whole: dict[str, str] = {}

    def marked(data: Json) -> Json:
        if isinstance(data, Mapping):
            return {key: marked(item) for key, item in data.items()}
        text = shown(data, sys.maxsize)
        if text == shown(data):
            return data
        mark = f"\ue000{len(whole)}\ue001"
        whole[mark] = text
        return mark

    text = write(marked(data))
    for mark, operand in whole.items():
        text = text.replace(mark, operand)
    return said(text)


def _blank(use: Use) -> Any:
    """Return the kind of a use with a blank in the place of what is only known during the run."""
    kind = use.kind
    data = _placeheld(codec.plain(kind))
    fields = {key: item for key, item in data.items() if key != "kind"} if isinstance(data, Mapping) else {}
    try:
        blank = codec.decode(type(kind), fields)
        blank.by_hand()
    except ValueError:  # a kind that takes no placeholder here: its own words, still without a value
        return kind
    return blank


def said(text: str) -> str:
    """Return a text with its references as a reader sees them: `$NAME` or `<step.fact>`."""
    return REFERENCE.sub(_seen, text)


def blanks(use: Use) -> tuple[str, ...]:
    """Return what has to be filled into the command of a use, by the names it is written with."""
    typed = command(use)
    names = dict.fromkeys(references(use.by_hand or codec.plain(use.kind)))
    return tuple(name for name in names if not name.startswith("secrets.") and f"<{name}>" in typed)


def _placeheld(value: Json) -> Json:
    if isinstance(value, str):
        return REFERENCE.sub(_placeholder, value)
    if isinstance(value, Mapping):
        return {str(_placeheld(key)): _placeheld(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_placeheld(item) for item in value]
    return value


def _placeholder(match: re.Match[str]) -> str:
    name = match[2].strip()
    if match[1]:
        return match[0][1:]
    return match[0] if name.startswith("secrets.") else f"<{name}>"


def _seen(match: re.Match[str]) -> str:
    name = match[2].strip()
    return f"${name.removeprefix('secrets.')}" if name.startswith("secrets.") else _placeholder(match)
