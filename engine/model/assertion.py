"""What an author asserts of every path of a runbook, and `check` proves or refutes.

Rules:
1. A step is named by its name, or with one of its outcomes: `look`, `look.pass`. It has *come* once it has
   been visited and left (with that outcome). Names are those of the runbook's own graph: what happens inside
   a `parallel` or another runbook counts for the step that opens it.
2. A change is whatever may change a system: an action that is no read, an undo, a sub-runbook or a branch
   that holds one. `any` means all of them; every other word is an operation of the policy.
3. What a person does against the runbook (skip, jump, abort) is no path of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.kinds.nodes import End

ANY_CHANGE = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """Something that happens only once a step has come: give one of `change`, `step` and `end`."""

    comes: str
    """The step that comes first, `look`, or the step with an outcome, `look.pass`."""
    change: str = ""
    """`any`, or an operation in the words of the policy, `restart-machine`."""
    step: str = ""
    """A step that is not visited before."""
    end: End | None = None
    """An end that is not reached before."""

    def __post_init__(self) -> None:
        _one_of("before", change=self.change, step=self.step, end=self.end or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """Something that happens on no path: give one of `change` and `step`."""

    change: str = ""
    """`any`, or an operation in the words of the policy."""
    step: str = ""
    """A step that is not visited."""
    after: str = ""
    """Only once this step has come; empty: at no time."""

    def __post_init__(self) -> None:
        _one_of("never", change=self.change, step=self.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Always:
    """A step that comes on every path to an end."""

    step: str
    """The step, or the step with an outcome, `recovered.held`."""
    on: End | None = None
    """Only paths to this end; empty: to whatever end."""
    after: str = ""
    """Only the rest of the path, once this step has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What must hold on every path: give one of `before`, `never` and `always`."""

    before: Before | None = None
    """Something happens only once a step has come: `{change: any, comes: look}`."""
    never: Never | None = None
    """Something happens on no path: `{step: look, after: restart}`."""
    always: Always | None = None
    """A step comes on every path to an end: `{step: recovered.held, on: resolved}`."""
    why: str = ""
    """Why it must hold, for whoever would like to change it."""

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.before, self.never, self.always)) != 1:
            raise ValueError("an assertion is one of before, never and always")

    def text(self) -> str:
        """Say it in words."""
        if self.before is not None:
            one = self.before
            return f"before {_what(one.change, one.step, one.end or '')}, {_come(one.comes)}"
        if self.never is not None:
            after = f" after '{self.never.after}'" if self.never.after else ""
            return f"never {_what(self.never.change, self.never.step)}{after}"
        if self.always is None:
            return ""
        on = f"the end '{self.always.on}'" if self.always.on else "every end"
        after = f" after '{self.always.after}'" if self.always.after else ""
        return f"on every path to {on}{after}, {_come(self.always.step)}"


def _what(change: str, step: str, end: str = "") -> str:
    if change:
        return "any change" if change == ANY_CHANGE else f"a change '{change}'"
    return f"the step '{step}'" if step else f"the end '{end}'"


def _come(point: str) -> str:
    step, _, outcome = point.partition(".")
    return f"'{step}' comes" + (f" and ends '{outcome}'" if outcome else "")


def _one_of(what: str, **given: str) -> None:
    if sum(bool(one) for one in given.values()) != 1:
        raise ValueError(f"'{what}' names one of {', '.join(given)}")


__all__ = ["ANY_CHANGE", "Always", "Assertion", "Before", "Never"]
