"""What each operator of a matcher asks, in a line: for editors and for the reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MEANING: Final[Mapping[str, str]] = {
    "eq": "is equal, as JSON compares: `true` is not 1",
    "ne": "is not equal",
    "lt": "is less; numbers, durations and times",
    "le": "is less or equal",
    "gt": "is greater",
    "ge": "is greater or equal",
    "between": "lies between two values, both included",
    "in": "is one of a list",
    "contains": "holds this text, item, items or key",
    "matches": "a regular expression is found in the text: RE2, so without look-around and back-references",
    "len": "the number of letters, items or keys, held against a matcher",
    "every": "every item fits a matcher; an empty list is unknown",
    "some": "at least one item fits a matcher",
    "not": "does not fit a matcher; what is unknown stays unknown",
    "within": "lies at most so far from the time or number in `of`",
    "exists": "is there (`true`) or not (`false`); the only one that answers for what is absent",
    "where": "first: only the items that fit; one that lacks what is asked for may be meant or not. One "
    "object that does not fit is as good as absent",
    "newest_by": "first: only the item with the latest time, or the largest number, at this path",
    "get": "beside `newest_by` or `where`: what that item must be, the only one that fits",
    "count": "how many items are left, held against a matcher",
    "default": "first: what is taken where nothing is there",
    "as": "first: reads what is written another way, on both sides (below)",
    "of": "beside `within`: the time or the number that it is held against",
}
"""By operator."""
