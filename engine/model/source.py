"""Read one YAML file into plain data that remembers its places; the only module that knows YAML.

Rules:

1. `read` is total: any bytes end in a `Document` or in findings, quickly and without an exception.
2. The size is checked on the bytes, depth and number of nodes on the stream of parser events. The tree is
   built from those same events with a stack of our own: the C library's composer recurses, and kills the
   process when brackets are nested deep enough.
3. What another reader could take differently is refused: a key given twice, tags, anchors, aliases, merge
   keys, keys that are no text, a second document, characters that show nothing or turn text around.
4. Only `true` and `false` are booleans, `null`, `~` and nothing are null, decimal numbers as JSON writes them
   are numbers. All else is text: `no`, `on`, `1:30`, `010`, `2025-10-13`, `1_000`, `.5`, `1e999`.
5. The reader goes on as long as the parser can, so that an author sees all faults at once. An unquoted
   reference in braces stops the parser; it is masked, keeping its width, and the text is read again.
6. Lines and columns count from 1, in characters, as editors do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import yaml

from engine.kinds.findings import Finding, Located, Route, Stop
from engine.kinds.values import Json

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32
MAX_NODES: Final = 20_000

_MAX_REPAIRS = 20  # each costs one more pass over the text,
_MAX_REREAD = 1_000_000  # so that a long text is allowed fewer
_MAX_TABS = 50
_NEAR = 80  # how far to look around on a line, which may be as long as the file
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C library may be missing; it is 10 times faster

_BREAK = re.compile(r"\r\n|\r|\n")
_UNSEEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u200a\u200c-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd"
    "\U00010000-\U0010ffff]"
)
_BOOLEANS: Final[Mapping[str, bool]] = {"true": True, "false": False}
_NULLS = frozenset(("", "~", "null"))
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z")  # a longer row of digits is an id, not a quantity
_SURROGATE = re.compile("[\ud800-\udfff]")
_REFERENCE = re.compile(r"\$\{[^{}\r\n]*\}?")
_MASKED = re.compile(r"[^A-Za-z0-9_.]")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")

_Extent: TypeAlias = tuple[int, int, int, int]  # line and column of the start, then of the end, from 0


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one line: where it starts, counted from 1, and how many characters it has."""

    line: int
    column: int
    width: int


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read: plain data, its lines, and the place of every key and value."""

    file: str
    data: Mapping[str, Json]
    lines: tuple[str, ...] = field(repr=False)
    extents: Mapping[Route, tuple[_Extent, _Extent]] = field(repr=False, compare=False)  # key, value

    def place(self, route: Route, at_key: bool = True) -> Span:
        """Return where the key (or the value) of a route stands, or else its nearest ancestor's key."""
        here = route
        while here not in self.extents:
            here = here[:-1]
        key, value = self.extents[here]
        nothing_there = value[:2] == value[2:]
        return _span(key if at_key or here != route or nothing_there else value, self.lines)


