"""What the tries of one item come to: its settled result, or nothing yet.

Rules:
1. Most tries say it by themselves. That is worked out once for as long as nothing happens to that item.
2. No answer is held against the control probe (rule 5 of the core): until its round is complete there is no
   result, and `unreached` names who waits for it.
3. A look that stayed unknown, and that a person can take, waits for that person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.core.asking import CannotAsk, resolved
from engine.core.lookup import network
from engine.core.memo import Memo
from engine.core.plan import Plan, PlanStep
from engine.core.run_state import Items, Operation, RunState, check_of
from engine.core.telling import told
from engine.core.tries import again
from engine.kinds.step import Given, Result
from engine.kinds.uses import CheckUse, judge_seen
from engine.kinds.values import Json

_DOWN = "our own network: the control probe gets no answer either"


def results_of(
    state: RunState,
    plan: Plan,
    step: PlanStep,
    own: Items,
    answers: Mapping[str, Given],
    unreached: list[Operation],
) -> dict[str, Result]:
    """Return the settled result of each item of a visit that has one."""
    results: dict[str, Result] = {}
    for item, tries in own.items():
        if tries[0].asked.what == "message":
            result = told(plan, tries)
        elif tries[-1].ended is None:
            continue
        else:
            result = _PLAIN.one(_plain, tries) or _held(state, plan, step, item, tries, answers, unreached)
        if result is not None:
            results[item] = result
    return results


def _plain(tries: tuple[Operation, ...]) -> Result | None:
    """Return what the tries say by themselves; None while there is none, or where others have a say."""
    last = tries[-1].asked
    ended = tries[-1].ended
    if ended is None or again(tries):
        return None
    if last.what == "check" and (ended.no_answer or (ended.outcome == "unknown" and last.look)):
        return None
    return _result(tries, ended.outcome, ended.why, ended.facts)


_PLAIN: Memo[Result | None] = Memo()


def _result(tries: tuple[Operation, ...], outcome: str, why: str, facts: Mapping[str, Json]) -> Result | None:
    last = tries[-1]
    if last.ended_at is None:
        return None
    return Result(outcome, why, facts, tries[0].asked_at, last.ended_at, last.asked.operation)


def _held(
    state: RunState,
    plan: Plan,
    step: PlanStep,
    item: str,
    tries: tuple[Operation, ...],
    answers: Mapping[str, Given],
    unreached: list[Operation],
) -> Result | None:
    """Return what a look without an answer comes to, once the control probe and a person have spoken."""
    last = tries[-1]
    ended = last.ended
    if ended is None or again(tries):
        return None
    outcome, why, facts = ended.outcome, ended.why, ended.facts
    if ended.no_answer:
        reachable = _reachable(state, plan, last, unreached)
        if reachable == "":
            return None
        if reachable == "down":
            outcome, why = "unknown", _DOWN
    wanted = outcome == "unknown" and last.asked.look
    check = check_of(state, step.path, item) if wanted else None
    if check:
        given = answers.get(f"look:{item}")
        if given is None:
            return None
        if given.choice == "seen":
            outcome, why, facts = _seen(state, step.scope, check, given)
    return _result(tries, outcome, why, facts)


def _seen(state: RunState, scope: str, check: CheckUse, given: Given) -> tuple[str, str, Mapping[str, Json]]:
    """Judge what a person saw by the same expectation, with its references resolved."""
    try:
        use = resolved(state, scope, CheckUse, replace(check, look=None))
    except CannotAsk as problem:
        return "unknown", f"seen by {given.by}, but {problem}", given.values
    verdict = judge_seen(use, given.values)
    why = f"seen by {given.by}" + (f": {verdict.why}" if verdict.why else "")
    return verdict.answer, why, verdict.facts


def _reachable(state: RunState, plan: Plan, operation: Operation, unreached: list[Operation]) -> str:
    """Return ok, down, or "" while the control round that tells is not complete."""
    if not plan.controls:
        return "ok"
    probes = list(state.controls.values())
    complete = len(probes) == len(plan.controls) and all(p.ended and not p.ended.lost for p in probes)
    if complete and probes[0].asked_at >= operation.asked_at:
        return "down" if network(state) == "down" else "ok"
    unreached.append(operation)
    return ""
