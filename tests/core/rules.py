"""The rules of every run, checked over its journal alone: shares no decision with the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.core.events import Aborted, Answered, Asked, Ended, Finished, Happened, Prompted, Settled, Started
from engine.core.plan import Plan
from engine.kinds.values import Instant


def broken(happened: Sequence[Happened]) -> list[str]:
    """Return the rules a run has broken, in words."""
    started = happened[0].event
    assert isinstance(started, Started)
    return [
        *_consent(started.plan, happened),
        *_at_most_once(happened),
        *_undo_order(happened),
        *_landing(happened),
        *_the_end(happened),
    ]


START_WITHIN = 300.0
"""Seconds: the default of a rule."""


def _consent(plan: Plan, happened: Sequence[Happened]) -> list[str]:
    """No change without what policy asks for; a keypress or an approval covers exactly what it was shown."""
    found = []
    prompts: dict[str, tuple[Prompted, str]] = {}
    agreed: dict[str, tuple[Prompted, Instant]] = {}
    begun: set[str] = set()
    operator = happened[0].by.name
    for one in happened:
        event = one.event
        if isinstance(event, Prompted):
            prompts[event.prompt] = (event, operator)
        elif isinstance(event, Answered) and event.prompt in prompts and event.choice == "yes":
            asked, was = prompts[event.prompt]
            if asked.due is not None and one.at > asked.due:
                continue
            if asked.kind == "approve" and one.by.name.strip().casefold() == was:
                found.append(f"{event.prompt} was approved by its own operator")
            if asked.kind == "approve" and one.by.role not in (asked.role, "engineer", "manager"):
                found.append(f"{event.prompt} was approved by a {one.by.role}")
            agreed.setdefault(event.prompt, (asked, one.at))
        elif isinstance(event, Asked) and event.effect != "read":
            found += _agreed_to(plan, event, one.at, agreed, begun)
            begun.add(f"{event.step}#{event.visit}")
    return found


def _agreed_to(
    plan: Plan, event: Asked, at: Instant, agreed: Mapping[str, tuple[Prompted, Instant]], begun: set[str]
) -> list[str]:
    """Hold one change against every answer given in its visit."""
    needed = "confirm" if event.undoes else _needed(plan, event.effect)
    if needed == "refuse" and not event.undoes:
        return [f"{event.operation} is refused by policy"]
    visit = f"{event.step}#{event.visit}"
    fitting = [
        (asked, given)
        for name, (asked, given) in agreed.items()
        if name.startswith((f"{visit}.consent", f"{visit}.take-back")) and event.digest in asked.digests
    ]
    if needed == "none":
        return []
    if not fitting:
        return [f"{event.operation} was asked without consent"]
    if needed == "approve" and not any(asked.kind == "approve" for asked, _ in fitting):
        return [f"{event.operation} needed an approval"]
    if visit not in begun and not event.undoes and all(at - given > START_WITHIN for _, given in fitting):
        return [f"{event.operation} began long after it was agreed to"]
    return []


def _needed(plan: Plan, effect: str) -> str:
    for rule in plan.policy:
        if effect in rule.effects:
            return rule.consent
    return "refuse" if effect == "destroy" else "confirm"


def _at_most_once(happened: Sequence[Happened]) -> list[str]:
    """A change is asked again only if declared repeatable and lost; an undo that was done, never."""
    found = []
    tries: dict[tuple[str, int, str], Asked] = {}
    ended: dict[str, Ended] = {}
    done: set[str] = set()
    for one in happened:
        event = one.event
        if isinstance(event, Ended):
            ended.setdefault(event.operation, event)
            known = next((asked for asked in tries.values() if asked.operation == event.operation), None)
            if known and known.undoes and event.outcome == "done":
                done.add(known.undoes)
        elif isinstance(event, Asked) and event.effect != "read":
            key = (event.step, event.visit, event.item)
            before = tries.get(key)
            if before is not None:
                outcome = ended.get(before.operation)
                if outcome is None or not outcome.lost or not before.repeatable:
                    found.append(f"{event.operation} was asked again")
            if event.undoes in done:
                found.append(f"{event.undoes} was undone twice")
            tries[key] = event
    return found


def _undo_order(happened: Sequence[Happened]) -> list[str]:
    """Each undo step takes back the newest change first, of those that had landed when it asked."""
    landed: dict[str, int] = {}
    undoing: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for number, one in enumerate(happened):
        event = one.event
        if isinstance(event, Asked) and event.undoes:
            undoing.setdefault((event.step, event.visit), []).append((landed[event.undoes], number))
        elif isinstance(event, Ended) and event.outcome in ("done", "unknown"):
            landed[event.operation] = number
        if isinstance(event, Ended) and event.outcome == "pass" and ".reconcile." in event.operation:
            # a change whose outcome was unknown has landed, for all anybody knows, when it was reconciled
            change = event.operation.replace(".reconcile.", ".do.").rpartition("@")[0]
            landed |= {name: number for name in landed if name.rpartition("@")[0] == change}
    return [
        f"{step} undid {taken}"
        for step, taken in undoing.items()
        if any(
            earlier[0] < later[0] < earlier[1] for n, earlier in enumerate(taken) for later in taken[n + 1 :]
        )
    ]


def _landing(happened: Sequence[Happened]) -> list[str]:
    """No step is left while a change is in the air in it, or in what it has opened."""
    found = []
    air: dict[str, str] = {}
    for one in happened:
        event = one.event
        if isinstance(event, Asked) and event.effect != "read":
            air[event.operation] = event.step
        elif isinstance(event, Ended):
            air.pop(event.operation, None)
        elif isinstance(event, Settled):
            inside = [name for name, step in air.items() if f"{step}/".startswith(f"{event.step}/")]
            found += [f"{event.step} was left with {name} in the air" for name in inside]
    return found


def _the_end(happened: Sequence[Happened]) -> list[str]:
    """Nothing after the end, nothing started after an abort, resolved only with a recovery that held."""
    found = []
    open_changes: set[str] = set()
    held, aborted, finished = False, False, False
    for one in happened:
        event = one.event
        if finished:
            found.append(f"{type(event).__name__} after the end")
        if isinstance(event, Aborted):
            aborted = True
        elif isinstance(event, (Asked, Prompted)) and aborted:
            found.append(f"{event} after the abort")
        elif isinstance(event, Asked) and (event.effect != "read" or event.what == "message"):
            open_changes.add(event.operation)
            held = held and event.effect == "read"
        elif isinstance(event, Ended):
            open_changes.discard(event.operation)
        elif isinstance(event, Settled):
            held = held or event.held
        elif isinstance(event, Finished):
            finished = True
            if open_changes:
                found.append(f"the end left {open_changes} in the air")
            if event.end == "resolved" and not held:
                found.append("resolved without a recovery check that held since the last change")
    return found
