"""The faults that are put into a runbook, one at a time: each operator yields every place where it can.

A mutant is plain data, as the file's own: it goes through the same loading as any file. A place where an
operator changes nothing is no mutant, and is left out by whoever asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Tree = dict[str, Any]
Operator = Callable[[Tree], Iterator[tuple[str, str]]]
GOOD = ("pass", "done", "held", "sent", "acknowledged", "resolved", "undone")
OPERATORS: dict[str, Operator] = {}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One runbook with one fault in it."""

    runbook: str
    operator: str
    what: str
    text: str
    """The file, as JSON (which is YAML too)."""

    @property
    def step(self) -> str:
        """Return the step with the fault."""
        return self.what.partition(":")[0]


def operator(function: Callable[[Tree, str, Tree], Iterator[str]]) -> Operator:
    """Make an operator of what changes one step in place and yields where; each yield is a mutant.

    The function puts back what it did before it goes on to its next place.
    """

    def found(tree: Tree) -> Iterator[tuple[str, str]]:
        whole = json.dumps(tree)
        for name in tree["steps"]:
            mutant = json.loads(whole)
            for what in function(mutant, name, mutant["steps"][name]):
                yield f"{name}: {what}", json.dumps(mutant)

    OPERATORS[function.__name__.replace("_", "-")] = found
    return found


def checks_of(step: Tree) -> Iterator[tuple[str, Tree]]:
    """Yield every check that a step holds, with its name."""
    if isinstance(step.get("check"), dict):
        yield "check", step["check"]
    yield from (step.get("checks") or {}).items()
    until = (step.get("wait") or {}).get("until") if isinstance(step.get("wait"), dict) else None
    if isinstance(until, dict):
        yield "until", until


