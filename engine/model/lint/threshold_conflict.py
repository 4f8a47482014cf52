"""A number in a runbook that says otherwise than the threshold on which the catalogue's check is built.

The team agreed on the number once, with its source. Two numbers for one thing make two truths: the dashboard
is red and the runbook says that all is well. What the check leaves open as a parameter is the runbook's to
say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from engine.kinds.comparing import equal, number
from engine.kinds.findings import Severity
from engine.kinds.uses import CheckUse
from engine.kinds.values import Json
from engine.model.catalogue import Catalogue
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import used
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "refer to the threshold, ${thresholds.NAME}, or change it in the catalogue with its source"
CATALOGUE: Final = """
thresholds:
  slow-answer: {value: 2s, source: the SLO document}
  outage-answer: {value: 10s, source: the SLO document}
checks:
  shop: {http: 'https://x.example', expect: {status: 200, seconds: {lt: '${thresholds.slow-answer}'}}}
"""
BEFORE: Final = """
steps:
  look:
    check: {use: shop, expect: {status: 200, seconds: {lt: 10s}}}
    then: {any: escalated}
"""
AFTER: Final = """
steps:
  look:
    check: {use: shop, expect: {status: 200, seconds: {lt: '${thresholds.outage-answer}'}}}
    then: {any: escalated}
"""

_THRESHOLD: Final = re.compile(r"\$\{thresholds\.([\w-]+)\}\Z")


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield expectations that put a number of their own in the place of a threshold."""
    for one in used(graph):
        if not isinstance(one.use, CheckUse):
            continue
        agreed = facts.expectations.get(one.use.name, {})
        for subject, matcher in one.use.expect.items():
            for name, ours in _conflicts(agreed.get(subject), matcher.data, facts.catalogue):
                value = facts.catalogue.thresholds[name].value
                message = f"'{subject}' is held against {ours}, and the catalogue agreed on {value} ({name})"
                yield Fault((*one.place, "expect", subject), message)


def _conflicts(theirs: Json, ours: Json, catalogue: Catalogue) -> Iterator[tuple[str, Json]]:
    """Yield each threshold that stands in one matcher where the other has another number."""
    if isinstance(theirs, Mapping) and isinstance(ours, Mapping):
        for key in theirs.keys() & ours.keys():
            yield from _conflicts(theirs[key], ours[key], catalogue)
    elif isinstance(theirs, str) and (found := _THRESHOLD.match(theirs)):
        threshold = catalogue.thresholds.get(found[1])
        if threshold is not None and number(ours) is not None and not _same(ours, threshold.value):
            yield found[1], ours


def _same(one: Json, other: Json) -> bool:
    return equal(one, other) or number(one) == number(other)
