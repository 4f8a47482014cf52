"""Write a file of step tests: one line for each test, so that a difference of two versions can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from engine.kinds import codec
from engine.kinds.values import Duration, Json
from engine.model.cases import Given, Givens
from engine.model.scenario import ANY_STEP
from engine.model.step_tests import ExpectedAsk, ExpectedChange, StepAnswer, StepTest

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/-]*(?:[. ][A-Za-z0-9_/-]+)*\Z")
_LASTING = re.compile(r"(?:[0-9]+(?:ms|[smhd]))+\Z")
_WORDS = frozenset(("true", "false", "null", "nan", "inf"))
_A_MOMENT = Duration(5.0)


def step_tests_text(
    comment: Sequence[str], head: Mapping[str, Json], tests: Mapping[str, Sequence[Mapping[str, Json]]]
) -> str:
    """Return the text of a file: its head key by key, then the tests of each step, one a line."""
    lines = [f"# {line}" for line in comment]
    for key, value in head.items():
        if isinstance(value, Sequence) and not isinstance(value, str) and value:
            lines += [f"{key}:", *(f"  - {flow(one)}" for one in value)]
        elif isinstance(value, Mapping) and value:
            lines += [f"{key}:", *(f"  {flow(name)}: {flow(one)}" for name, one in value.items())]
        elif value:
            lines.append(f"{key}: {flow(value)}")
    lines.append("tests:")
    for step, found in tests.items():
        lines += [f"  {flow(step)}:", *(f"    - {flow(one)}" for one in found)]
    return "\n".join(lines) + "\n"


def flow(value: Json) -> str:
    """Return a value in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Sequence):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return json.dumps(value)


def _text(text: str) -> str:
    if _LASTING.match(text) or (_PLAIN.match(text) and text.lower() not in _WORDS):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return json.dumps(text)


def plain_test(test: StepTest) -> Mapping[str, Json]:
    """Return a test as it is written, without what says nothing."""
    return dict(_parts(test))


def _parts(test: StepTest) -> Iterator[tuple[str, Json]]:
    for name, value in (("environment", test.environment), ("operator", test.operator)):
        if value:
            yield name, value
    if test.clock is not None:
        yield "clock", test.clock.plain()
    if test.since:
        yield "since", str(test.since)
    if test.visit != 1:
        yield "visit", test.visit
    if test.made:
        yield "made", list(test.made)
    if test.inputs:
        yield "inputs", dict(test.inputs)
    if test.facts:
        yield "facts", dict(test.facts)
    for name, givens in (("given", test.given), ("usual", test.usual)):
        if givens:
            yield name, {item: _givens(one) for item, one in givens.items()}
    if test.people is not None:
        yield "people", [plain_answer(one) for one in test.people]
    if test.channels:
        yield "channels", dict(test.channels)
    yield from _expected(test)
    if test.why:
        yield "why", test.why


def _expected(test: StepTest) -> Iterator[tuple[str, Json]]:
    if test.answers:
        yield "answers", dict(test.answers)
    if test.asks is not None:
        yield "asks", [_ask(one) for one in test.asks]
    if test.moves is not None:
        yield "moves", [_change(one) for one in test.moves]
    if test.messages is not None:
        yield "messages", list(test.messages)
    if test.takes is not None:
        yield "takes", str(test.takes)
    if test.looks is not None:
        yield "looks", test.looks
    if test.recovers is not None:
        yield "recovers", test.recovers
    if test.waits:
        yield "waits", True
    for name, value in (("outcome", test.outcome), ("goes", test.goes), ("severity", test.severity)):
        if value:
            yield name, value


def _givens(givens: Givens) -> Json:
    each = [_given(one) for one in givens.each]
    return each[0] if len(each) == 1 else each


def _given(given: Given) -> Json:
    if given.outcome and not (given.facts or given.takes or given.why):
        return given.outcome
    found: dict[str, Json] = {"facts": dict(given.facts)} if given.facts else {}
    if given.outcome:
        found["outcome"] = given.outcome
    if given.takes:
        found["takes"] = str(given.takes)
    if given.why:
        found["why"] = given.why
    return found or "pass"


def plain_answer(answer: StepAnswer) -> Mapping[str, Json]:
    """Return what a person answers as it is written."""
    found: dict[str, Json] = {}
    if answer.step != ANY_STEP:
        found["step"] = answer.step
    if answer.item:
        found["item"] = answer.item
    found["answer"] = answer.answer
    if answer.after != _A_MOMENT:
        found["after"] = str(answer.after)
    if answer.by != "responder":
        found["by"] = answer.by
    for name, value in (("role", answer.role), ("reason", answer.reason)):
        if value:
            found[name] = value
    if answer.values:
        found["values"] = dict(answer.values)
    return found


def _ask(wanted: ExpectedAsk) -> Json:
    found: dict[str, Json] = {"kind": wanted.kind}
    if wanted.item:
        found["item"] = wanted.item
    if wanted.role:
        found["role"] = wanted.role
    if wanted.options:
        found["options"] = list(wanted.options)
    return found


def _change(wanted: ExpectedChange) -> Json:
    found: dict[str, Json] = {"change": wanted.change}
    if wanted.effect:
        found["effect"] = wanted.effect
    if wanted.args:
        found["args"] = {name: codec.plain(one) for name, one in wanted.args.items()}
    if wanted.undo:
        found["undo"] = wanted.undo
    return found


__all__ = ["flow", "plain_answer", "plain_test", "step_tests_text"]
