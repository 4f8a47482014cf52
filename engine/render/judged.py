"""What a check that passed was judged by, short enough to stand in its row: the diagnosis rests on it.

A fact whose value already stands in the kind's own words is not said twice; of a list or a mapping what was
wanted of it says more than its beginning. That nothing was found is said only where the row would say nothing
else: beside "8 secrets set, … among them", "missing none" is noise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engine.core.events import Ended
from engine.kinds.verdicts import Seen
from engine.render.cells import cells, cut

WIDE: Final = 72
"""Cells of the facts in a row; the rest stands in the record."""
_LONG: Final = 28
_EVIDENT: Final = ("status", "seconds", "text", "exit", "stdout", "body")
"""Subjects that the kind's own words tell, or that are too long to."""
_NOTHING: Final = ("[]", "{}", "none")
_COUNTED: Final = re.compile(r"\d+ rows?(?: and more)? (in \S+)")
"""How a query answered: how many rows carried its figures says nothing beside them."""


def answered(ended: Ended) -> str:
    """Return how an operation ended in one line, with what it was judged by where it passed."""
    said = ended.why or ended.outcome
    rows = _COUNTED.fullmatch(said)
    facts = _bounded(_facts(ended, empty=rows is not None)) if ended.outcome == "pass" else ""
    if not facts:
        return said
    return f"{facts}, {rows[1]}" if rows else f"{said}; {facts}"


def _facts(ended: Ended, *, empty: bool) -> Iterator[str]:
    for one in ended.seen:
        if one.observed in _NOTHING and not empty:
            continue
        text = _fact(one)
        known = text in ended.why or (not _number(one.observed) and _holds(ended.why, one.observed))
        plain = one.subject.partition(".")[0] in _EVIDENT or one.observed == "kept back"
        if one.answer == "pass" and not plain and not known:
            yield text


def _fact(one: Seen) -> str:
    if one.observed in _NOTHING:
        return f"{one.subject} none"
    plain = not one.observed.startswith(("[", "{")) and cells(one.observed) <= _LONG
    return f"{one.subject} {one.observed if plain else cut(one.expected, _LONG)}"


def _number(text: str) -> bool:
    return bool(re.fullmatch(r"[-\d.]+", text))


def _holds(text: str, word: str) -> bool:
    return bool(word) and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _bounded(facts: Iterator[str]) -> str:
    """Join facts as far as there is room; an ellipsis says that there are more."""
    told = ""
    for fact in facts:
        longer = f"{told}, {fact}" if told else cut(fact, WIDE)
        if cells(longer) > WIDE:
            return f"{told}, …"
        told = longer
    return told
