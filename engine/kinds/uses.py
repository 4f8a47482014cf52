"""A check or an action as a step uses it: the kind with its fields, and what is common to all.

Authors write both flat: `{http: https://…, expect: {status: 200}, timeout: 25s}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from engine.kinds.action import Action
from engine.kinds.by_hand import patient, timed, written
from engine.kinds.check import Check
from engine.kinds.facts import Selector
from engine.kinds.matchers import Matcher
from engine.kinds.references import ABSENT, Absent
from engine.kinds.values import Duration, Json
from engine.kinds.verdicts import Observation, Seen, Verdict, all_of

Effect = Literal["read", "change", "destroy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often a check that got no answer, or stayed unknown, is asked again.

    A definite answer is an answer and is never asked again. `times` is at most 2 (the customer's
    rule: two retries, then escalate); `after` is the pause before each, doubled for the second.
    """

    times: int = 1
    """How often it is asked again, at most 2."""
    after: Duration = Duration(1.0)
    """The pause before the first time; the second is twice as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a person is asked to look up when the engine could not: where, how, and which facts."""

    question: str
    """What they should find out."""
    link: str = ""
    """The page to look at."""
    command: str = ""
    """The command to type."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """Fact name to the question for it; answers are read as JSON scalars where they are one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckUse:
    """One check in a step."""

    kind: Check
    name: str = ""
    """The catalogue's name, or empty for one written in place."""
    title: str = ""
    """What is looked at, in a few words."""
    expect: Mapping[str, Matcher] = field(default_factory=dict)
    """Matchers by fact, `{status: 200}`; all must hold for a pass."""
    facts: Mapping[str, Selector] = field(default_factory=dict)
    """More facts, found in what was seen, by name."""
    timeout: Duration = Duration(10.0)
    """How long one try may take."""
    retry: Retry = field(default_factory=Retry)
    """How often it is asked again when there was no answer."""
    no_answer: Literal["fail", "unknown"] | None = None
    """What silence means; the kind's own where nothing is said."""
    sensitive: bool = False
    """Keep the body in the run folder only; journal and reports hold its size and hash."""
    weak: str = ""
    """Why a pass is weak evidence (a green status page)."""
    look: Look | None = None
    """What a person is asked to look up when the engine could not."""
    hint: str = ""
    """What a fail usually means, for the page and the screen."""
    by_hand: str = ""
    """Overrides the kind's own command."""
    link: str = ""
    """A page that shows the same."""
    after: str = ""
    """In `checks`: wait for this sibling first, where one look disturbs another."""
    exclusive: str = ""
    """In `checks`: never at the same time as others with the same word."""

    def command(self) -> str:
        """Return the command a person types for this check: on the screen, the page and the report."""
        text = _typed(self)
        return timed(text) if not self.by_hand and "seconds" in self.expected() else text

    def expected(self) -> Mapping[str, Matcher]:
        """Return what is expected: the author's words, else the kind's, and what the kind always expects."""
        own = self.expect or {k: Matcher.parse(data) for k, data in self.kind.default_expect.items()}
        spoken = {subject.partition(".")[0] for subject in own}
        always = self.kind.always_expect.items()
        return {**own, **{k: Matcher.parse(data) for k, data in always if k not in spoken}}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionUse:
    """One action in a step, or as its undo."""

    kind: Action
    name: str = ""
    title: str = ""
    """What is done, in a few words."""
    timeout: Duration = Duration(60.0)
    """How long it may take; then its outcome is unknown."""
    by_hand: str = ""
    """Overrides the kind's own command."""
    effect: Effect = "change"
    """What it does to the system: read, change or destroy."""
    operation: str = ""
    """The kind of change in the words of the policy: restart-machine, roll-back, …"""
    repeatable: bool = False
    """Doing it twice is as good as once, so it may be tried again."""
    reconcile: CheckUse | None = None
    """Passes when the change has happened; asked when the outcome is unknown."""
    undo: Undo | None = None
    """How it is taken back."""
    irreversible: str = ""
    """Why there is no undo."""

    def command(self) -> str:
        """Return the command a person types for this action."""
        return _typed(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """How a change is taken back; its arguments are frozen when the change is asked."""

    kind: Action
    title: str = ""
    """What is done, in a few words."""
    timeout: Duration = Duration(60.0)
    """How long it may take."""
    by_hand: str = ""
    """Overrides the kind's own command."""
    verify: CheckUse | None = None
    """Passes when it has been taken back."""

    def command(self) -> str:
        """Return the command a person types to take it back."""
        return _typed(self)


def _typed(use: CheckUse | ActionUse | Undo) -> str:
    """Return the author's command, else the kind's own, as patient as the engine is."""
    return written(use.by_hand, planned=True) if use.by_hand else patient(use.kind.by_hand(), use.timeout)


def judge(check: CheckUse, observation: Observation) -> Verdict:
    """Judge one observation by the rules of engine.kinds.verdicts; pure and total."""
    if observation.cannot:
        return Verdict("unknown", f"could not look: {observation.cannot}")
    if observation.no_answer:
        answer = check.no_answer or check.kind.no_answer
        return Verdict(answer, observation.summary or f"no answer: {observation.no_answer}")
    facts: dict[str, Json] = dict(observation.facts)
    for name, selector in check.facts.items():
        found = selector.find(observation.facts)
        if not isinstance(found, Absent):
            facts[name] = found
    seen = tuple(_hold(subject, matcher, facts) for subject, matcher in check.expected().items())
    answer = all_of(one.answer for one in seen) if seen else "pass"
    return Verdict(answer, _why(seen) or observation.summary, seen, facts)


def judge_seen(check: CheckUse, values: Mapping[str, Json]) -> Verdict:
    """Judge what a person typed in: a fact that they gave stands, whatever its selector would find."""
    found = {name: selector for name, selector in check.facts.items() if name not in values}
    return judge(replace(check, facts=found), Observation(facts=values))


def _hold(subject: str, matcher: Matcher, facts: Mapping[str, Json]) -> Seen:
    match = matcher.judge(_fact(facts, subject))
    return Seen(subject, match.expected, match.observed, match.answer)


def _fact(facts: Mapping[str, Json], path: str) -> Json | Absent:
    from engine.kinds.paths import look_up

    return look_up(facts, path) if facts else ABSENT


def _why(seen: tuple[Seen, ...]) -> str:
    wrong = [one for one in seen if one.answer != "pass"]
    return "; ".join(f"{one.subject} {one.observed}, wanted {one.expected}" for one in wrong)
