"""What stopped the parser, in the author's words: where, what, and what to do."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import yaml

from engine.kinds.findings import Located
from engine.model.source.building import Builder, quoted
from engine.model.source.document import Extent

_MAX_TABS = 50

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


def explain(fault: yaml.YAMLError, builder: Builder) -> list[Located]:
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
        message, fix = f"a text cannot begin with {quoted(char)}", "put it in quotes"
    elif "node content" in problem:
        message, fix = "a value is missing here", "write it, or take out what asks for it"
        if char and char in "?]},":
            message = f"a {quoted(char)} cannot stand here"
            fix = "put a text that begins with it in quotes, or add what is missing before it"
    elif re.search("expected (key|<block end>|'-' indicator)", problem):
        message = "this line is not indented like the lines it belongs to"
        fix = "line it up with the keys, or the dashes, above it"
        if before:
            message = "a text goes on after its end"
            fix = "put the whole text in quotes; a single quote in single quotes is written twice"
    return [builder.note("yaml-syntax", here, message, fix)]


def _caret(line: int, column: int) -> Extent:
    return (line, column, line, column + 1)


def _unclosed(builder: Builder, here: Extent, there: Extent, char: str) -> Located:
    bracket = builder.lines[there[0]][there[1]]
    closing = "}" if bracket == "{" else "]"
    if here[0] != there[0] or not char:
        message = f"this '{bracket}' is not closed"
        return builder.note("yaml-syntax", there, message, f"add '{closing}' where it ends")
    message = f"a ',' or '{closing}' is missing before this"
    return builder.note("yaml-syntax", here, message, "add it, or put the text in quotes")


def _tabs(line: int, column: int, builder: Builder) -> list[Located]:
    """Name the line that stopped the parser, and the later ones that begin with a tab too."""
    later = (n for n in range(line + 1, len(builder.lines)) if builder.lines[n].startswith("\t"))
    places = [(line, column), *((n, 0) for n in later)][:_MAX_TABS]
    fix = "use two spaces"
    notes = (
        builder.note("yaml-tab", _caret(n, at), f"line {n + 1} is indented with a tab", fix)
        for n, at in places
    )
    return [replace(note, finding=replace(note.finding, route=())) for note in notes]
