"""The fields a GraphQL operation selects, as far as a stand-in must know them: no fragments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.kinds.graphql_document import tokens
from engine.kinds.values import Json

_WORDS: Mapping[str, Json] = {"true": True, "false": False, "null": None}
_DEEPEST = 20


class Unreadable(ValueError):
    """The operation is not one this server reads; the message is the server's."""


@dataclass(frozen=True, slots=True)
class Field:
    """One selected field, with its arguments in place."""

    name: str
    alias: str = ""
    arguments: Mapping[str, Json] = field(default_factory=dict)
    fields: tuple[Field, ...] = ()

    def first(self) -> int:
        """Return how many items are asked for, 0 where this is no list."""
        for name in ("first", "last"):
            wanted = self.arguments.get(name)
            if isinstance(wanted, int) and not isinstance(wanted, bool):
                return min(max(wanted, 0), 1_000_000)
        return 0


def selected(text: str, variables: Mapping[str, Json]) -> tuple[Field, ...]:
    """Return the fields of the only operation of a document; raises Unreadable."""
    words = _Words(text, variables)
    depth = 0
    while (word := words.take()) != "{" or depth:  # name and variables of the operation come before
        depth += {"(": 1, ")": -1}.get(word, 0)
    return words.selection(0)


class _Words:
    def __init__(self, text: str, variables: Mapping[str, Json]) -> None:
        self._left = list(self._read(text))
        self._left.reverse()
        self._variables = variables

    def take(self) -> str:
        if not self._left:
            raise Unreadable("syntax error, unexpected end of file")
        return self._left.pop()

    def selection(self, depth: int) -> tuple[Field, ...]:
        if depth > _DEEPEST:
            raise Unreadable("the query is nested too deeply")
        found = []
        while (word := self.take()) != "}":
            if not word.replace("_", "a").isalnum():
                raise Unreadable(f"syntax error, unexpected {word[:20]}: fragments are not known here")
            name, alias = word, ""
            if self._next() == ":":
                self.take()
                name, alias = self.take(), word
            arguments = self._arguments()
            inner: tuple[Field, ...] = ()
            if self._next() == "{":
                self.take()
                inner = self.selection(depth + 1)
            found.append(Field(name, alias, arguments, inner))
        return tuple(found)

    def _arguments(self) -> dict[str, Json]:
        found: dict[str, Json] = {}
        if self._next() == "(":
            self.take()
            while (name := self.take()) != ")":
                self._expect(":")
                found[name] = self._value(0)
        return found

    def _value(self, depth: int) -> Json:
        word = self.take()
        if depth > _DEEPEST:
            raise Unreadable("a value is nested too deeply")
        match word[0]:
            case "$":
                return self._variables.get(self.take())
            case '"':
                return word.strip('"')
            case "[":
                items: list[Json] = []
                while self._next() != "]":
                    items.append(self._value(depth + 1))
                self.take()
                return items
            case "{":
                keys: dict[str, Json] = {}
                while (name := self.take()) != "}":
                    self._expect(":")
                    keys[name] = self._value(depth + 1)
                return keys
        try:
            return _WORDS[word] if word in _WORDS else int(word)
        except ValueError:
            return word

    def _next(self) -> str:
        return self._left[-1] if self._left else ""

    def _expect(self, mark: str) -> None:
        if (word := self.take()) != mark:
            raise Unreadable(f"syntax error, expected {mark}, found {word[:20]}")

    @staticmethod
    def _read(text: str) -> Iterator[str]:
        try:
            yield from (word for _, word in tokens(text))
        except ValueError as error:
            raise Unreadable(str(error)) from None
