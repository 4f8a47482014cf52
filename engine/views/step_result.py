"""How one test of a step went: what the step did, beside what was expected of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor

from engine.core.events import Asked, Happened, Prompted, Settled
from engine.core.plan import Plan
from engine.kinds.paths import look_up
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Duration, Instant, Json
from engine.model.step_tests import NOTHING, ExpectedAsk, ExpectedChange, StepTest
from engine.views.case_result import Differs
from engine.views.missed_consent import Missed


def shown(seconds: float, *, exact: bool) -> Duration:
    """Return a time as `takes` writes it: to the second (pauses between tries are drawn), or exact."""
    return Duration(round(seconds, 3) if exact else float(floor(seconds + 0.5)))


@dataclass(frozen=True, slots=True)
class SeenChange:
    """A change that the step asked for, once however often it was tried."""

    change: str
    effect: str
    args: Mapping[str, Json]
    undo: str

    def __str__(self) -> str:
        said = ", ".join(f"{name}: {value}" for name, value in self.args.items() if name != "kind")
        return f"{self.effect} {self.change} {{{said}}} undo: {self.undo}"


@dataclass(frozen=True, slots=True)
class SeenAsk:
    """A question that the step asked a person."""

    kind: str
    item: str
    role: str
    options: tuple[str, ...]

    def __str__(self) -> str:
        parts = (self.kind, self.item, f"to {self.role}", _listed(self.options))
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Did:
    """What the step did, from when it was entered until it was left, or stood still."""

    outcome: str = ""
    goes: str = ""
    severity: str = ""
    answers: Mapping[str, str] | None = None
    moves: tuple[SeenChange, ...] = ()
    asks: tuple[SeenAsk, ...] = ()
    messages: tuple[str, ...] = ()
    seconds: float = 0.0
    recovers: bool = False
    why: str = ""
    looks: int = 0
    """Samples that a wait began."""

    @property
    def waits(self) -> bool:
        """Say whether the step stood still."""
        return not self.outcome


@dataclass(frozen=True, slots=True)
class StepJudged:
    """One test of one step, judged."""

    runbook: str
    step: str
    number: int
    """Of this test among those of its step, from 1."""
    line: int
    test: StepTest
    did: Did
    differs: tuple[Differs, ...]
    operator: str = ""
    """The role of who ran it."""
    missed: tuple[Missed, ...] = ()
    """Consents that did not come, of a test that failed."""

    @property
    def name(self) -> str:
        """Return what the test is called."""
        return f"{self.step} {self.number}"

    @property
    def passed(self) -> bool:
        """Say whether everything was as expected."""
        return not self.differs


def did(plan: Plan, step: str, entered: Instant, happened: Sequence[Happened], operator: str) -> Did:
    """Return what a step did."""
    kind = plan.steps[step].step
    moves: list[SeenChange] = []
    asks: list[SeenAsk] = []
    told: list[str] = []
    samples: set[str] = set()
    settled: tuple[Settled, Instant] | None = None
    last = entered
    for one in happened:
        event, last = one.event, one.at
        if isinstance(event, Asked) and event.step == step and event.attempt == 1:
            if event.what == "action":
                moves.append(_change(event))
            elif event.what == "message":
                told.append(str(event.args.get("to")) if isinstance(event.args, Mapping) else "")
            elif event.what == "check" and isinstance(kind, WaitStep):
                samples.add(event.item.partition(".")[0])
        elif isinstance(event, Prompted) and event.step == step:
            role = "operator" if event.role in ("", operator) else event.role
            asks.append(SeenAsk(event.kind, event.item, role, tuple(one.key for one in event.options)))
        elif isinstance(event, Settled) and event.step == step:
            settled = (event, one.at)
            break
    if settled is None:
        return Did(
            moves=tuple(moves),
            asks=tuple(asks),
            messages=tuple(told),
            seconds=last - entered,
            looks=len(samples),
        )
    end, left = settled
    return Did(
        outcome=end.outcome,
        goes=end.target,
        severity=end.severity,
        answers=end.answers,
        moves=tuple(moves),
        asks=tuple(asks),
        messages=tuple(told),
        seconds=left - entered,
        recovers=end.held,
        why=end.why,
        looks=len(samples),
    )


def _change(asked: Asked) -> SeenChange:
    undo = asked.undo
    back = asked.irreversible or NOTHING
    if isinstance(undo, Mapping):
        back = str(undo.get("title") or _kind(undo.get("kind")))
    args = asked.args if isinstance(asked.args, Mapping) else {}
    return SeenChange(asked.change, asked.effect, args, back)


def _kind(kind: Json) -> str:
    return str(kind.get("kind", "undo")) if isinstance(kind, Mapping) else "undo"


def differences(
    plan: Plan, test: StepTest, seen: Did, stuck: str, problems: Sequence[str]
) -> tuple[Differs, ...]:
    """Return what a step did otherwise than its test expects; what is left out is not looked at."""
    given = [Differs("given", (), (problem,), 0, why=problem) for problem in dict.fromkeys(problems)]
    if given and not seen.outcome and not stuck:
        return tuple(given)  # it was never run
    return (*given, *_differences(plan, test, seen, stuck))


def _differences(plan: Plan, test: StepTest, seen: Did, stuck: str) -> Iterator[Differs]:
    why = stuck or seen.why
    if test.waits:
        if not seen.waits:
            yield Differs("waits", ("waits",), (f"{seen.outcome} and goes to {seen.goes}",), 0, why=why)
    elif seen.waits:
        yield Differs("outcome", (test.outcome or "an outcome",), ("waits",), 0, why=why)
        return
    for what, expected, found in (("outcome", test.outcome, seen.outcome), ("goes", test.goes, seen.goes)):
        if expected and expected != found:
            yield Differs(what, (expected,), (found or "waits",), 0, why=why)
    if test.severity and _severity(plan, test.severity) != _severity(plan, seen.severity or NOTHING):
        yield Differs("severity", (test.severity,), (seen.severity or NOTHING,), 0, why=why)
    answers = seen.answers or {}
    wrong = [name for name, answer in test.answers.items() if answers.get(name) != answer]
    if wrong:
        wanted = tuple(f"{name}: {test.answers[name]}" for name in wrong)
        came = tuple(f"{name}: {answers.get(name, 'none')}" for name in wrong)
        yield Differs("answers", wanted, came, 0, why=why)
    if test.moves is not None:
        yield from _in_order("moves", [_said_change(one) for one in test.moves], seen.moves, [
            _fits(wanted, found) for wanted, found in zip(test.moves, seen.moves, strict=False)
        ])  # fmt: skip
    if test.asks is not None:
        yield from _in_order("asks", [_said_ask(one) for one in test.asks], seen.asks, [
            _asked(wanted, found) for wanted, found in zip(test.asks, seen.asks, strict=False)
        ])  # fmt: skip
    if test.messages is not None:
        yield from _in_order("messages", test.messages, seen.messages, [
            wanted == found for wanted, found in zip(test.messages, seen.messages, strict=False)
        ])  # fmt: skip
    if test.takes is not None:
        took = shown(seen.seconds, exact=test.takes % 1 != 0)
        if str(took) != str(test.takes):
            yield Differs("takes", (str(test.takes),), (str(took),), 0, why=why)
    if test.looks is not None and test.looks != seen.looks:
        yield Differs("looks", (str(test.looks),), (str(seen.looks),), 0, why=why)
    if test.recovers is not None and test.recovers != seen.recovers:
        words = {True: "proves recovery", False: "proves nothing"}
        yield Differs("recovers", (words[test.recovers],), (words[seen.recovers],), 0, why=why)


def _severity(plan: Plan, word: str) -> str:
    return next((name for name, level in plan.severities.items() if word in (name, *level.aliases)), word)


def _in_order(
    what: str, expected: Sequence[str], seen: Sequence[object], fits: Sequence[bool]
) -> Iterator[Differs]:
    """Hold a list against what was seen, one by one."""
    for at in range(max(len(expected), len(seen))):
        if at >= len(fits) or not fits[at]:
            yield Differs(what, tuple(expected), tuple(str(one) for one in seen), at, at)
            return


def _fits(wanted: ExpectedChange, seen: SeenChange) -> bool:
    return (
        wanted.change == seen.change
        and wanted.effect in ("", seen.effect)
        and wanted.undo in ("", seen.undo)
        and all(one.judge(look_up(seen.args, name)).answer == "pass" for name, one in wanted.args.items())
    )


def _said_change(wanted: ExpectedChange) -> str:
    said = ", ".join(f"{name}: {one.text()}" for name, one in wanted.args.items())
    undo = f" undo: {wanted.undo}" if wanted.undo else ""
    return f"{wanted.effect} {wanted.change} {{{said}}}{undo}".strip()


def _asked(wanted: ExpectedAsk, seen: SeenAsk) -> bool:
    return (
        wanted.kind == seen.kind
        and wanted.item in ("", seen.item)
        and wanted.role in ("", seen.role)
        and (not wanted.options or set(wanted.options) == set(seen.options))
    )


def _said_ask(wanted: ExpectedAsk) -> str:
    to = f"to {wanted.role}" if wanted.role else ""
    return " ".join(part for part in (wanted.kind, wanted.item, to, _listed(wanted.options)) if part)


def _listed(options: Sequence[str]) -> str:
    return f"({', '.join(options)})" if options else ""


__all__ = ["Did", "SeenAsk", "SeenChange", "StepJudged", "did", "differences", "shown"]
