"""Matchers: an expectation as data, analysed and explained, never executed.

Rules:
1. A bare value means equality; a mapping whose keys are all operators applies every one of them; any other
   mapping matches field by field. A field that is called like an operator is reached by its path.
2. Three answers, as everywhere: an operator on an absent value, or on a value it does not fit, is *unknown*.
3. Before the operators: `default` stands in for a value that is absent, `as` reads a value that is written
   another way (engine.kinds.units), `where` keeps the items of a list that fit, `newest_by` keeps the newest.
   `count` is how many were kept; `get` is held against the newest, or the only one that is left; every other
   operator against all that are left. One object is kept whole by `where`, or is as good as absent: what is
   measured too seldom to say anything is unknown, `{where: {n: {ge: 5}}, get: {p95: {lt: 1s}}}`.
4. An item that lacks what `where` asks for may be meant or not: the answer counts only if it is the same
   either way, else it is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from engine.kinds.matcher_form import patterns, validate
from engine.kinds.matcher_text import in_words, shown, told
from engine.kinds.matching import ALL, NARROWING, OPERATORS, judge
from engine.kinds.patterns import problem
from engine.kinds.references import ABSENT, Absent
from engine.kinds.values import Json, text_schema
from engine.kinds.verdicts import Answer


@dataclass(frozen=True, slots=True)
class Match:
    """The answer of one matcher, with both sides as text."""

    answer: Answer
    expected: str
    observed: str


@dataclass(frozen=True, slots=True)
class Matcher:
    """One expectation, as the author wrote it."""

    data: Json

    @classmethod
    def parse(cls, data: object) -> Self:
        """Take a matcher of a plan; raises ValueError for a broken operator.

        A pattern is not looked into: what an old engine took must still be read, and is unknown.
        """
        if isinstance(data, Matcher):
            return cls(data.data)
        validate(data)
        return cls(data)  # type: ignore[arg-type]  # plain data from the document

    @classmethod
    def written(cls, data: object) -> Self:
        """Read what an author wrote; raises ValueError for a broken pattern too."""
        matcher = cls.parse(data)
        for pattern in patterns(matcher.data):
            why = problem(pattern)
            if why:
                raise ValueError(why)
        return matcher

    def plain(self) -> Json:
        """Return what the author wrote."""
        return self.data

    def judge(self, value: Json | Absent) -> Match:
        """Hold a value against the expectation."""
        expected, observed = told(self.data, value)
        return Match(judge(self.data, value), expected, observed)

    def text(self) -> str:
        """Say the expectation in words: `< 500ms`, `one of [200, 204]`."""
        return in_words(self.data)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> dict[str, Any]:
        return text_schema(cls.written)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        operators: dict[str, dict[str, Any]] = {name: {} for name in ALL}
        return {
            "description": "a value (equality) or operators",
            "anyOf": [
                {"type": ["string", "number", "boolean", "null", "array"]},
                {"type": "object", "properties": operators},
            ],
        }


__all__ = ["ABSENT", "NARROWING", "OPERATORS", "Match", "Matcher", "shown"]