@operator
def effect_to_read(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """A change is declared to be a look: nobody is asked."""
    action = step.get("action")
    if isinstance(action, dict) and action.get("effect") != "read":
        action["effect"] = "read"
        yield "declared a read"


@operator
def lower_operation(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """A change goes under the name of one that needs less consent."""
    action = step.get("action")
    if isinstance(action, dict) and action.get("operation") != "restart-machine":
        action["operation"] = "restart-machine"
        yield "called restart-machine"


@operator
def drop_undo(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """The way back is gone: taken out, or written over where the catalogue brought it in."""
    action = step.get("action")
    if isinstance(action, dict):
        for key, nothing in (("undo", None), ("irreversible", "")):
            if key in action:
                kept = action.pop(key)
                yield f"no {key}"
                action[key] = kept
            elif "use" in action:
                action[key] = nothing
                yield f"no {key} of the catalogue's"
                del action[key]


@operator
def swap_outcomes(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """Two outcomes lead where the other should."""
    then = step.get("then")
    if isinstance(then, dict):
        for one, other in pairwise(list(then)):
            then[one], then[other] = then[other], then[one]
            yield f"{one} and {other} swapped"
            then[one], then[other] = then[other], then[one]


@operator
def bad_taken_for_good(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """What is unknown or failed goes where all is well."""
    then = step.get("then")
    good = (
        next((target for key, target in then.items() if key in GOOD), "") if isinstance(then, dict) else then
    )
    if not good or good == tree.get("otherwise"):
        return
    for outcome in ("unknown", "fail", "failed", "limit"):
        kind = {"unknown": "check", "fail": "check", "failed": "action", "limit": "wait"}[outcome]
        if kind in step or (kind == "check" and "checks" in step):
            before = step["then"]
            step["then"] = {**(before if isinstance(before, dict) else {_good(step): before}), outcome: good}
            yield f"{outcome} goes on to {good}"
            step["then"] = before


def _good(step: Tree) -> str:
    return "done" if "action" in step else "held" if "wait" in step else "pass"


@operator
def re_aim_row(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """A row of a decision goes where another one does."""
    rows = step.get("decide")
    if isinstance(rows, list):
        goes = list(dict.fromkeys([*(row["go"] for row in rows), step.get("else")]))
        for row in rows:
            was = row["go"]
            other = goes[(goes.index(was) + 1) % len(goes)]
            row["go"] = other
            yield f"{was} goes to {other}"
            row["go"] = was


@operator
def drop_row(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """A cause is not looked for any more."""
    rows = step.get("decide")
    if isinstance(rows, list) and len(rows) > 1:
        for number in range(len(rows)):
            row = rows.pop(number)
            yield f"no row {number + 1} to {row['go']}"
            rows.insert(number, row)


@operator
def swap_rows(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """Two rows are asked in the other order."""
    rows = step.get("decide")
    if isinstance(rows, list):
        for number in range(len(rows) - 1):
            rows[number], rows[number + 1] = rows[number + 1], rows[number]
            yield f"rows {number + 1} and {number + 2} swapped"
            rows[number], rows[number + 1] = rows[number + 1], rows[number]


@operator
def drop_condition(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """A row needs one condition less."""
    for number, row in enumerate(step.get("decide") or ()):
        conditions = row.get("if")
        if isinstance(conditions, dict) and len(conditions) > 1:
            for path in list(conditions):
                row["if"] = {key: value for key, value in conditions.items() if key != path}
                yield f"row {number + 1} without {path}"
            row["if"] = conditions


@operator
def turn_condition(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """A condition means its opposite."""
    for number, row in enumerate(step.get("decide") or ()):
        conditions = row.get("if")
        if isinstance(conditions, dict):
            for path, matcher in list(conditions.items()):
                conditions[path] = {"not": matcher}
                yield f"row {number + 1} with {path} turned"
                conditions[path] = matcher


@operator
def loosen_expectation(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """A check asks for less."""
    for inner, check in checks_of(step):
        expect = check.get("expect") if isinstance(check, dict) else None
        if isinstance(expect, dict):
            for fact, matcher in list(expect.items()):
                expect[fact] = {"exists": True}
                yield f"{inner} takes any {fact}"
                expect[fact] = matcher


@operator
def remove_check(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """One of several checks is not made."""
    checks = step.get("checks")
    if isinstance(checks, dict) and len(checks) > 1:
        for inner in list(checks):
            step["checks"] = {key: value for key, value in checks.items() if key != inner}
            yield f"without {inner}"
        step["checks"] = checks


@operator
def skip_step(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """A guard, a proof or a message is walked round: whoever led to it leads to where it leads."""
    then = step.get("then")
    target = (
        then if isinstance(then, str) else next(iter(then.values()), "") if isinstance(then, dict) else ""
    )
    if target and target != name and "decide" not in step:
        for other in tree["steps"].values():
            _aim(other, name, target)
        if tree.get("otherwise") == name:
            tree["otherwise"] = target
        if name == next(iter(tree["steps"])) and target in tree["steps"]:
            tree["start"] = target
        del tree["steps"][name]
        yield f"taken out, on to {target}"


def _aim(step: Tree, name: str, target: str) -> None:
    then = step.get("then")
    if then == name:
        step["then"] = target
    elif isinstance(then, dict):
        step["then"] = {key: target if value == name else value for key, value in then.items()}
    for row in step.get("decide") or ():
        row["go"] = target if row["go"] == name else row["go"]
    if step.get("else") == name:
        step["else"] = target


@operator
def drop_verification(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """Recovery is believed after one look, or not proved at all."""
    wait = step.get("wait")
    if isinstance(wait, dict):
        for key in ("soak", "recovery"):
            if key in wait:
                kept = wait.pop(key)
                yield f"no {key}"
                wait[key] = kept


@operator
def remove_bound(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """A limit is gone: what stands for it is the default, or nothing."""
    for holder in (step, step.get("wait")):
        if isinstance(holder, dict):
            for key in ("visits", "timeout", "limit", "within"):
                if key in holder:
                    kept = holder.pop(key)
                    yield f"no {key}"
                    holder[key] = kept


@operator
def raise_timeout(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """Something is waited for beyond the budget."""
    for inner, check in checks_of(step):
        if isinstance(check, dict) and inner != "until":
            kept = check.get("timeout")
            check["timeout"] = "2h"
            yield f"{inner} waits two hours"
            check.pop("timeout") if kept is None else check.update(timeout=kept)
    if isinstance(step.get("wait"), str):
        kept, step["wait"] = step["wait"], "1d"
        yield "pauses for a day"
        step["wait"] = kept


@operator
def other_role(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """Somebody else is paged or told."""
    for key in ("escalate", "notify"):
        if key in step:
            kept = step[key]
            step[key] = "support" if kept != "support" else "manager"
            yield f"{key} {step[key]}"
            step[key] = kept


@operator
def drop_severity(tree: Tree, name: str, step: Tree) -> Iterator[str]:
    """A row raises the severity no more."""
    for number, row in enumerate(step.get("decide") or ()):
        if "raise" in row:
            kept = row.pop("raise")
            yield f"row {number + 1} raises nothing"
            row["raise"] = kept


def mutants(runbook: str, tree: Tree) -> Iterator[Mutant]:
    """Yield every mutant of a runbook, by operator."""
    for name, function in OPERATORS.items():
        for what, text in function(tree):
            yield Mutant(runbook, name, what, text)


__all__ = ["OPERATORS", "Mutant", "Tree", "mutants"]
