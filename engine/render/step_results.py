"""Show how step tests went: a line for each step, what differs at the line of its file, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.kinds.counted import counted
from engine.kinds.values import Json
from engine.render.case_results import consent_data, consent_lines, difference_lines
from engine.render.findings import visible
from engine.views.step_result import StepJudged


def step_lines(file: str, tests: Sequence[StepJudged]) -> Iterator[str]:
    """Yield one line for each step whose tests pass, and what differs for each test that failed."""
    steps: dict[str, list[StepJudged]] = {}
    for one in tests:
        steps.setdefault(one.step, []).append(one)
    for step, found in steps.items():
        failed = [one for one in found if not one.passed]
        if not failed:
            count = counted(len(found), "test")
            yield f"ok    {found[0].runbook}: step {visible(step)}  ({count}{_by(found)})"
        for one in failed:
            end = f"{one.did.outcome} > {one.did.goes}" if one.did.outcome else "waits"
            yield f"FAIL  {one.runbook}: step {visible(one.name)}  ({end}{_by([one])})  {file}:{one.line}"
            for differs in one.differs:
                yield from difference_lines(differs)
            yield from consent_lines(one.missed)


def _by(found: Sequence[StepJudged]) -> str:
    roles = dict.fromkeys(one.operator for one in found if one.operator)
    return f", run by {', '.join(roles)}" if roles else ""


def step_data(one: StepJudged) -> dict[str, Json]:
    """Return one step test as plain data."""
    return {
        "runbook": one.runbook,
        "step": one.step,
        "test": one.number,
        "line": one.line,
        "passed": one.passed,
        "outcome": one.did.outcome,
        "goes": one.did.goes,
        "seconds": one.did.seconds,
        "operator": one.operator,
        "differs": [
            {"what": d.what, "expected": list(d.expected), "seen": list(d.seen), "at": d.at, "why": d.why}
            for d in one.differs
        ],
        "consents": consent_data(one.missed),
    }


__all__ = ["step_data", "step_lines"]
