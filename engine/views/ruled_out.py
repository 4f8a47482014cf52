"""Which rows of a decision are ruled out by what was seen, and which only by what nobody could read."""

from __future__ import annotations

from dataclasses import replace

from engine.kinds.matchers import Matcher
from engine.kinds.references import ABSENT, Absent, Lookup, Unresolved, resolve
from engine.kinds.steps.decide import Case
from engine.kinds.verdicts import Answer


def row_stands(case: Case, lookup: Lookup) -> Answer:
    """Return how a row stands: one that fails by facts of an unread check alone is unknown, not ruled out.

    `previous.image: {exists: true}` does not hold where the releases could not be read. For the decision
    that is right; to tell a person that the release is ruled out would be untrue.
    """
    answer = case.answer(lookup)
    if answer != "fail" or (case.any and replace(case, when={}).answer(lookup) == "fail"):
        return answer
    failing = [path for path, matcher in case.when.items() if _fails(path, matcher, lookup)]
    return "unknown" if failing and all(_unread(path, lookup) for path in failing) else "fail"


def _fails(path: str, matcher: Matcher, lookup: Lookup) -> bool:
    try:
        expected = Matcher(resolve(matcher.data, lookup))
    except Unresolved:
        return False
    found = lookup(path)
    return expected.judge(ABSENT if isinstance(found, Absent) else found).answer == "fail"


def _unread(path: str, lookup: Lookup) -> bool:
    """Say whether a fact is not there because the check that finds it answered unknown."""
    parts = path.split(".")
    checks = (".".join(parts[:length]) for length in range(1, len(parts)))
    return isinstance(lookup(path), Absent) and any(lookup(check) == "unknown" for check in checks)
