"""The validated model of a cases file: what a runbook does when the world answers so, and people so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.kinds.matchers import Matcher
from engine.kinds.nodes import End
from engine.kinds.values import Duration, Instant, Json
from engine.model.scenario import Answer

ANYTHING = "..."
"""In an expected path: any steps, or none."""
NO_ANSWER = ("refused", "reset", "timeout", "dns", "tls", "closed")
"""Outcomes of a look that got no answer at all; what that means is the kind's, or the check's, to say."""
LOOKED = ("pass", "fail", "unknown", *NO_ANSWER)
DONE = ("done", "failed", "unknown")
TOLD = ("delivered", "undelivered")

_AT_ONCE = Duration(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What one look or one change comes to. Written short, its outcome alone: `fail`."""

    outcome: str = ""
    """Of a look: pass, fail, unknown, or why no answer came (refused, reset, timeout, dns, tls, closed).
    Of a change: done, failed, unknown. Left out, the facts are judged by the check's own expectation."""
    facts: Mapping[str, Json] = field(default_factory=dict)
    """What was seen, by name or dotted path; what is not said is as on a good day."""
    takes: Duration = _AT_ONCE
    """How long the answer takes."""
    why: str = ""
    """What is told with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Givens:
    """One answer after another: each visit, and each sample of a wait, takes the next; the last one stays."""

    each: tuple[Given, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedMove:
    """A change that is asked for."""

    step: str
    """Path of the step that asks for it."""
    change: str = ""
    """The operation in the words of the policy: restart-machine, roll-back, …"""
    args: Mapping[str, Matcher] = field(default_factory=dict)
    """What its arguments are, by name or dotted path; those that are not named may be anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedMessage:
    """A message to people: a page, or a notice."""

    to: str
    """The role, or the channel."""
    at: Duration | None = None
    """How long after the alert it is sent for the first time, to the second."""
    step: str = ""
    """The step that sends it; `!ladder` is the ladder of the severity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseExpectation:
    """What the runbook must do; what is left out is not looked at."""

    path: tuple[str, ...] = ()
    """Every step that is entered, in order; `...` stands for any steps, or none."""
    end: End | None = None
    """The end it reaches."""
    waits: str = ""
    """The step at which the run stands still because nobody answers."""
    moves: tuple[ExpectedMove, ...] | None = None
    """Every change that is asked for, in order; `[]`: none."""
    messages: tuple[ExpectedMessage, ...] | None = None
    """Every message to people, in order, but those of the run itself (start, end, updates); `[]`: none."""
    severity: str = ""
    """The severity at the end."""
    never: tuple[str, ...] = ()
    """Steps that are not entered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case. Required are `case` and `expect`; what the rest leaves out is a good day."""

    case: str
    """Its name, told when it fails."""
    expect: CaseExpectation
    """What the runbook must do."""
    title: str = ""
    """What happens, in one line."""
    environment: str = ""
    """Where it is planned; the file's where nothing is said."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Values the run is given, by name."""
    operator: str = ""
    """The role of who runs it; the file's where nothing is said."""
    clock: Instant | None = None
    """When the run starts; a Sunday night where nothing is said."""
    since: Duration = _AT_ONCE
    """How long before that the alert fired."""
    given: Mapping[str, Givens] = field(default_factory=dict)
    """What a look or a change comes to, by `step`, `step.check`, or `control.name` of a control probe."""
    usual: Mapping[str, Givens] = field(default_factory=dict)
    """The same for every use of a check or an action of the catalogue, by its name; `given` adds to it."""
    channels: Mapping[str, str] = field(default_factory=dict)
    """Channels that do not deliver: `{page: undelivered}`."""
    people: tuple[Answer, ...] = ()
    """Who answers what, and after how long. Lines of one step and item are taken one after another, and the
    last one stays. Nobody else answers. `item: page`: acknowledged in PagerDuty, not at the terminal."""
    weight: float | None = None
    """How often it happens, beside the other cases: for `runbook simulate`; 0 leaves it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A length of time that differs: log-normal, by its median and its 95th percentile."""

    median: Duration
    """Half of them are shorter."""
    p95: Duration
    """95 in a hundred are shorter."""

    def __post_init__(self) -> None:
        if self.median <= 0 or self.p95 < self.median:
            raise ValueError("the 95th percentile is not below the median, and both are above zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How long people of a role take to answer, and how often nobody does."""

    median: Duration
    """Half of the answers come sooner."""
    p95: Duration
    """95 in a hundred answers come sooner."""
    never: float = 0.0
    """The share of questions and pages that nobody of this role answers."""

    def __post_init__(self) -> None:
        if self.median <= 0 or self.p95 < self.median:
            raise ValueError("the 95th percentile is not below the median, and both are above zero")
        if not 0 <= self.never <= 1:
            raise ValueError("never is a share: from 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What `runbook simulate` assumes of this runbook; the rest comes from history, or is a default."""

    people: Mapping[str, Response] = field(default_factory=dict)
    """How people answer, by role: the operator's says when somebody begins, the others how the questions and
    pages of steps are answered."""
    takes: Mapping[str, Spread] = field(default_factory=dict)
    """How long a look or a change takes, by `step`, `step.check`, or the catalogue's name."""
    unknown: float = 0.0
    """The share of looks that get no answer although the target is well."""
    undelivered: Mapping[str, float] = field(default_factory=dict)
    """The share of messages that a channel does not deliver, by channel."""
    source: str = ""
    """Where these numbers come from."""

    def __post_init__(self) -> None:
        for share in (self.unknown, *self.undelivered.values()):
            if not 0 <= share <= 1:
                raise ValueError("a share is from 0 to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """One cases file, beside its runbook. Required are `cases` (the runbook's id) and `tests`."""

    cases: str
    """The id of the runbook."""
    tests: tuple[Case, ...]
    """The cases."""
    environment: str = ""
    """Where the cases are planned; the first the runbook may run in where nothing is said."""
    operator: str = ""
    """The role of who runs the cases; where nothing is said, the role in `runbook.toml`, else whom the ladder
    of the runbook's severity pages at once, else the first role of the catalogue."""
    usual: Mapping[str, Givens] = field(default_factory=dict)
    """What every use of a check or an action of the catalogue comes to; a case adds to it."""
    people: tuple[Answer, ...] = ()
    """Who answers in every case, after the case's own people."""
    simulate: Assumptions = Assumptions()
    """What `runbook simulate` assumes."""
