"""The odds of a forecast: what is declared, else what the runs on record say, else the catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.app.library import Library
from engine.app.runs import folders
from engine.core.events import Happened, Settled, Started
from engine.io.performers.drawn import Draw, Human, Odds, drawn_from
from engine.io.performers.scripted import key_of
from engine.kinds.counted import counted
from engine.kinds.errors import EngineError
from engine.kinds.steps.decide import DecideStep
from engine.kinds.values import Duration
from engine.model.cases import Response, Spread
from engine.views.history import history

if TYPE_CHECKING:
    from engine.model.cases import Cases

ENOUGH = 5
"""Values on record from which they are drawn themselves, and not a curve."""
_LOOK = Spread(median=Duration(0.5), p95=Duration(3.0))
_CHANGE = Spread(median=Duration(8.0), p95=Duration(40.0))
_QUICK = 0.2
"""The median answer of a role nobody measured, as a part of the time the catalogue gives it."""
_NEVER = 0.05
"""The share of pages a role does not answer that nobody measured."""


@dataclass(slots=True)
class Record:
    """What the runs on record say: durations by step, answers by role, and what was diagnosed how often."""

    takes: dict[str, list[float]] = field(default_factory=dict)
    answers: dict[str, list[float]] = field(default_factory=dict)
    unanswered: Counter[str] = field(default_factory=Counter)
    diagnoses: Counter[tuple[tuple[str, str], ...]] = field(default_factory=Counter)
    runs: int = 0


def on_record(library: Library, runbook: str) -> Record:
    """Read the finished runs of a runbook; of drills, people's answers alone. Damaged ones are left out."""
    record = Record()
    for folder in folders(library.workspace):
        try:
            happened = folder.read()
        except EngineError:
            continue
        first = happened[0].event if happened else None
        if not isinstance(first, Started) or first.mode != "run":
            continue
        past = history(happened)
        for asking in past.askings.values():
            role = asking.prompted.role or past.state.operator.role
            if asking.answered is not None and asking.closed is not None:
                record.answers.setdefault(role, []).append(asking.closed - asking.at)
            elif asking.expired:
                record.unanswered[role] += 1
        if first.plan.runbook != runbook or first.plan.drills or past.state.finished is None:
            continue
        record.runs += 1
        record.diagnoses[diagnosis(happened)] += 1
        for operation in past.operations.values():
            if operation.ended_at is not None and operation.asked.what in ("check", "action"):
                key = ".".join(key_of(operation.asked)).rstrip(".")
                record.takes.setdefault(key, []).append(operation.ended_at - operation.asked_at)
    return record


def diagnosis(happened: Sequence[Happened]) -> tuple[tuple[str, str], ...]:
    """Return what the decisions of a run came to, each for the first time: what kind of incident it was."""
    first = happened[0].event
    steps = first.plan.steps if isinstance(first, Started) else {}
    found: dict[str, str] = {}
    for one in happened:
        event = one.event
        if (
            isinstance(event, Settled)
            and event.step in steps
            and isinstance(steps[event.step].step, DecideStep)
        ):
            found.setdefault(event.step, event.target)
    return tuple(found.items())


def odds_of(library: Library, cases: Cases, record: Record) -> tuple[Odds, tuple[str, ...]]:
    """Return every distribution, and where they come from: declared, on record, catalogue, assumed."""
    said, catalogue = cases.simulate, library.catalogue
    recorded = {key: drawn_from(values) for key, values in record.takes.items() if len(values) >= ENOUGH}
    looks = {**recorded, **{key: Draw.of(spread) for key, spread in said.takes.items()}}
    spread, of_looks = _baseline(library)
    people = {name: _human(float(role.within)) for name, role in catalogue.roles.items()}
    heard = {role: values for role, values in record.answers.items() if len(values) >= ENOUGH}
    for role, values in heard.items():
        silent = record.unanswered[role]
        people[role] = Human(drawn_from(values), silent / (silent + len(values)))
    people |= {role: Human(Draw.of(one), one.never) for role, one in said.people.items()}
    assumed = f"p95 is the time the catalogue gives, and {_NEVER:.0%} of questions have no answer (assumed)"
    runs, roles = counted(record.runs, "run"), counted(len(said.people), "role")
    sources = (
        f"looks: {len(said.takes)} declared, {len(recorded)} on record ({runs}), {of_looks}",
        f"changes nobody measured: median {_CHANGE.median}, p95 {_CHANGE.p95} (assumed)",
        f"people: {roles} declared, {len(heard)} on record; for the rest {assumed}",
        *((f"declared by: {said.source}",) if said.source else ()),
    )
    return Odds(
        looks=looks,
        look=Draw.of(spread),
        change=Draw.of(_CHANGE),
        people=people,
        person=_human(300.0),
        unknown=said.unknown,
        undelivered=said.undelivered,
    ), sources


def _baseline(library: Library) -> tuple[Spread, str]:
    """Return how long a look takes that nobody measured: the slowest baseline of the catalogue."""
    known: Mapping[str, Mapping[str, object]] = {
        name: one.values for name, one in library.catalogue.baselines.items()
    }
    fit = {
        name: (float(values["median"]), float(values["p95"]))  # type: ignore[arg-type]  # numbers, checked beside
        for name, values in known.items()
        if all(isinstance(values.get(key), int | float) for key in ("median", "p95"))
    }
    if not fit:
        return _LOOK, f"the rest log-normal, median {_LOOK.median}, p95 {_LOOK.p95} (assumed)"
    name, (median, p95) = max(fit.items(), key=lambda one: one[1][1])
    spread = Spread(median=Duration(median), p95=Duration(max(median, p95)))
    return (
        spread,
        f"the rest as baseline '{name}' of the catalogue (median {spread.median}, p95 {spread.p95})",
    )


def _human(within: float) -> Human:
    response = Response(median=Duration(within * _QUICK), p95=Duration(within), never=_NEVER)
    return Human(Draw.of(response), response.never)