def read(text: bytes, file: str) -> Document | tuple[Located, ...]:
    """Return the document, or every fault found in it, in the order of their places."""
    if len(text) > MAX_BYTES:
        message = f"the file has {len(text):,} bytes, more than {MAX_BYTES:,}"
        return (Located(Finding("too-large", (), message, "split it"), file, 1, 1),)
    decoded = _decode(text, file)
    if isinstance(decoded, Located):
        return (decoded,)
    lines = tuple(_BREAK.split(decoded))
    found: list[Located] = []
    for _ in range(min(_MAX_REPAIRS, 1 + _MAX_REREAD // (len(decoded) + 1))):
        builder = _Builder(file, lines)
        fault = builder.build(decoded)
        reference = _reference(fault, builder.last, decoded)
        if reference is None:
            break
        found.append(_unquoted(reference, builder))
        start, end = reference.span()
        decoded = decoded[:start] + _MASKED.sub("_", reference[0]) + decoded[end:]
    found += builder.findings
    if fault is not None and reference is None:
        found += _explain(fault, builder)
    if not found and not isinstance(builder.root, dict):
        found.append(_no_mapping(builder))
    if found or not isinstance(builder.root, dict):
        return tuple(sorted(found, key=lambda located: (located.line, located.column)))
    return Document(file, builder.root, lines, builder.extents)


def locate(findings: Iterable[Finding], document: Document) -> tuple[Located, ...]:
    """Look up line and column of findings that speak in routes; in the order of their places."""
    places = ((finding, document.place(finding.route, finding.at_key)) for finding in findings)
    located = (
        Located(
            finding,
            document.file,
            at.line,
            at.column,
            at.width,
            document.lines[at.line - 1],
            tuple(_stop(route, document) for route in finding.trace),
        )
        for finding, at in places
    )
    return tuple(sorted(located, key=lambda item: (item.line, item.column)))


def _stop(route: Route, document: Document) -> Stop:
    """Return where a step of a path stands; what stands nowhere is an end, or built in."""
    if route not in document.extents:
        return Stop(str(route[-1]))
    place = document.place(route)
    return Stop(str(route[-1]), place.line, place.column)


def _decode(text: bytes, file: str) -> str | Located:
    """Return the text, or the first reason why it is not one that shows everything it holds."""
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        finding = Finding("not-utf8", (), "the file is UTF-16", "save it as UTF-8")
        return Located(finding, file, 1, 1)
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"byte 0x{text[error.start]:02x} is not UTF-8"
        before = text[: error.start].decode("utf-8")
        whole = before + text[error.start :].decode("utf-8", errors="replace")
        return _at_index("not-utf8", message, "save the file as UTF-8", file, whole, len(before))
    unseen = _UNSEEN.findall(decoded)
    if not unseen:
        return decoded
    code, others = ord(unseen[0]), len(unseen) - 1
    message = f"an invisible or control character, U+{code:04X}, stands here"
    if others:
        message += f", and {others} more follow{'s' * (others == 1)}"
    fix = f'take it out; where it is meant, write "\\u{code:04x}" in double quotes'
    if decoded[0] == "\ufeff":
        message, fix = "the file begins with a byte order mark", "save it as UTF-8 without one"
    index = decoded.index(unseen[0])
    return _at_index("control-character", message, fix, file, decoded, index)


def _at_index(rule: str, message: str, fix: str, file: str, text: str, index: int) -> Located:
    before = _BREAK.split(text[:index])
    source = _BREAK.split(text)[len(before) - 1]
    return Located(Finding(rule, (), message, fix), file, len(before), len(before[-1]) + 1, 1, source)


def _span(extent: _Extent, lines: tuple[str, ...]) -> Span:
    """Return the part of an extent on its first line: what a caret can underline."""
    line, column, end_line, end_column = extent
    last = end_column if end_line == line else len(lines[line].rstrip())
    return Span(line + 1, column + 1, max(1, last - column))


def _extent(event: yaml.Event) -> _Extent:
    start, end = event.start_mark, event.end_mark
    assert start is not None  # only events made by hand have no marks
    assert end is not None
    return (start.line, start.column, end.line, end.column)


def _quoted(text: str) -> str:
    return f"'{text}'" if len(text) <= 40 else f"'{text[:37]}...'"


def _resolve(text: str) -> Json:
    """Return what a plain, unquoted scalar means (rule 4)."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text) and ("." in text or "e" in text.lower()):
        number = float(text)
        return number if math.isfinite(number) else text
    return text


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is open; `name` and `key` are those of the key that waits for its value."""

    holder: dict[str, Json] | list[Json]
    route: Route
    opened: _Extent
    in_braces: bool
    name: str = ""
    key: _Extent | None = None
    plain: bool = False
    first_lines: dict[str, int] = field(default_factory=dict)


class _Builder:
    """Builds plain data from one pass over the parser's events, and notes what is refused."""

    def __init__(self, file: str, lines: tuple[str, ...]) -> None:
        self.file, self.lines = file, lines
        self.findings: list[Located] = []
        self.extents: dict[Route, tuple[_Extent, _Extent]] = {}
        self.root: Json = None
        self.last: yaml.Event | None = None  # the last event before a fault
        self._frames: list[_Frame] = []
        self._nodes = 0
        self._documents = 0

    def build(self, text: str) -> yaml.YAMLError | None:
        """Take the events one by one; return the parser's fault, if it met one."""
        try:
            for event in yaml.parse(text, Loader=_PARSER):
                if not self._take(event):
                    break
                self.last = event
        except yaml.YAMLError as fault:
            return fault
        except ValueError:  # the pure parser, at an escape beyond the last character there is
            return yaml.YAMLError("an escape is no character")
        return None

    def note(self, rule: str, extent: _Extent, message: str, fix: str) -> Located:
        """Return a finding at an extent of the text; one behind the last line is put at its end."""
        line = min(extent[0], len(self.lines) - 1)
        source = self.lines[line]
        column = extent[1] if line == extent[0] else len(source)
        span = _span((line, column, *extent[2:]), self.lines)
        width = max(1, min(span.width, len(source) - column))
        finding = Finding(rule, self._here(), message, fix)
        return Located(finding, self.file, line + 1, column + 1, width, source)

    def _here(self) -> Route:
        if not self._frames:
            return ()
        frame = self._frames[-1]
        return self._step(frame) if isinstance(frame.holder, list) or frame.key else frame.route

    def _step(self, frame: _Frame) -> Route:
        return (*frame.route, len(frame.holder) if isinstance(frame.holder, list) else frame.name)

    def _refuse(self, rule: str, extent: _Extent, message: str, fix: str) -> None:
        self.findings.append(self.note(rule, extent, message, fix))

    def _take(self, event: yaml.Event) -> bool:
        """Take one event; return whether to go on."""
        if isinstance(event, yaml.NodeEvent):
            return self._take_node(event)
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                message = "a second document begins here"
                self._refuse("many-documents", _extent(event), message, "keep one document in a file")
                return False
        elif isinstance(event, yaml.CollectionEndEvent):
            frame = self._frames.pop()
            if frame.route in self.extents:  # its start is known since it was opened, its end only now
                key, value = self.extents[frame.route]
                whole = (*frame.opened[:2], *_extent(event)[2:])
                self.extents[frame.route] = (whole if key == value else key, whole)
        return True

    def _take_node(self, event: yaml.NodeEvent) -> bool:
        extent = _extent(event)
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
            value = _resolve(event.value) if event.implicit[0] else event.value
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

    def _open(self, event: yaml.CollectionStartEvent, extent: _Extent, route: Route, holder: Json) -> bool:
        if len(self._frames) == MAX_DEPTH:
            message = f"this is nested deeper than {MAX_DEPTH} levels"
            self._refuse("too-deep", extent, message, "close brackets that are open, or nest less")
            return False
        assert isinstance(holder, dict | list)
        self._frames.append(_Frame(holder, route, extent, bool(event.flow_style)))
        return True

    def _take_key(self, event: yaml.NodeEvent, extent: _Extent, frame: _Frame) -> bool:
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

    def _refuse_extras(self, event: yaml.NodeEvent, extent: _Extent) -> None:
        """Note an alias, an anchor, a tag, and half a character, which the pure parser lets through."""
        fix = "take it out, or put a text that begins with '{}' in quotes"
        if isinstance(event, yaml.AliasEvent):
            message = f"{_quoted(f'*{event.anchor}')} is an alias, which is not read here"
            self._refuse("yaml-alias", extent, message, "write the value out, or put a text in quotes")
        elif event.anchor is not None:
            message = f"{_quoted(f'&{event.anchor}')} is an anchor, which is not read here"
            self._refuse("yaml-alias", extent, message, fix.format("&"))
        tag = getattr(event, "tag", None)
        if tag is not None:
            shown = _quoted(tag.replace("tag:yaml.org,2002:", "!!", 1))
            self._refuse("yaml-tag", extent, f"{shown} is a tag, which is not read here", fix.format("!"))
        if isinstance(event, yaml.ScalarEvent) and _SURROGATE.search(event.value):
            self._refuse("yaml-syntax", extent, "an escape here is half a character", "write the whole one")

    def _refuse_key(self, extent: _Extent, frame: _Frame) -> None:
        name = frame.name
        line, column = extent[:2]
        if self.lines[line][max(0, column - _NEAR) : column].rstrip().endswith("?"):
            fix = "take it out, or put a text that begins with '?' in quotes"
            self._refuse("yaml-syntax", extent, "a '?' stands before this key", fix)
        elif frame.plain and name == "<<":
            message = "'<<' is a merge key, which is not read here"
            self._refuse("yaml-merge", extent, message, "write the keys out")
        elif frame.plain and not isinstance(_resolve(name), str):
            message = f"the key {name} is not a text" if name else "there is no key before this ':'"
            fix = f'write it in quotes: "{name}"' if name else "write one"
            self._refuse("key-not-text", extent, message, fix)
        elif name in frame.first_lines:
            message = f"{_quoted(name)} is given twice (first on line {frame.first_lines[name]})"
            self._refuse("duplicate-key", extent, message, "keep one")
        frame.first_lines.setdefault(name, line + 1)

    def _refuse_torn_pair(self, frame: _Frame, key: _Extent) -> None:
        """Note `{a:b}`, which YAML reads as one key without a value."""
        after = self.lines[key[2]][key[3] : key[3] + _NEAR].lstrip()
        if frame.plain and ":" in frame.name and not after.startswith(":"):
            message = f"{_quoted(frame.name)} has no space after its ':'"
            self._refuse("yaml-syntax", key, message, "write 'key: value'")


def _no_mapping(builder: _Builder) -> Located:
    where, _ = builder.extents.get((), ((0, 0, 0, 1), None))
    fix = "begin with 'runbook: its-id', or another first key"
    if builder.root is None:
        return builder.note("empty-file", where, "the file holds nothing", fix)
    what = "a list" if isinstance(builder.root, list) else "a bare value"
    return builder.note("not-a-mapping", where, f"the file is {what}, not keys with values", fix)


def _reference(fault: yaml.YAMLError | None, last: yaml.Event | None, text: str) -> re.Match[str] | None:
    """Return the `${...}` whose brace stopped the parser: what it read last ends behind the `$`."""
    if fault is None or not isinstance(last, yaml.ScalarEvent) or last.end_mark is None:
        return None
    return _REFERENCE.match(text, max(0, last.end_mark.index - 1))


def _unquoted(reference: re.Match[str], builder: _Builder) -> Located:
    before = _BREAK.split(reference.string[: reference.start()])
    line, column = len(before) - 1, len(before[-1])
    extent = (line, column, line, column + len(reference[0]))
    message = f"{_quoted(reference[0])} is not in quotes, which it needs inside braces and brackets"
    return builder.note("unquoted-reference", extent, message, "put the whole text in double quotes")


_PROBLEMS: Final = (  # what the parser says, at the problem (else where it began), rule, message, fix
    ("directive|incompatible|%YAML|non-alphabetical", True, "yaml-syntax", "a line cannot begin with '%'",
     "leave this line out"),
    ("unknown escape", True, "yaml-syntax", "this backslash means nothing in double quotes",
     "use single quotes, or write the backslash twice"),
    ("hexdecimal|hexadecimal|escape", True, "yaml-syntax", "this escape is no character",
     "write \\x and 2, \\u and 4 or \\U and 8 hexadecimal digits"),
    ("document (separator|indicator)|end of stream", False, "yaml-syntax",
     "the quote opened here is not closed", "close it; a single quote in single quotes is written twice"),
    ("could not find expected ':'", False, "yaml-syntax", "no ': ' follows on this line",
     "write 'key: value', or indent the line under the text it belongs to"),
    ("mapping values are not|unexpected ':'", True, "yaml-syntax", "a ':' cannot stand here",
     "put the text in quotes if it belongs there; else set a space behind it and check the indentation"),
    ("sequence entries are not", True, "yaml-syntax", "a list cannot begin here",
     "begin it on a line of its own, or put a text that begins with '-' in quotes"),
    ("mapping keys are not", True, "yaml-syntax", "a '?' cannot stand here", "put the text in quotes"),
    ("alphabetic or numeric", False, "yaml-alias", "a text cannot begin with '*' or '&'",
     "put the text in quotes"),
    ("chomping|comment or (a )?line break|indentation indicator", True, "yaml-syntax",
     "nothing may follow '|' or '>' on its line", "begin the text on the next line"),
    ("document start", True, "many-documents", "more follows after the end of the document",
     "keep one document in a file"),
)  # fmt: skip


def _explain(fault: yaml.YAMLError, builder: _Builder) -> list[Located]:
    """Say in the author's words what stopped the parser."""
    if not isinstance(fault, yaml.MarkedYAMLError) or fault.problem_mark is None:
        return [builder.note("yaml-syntax", (0, 0, 0, 1), f"this cannot be read: {fault}", "mend the text")]
    problem, mark = str(fault.problem), fault.problem_mark
    opened = fault.context_mark or mark
    line = builder.lines[mark.line] if mark.line < len(builder.lines) else ""
    here, there = (_caret(at.line, at.column) for at in (mark, opened))
    char = line[mark.column : mark.column + 1]
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent:
        return _tabs(mark.line, indent.index("\t"), builder)
    if char == "\t":
        return [builder.note("yaml-tab", here, "a tab stands where a space belongs", "use a space")]
    if "a tag" in str(fault.context):
        fix = "put the text in quotes"
        return [builder.note("yaml-tag", there, "a text cannot begin with '!'", fix)]
    for words, at_problem, rule, message, fix in _PROBLEMS:
        if re.search(words, f"{problem} {fault.context}"):
            return [builder.note(rule, here if at_problem else there, message, fix)]
    if re.search("expected ',' or", problem):
        return [_unclosed(builder, here, there, char)]
    before = line[: mark.column].strip(" -")
    if char == ":" and ("node content" in problem or not before):
        return [builder.note("key-not-text", here, "there is no key before this ':'", "write one")]
    message, fix = f"this cannot be read: {problem}", "mend or quote the text"
    if "cannot start any token" in problem:
        message, fix = f"a text cannot begin with {_quoted(char)}", "put it in quotes"
    elif "node content" in problem:
        message, fix = "a value is missing here", "write it, or take out what asks for it"
        if char and char in "?]},":
            message = f"a {_quoted(char)} cannot stand here"
            fix = "put a text that begins with it in quotes, or add what is missing before it"
    elif re.search("expected (key|<block end>|'-' indicator)", problem):
        message = "this line is not indented like the lines it belongs to"
        fix = "line it up with the keys, or the dashes, above it"
        if before:
            message = "a text goes on after its end"
            fix = "put the whole text in quotes; a single quote in single quotes is written twice"
    return [builder.note("yaml-syntax", here, message, fix)]


def _caret(line: int, column: int) -> _Extent:
    return (line, column, line, column + 1)


def _unclosed(builder: _Builder, here: _Extent, there: _Extent, char: str) -> Located:
    bracket = builder.lines[there[0]][there[1]]
    closing = "}" if bracket == "{" else "]"
    if here[0] != there[0] or not char:
        message = f"this '{bracket}' is not closed"
        return builder.note("yaml-syntax", there, message, f"add '{closing}' where it ends")
    message = f"a ',' or '{closing}' is missing before this"
    return builder.note("yaml-syntax", here, message, "add it, or put the text in quotes")


def _tabs(line: int, column: int, builder: _Builder) -> list[Located]:
    """Name the line that stopped the parser, and the later ones that begin with a tab too."""
    later = (n for n in range(line + 1, len(builder.lines)) if builder.lines[n].startswith("\t"))
    places = [(line, column), *((n, 0) for n in later)][:_MAX_TABS]
    fix = "use two spaces"
    notes = (
        builder.note("yaml-tab", _caret(n, at), f"line {n + 1} is indented with a tab", fix)
        for n, at in places
    )
    return [replace(note, finding=replace(note.finding, route=())) for note in notes]
