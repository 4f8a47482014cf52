"""How long a runbook can take: a sound upper bound over all its paths.

Rules:
1. A visit is measured by its kind (proof/steps.py). Within a cycle every step counts as often as it may be
   visited; over what is left without cycles, the longest path counts.
2. Branches run side by side: the slowest counts. A runbook that is called counts with all its own paths.
3. The ladder of the severity pages whatever the graph does, so the time to a person is the sooner of both:
   the first step that asks or pages for sure, and the second rung (the first may be the operator's own).
4. Time is counted from the start of the run, and as it passes outside of drills.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from engine.kinds.nodes import OTHERWISE
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.values import Duration
from engine.model.catalogue import Catalogue
from engine.model.phases import phases_of
from engine.model.proof.bound import Bound, Bounds, Open
from engine.model.proof.calls import Library
from engine.model.proof.looks import page
from engine.model.proof.parts import Part, parts_of
from engine.model.proof.steps import ENDLESS, WORK, Steps, Took, landing
from engine.model.runbook import Runbook

PHASES = ("diagnose", "mitigate", "verify", "close")


@dataclass(frozen=True, slots=True)
class _Span:
    """One step, or one graph: how long it takes, and how long until a person is asked or paged.

    `sure`: that happens before it is over, on every path.
    """

    seconds: float
    open: frozenset[Open]
    person: float
    sure: bool
    steps: tuple[str, ...] = ()


def bounds_of(runbook: Runbook, library: Library, catalogue: Catalogue) -> Bounds:
    """Return what is proved of a runbook's duration; raises UsageError where runbooks call themselves."""
    root = parts_of(runbook, library)
    steps = Steps(catalogue, runbook.environments, runbook.service, root)
    measure = _Measure(steps, runbook, catalogue)
    spans = measure.spans(root)
    whole = measure.whole(root, spans)
    paged = _paged(runbook, root, catalogue)
    person = whole.person if paged is None else min(whole.person, paged)
    # whoever is waited for is asked; a list that nothing limits is read with nobody in it
    unseen = [one for one in whole.open if one.why == ENDLESS] if paged is None else []
    return Bounds(
        resolution=_bound(whole.seconds, whole.open),
        person=_bound(person, unseen),
        phases=_phases(root, spans),
        slowest=whole.steps,
        circles=tuple(part.named(step) for part in root.every() for step in sorted(part.graph.circles())),
    )


@dataclass(frozen=True, slots=True)
class _Measure:
    steps: Steps
    runbook: Runbook
    catalogue: Catalogue

    def whole(self, part: Part, spans: Mapping[str, _Span]) -> _Span:
        """Return a graph as one span, from those of its steps."""
        graph = part.graph
        slowest = graph.longest({name: span.seconds for name, span in spans.items()})
        contacts = frozenset(name for name, span in spans.items() if span.sure)
        person = graph.longest({name: span.person for name, span in spans.items()}, contacts)
        return _Span(
            slowest.length,
            frozenset(one for name in slowest.reached if name in spans for one in spans[name].open),
            person.length,
            not (person.reached & frozenset(graph.ends) or (person.reached & graph.circles()) - contacts),
            slowest.steps,
        )

    def spans(self, part: Part) -> dict[str, _Span]:
        """Return the span of every step of a graph."""
        found = {name: self._span(part, name) for name in part.graph.nodes}
        if any(edge.step == OTHERWISE for edge in part.graph.edges):
            found[OTHERWISE] = _Span(self._handing_over(), frozenset(), WORK, True)
        return found

    def _span(self, part: Part, name: str) -> _Span:
        took = self.steps.took(part, name)
        if took is not None:
            return _of_step(took, part.named(name))
        inner = [(one, self.whole(one, self.spans(one))) for one in part.inner[name]]
        spans = [span for _, span in inner]
        step = part.graph.nodes[name].step
        until = step.until if isinstance(step, ParallelStep) else "all"
        sooner = [span.person for span in spans if span.sure] if until == "all" else []
        slowest = max(spans, key=lambda span: span.seconds)
        opens = frozenset(one for span in spans for one in span.open)
        limited = [span for span in spans if not span.open]
        seconds = slowest.seconds
        if isinstance(step, ParallelStep) and until == "first" and limited:
            quickest = min(span.seconds for span in limited)
            seconds = min(seconds, quickest + max(landing(one) for one, _ in inner))
            opens = frozenset()
        return _Span(
            seconds + WORK,
            opens,
            (min(sooner) if sooner else max(span.person for span in spans)) + WORK,
            bool(sooner),
        )

    def _handing_over(self) -> float:
        """Return how long the built-in hand-over takes: every role of the ladder, one after another."""
        level = self.catalogue.severities.get(_named(self.catalogue, self.runbook.severity))
        roles = {rung.role for rung in level.ladder} if level else set()
        withins = [
            self.catalogue.roles[role].within if role in self.catalogue.roles else Duration(300.0)
            for role in roles or {self.runbook.owner or "owner"}
        ]
        return sum(page(within) + WORK for within in withins)


def _of_step(took: Took, path: str) -> _Span:
    return _Span(
        took.machine + took.people,
        frozenset(Open(path, why) for why in took.open),
        took.machine if took.contact is None else took.contact,
        took.contact is not None,
    )


def _bound(seconds: float, open_: Iterable[Open]) -> Bound:
    whole = ceil(round(seconds, 6))  # in whatever order it was added up, it is the same second
    return Bound(Duration(whole), tuple(sorted(open_)))


def _phases(root: Part, spans: Mapping[str, _Span]) -> Mapping[str, Bound]:
    """Return a bound of the time in each phase; what a step opens counts for the phase of that step."""
    phases = {OTHERWISE: "close", **phases_of(root.graph.nodes)}
    reached = root.graph.reachable()
    found = {}
    for phase in PHASES:
        mine = {name: span for name, span in spans.items() if phases[name] == phase and name in reached}
        if mine:
            longest = root.graph.longest({name: span.seconds for name, span in mine.items()})
            found[phase] = _bound(longest.length, {one for span in mine.values() for one in span.open})
    return found


def _paged(runbook: Runbook, root: Part, catalogue: Catalogue) -> float | None:
    """Return when the ladder pages somebody who is not the operator, at any severity the run may have."""
    words = {runbook.severity, *_raised(root)}
    late: list[float] = []
    for word in words:
        level = catalogue.severities.get(_named(catalogue, word))
        first = {rung.role: rung.after for rung in reversed(level.ladder)} if level else {}
        if len(first) < 2:
            return None
        late.append(sorted(first.values())[1])
    return max(late)


def _raised(root: Part) -> Iterator[str]:
    for part in root.every():
        for node in part.graph.nodes.values():
            if isinstance(node.step, DecideStep):
                yield from (case.raises for case in node.step.decide if case.raises)


def _named(catalogue: Catalogue, word: str) -> str:
    """Return a severity by the catalogue's own name for it."""
    return next((name for name, level in catalogue.severities.items() if word in level.aliases), word)


__all__ = ["bounds_of"]
