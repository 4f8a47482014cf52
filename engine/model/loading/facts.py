"""Which facts a step leaves behind, and what is wrong with a path to one it never has.

Rules:
1. Known are the facts of the check's kind, the use's own `facts`, those a person is asked for, `answer`
   and `outcome`. What lies below such a fact is the world's and is not looked into.
2. A step that could not be read, and a kind whose facts only the world knows (an action's reply, another
   runbook's outputs), has any fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.kinds.findings import did_you_mean
from engine.kinds.step import Step
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import CheckUse
from engine.model.loading.names import Fault

Facts = Mapping[str, "Facts | None"]
"""What may follow at each name; None: anything."""

_END: Final[Facts] = MappingProxyType({})
_OUTCOME: Final[Facts] = MappingProxyType({"outcome": _END})


def facts_of(step: Step) -> Facts | None:
    """Return the facts a step can have, or None where anything may be one."""
    match step:
        case CheckStep():
            return {**_of_check(step.check), **_OUTCOME}
        case ChecksStep():
            return {**{name: _of_check(check) for name, check in step.checks.items()}, **_OUTCOME}
        case WaitStep():
            return {**{name: _of_check(check) for name, check in (step.until or {}).items()}, **_OUTCOME}
        case AskStep():
            return {"answer": _END, **_OUTCOME}
        case DecideStep() | ParallelStep():
            return _OUTCOME
    return None


def fault(path: str, facts: Facts | None, shown: str) -> Fault | None:
    """Return what is wrong with a path `step.fact` to a step with these facts."""
    there, _, rest = path.partition(".")
    while rest and facts is not None:
        name = _first(rest, facts)
        if name not in facts:
            known = ", ".join(facts) or "none: nothing lies below it"
            fix = did_you_mean(name, facts) or f"known: {known}"
            return Fault("unknown-fact", f"{shown}: '{there}' has no '{name}'", fix)
        there, rest, facts = f"{there}.{name}", rest[len(name) + 1 :], facts[name]
    return None


def _of_check(check: CheckUse) -> Facts:
    looked = check.look.facts if check.look else ()
    return {**dict.fromkeys((*check.kind.fact_names, *check.facts, *looked)), "answer": _END}


def _first(rest: str, facts: Facts) -> str:
    """Return the name a path goes on with; a name with dots in it is taken whole."""
    whole = [name for name in facts if rest == name or rest.startswith(f"{name}.")]
    return max(whole, key=len) if whole else rest.partition(".")[0]
