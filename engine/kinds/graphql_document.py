"""One GraphQL document as an author wrote it: which operations it holds, read before anything is sent.

Rules. Just enough of the language is read to know the operations for certain: strings, block strings,
comments, names and brackets; what cannot be read is refused. No `${…}` is ever written into the text, so
outside data cannot become GraphQL: values go into `variables`. Whether fields and types exist is the
server's to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from engine.kinds.values import text_schema

_TOKEN: Final = re.compile(
    r"""(?P<skip>[\s,\ufeff]+|\#[^\r\n]*)
    |(?P<string>\"\"\"(?:[^"\\]|\\\"\"\"|\\|\"(?!\"\"))*\"\"\"|"(?:[^"\\\r\n]|\\.)*")
    |(?P<name>[A-Za-z_]\w*)
    |(?P<number>-?\d[\w.+-]*)
    |(?P<mark>\.\.\.|[!$&()\[\]{}:=@|])""",
    re.VERBOSE | re.ASCII,
)
_CLOSES: Final = {")": "(", "]": "[", "}": "{"}
_LARGEST: Final = 100_000

OperationType = Literal["query", "mutation", "subscription"]
_TYPES: Final[Mapping[str, OperationType]] = {
    "query": "query",
    "mutation": "mutation",
    "subscription": "subscription",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document; an anonymous one has no name."""

    type: OperationType
    name: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a GraphQL document, with the operations in it."""

    text: str
    operations: tuple[Operation, ...]

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read what the author wrote; raises ValueError."""
        if isinstance(data, Document):
            return cls(data.text, data.operations)
        if not isinstance(data, str):
            raise ValueError(f"a GraphQL document is text, not {data!r}")
        if "${" in data:
            raise ValueError("a GraphQL document takes no ${…}: declare a $variable, put it in 'variables'")
        if len(data) > _LARGEST:
            raise ValueError(f"a GraphQL document has at most {_LARGEST} characters")
        found = tuple(_operations(data))
        if not found:
            raise ValueError("there is no operation in this GraphQL: write '{ shop { name } }' or 'query …'")
        return cls(data, found)

    def plain(self) -> str:
        """Return the text."""
        return self.text

    def chosen(self, name: str) -> Operation:
        """Return the operation of this name, or the only one; raises ValueError."""
        if name:
            for operation in self.operations:
                if operation.name == name:
                    return operation
            raise ValueError(f"there is no operation '{name}' in this GraphQL: {self._names()}")
        if len(self.operations) > 1:
            raise ValueError(
                f"{len(self.operations)} operations: say which with 'operation_name' ({self._names()})"
            )
        return self.operations[0]

    def _names(self) -> str:
        return "there are " + ", ".join(one.name or "an unnamed one" for one in self.operations)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> dict[str, Any]:
        return text_schema(cls.parse)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        return {"type": "string"}


def _operations(text: str) -> Iterator[Operation]:
    """Yield the operations: what stands outside of all brackets, up to the selection that ends it."""
    open_marks: list[str] = []
    head: list[str] = []
    for kind, word in tokens(text):
        if word in ("(", "[", "{") and kind == "mark":
            if not open_marks and word == "{":
                yield from _operation(head)
                head = []
            open_marks.append(word)
        elif kind == "mark" and word in _CLOSES:
            if not open_marks or open_marks.pop() != _CLOSES[word]:
                raise ValueError(f"a '{word}' in this GraphQL closes nothing")
        elif not open_marks and kind != "string":  # a string out here is a description
            head.append(word)
    if open_marks or head:
        raise ValueError(
            f"this GraphQL ends too early: {f'a {open_marks[-1]!r}' if open_marks else head[0]!r}"
        )


def _operation(head: list[str]) -> Iterator[Operation]:
    first = head[0] if head else "query"
    if first == "fragment":
        return
    if first not in _TYPES:
        raise ValueError(f"'{first}' begins no operation: write query, mutation or '{{'")
    named = len(head) > 1 and re.match(r"[A-Za-z_]", head[1])
    yield Operation(_TYPES[first], head[1] if named else "")


def tokens(text: str) -> Iterator[tuple[str, str]]:
    """Yield the kind (string, name, number, mark) and the text of all that counts; raises ValueError."""
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.end() == at:
            line = text.count("\n", 0, at) + 1
            raise ValueError(f"line {line} of this GraphQL cannot be read from {text[at : at + 20]!r} on")
        at = match.end()
        if match.lastgroup not in (None, "skip"):
            yield str(match.lastgroup), match[0]
