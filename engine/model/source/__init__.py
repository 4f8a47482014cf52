"""Read one YAML file into plain data that remembers its places; the only package that knows YAML.

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

import re
from collections.abc import Iterable
from typing import Final

import yaml

from engine.kinds.findings import Finding, Located, Route, Stop
from engine.model.source.building import MAX_DEPTH, MAX_NODES, Builder, quoted
from engine.model.source.decoding import LINE_BREAK, decode
from engine.model.source.document import Document, Span
from engine.model.source.explaining import explain

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "Document", "Span", "locate", "read"]

MAX_BYTES: Final = 256 * 1024

_MAX_REPAIRS = 20  # each costs one more pass over the text,
_MAX_REREAD = 1_000_000  # so that a long text is allowed fewer
_REFERENCE = re.compile(r"\$\{[^{}\r\n]*\}?")
_MASKED = re.compile(r"[^A-Za-z0-9_.]")


def read(text: bytes, file: str) -> Document | tuple[Located, ...]:
    """Return the document, or every fault found in it, in the order of their places."""
    if len(text) > MAX_BYTES:
        message = f"the file has {len(text):,} bytes, more than {MAX_BYTES:,}"
        return (Located(Finding("too-large", (), message, "split it"), file, 1, 1),)
    decoded = decode(text, file)
    if isinstance(decoded, Located):
        return (decoded,)
    lines = tuple(LINE_BREAK.split(decoded))
    found: list[Located] = []
    for _ in range(min(_MAX_REPAIRS, 1 + _MAX_REREAD // (len(decoded) + 1))):
        builder = Builder(file, lines)
        fault = builder.build(decoded)
        reference = _reference(fault, builder.last, decoded)
        if reference is None:
            break
        found.append(_unquoted(reference, builder))
        start, end = reference.span()
        decoded = decoded[:start] + _MASKED.sub("_", reference[0]) + decoded[end:]
    found += builder.findings
    if fault is not None and reference is None:
        found += explain(fault, builder)
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


def _no_mapping(builder: Builder) -> Located:
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


def _unquoted(reference: re.Match[str], builder: Builder) -> Located:
    before = LINE_BREAK.split(reference.string[: reference.start()])
    line, column = len(before) - 1, len(before[-1])
    extent = (line, column, line, column + len(reference[0]))
    message = f"{quoted(reference[0])} is not in quotes, which it needs inside braces and brackets"
    return builder.note("unquoted-reference", extent, message, "put the whole text in double quotes")
