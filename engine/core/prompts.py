"""What the state makes of a question to a person, and of what became of it.

A person's answer counts by its time in the record, held against the `due` of the question, even if nobody
recorded that it expired.
"""

from __future__ import annotations

from dataclasses import replace

from engine.core.deviations import kept_to_the_runbook
from engine.core.events import Answered, Expired, Happened, Prompted, Withdrawn
from engine.core.performed import facts_with_check, found_to_have_happened
from engine.core.redacted import marked, untouched
from engine.core.run_state import Prompt, RunState, check_of, evolved
from engine.kinds.step import TIMEOUT, WITHDRAWN, Given
from engine.kinds.uses import judge_seen


def prompt_shown(state: RunState, happened: Happened, event: Prompted) -> RunState:
    """Return the state in which a person is asked."""
    prompt = Prompt(event, happened.at, operator=state.operator.name)
    return evolved(state, prompts={**state.prompts, event.prompt: prompt})


def prompt_answered(state: RunState, happened: Happened, event: Answered) -> RunState:
    """Return the state after an answer; one that is late, or second, changes nothing."""
    prompt = state.prompts.get(event.prompt)
    if prompt is None or prompt.given is not None:
        return state
    due = prompt.prompted.due
    if due is not None and happened.at > due:
        return state
    by = happened.by
    given = Given(
        event.choice,
        by.name,
        happened.at,
        untouched(event.values, event.redacted),
        event.reason,
        by.role,
        by.identity,
        event.proof,
    )
    state = evolved(state, prompts={**state.prompts, event.prompt: replace(prompt, given=given)})
    if event.choice == "break-glass" and prompt.prompted.decides_change:
        what = f"{by.name}, {by.role}: {prompt.prompted.text} ({event.reason})"
        return evolved(state, broke_glass=(*state.broke_glass, what))
    if event.choice != "yes":
        state = kept_to_the_runbook(state, prompt.prompted)
    if prompt.prompted.kind == "acknowledge" and event.choice == "ack":
        return evolved(state, acknowledged=state.acknowledged | {prompt.prompted.role})
    if prompt.prompted.kind == "look" and event.choice == "seen":
        return _looked(state, prompt.prompted, event)
    if prompt.prompted.kind == "happened" and event.choice == "done":
        return found_to_have_happened(state, prompt.prompted.step, prompt.prompted.item)
    if prompt.prompted.decides_change and event.choice == "hand":
        return evolved(state, recovered=False)  # a person changed something: what held before proves nothing
    return state


def _looked(state: RunState, prompted: Prompted, event: Answered) -> RunState:
    """Return the state with what a person saw as facts; the verdict on it comes with `Settled`."""
    item = prompted.item.removeprefix("look:")
    tries = [
        op.asked
        for op in state.operations.values()
        if (op.asked.step, op.asked.item) == (prompted.step, item)
    ]
    check = check_of(state, prompted.step, item)
    if not tries or check is None:
        return state
    seen = judge_seen(check, event.values).facts
    return evolved(state, facts=facts_with_check(state, tries[-1], marked(seen, event.redacted)))


def prompt_expired(state: RunState, happened: Happened, event: Expired) -> RunState:
    """Return the state in which nobody answered in time."""
    prompt = state.prompts.get(event.prompt)
    if prompt is None or prompt.given is not None:
        return state
    given = Given(TIMEOUT, "nobody", happened.at)
    state = evolved(state, prompts={**state.prompts, event.prompt: replace(prompt, given=given)})
    return kept_to_the_runbook(state, prompt.prompted)


def prompt_withdrawn(state: RunState, happened: Happened, event: Withdrawn) -> RunState:
    """Return the state in which a question was taken back."""
    prompt = state.prompts.get(event.prompt)
    if prompt is None or prompt.given is not None:
        return state
    given = Given(WITHDRAWN, "engine", happened.at, reason=event.why)
    return evolved(state, prompts={**state.prompts, event.prompt: replace(prompt, given=given)})
