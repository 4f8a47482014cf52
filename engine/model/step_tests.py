"""The validated model of a file of step tests: what one step does with what it finds and what people say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from engine.kinds.matchers import Matcher
from engine.kinds.values import Duration, Instant, Json
from engine.model.cases import Givens
from engine.model.scenario import ANY_STEP, Answer

NOTHING = "none"
"""A severity that is not raised; a change without a way back."""
WHOEVER = "asked"
"""The role of an answer: whoever is asked, where the catalogue has that role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepAnswer(Answer):
    """What a person answers to a question of the step, and how long they take."""

    step: str = ANY_STEP
    """Path of the step that asks; the one that is tested where nothing is said."""
    role: str = ""
    """The role they answer in: the operator's where nothing is said, who may not approve; `asked`: whoever is
    asked, if the catalogue has that role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedChange:
    """A change that the step asks for."""

    change: str
    """The operation in the words of the policy: restart-machine, roll-back, …"""
    effect: str = ""
    """What it is declared to do: read, change or destroy."""
    args: Mapping[str, Matcher] = field(default_factory=dict)
    """What its arguments are, by name or dotted path; those that are not named may be anything."""
    undo: str = ""
    """The title of its way back, or why there is none; `none` where neither is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAsk:
    """A question to a person."""

    kind: str
    """What sort of question: ask, confirm, approve, happened, acknowledge, look."""
    item: str = ""
    """Which of the step's questions: consent, ack, look:…; empty for an `ask`, or any."""
    role: str = ""
    """The role that is asked; `operator` for whoever runs the run."""
    options: tuple[str, ...] = ()
    """Every answer that is offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTest:
    """One test of one step: what it starts from, and what it must do. What is left out is a good day, and is
    not looked at."""

    facts: Mapping[str, Json] = field(default_factory=dict)
    """What earlier steps found, named as a condition names it: `look.status`, `look.machines.cause`,
    `health: fail`, `restart.outcome: done`, `run.network: down`."""
    given: Mapping[str, Givens] = field(default_factory=dict)
    """What the step's own looks and changes come to: by check, `""` for the only one, `do` for the change
    itself, `reconcile`, `watch`, `flight.NAME`; of another runbook its end, of a branch its end."""
    usual: Mapping[str, Givens] = field(default_factory=dict)
    """The same for every use of a check or an action of the catalogue, by its name; `given` adds to it."""
    people: tuple[StepAnswer, ...] | None = None
    """Who answers what, instead of the file's; `[]`: nobody answers."""
    channels: Mapping[str, str] = field(default_factory=dict)
    """Channels that do not deliver: `{page: undelivered}`."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Values the run is given, by name."""
    operator: str = ""
    """The role of who runs it; the file's where nothing is said."""
    environment: str = ""
    """Where it is planned; the file's where nothing is said."""
    clock: Instant | None = None
    """When the step is entered; a Sunday night where nothing is said."""
    since: Duration = Duration(0.0)
    """How long before that the alert fired."""
    visit: int = 1
    """Which visit of the step this is, 2 for the second: above its bound it goes where `limit` goes."""
    made: tuple[str, ...] = ()
    """Steps whose change has been made: what an `undo` may take back."""
    outcome: str = ""
    """How the step ends."""
    goes: str = ""
    """Where it goes: a step, or an end."""
    severity: str = ""
    """The severity it raises the run to, in the runbook's own words; `none`."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """What each check comes to: pass, fail, unknown."""
    moves: tuple[ExpectedChange, ...] | None = None
    """Every change it asks for, in order; `[]`: none."""
    asks: tuple[ExpectedAsk, ...] | None = None
    """Every question it asks people, in order; `[]`: none."""
    messages: tuple[str, ...] | None = None
    """The roles and channels it tells something, in order; `[]`: none."""
    takes: Duration | None = None
    """How long it takes from entering the step to leaving it: to the second, or to the millisecond where it
    says milliseconds."""
    looks: int | None = None
    """How often a wait looks until it is left; all of its checks are one look."""
    waits: bool = False
    """It stands still, because nobody answers."""
    recovers: bool | None = None
    """It proves that the service has recovered, or it does not."""
    why: str = ""
    """What this test is for. `--record` leaves a test alone that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTests:
    """One file of step tests, beside its runbook. Required are `steps` (the runbook's id) and `tests`."""

    spelled: ClassVar[Mapping[str, str]] = {"steps": "runbook"}
    runbook: str
    """The id of the runbook."""
    tests: Mapping[str, tuple[StepTest, ...]]
    """The tests of each step, by its path."""
    environment: str = ""
    """Where the steps are planned; the first the runbook may run in where nothing is said."""
    operator: str = ""
    """The role of who runs the tests; where nothing is said, the role in `runbook.toml`, else whom the ladder
    of the runbook's severity pages at once, else the first role of the catalogue."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """Values every run is given, by name."""
    usual: Mapping[str, Givens] = field(default_factory=dict)
    """What every use of a check or an action of the catalogue comes to; a test adds to it."""
    people: tuple[StepAnswer, ...] = ()
    """Who answers in every test that does not say it otherwise."""
