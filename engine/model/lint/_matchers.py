"""What can be said of a matcher before it meets any value: it never holds, it always holds, or it may.

Rules:
1. Only what is certain is said. A reference, a pattern, a list that is narrowed: it may.
2. A domain says which values there can be: the answers of a check, the outcomes of a step, true and false,
   numbers from 0. Over a few values every one is tried, by the very judge that a run uses.
3. Of numbers the operators leave an interval; where nothing is in it, the matcher never holds.
4. *unknown* is not holding: an operand that an operator cannot use makes a matcher that never holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from engine.kinds.check import Check
from engine.kinds.comparing import equal, items, number
from engine.kinds.matchers import Matcher
from engine.kinds.matching import is_operators
from engine.kinds.nodes import Node
from engine.kinds.references import ABSENT, references
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import CheckUse
from engine.kinds.values import Json

Says = Literal["never", "always", "may"]

_ALWAYS_POSSIBLE: Final = ("limit", "skipped")
_ANSWERS: Final = ("pass", "fail", "unknown")
_ORDER: Final = ("lt", "le", "gt", "ge")
OBJECTS: Final = frozenset(
    {
        *("json", "headers", "structured", "timing", "certificate", "data", "cost", "newest", "previous"),
        *("states", "instances", "checks", "components", "failures", "unknowns", "first", "value"),
    }
)
"""Facts that are, or may be, keys with values: fields of them can be matched."""


@dataclass(frozen=True, slots=True)
class Domain:
    """Which values there can be: a few, or numbers from `least` to `most`."""

    values: tuple[Json, ...] = ()
    least: float = -math.inf
    most: float = math.inf
    absent: bool = True
    """Whether there may be none at all."""

    @property
    def numeric(self) -> bool:
        """Say whether it is certain that there are only numbers."""
        return not self.values and not (math.isinf(self.least) and math.isinf(self.most))


ANY: Final = Domain()
_NUMBER: Final = Domain(least=0.0)
_COUNT: Final = Domain(least=0.0, absent=False)


def says(matcher: Matcher, domain: Domain = ANY) -> Says:
    """Say whether a matcher can hold at all, and whether it can do anything else."""
    data = matcher.data
    if any(True for _ in references(data)):
        return "may"
    if domain.values:
        answers = [matcher.judge(value).answer == "pass" for value in domain.values]
        if domain.absent:
            answers.append(matcher.judge(ABSENT).answer == "pass")
        return "always" if all(answers) else "may" if any(answers) else "never"
    return _says(data, domain)


def _says(data: Json, domain: Domain) -> Says:
    if not isinstance(data, Mapping):
        return _literal(data, domain)
    if not is_operators(data) or {"where", "newest_by", "get", "as", "default", "within"} & set(data):
        return "may" if "count" not in data or "default" in data else _never_only(data["count"])
    found = [_one(name, operand, domain) for name, operand in data.items()]
    if "never" in found or _contradict(data, domain):
        return "never"
    return "always" if found and all(one == "always" for one in found) else "may"


def _never_only(count: Json) -> Says:
    return "never" if _says(count, _COUNT) == "never" else "may"


def _literal(data: Json, domain: Domain) -> Says:
    value = number(data)
    if value is None or not domain.numeric:
        return "never" if domain.numeric and isinstance(data, str | bool) else "may"
    return "may" if domain.least <= value <= domain.most else "never"


def _one(name: str, operand: Json, domain: Domain) -> Says:
    if name in _ORDER:
        if number(operand) is None:
            return "never"
        return _compared(name, operand, domain)
    if name in ("between", "in"):
        options = items(operand)
        if not options or (name == "between" and (len(options) != 2 or None in map(number, options))):
            return "never"
        return "may"
    if name in ("len", "count"):
        found = _says(operand, _COUNT)
        return "may" if found == "always" and domain.absent else found
    if name == "not":
        return "never" if _says(operand, domain) == "always" else "may"
    return "may"


def _compared(name: str, operand: Json, domain: Domain) -> Says:
    """Hold every number of the domain against one comparison."""
    bound = number(operand)
    if bound is None:
        return "may"
    below, above = domain.least, domain.most
    low = {"lt": below < bound, "le": below <= bound, "gt": above > bound, "ge": above >= bound}[name]
    whole = {"lt": above < bound, "le": above <= bound, "gt": below > bound, "ge": below >= bound}[name]
    return "never" if not low else "always" if whole and not domain.absent else "may"


def _contradict(data: Mapping[str, Json], domain: Domain) -> bool:
    """Say whether no value can meet all of the operators."""
    if data.get("exists") is False and len(set(data) - {"exists", "of"}):
        return True
    low, high = (domain.least, 0), (domain.most, 1)  # a bound, and whether it is one itself
    for name in _ORDER:
        bound = number(data[name]) if name in data else None
        if bound is not None and name in ("lt", "le"):
            high = min(high, (bound, int(name == "le")))
        elif bound is not None:
            low = max(low, (bound, int(name == "gt")))
    ends = items(data.get("between"))
    if ends is not None and len(ends) == 2:
        first, last = number(ends[0]), number(ends[1])
        if first is not None and last is not None:
            low, high = max(low, (first, 0)), min(high, (last, 1))
    if low[0] > high[0] or (low[0] == high[0] and (low[1], high[1]) != (0, 1)):
        return True
    return _excluded(data, low, high)


def _excluded(data: Mapping[str, Json], low: tuple[float, int], high: tuple[float, int]) -> bool:
    """Say whether the values that are named are all ruled out by the other operators."""
    options = items(data.get("in"))
    named = [data["eq"]] if "eq" in data else list(options) if options is not None else []
    bounded = not math.isinf(low[0]) or not math.isinf(high[0])
    for value in named:
        seen = number(value)
        fits = seen is not None and low <= (seen, 0) and (seen, 1) <= high
        listed = "eq" not in data or options is None or any(equal(value, one) for one in options)
        if listed and (fits or not bounded) and not ("ne" in data and equal(value, data["ne"])):
            return False
    return bool(named)


def of_fact(check: CheckUse, subject: str) -> Domain:
    """Return which values a fact of a check can have."""
    if subject in check.facts:
        return _NUMBER if check.facts[subject].count else ANY
    told = check.kind.fact_names.get(subject, "")
    absent = not told or "absent" in told or check.look is not None
    if told.startswith("status code"):
        return Domain(least=100.0, most=599.0, absent=absent)
    if told.startswith("true "):
        return Domain(values=(True, False), absent=absent)
    if told.startswith("number of") or told.endswith("in seconds"):
        return Domain(least=0.0, absent=absent)
    return Domain(absent=absent)


def exists(check: CheckUse, subject: str) -> bool:
    """Say whether a check can have a fact at all: its kind's, the use's own, or one a person is asked for."""
    looked = check.look.facts if check.look else ()
    known = (*check.kind.fact_names, *check.facts, *looked)
    return any(subject == name or subject.startswith(f"{name}.") for name in known)


def of_path(node: Node, path: str) -> Domain:
    """Return which values a condition of a decide may find at `step` or `step.fact`."""
    rest = path.partition(".")[2]
    step = node.step
    if rest == "outcome" or (not rest and not isinstance(step, CheckStep)):
        return Domain(values=(*step.outcomes(), *_ALWAYS_POSSIBLE)) if step.outcomes() else ANY
    if isinstance(step, AskStep) and rest == "answer":
        return Domain(values=step.outcomes())
    if isinstance(step, CheckStep):
        return Domain(values=_ANSWERS) if rest in ("", "answer") else of_fact(step.check, rest)
    if isinstance(step, ChecksStep | WaitStep):
        checks = step.checks if isinstance(step, ChecksStep) else step.until or {}
        name, _, fact = rest.partition(".")
        if name in checks:
            return Domain(values=_ANSWERS) if fact in ("", "answer") else of_fact(checks[name], fact)
    return ANY


def check_of(node: Node, path: str) -> tuple[CheckUse, str] | None:
    """Return the check whose fact a condition names, and the fact."""
    rest, step = path.partition(".")[2], node.step
    if isinstance(step, CheckStep):
        return step.check, rest
    if isinstance(step, ChecksStep | WaitStep):
        checks = step.checks if isinstance(step, ChecksStep) else step.until or {}
        name, _, fact = rest.partition(".")
        return (checks[name], fact) if name in checks else None
    return None


def cannot_fail(check: CheckUse) -> bool:
    """Say whether a check passes, or is unknown because something is absent, whatever the target does."""
    if (check.no_answer or check.kind.no_answer) == "fail":
        return False
    seen = ((one, replace(of_fact(check, name), absent=False)) for name, one in check.expected().items())
    return all(says(one, domain) == "always" for one, domain in seen)


def is_scalar(kind: Check, fact: str) -> bool:
    """Say whether a fact of a kind is certainly no object whose fields could be matched."""
    return fact in kind.fact_names and fact not in OBJECTS


__all__ = [
    "ANY",
    "OBJECTS",
    "Domain",
    "Says",
    "cannot_fail",
    "check_of",
    "exists",
    "is_scalar",
    "of_fact",
    "of_path",
    "says",
]
