"""The score of a drill: the run held against what its scenario expects.

Rules:
1. A drill passes when every expectation is held and the run ended; nothing else decides.
2. Times are kept twice: as measured, and as they would be without the drill's time scale (only the
   run's own waits are scaled, see engine.views.stretch). Budgets and `within` are held against the
   latter, counted from the alert.
3. The improvements are computed; people add theirs by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.core.events import Happened
from engine.kinds.counted import counted
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Duration, Instant
from engine.model.scenario import Expectation, Scenario
from engine.views.decisions import Deviation
from engine.views.history import History
from engine.views.history import history as read
from engine.views.improvements import Improvement, improvements
from engine.views.report import Report, report
from engine.views.samples import samples


@dataclass(frozen=True, slots=True)
class Held:
    """One expectation held against the run."""

    what: str
    expected: str
    seen: str
    held: bool


@dataclass(frozen=True, slots=True)
class Took:
    """A time from the alert, as measured and without the time scale; None where it never came."""

    what: str
    measured: float | None
    real: float | None


@dataclass(frozen=True, slots=True)
class Waited:
    """How long the run waited for a role to answer one kind of question."""

    role: str
    kind: str
    seconds: float
    times: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class Score:
    """What a drill showed; `report` holds the whole run."""

    scenario: Scenario
    report: Report
    passed: bool
    expectations: tuple[Held, ...]
    first_diagnosis: bool | None
    """Whether the first decision was the expected one; None where nothing is expected."""
    wrong_turns: tuple[str, ...]
    took: tuple[Took, ...]
    waited: tuple[Waited, ...]
    false_recovery: tuple[str, ...]
    off_script: tuple[Deviation, ...]
    path: tuple[str, ...]
    improvements: tuple[Improvement, ...]
    next: Instant | None
    time_scale: float = 1.0


def score(
    happened: Sequence[Happened], scenario: Scenario, head: str, every: Duration | None = None
) -> Score:
    """Return the score; `every` is how often this drill is due."""
    past = read(happened)
    told = report(happened, head)
    kept = held(past, told, scenario.expect)
    wrong = _wrong_turns(past, scenario.expect)
    ended = past.ended
    return Score(
        scenario=scenario,
        report=told,
        passed=ended is not None and all(one.held for one in kept),
        expectations=kept,
        first_diagnosis=_first_diagnosis(past, scenario.expect),
        wrong_turns=wrong,
        took=_took(told),
        waited=_waited(past),
        false_recovery=tuple(_false_recovery(past)),
        off_script=tuple(one for one in told.deviations if one.kind == "by hand"),
        path=past.path(),
        improvements=improvements(past, told, wrong),
        next=ended.after(every) if ended is not None and every is not None else None,
        time_scale=past.plan.time_scale,
    )


def held(past: History, told: Report, expect: Expectation) -> tuple[Held, ...]:
    """Return each expectation and whether it held, where history and report of the run are known already."""
    return tuple(_expectations(past, told, expect))


def _expectations(past: History, told: Report, expect: Expectation) -> Iterator[Held]:
    """Hold every expectation that was written against the run."""
    path = past.path()
    if expect.path:
        missing = _first_missing(expect.path, path)
        yield Held(
            "path",
            " > ".join(expect.path),
            " > ".join(path) if not missing else f"not {missing}, in its turn",
            not missing,
        )
    for step in expect.never:
        yield Held("not", f"never {step}", step if step in path else "not entered", step not in path)
    if expect.end is not None:
        yield Held("end", expect.end, told.end or told.status, told.end == expect.end)
    if expect.diagnosis is not None:
        seen = _goes(past, expect.diagnosis.step)
        expected = f"{expect.diagnosis.step} goes to {expect.diagnosis.goes}"
        yield Held("diagnosis", expected, ", ".join(seen) or "not reached", expect.diagnosis.goes in seen)
    if expect.severity:
        yield Held("severity", expect.severity, told.severity or "none", told.severity == expect.severity)
    for operation, times in expect.changes.items():
        count = sum(one.operation == operation and one.outcome.startswith("done") for one in told.changes)
        yield Held(f"changes: {operation}", f"{times} time(s)", f"{count} time(s)", count == times)
    if expect.within is not None:
        end = told.when.ended
        real = None if end is None else told.spent.real(told.when.alert, end)
        seen_text = "did not end" if real is None else str(Duration(round(real)))
        yield Held(
            "within", f"{expect.within} from the alert", seen_text, real is not None and real <= expect.within
        )


def _first_missing(expected: Sequence[str], path: Sequence[str]) -> str:
    """Return the first step that was not entered after the ones before it; others may come between."""
    left = iter(path)
    return next((step for step in expected if step not in left), "")


def _goes(past: History, step: str) -> list[str]:
    """Return where a decision went, each time it was taken."""
    return [settled.target for _, settled in past.settled() if settled.step == step]


def _first_diagnosis(past: History, expect: Expectation) -> bool | None:
    if expect.diagnosis is None:
        return None
    return _goes(past, expect.diagnosis.step)[:1] == [expect.diagnosis.goes]


def _wrong_turns(past: History, expect: Expectation) -> tuple[str, ...]:
    """Steps that should not have been entered: forbidden ones, and doings off the expected path."""
    turns = [step for step in past.path() if step in expect.never]
    if expect.path:
        turns += [
            path
            for path in past.path()
            if path not in expect.path and path not in expect.never and _does_something(past, path)
        ]
    return tuple(dict.fromkeys(turns))


def _does_something(past: History, path: str) -> bool:
    step = past.step(path)
    if step is None:
        return False
    if isinstance(step.step, ActionStep):
        return step.step.action.effect != "read"
    return isinstance(step.step, (RunbookStep, EscalateStep))


def _took(told: Report) -> tuple[Took, ...]:
    when = told.when
    moments = (
        ("first check", when.first_check),
        ("first mitigating action", when.first_change),
        ("verified recovery", when.recovered),
        ("end", when.ended),
    )
    return tuple(
        Took(what, told.since_alert(at), None if at is None else told.spent.real(when.alert, at))
        for what, at in moments
    )


def _waited(past: History) -> tuple[Waited, ...]:
    groups: dict[tuple[str, str], list[tuple[float, bool]]] = {}
    for asking in past.askings.values():
        closed = asking.closed or past.state.now
        role = asking.prompted.role or past.state.operator.role or "responder"
        group = groups.setdefault((role, asking.prompted.kind), [])
        group.append((closed - asking.at, asking.answered is None))
    return tuple(
        Waited(role, kind, sum(took for took, _ in all_), len(all_), sum(none for _, none in all_))
        for (role, kind), all_ in groups.items()
    )


def _false_recovery(past: History) -> Iterator[str]:
    """Recovery checks that passed and then did not: what would have been called recovered too early."""
    for stay in past.stays.values():
        step = past.step(stay.step)
        if step is None or not isinstance(step.step, WaitStep) or not step.step.recovery:
            continue
        passed = 0
        for one in samples(past, stay, step.step):
            if passed and one.answer != "pass":
                after = counted(passed, "pass")
                yield f"{step.title}: {one.answer} at {one.ended.clock()} after {after}: {one.why}"
            passed = passed + 1 if one.answer == "pass" else 0
        if stay.settled and stay.settled.outcome == "limit":
            yield f"{step.title}: {stay.settled.why}"
