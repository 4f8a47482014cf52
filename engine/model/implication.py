"""What two matchers of one value say of each other: where one holds the other does too, or never does.

Rules:
1. Only what is certain is said; what cannot be seen is *no*. *Unknown* is not holding.
2. A reference is compared with itself only: both sides of it are one value in one moment.
3. `x` is `{eq: x}`, and `{not: {lt: x}}` is `{ge: x}`: both ask for what can be ordered. Fields, lists that
   are narrowed, defaults and units are compared as they are written.
4. Values that are named are tried one by one, by the judge that a run uses; of numbers intervals are left.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final

from engine.kinds.comparing import equal, items, number
from engine.kinds.matchers import Matcher
from engine.kinds.matching import is_operators, judge
from engine.kinds.values import Json

Term = tuple[str, Json]
"""One operator with its operand."""

_AS_WRITTEN: Final = frozenset({"where", "newest_by", "get", "count", "default", "as", "within", "of"})
_OPPOSITE: Final[Mapping[str, str]] = {
    "lt": "ge",
    "ge": "lt",
    "le": "gt",
    "gt": "le",
    "eq": "ne",
    "ne": "eq",
}
_ORDER: Final = ("lt", "le", "gt", "ge", "between")


def implies(one: Matcher, other: Matcher) -> bool:
    """Say whether every value that meets the one meets the other."""
    if equal(one.data, other.data):
        return True
    given, asked = _terms(one.data), _terms(other.data)
    return bool(given) and bool(asked) and all(_implied(given, term) for term in asked)


def excludes(one: Matcher, other: Matcher) -> bool:
    """Say whether no value meets both."""
    if _negates(one.data, other.data) or _negates(other.data, one.data):
        return True
    left, right = _terms(one.data), _terms(other.data)
    if not left or not right:
        return False
    if ("exists", False) in left or ("exists", False) in right:
        return _present(left) or _present(right)
    if any(name in _OPPOSITE and _among((_OPPOSITE[name], operand), right) for name, operand in left):
        return True
    both = [*left, *right]
    named = _named(both)
    if named is not None:
        return not named
    low, high = _interval(both)
    return low > high


def alternatives(matcher: Matcher, most: int) -> tuple[Matcher, ...]:
    """Return matchers of which one holds exactly where this one does: of `in`, each value."""
    terms = _terms(matcher.data)
    options = items(terms[0][1]) if len(terms) == 1 and terms[0][0] == "in" else None
    if not options or len(options) > most or any(isinstance(one, Mapping | list | tuple) for one in options):
        return (matcher,)
    return tuple(Matcher({"eq": one}) for one in options)


def _negates(data: Json, other: Json) -> bool:
    return isinstance(data, Mapping) and data.keys() == {"not"} and equal(data["not"], other)


def _terms(data: Json) -> list[Term]:
    """Return the operators that must all hold; none where they can be compared as they are written only."""
    if not isinstance(data, Mapping):
        return [("eq", data)]
    if not is_operators(data) or _AS_WRITTEN & data.keys():
        return []
    return [_turned(name, operand) for name, operand in data.items()]


def _turned(name: str, operand: Json) -> Term:
    """Return `not` of one plain operator as the opposite operator."""
    if name != "not":
        return name, operand
    inner = _terms(operand)
    if len(inner) == 1 and inner[0][0] in _OPPOSITE:
        return _OPPOSITE[inner[0][0]], inner[0][1]
    return name, operand


def _present(terms: list[Term]) -> bool:
    """Say whether what is absent does not meet them: `exists` alone answers for it."""
    return any(term != ("exists", False) for term in terms)


def _among(wanted: Term, terms: list[Term]) -> bool:
    """Find a term by JSON's equality: true is not 1."""
    return any(name == wanted[0] and equal(operand, wanted[1]) for name, operand in terms)


def _implied(given: list[Term], asked: Term) -> bool:
    """Say whether values that meet what is given meet one operator more."""
    name, operand = asked
    if _among(asked, given):
        return True
    if _open(operand):
        return False
    if name == "exists":
        return operand is True and _present(given)
    named = _named(given)
    if named is not None:
        return all(judge({name: operand}, value) == "pass" for value in named)
    low, high = _interval(given)
    if math.isinf(low[0]) and math.isinf(high[0]):
        return False
    if name == "ne":
        seen = number(operand)
        return not isinstance(operand, Mapping | list | tuple) and (
            seen is None or not low <= (seen, 0) <= high
        )
    bounds = list(_bounds([asked]))
    if not bounds or any(number(bound) is None for _, bound in bounds):
        return False
    least, most = _interval(bounds)
    return least <= low and high <= most


def _named(terms: list[Term]) -> list[Json] | None:
    """Return the values that can meet all terms, where one of them names plain values."""
    closed = [(name, operand) for name, operand in terms if not _open(operand)]
    for name, operand in closed:
        options = [operand] if name == "eq" else items(operand) if name == "in" else None
        if options is not None and not any(isinstance(value, Mapping | list | tuple) for value in options):
            return [value for value in options if all(judge({n: o}, value) == "pass" for n, o in closed)]
    return None


def _interval(terms: list[Term]) -> tuple[tuple[float, int], tuple[float, int]]:
    """Return the bounds that terms leave, each with 1 or -1 where it is excluded itself."""
    low, high = (-math.inf, 0), (math.inf, 0)
    for name, operand in _bounds(terms):
        bound = number(operand)
        if bound is None:
            continue
        if name in ("gt", "ge"):
            low = max(low, (bound, int(name == "gt")))
        else:
            high = min(high, (bound, -int(name == "lt")))
    return low, high


def _bounds(terms: list[Term]) -> Iterator[Term]:
    for name, operand in terms:
        ends = items(operand) if name == "between" else None
        if ends is not None and len(ends) == 2:
            yield from (("ge", ends[0]), ("le", ends[1]))
        elif name in _ORDER and name != "between" and not _open(operand):
            yield name, operand


def _open(operand: Json) -> bool:
    """Say whether a reference is in what is asked for, or what looks like one."""
    if isinstance(operand, Mapping):
        return any(_open(key) or _open(item) for key, item in operand.items())
    if isinstance(operand, list | tuple):
        return any(_open(item) for item in operand)
    return isinstance(operand, str) and "${" in operand


__all__ = ["alternatives", "excludes", "implies"]
