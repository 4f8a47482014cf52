"""What a run suggests to do better: computed from the journal, each with the role that should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.kinds.values import Duration
from engine.views.history import History
from engine.views.report import Report


@dataclass(frozen=True, slots=True)
class Improvement:
    """One thing to do better, and why it came up."""

    what: str
    because: str
    owner: str


def improvements(past: History, told: Report, wrong_turns: tuple[str, ...]) -> tuple[Improvement, ...]:
    """Return everything the run itself suggests, each once."""
    owner = past.plan.owner or "owner"
    found = [*_time(told, owner), *_seeing(told, owner), *_people(past, told, owner), *_paging(told, owner)]
    found += [
        Improvement(f"Make the diagnosis rule out {step}", "the run went there, off the expected path", owner)
        for step in wrong_turns
    ]
    return tuple(dict.fromkeys(found))


def _time(told: Report, owner: str) -> Iterator[Improvement]:
    for phase in told.spent.phases:
        if phase.over and phase.budget is not None:
            most, seconds = max(phase.shares, key=lambda share: share[1])
            took, longest = Duration(round(phase.real)), Duration(round(seconds))
            because = f"{took} of {phase.budget}; the longest part, {longest}, was {most}"
            yield Improvement(f"Shorten {phase.name}, or correct its budget", because, owner)


def _seeing(told: Report, owner: str) -> Iterator[Improvement]:
    for one in told.unknown:
        because = f"it answered unknown: {one.why}" if one.why else "it answered unknown"
        yield Improvement(f"Let the engine see: {one.title}", because, owner)


def _people(past: History, told: Report, owner: str) -> Iterator[Improvement]:
    for one in told.deviations:
        if one.kind == "by hand":
            yield Improvement(
                f"Put into the runbook what was done by hand: {one.text}",
                one.reason or "no reason given",
                owner,
            )
        elif one.kind in ("skipped", "jumped") and one.owed:
            yield Improvement(
                f"Say why {one.step} was {one.kind}", "no reason was given", one.by.role or one.by.name
            )
        elif one.kind in ("skipped", "jumped"):
            yield Improvement(f"Look at {one.step} again: it was {one.kind}", one.reason, owner)
    for asking in past.askings.values():
        asked = asking.prompted
        if asking.expired and asked.kind != "acknowledge":  # a page has its own line
            yield Improvement(
                f"Be there to answer: {asked.text}", "nobody answered in time", asked.role or owner
            )


def _paging(told: Report, owner: str) -> Iterator[Improvement]:
    for page in told.pages:
        if not page.delivered:
            yield Improvement(f"Make {page.channel} reach {page.to}", page.why, owner)
        elif page.awaited and page.acknowledged is None:
            yield Improvement(
                f"Have {page.to} acknowledge pages", f"paged at {page.at.clock()}, no answer", page.to
            )
