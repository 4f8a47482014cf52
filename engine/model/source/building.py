"""The tree, built from one pass over the parser's events, and what is refused on the way.

The parser's own composer recurses, and kills the process when brackets are nested deep enough; here a stack
of our own is bounded, as is the number of nodes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import yaml

from engine.kinds.findings import Finding, Located, Route
from engine.kinds.values import Json
from engine.model.source.document import Extent, span
from engine.model.source.scalars import resolve

MAX_DEPTH: Final = 32
MAX_NODES: Final = 20_000
PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C library's, which is 10 times faster, where it is there."""

_NEAR = 80  # how far to look around on a line, which may be as long as the file
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is open; `name` and `key` are those of the key that waits for its value."""

    holder: dict[str, Json] | list[Json]
    route: Route
    opened: Extent
    in_braces: bool
    name: str = ""
    key: Extent | None = None
    plain: bool = False
    first_lines: dict[str, int] = field(default_factory=dict)


class Builder:
    """Builds plain data from one pass over the parser's events, and notes what is refused."""

    def __init__(self, file: str, lines: tuple[str, ...]) -> None:
        self.file, self.lines = file, lines
        self.findings: list[Located] = []
        self.extents: dict[Route, tuple[Extent, Extent]] = {}
        self.root: Json = None
        self.last: yaml.Event | None = None  # the last event before a fault
        self._frames: list[_Frame] = []
        self._nodes = 0
        self._documents = 0

    def build(self, text: str) -> yaml.YAMLError | None:
        """Take the events one by one; return the parser's fault, if it met one."""
        try:
            for event in yaml.parse(text, Loader=PARSER):
                if not self._take(event):
                    break
                self.last = event
        except yaml.YAMLError as fault:
            return fault
        except ValueError:  # the pure parser, at an escape beyond the last character there is
            return yaml.YAMLError("an escape is no character")
        return None

    def note(self, rule: str, extent: Extent, message: str, fix: str) -> Located:
        """Return a finding at an extent of the text; one behind the last line is put at its end."""
        line = min(extent[0], len(self.lines) - 1)
        source = self.lines[line]
        column = extent[1] if line == extent[0] else len(source)
        width = span((line, column, *extent[2:]), self.lines).width
        width = max(1, min(width, len(source) - column))
        finding = Finding(rule, self._here(), message, fix)
        return Located(finding, self.file, line + 1, column + 1, width, source)

    def _here(self) -> Route:
        if not self._frames:
            return ()
        frame = self._frames[-1]
        return self._step(frame) if isinstance(frame.holder, list) or frame.key else frame.route

    def _step(self, frame: _Frame) -> Route:
        return (*frame.route, len(frame.holder) if isinstance(frame.holder, list) else frame.name)

    def _refuse(self, rule: str, extent: Extent, message: str, fix: str) -> None:
        self.findings.append(self.note(rule, extent, message, fix))

    def _take(self, event: yaml.Event) -> bool:
        """Take one event; return whether to go on."""
        if isinstance(event, yaml.NodeEvent):
            return self._take_node(event)
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                message = "a second document begins here"
                self._refuse("many-documents", extent_of(event), message, "keep one document in a file")
                return False
        elif isinstance(event, yaml.CollectionEndEvent):
            frame = self._frames.pop()
            if frame.route in self.extents:  # its start is known since it was opened, its end only now
                key, value = self.extents[frame.route]
                whole = (*frame.opened[:2], *extent_of(event)[2:])
                self.extents[frame.route] = (whole if key == value else key, whole)
        return True

    def _take_node(self, event: yaml.NodeEvent) -> bool:
        extent = extent_of(event)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            message = f"the file has more than {MAX_NODES:,} keys and values"
            self._refuse("too-large", extent, message, "split it")
            return False
        self._refuse_extras(event, extent)
        frame = self._frames[-1] if self._frames else None
        if frame and isinstance(frame.holder, dict) and frame.key is None:
            return self._take_key(event, extent, frame)
        value: Json = None
        if isinstance(event, yaml.ScalarEvent):
            value = resolve(event.value) if event.implicit[0] else event.value
            if frame and frame.key and frame.in_braces and value is None and not event.value:
                self._refuse_torn_pair(frame, frame.key)
        elif isinstance(event, yaml.CollectionStartEvent):
            value = {} if isinstance(event, yaml.MappingStartEvent) else []
        route: Route = ()
        if frame is None:
            self.root = value
            self.extents[()] = (extent, extent)
        else:
            route = self._step(frame)
            self.extents.setdefault(route, (frame.key or extent, extent))
            if isinstance(frame.holder, list):
                frame.holder.append(value)
            else:
                frame.holder[frame.name] = value
                frame.key = None
        return not isinstance(event, yaml.CollectionStartEvent) or self._open(event, extent, route, value)

    def _open(self, event: yaml.CollectionStartEvent, extent: Extent, route: Route, holder: Json) -> bool:
        if len(self._frames) == MAX_DEPTH:
            message = f"this is nested deeper than {MAX_DEPTH} levels"
            self._refuse("too-deep", extent, message, "close brackets that are open, or nest less")
            return False
        assert isinstance(holder, dict | list)
        self._frames.append(_Frame(holder, route, extent, bool(event.flow_style)))
        return True

    def _take_key(self, event: yaml.NodeEvent, extent: Extent, frame: _Frame) -> bool:
        """Take what stands where a key must stand; after a fault go on with an empty name."""
        frame.key, frame.name = extent, ""
        if isinstance(event, yaml.ScalarEvent):
            frame.name, frame.plain = event.value, event.implicit[0]
            self._refuse_key(extent, frame)
        elif isinstance(event, yaml.CollectionStartEvent):
            fix = "give the key as plain text"
            if self.lines[extent[0]].startswith("{{", max(0, extent[1] - 1)):
                fix = 'write a reference as "${inputs.name}", in quotes'
            self._refuse("key-not-text", extent, "a mapping or list cannot be a key", fix)
            holder: Json = {} if isinstance(event, yaml.MappingStartEvent) else []
            return self._open(event, extent, (*frame.route, ""), holder)
        return True

    def _refuse_extras(self, event: yaml.NodeEvent, extent: Extent) -> None:
        """Note an alias, an anchor, a tag, and half a character, which the pure parser lets through."""
        fix = "take it out, or put a text that begins with '{}' in quotes"
        if isinstance(event, yaml.AliasEvent):
            message = f"{quoted(f'*{event.anchor}')} is an alias, which is not read here"
            self._refuse("yaml-alias", extent, message, "write the value out, or put a text in quotes")
        elif event.anchor is not None:
            message = f"{quoted(f'&{event.anchor}')} is an anchor, which is not read here"
            self._refuse("yaml-alias", extent, message, fix.format("&"))
        tag = getattr(event, "tag", None)
        if tag is not None:
            shown = quoted(tag.replace("tag:yaml.org,2002:", "!!", 1))
            self._refuse("yaml-tag", extent, f"{shown} is a tag, which is not read here", fix.format("!"))
        if isinstance(event, yaml.ScalarEvent) and _SURROGATE.search(event.value):
            self._refuse("yaml-syntax", extent, "an escape here is half a character", "write the whole one")

    def _refuse_key(self, extent: Extent, frame: _Frame) -> None:
        name = frame.name
        line, column = extent[:2]
        if self.lines[line][max(0, column - _NEAR) : column].rstrip().endswith("?"):
            fix = "take it out, or put a text that begins with '?' in quotes"
            self._refuse("yaml-syntax", extent, "a '?' stands before this key", fix)
        elif frame.plain and name == "<<":
            message = "'<<' is a merge key, which is not read here"
            self._refuse("yaml-merge", extent, message, "write the keys out")
        elif frame.plain and not isinstance(resolve(name), str):
            message = f"the key {name} is not a text" if name else "there is no key before this ':'"
            fix = f'write it in quotes: "{name}"' if name else "write one"
            self._refuse("key-not-text", extent, message, fix)
        elif name in frame.first_lines:
            message = f"{quoted(name)} is given twice (first on line {frame.first_lines[name]})"
            self._refuse("duplicate-key", extent, message, "keep one")
        frame.first_lines.setdefault(name, line + 1)

    def _refuse_torn_pair(self, frame: _Frame, key: Extent) -> None:
        """Note `{a:b}`, which YAML reads as one key without a value."""
        after = self.lines[key[2]][key[3] : key[3] + _NEAR].lstrip()
        if frame.plain and ":" in frame.name and not after.startswith(":"):
            message = f"{quoted(frame.name)} has no space after its ':'"
            self._refuse("yaml-syntax", key, message, "write 'key: value'")


def extent_of(event: yaml.Event) -> Extent:
    """Return where an event of the parser stands."""
    start, end = event.start_mark, event.end_mark
    assert start is not None  # only events made by hand have no marks
    assert end is not None
    return (start.line, start.column, end.line, end.column)


def quoted(text: str) -> str:
    """Return a text of the author's as a message names it."""
    return f"'{text}'" if len(text) <= 40 else f"'{text[:37]}...'"
