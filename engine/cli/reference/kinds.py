"""The pages about kinds: checks, actions and steps, each as its class describes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from engine.cli.reference.saying import barless, fields_table, prose, sentence
from engine.kinds.discovery import family
from engine.kinds.nodes import BRANCH_ENDS, ENDS, Node
from engine.kinds.step import Step
from engine.kinds.steps.decide import Case
from engine.kinds.steps.parallel import Branch
from engine.kinds.steps.wait import Soak, WaitStep
from engine.kinds.uses import ActionUse, CheckUse, Look, Retry, Undo
from engine.model.loading.annotations import keys
from engine.model.loading.steps import ALWAYS
from engine.render.markdown_text import fence, table

_WRITTEN_OUT = frozenset(("kind", "name"))
_SOAK = "{wait: {until: {tcp: 'db1:5432'}, soak: {passes: 5}, limit: 10m, recovery: true}, then: resolved}"


def checks() -> Iterator[str]:
    """Yield the page of check kinds."""
    yield "# Check kinds"
    yield "A check is a question to a system that changes nothing. Its key names the kind."
    yield _contents("checks")
    for name, kind in family("checks").items():
        yield from _kind(name, kind)
        yield "Facts:" if kind.fact_names else "Facts: none."
        if kind.fact_names:
            rows = [[f"`{fact}`", barless(meaning)] for fact, meaning in kind.fact_names.items()]
            yield table(["fact", "meaning"], rows)
        expect = dict(kind.default_expect)
        usual = f"`{json.dumps(expect)}`" if expect else "an answer is the pass"
        if kind.always_expect:
            usual += f"; always `{json.dumps(dict(kind.always_expect))}`, unless `expect` names that fact"
        yield f"Without `expect`: {usual}. No answer at all: `{kind.no_answer}`."
    yield "## What every check has"
    yield "These keys stand beside the kind's own."
    yield fields_table(CheckUse, but=_WRITTEN_OUT)
    yield from _part("retry", Retry)
    yield from _part("look", Look)


def actions() -> Iterator[str]:
    """Yield the page of action kinds."""
    yield "# Action kinds"
    yield (
        "An action changes something, unless it declares `effect: read`. What it may do, how it is taken "
        "back and whether it may be repeated stands beside the kind."
    )
    yield _contents("actions")
    for name, kind in family("actions").items():
        yield from _kind(name, kind)
    yield "## What every action has"
    yield "These keys stand beside the kind's own."
    yield fields_table(ActionUse, but=_WRITTEN_OUT)
    yield from _part("undo", Undo, but=frozenset(("kind",)))


def steps() -> Iterator[str]:
    """Yield the page of step kinds."""
    yield "# Step kinds"
    yield (
        "A step is a mapping under its name; the key names the kind. `then: x` takes every good outcome "
        "to `x`; a mapping takes each to its own target, and `any` takes the rest. What is not good and "
        "not mapped goes to `otherwise`. Every kind also has `limit` (more visits than `visits`), which goes "
        "to `otherwise` too, and `skipped` (a person skips it, with a reason): a change that is skipped goes "
        "where its `failed` goes, a `decide` to its `else`, an `ask` to `otherwise`, and every other step on "
        "as if it had been good, unless `skipped` is mapped. A run that changed something and whose recovery "
        "was skipped ends mitigated where it would have ended resolved."
    )
    rows = [
        [f"[`{name}`](#{name})", _outcomes(name, kind, kind.good), _outcomes(name, kind, kind.bad)]
        for name, kind in family("steps").items()
    ]
    yield table(["kind", "good outcomes", "other outcomes"], rows)
    for name, kind in family("steps").items():
        yield from _kind(name, kind)
        if kind is WaitStep:
            yield "Beside a time, the others stand inside `wait`; `until` may be one check, without a name:"
            yield fence(_SOAK, "yaml")
    yield "## What every step has"
    yield fields_table(Node, but=frozenset(("step",)))
    yield from _part("case", Case, note="One row of `decide`.")
    yield from _part("soak", Soak)
    yield from _part(
        "branch", Branch, note="One branch of `parallel`; its ends are " + _codes(BRANCH_ENDS) + "."
    )
    yield "## Ends"
    yield f"A target is a step of the same graph, or an end: {_codes(ENDS)}."
    yield (
        f"Every kind also has the outcomes {_codes(ALWAYS)}: too many visits, and a person who skips it; "
        "the top of this page says where they go."
    )


def _kind(name: str, kind: type[Any]) -> Iterator[str]:
    yield f"## {name}"
    yield prose(kind)
    yield fence(kind.example, "yaml")
    if keys(kind):
        yield fields_table(kind)


def _contents(of: str) -> str:
    rows = [[f"[`{name}`](#{name})", barless(sentence(kind))] for name, kind in family(of).items()]
    return table(["kind", "what it does"], rows)


def _outcomes(name: str, kind: type[Step], named: Sequence[str]) -> str:
    if name == "decide":
        return "the `go` of its first fitting row, or `else`" if named is kind.good else ""
    if name == "ask" and named is kind.good:
        return "its options"
    return _codes(named)


def _codes(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _part(name: str, kind: type[Any], *, note: str = "", but: frozenset[str] = frozenset()) -> Iterator[str]:
    yield f"### {name}"
    yield note or prose(kind)
    yield fields_table(kind, but=but)
