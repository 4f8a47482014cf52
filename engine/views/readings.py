"""How a person without the engine reads facts: which are noted where, and what the engine's own mean.

Rules:
1. The catalogue's words for a fact (`look.facts`) stand on the page even where a step asks nobody: who reads
   the page is always the one who looks. They stand in full at the first look of the page, then as a link.
2. A part of such a text between semicolons is a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from engine.core.plan import PlanStep
from engine.kinds.facts import Selector
from engine.kinds.matchers import Matcher
from engine.kinds.references import Absent
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import CheckUse
from engine.kinds.values import Json
from engine.views.by_hand import narrowed, said
from engine.views.docs_page import Placeholder, Reading

NETWORK = "run.network"
RUN: Mapping[str, str] = {
    "id": "the id of this incident, INC-yyyymmdd-hhmmss of its start in UTC",
    "since": "when the alert fired, in UTC, such as 2025-11-23T03:05:22Z",
    "started": "when you began, in UTC, such as 2025-11-23T03:05:22Z",
    "severity": "the severity as it stands now",
    "operator": "your role",
    "network": "down when neither control probe answers, ok when at least one does",
}
"""What the engine knows of a run by itself, for those who have no engine."""
_BLANK = re.compile(r"<run\.(\w+)>")
_MISSING = {"outcome": "not done in this incident", "status": "no answer came"}
_ABSENT: Json = {"exists": False}
_NETWORK = {"down": "neither control probe answers", "ok": "at least one control probe answers"}


def held_in_words(subject: str, matcher: Matcher) -> str:
    """Say in words what a condition means that only an engine sees; nothing where its own words do."""
    head, _, rest = subject.partition(".")
    if head != "run":
        return _MISSING.get(subject.rpartition(".")[2], "") if matcher.data == _ABSENT else ""
    known = _NETWORK.get(str(matcher.data)) if subject == NETWORK else None
    return known or RUN.get(rest, "")


def told_of_run(texts: Iterable[str]) -> tuple[Placeholder, ...]:
    """Return what the texts of a page leave open of the run itself, and what it is."""
    found = dict.fromkeys(name for text in texts for name in _BLANK.findall(text))
    return tuple(Placeholder(name=f"run.{name}", where=RUN[name]) for name in sorted(found) if name in RUN)


def readings(facts: Mapping[str, str]) -> tuple[Reading, ...]:
    """Return how facts are read, line by line."""
    return tuple(
        Reading(fact=fact, lines=tuple(said(part.strip()) for part in text.split(";") if part.strip()))
        for fact, text in facts.items()
    )


def meaning(check: CheckUse, fact: str) -> str:
    """Say what a fact of a check is, in Markdown: in the words of its kind, or where the author finds it."""
    own = check.facts.get(fact)
    return check.kind.fact_names.get(fact, "") if own is None else _found(own)


def asked(steps: Iterable[PlanStep]) -> frozenset[str]:
    """Return the path of every fact that a decision asks for."""
    return frozenset(
        path
        for step in steps
        if isinstance(step.step, DecideStep)
        for case in step.step.decide
        for group in (case.when, *case.any)
        for path in group
    )


def _found(selector: Selector) -> str:
    what = "number of entries in " if selector.count else ""
    where = f" where `{narrowed(selector.where)}`" if selector.where is not None else ""
    got = f", its `{selector.get}`" if selector.get else ""
    newest = f", newest by `{selector.newest_by}`" if selector.newest_by else ""
    default = "" if isinstance(selector.default, Absent) else f", else {Matcher(selector.default).text()}"
    read = f", read as {selector.unit}" if selector.unit else ""
    other = f" (or `{selector.other}`, where that is not there)" if selector.other else ""
    return f"{what}`{selector.path}`{other}{where}{newest}{got} of the answer{read}{default}"


def looks(step: PlanStep) -> Iterator[tuple[str, CheckUse]]:
    """Yield the checks of a step, by their names in it."""
    match step.step:
        case CheckStep() as one:
            yield "", one.check
        case ChecksStep() as several:
            yield from several.checks.items()
        case WaitStep() as wait:
            yield from (wait.until or {}).items()


def first_looks(steps: Sequence[PlanStep]) -> Mapping[str, tuple[str, str]]:
    """Return the step that first uses each check of the catalogue, and the check's name in it."""
    found: dict[str, tuple[str, str]] = {}
    for step in steps:
        for name, check in looks(step):
            if check.name:
                found.setdefault(check.name, (step.path, name))
    return found


def first_network(steps: Sequence[PlanStep]) -> str:
    """Return the first decision that asks for our own network: the control probes stand there."""
    return next((step.path for step in steps if asks_network(step)), "")


def asks_network(step: PlanStep) -> bool:
    """Tell whether a decision asks for our own network."""
    cases = step.step.decide if isinstance(step.step, DecideStep) else ()
    return any(NETWORK in group for case in cases for group in (case.when, *case.any))
