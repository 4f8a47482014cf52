"""Nothing that is proved is ever contradicted: random runbooks, walked by the real core in virtual time.

RUNBOOK_EXAMPLES multiplies the number of examples.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal, cast

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from engine.core.events import Answered, Asked, Ended, Happened, Opened, Prompted, Settled, Started
from engine.core.moves import Perform
from engine.core.plan import Plan, Request, make_plan
from engine.core.run_state import LADDER
from engine.core.state import RunState
from engine.core.turn import CIRCLE
from engine.io.drivers.ledger import Ledger
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.journal.memory import MemoryJournal
from engine.io.people import Reply
from engine.kinds.nodes import ENDS
from engine.kinds.step import Step
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.uses import Retry
from engine.kinds.values import Duration
from engine.model.assertion import Always, Assertion, Before, Never
from engine.model.catalogue import Catalogue
from engine.model.graph import PATIENCE, graph_of
from engine.model.guards import Guards, Limits, Precaution, Rule
from engine.model.phases import phases_of
from engine.model.proof.asserting import prove
from engine.model.proof.bound import Bound
from engine.model.proof.bounds import bounds_of
from engine.model.proof.looks import GRACE
from engine.model.runbook import Runbook
from tests.core.graphs import CHECK, Graphs, Nature, base, chance
from tests.core.play import ANN, ELI, START

TIMES = int(os.environ.get("RUNBOOK_EXAMPLES", "1"))
SEEDS = st.integers(0, 2**32)
OPEN_WAIT = 7.0
"""Seconds a person takes for a question that nothing limits."""


def examples(count: int) -> settings:
    """Return the settings of one property."""
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(
        max_examples=count * TIMES,
        deadline=None,
        suppress_health_check=quiet,
        database=None,
        phases=[Phase.explicit, Phase.generate],  # a seed that is made smaller is another runbook
    )


@dataclass
class Wide(Graphs):
    """Draws runbooks with all that makes a run slow: approvals, retries, watches, precautions, lists of targets."""

    calm: bool = False

    def drawn(self) -> tuple[Runbook, Plan, Catalogue]:
        """Return a runbook, its plan and its catalogue."""
        random = self.random
        rules = [
            Rule(
                consent=cast(
                    Literal["none"], random.choice(["none", "confirm", "approve", "approve", "refuse"])
                ),
                effects=(cast(Literal["change"], effect),),
                quorum=random.choice([1, 1, 2]),
                approve_within=Duration(random.choice([30.0, 900.0])),
                start_within=Duration(random.choice([5.0, 300.0])),
            )
            for effect in ("change", "destroy")
            if random.random() < 0.8
        ]
        most = random.choice([1, 2, 4, 1000])  # in the middle of a list, or never
        guards = Guards(limits=Limits(changes=random.choice([most, 1000]), same_change=most))
        looks = {"other": Precaution(check=CHECK)} if random.random() < 0.4 else {}
        known = dataclasses.replace(
            base(random.random() < 0.4), policy=tuple(rules), guards=guards, precautions=looks
        )
        top = self.runbook("top", 2)
        request = Request(run="INC-1", environment="test", operator_role=random.choice([ANN.role, "support"]))
        return top, make_plan(top, self.library.__getitem__, known, request), known

    def step(self, names: str, ends: tuple[str, ...], depth: int) -> Step:
        """Return one step, its checks now and then in each other's way."""
        step = super().step(names, ends, depth)
        if isinstance(step, ChecksStep) and self.random.random() < 0.5:
            slow = dataclasses.replace(CHECK, exclusive="e", retry=Retry(times=2, after=Duration(3.0)))
            checks = {"x": slow, "y": slow, "z": dataclasses.replace(slow, after="v"), "v": CHECK}
            return ChecksStep(checks=checks)
        return step

    def action(self) -> ActionStep:
        """Return an action, watched now and then, or for a list that comes from outside."""
        step = super().action()
        if self.random.random() < 0.2:
            step = dataclasses.replace(step, watch=CHECK, watch_every=Duration(3.0))
        return step


@dataclass
class Slow(Nature):
    """A world that takes its time, up to the last moment, and people who let questions run out."""

    calm: bool = False
    open: int = 0
    """How often a question that nothing limits was asked."""

    async def perform(self, move: Perform) -> Ended:
        """Take a part of the timeout, mostly all of it."""
        asked = move.asked
        outcome, no_answer = self.truth(asked.what, asked.step, asked.visit, asked.item, asked.attempt)
        share = chance(self.seed, "share", asked.operation)
        longest = (move.use.timeout + GRACE) if share < 0.6 else move.use.timeout * share
        return Ended(operation=asked.operation, outcome=outcome, seconds=longest, no_answer=no_answer)

    def truth(self, what: str, step: str, visit: int, item: str, attempt: int) -> tuple[str, str]:
        """Return outcome and no_answer, worse than usual."""
        dice = chance(self.seed, "worse", step, visit, item, attempt)
        if dice < 0.3:
            word = {"action": "unknown", "message": "undelivered"}.get(what, "unknown")
            return word, "timeout" if what not in ("action", "message") else ""
        return super().truth(what, step, visit, item, attempt)

    def reply(self, prompted: Prompted) -> Reply | None:
        """Answer late or never what has a limit, and after a while what has none."""
        dice = chance(self.seed, prompted.prompt)
        if prompted.due is not None and dice < 0.5:
            return None
        keys = [option.key for option in prompted.options]
        yes = prompted.item.startswith(("consent", "take-back")) and dice < 0.85
        choice = keys[0] if yes else keys[int(dice * 997) % len(keys)]
        answer = Answered(prompt=prompted.prompt, choice=choice, digest=prompted.digest)
        self.open += prompted.due is None
        after = OPEN_WAIT if prompted.due is None else max(0.0, prompted.due - self.now() - 0.5)
        who = ELI if prompted.kind == "approve" else ANN
        if prompted.kind == "approve" and ".2" in prompted.item:
            who = dataclasses.replace(ELI, name="eve")
        return Reply(answer, who, after)

    def now(self) -> float:
        """Return the time of the run."""
        return float(self.ledger.state.now) if self.ledger else float(START)


@dataclass
class Walked:
    """One walk through a runbook."""

    happened: list[Happened] = field(default_factory=list)
    state: RunState = field(default_factory=RunState)
    open: int = 0

    @property
    def roots(self) -> Sequence[tuple[float, Settled]]:
        """Return when each step of the runbook's own graph settled, as seconds from the start."""
        return [
            (one.at - START, one.event)
            for one in self.happened
            if isinstance(one.event, Settled) and "/" not in one.event.step
        ]

    @property
    def ended(self) -> bool:
        """Say whether it came to an end."""
        return self.state.finished is not None


def walk(plan: Plan, seed: int) -> Walked:
    """Walk once through a plan."""
    clock, journal = VirtualClock(START), MemoryJournal()
    ledger = Ledger(journal, clock.now, clock.monotonic)
    walked = Walked()
    ledger.watchers.append(lambda one, state: walked.happened.append(one))
    ledger.record([Started(plan=plan, digest=plan.digest(), engine="test", operator=ANN)], ANN)
    nature = Slow(seed, False, ledger)
    walked.state = VirtualDriver(ledger, clock, nature, nature, Duration(10_000_000.0)).run()
    walked.open = nature.open
    return walked


@examples(50)
@given(SEEDS)
@example(50)  # these hung: a limit was reached half-way, and nobody knew about a target
@example(290)
def test_no_walk_is_longer_than_its_bounds(seed: int) -> None:
    """The end, a person and each phase come no later than what is proved."""
    wide = Wide(Random(seed), False)
    runbook, plan, known = wide.drawn()
    bounds = bounds_of(runbook, wide.library.get, known)
    for number in range(2):
        walked = walk(plan, seed + number)
        assert walked.ended
        assert walked.roots[-1][0] <= latest(bounds.resolution, walked)
        assert first_contact(walked) <= latest(bounds.person, walked)
        for phase, seconds in spent(walked, runbook).items():
            assert seconds <= latest(bounds.phases[phase], walked), phase


def latest(bound: Bound, walked: Walked) -> float:
    """Return what a walk may not exceed: the bound, and the open questions of this walk where it has any."""
    return bound.besides + (walked.open * OPEN_WAIT if bound.open else 0.0)


def first_contact(walked: Walked) -> float:
    """Return when a person was first asked or paged; when the run was over before, that."""
    for one in walked.happened:
        event = one.event
        if isinstance(event, Prompted):
            return one.at - START
        if isinstance(event, Asked) and event.what == "message":
            if event.step == LADDER or plan_kind(walked, event.step) == "escalate":
                return one.at - START
    return walked.roots[-1][0]


def plan_kind(walked: Walked, step: str) -> str:
    """Return the kind of a step."""
    plan = walked.state.plan
    return plan.steps[step].step.kind if plan and step in plan.steps else ""


def spent(walked: Walked, runbook: Runbook) -> dict[str, float]:
    """Return the time in each phase of the runbook's own graph."""
    phases = phases_of(runbook.steps)
    found: dict[str, float] = {}
    before = 0.0
    for at, event in walked.roots:
        phase = phases.get(event.step, "close")  # the built-in hand-over
        found[phase] = found.get(phase, 0.0) + at - before
        before = at
    return found


def asserted(random: Random, runbook: Runbook) -> Assertion:
    """Return an assertion about some steps of a runbook, true or not."""
    names = list(runbook.steps)
    point = random.choice(names)
    outcomes = runbook.steps[point].step.outcomes()
    if outcomes and random.random() < 0.4:
        point = f"{point}.{random.choice(outcomes)}"
    change = random.choice(["any", "any", "restart-machine", "undo"])
    end = random.choice(ENDS)
    match random.randrange(6):
        case 0:
            return Assertion(before=Before(change=change, comes=point))
        case 1:
            return Assertion(before=Before(step=random.choice(names), comes=point))
        case 2:
            return Assertion(before=Before(end=end, comes=point))  # type: ignore[arg-type]
        case 3:
            return Assertion(never=Never(change=change, after=random.choice(["", point])))
        case 4:
            return Assertion(never=Never(step=random.choice(names), after=random.choice(["", point])))
    on, after = random.choice([(None, point), (end, ""), (end, point)])
    return Assertion(always=Always(step=random.choice(names), on=on, after=after))  # type: ignore[arg-type]


@examples(50)
@given(SEEDS)
def test_no_walk_contradicts_what_is_proved(seed: int) -> None:
    """Assertions about anything; those that are proved hold on every walk."""
    random = Random(seed)
    wide = Wide(random, False)
    runbook, plan, _ = wide.drawn()
    claims = [asserted(random, runbook) for _ in range(12)]
    runbook = dataclasses.replace(runbook, asserts=tuple(claims))
    found = prove(runbook, graph_of(runbook), wide.library.get)
    walks = [walk(plan, seed + number) for number in range(2)]
    for claim, one in zip(claims, found, strict=True):
        if one.holds:
            assert not [trace(walked) for walked in walks if contradicts(claim, trace(walked))], one.text
        else:
            assert one.path[0] == (runbook.start or next(iter(runbook.steps)))


def test_some_assertions_are_proved_and_some_refuted() -> None:
    """A property over claims that are all refuted would prove nothing."""
    found = {True: 0, False: 0}
    for seed in range(25):
        random = Random(seed)
        wide = Wide(random, False)
        runbook, _, _ = wide.drawn()
        runbook = dataclasses.replace(runbook, asserts=tuple(asserted(random, runbook) for _ in range(12)))
        for one in prove(runbook, graph_of(runbook), wide.library.get):
            found[one.holds] += 1
    assert min(found.values()) > 80


@dataclass(frozen=True)
class Mark:
    """What happened at one moment: a step was entered or left, something was changed, or an end was reached."""

    what: str
    word: str
    outcome: str = ""


def trace(walked: Walked) -> list[Mark]:
    """Return what assertions speak of, from the journal alone."""
    marks: list[Mark] = []
    plan = walked.state.plan
    assert plan is not None
    counts: dict[str, int] = {}
    inside = ""
    for one in walked.happened:
        event = one.event
        if isinstance(event, Started):
            inside = plan.scopes[""].start
            counts[inside] = 1
            marks.append(Mark("enter", inside))
        elif isinstance(event, Asked) and event.effect != "read":
            marks.append(Mark("change", "undo" if event.undoes else event.change))
        elif isinstance(event, Settled) and "/" not in event.step:
            marks.append(Mark("leave", event.step, event.outcome))
            inside = event.target
            if inside in ENDS:
                marks.append(Mark("end", inside))
                continue
            counts[inside] = counts.get(inside, 0) + 1
            if counts[inside] <= plan.steps[inside].visits:
                marks.append(Mark("enter", inside))
        elif isinstance(event, Opened):
            continue
    return marks


def contradicts(claim: Assertion, marks: Sequence[Mark]) -> bool:
    """Say whether a walk contradicts an assertion; shares nothing with the proof."""

    def left(point: str, mark: Mark) -> bool:
        step, _, outcome = point.partition(".")
        return mark.what == "leave" and mark.word == step and outcome in ("", mark.outcome)

    def happens(mark: Mark, change: str, step: str, end: str = "") -> bool:
        if change:
            return mark.what == "change" and change in ("any", mark.word)
        return mark == (Mark("enter", step) if step else Mark("end", end))

    if claim.before is not None:
        before = claim.before
        for mark in marks:
            if left(before.comes, mark):
                return False
            if happens(mark, before.change, before.step, before.end or ""):
                return True
        return False
    if claim.never is not None:
        never = claim.never
        behind = not never.after
        for mark in marks:
            if behind and happens(mark, never.change, never.step):
                return True
            behind = behind or left(never.after, mark)
        return False
    always = claim.always
    assert always is not None
    behind = not always.after
    for mark in marks:
        if behind and left(always.step, mark):
            return False
        if behind and mark.what == "end":
            return always.on in (None, mark.word)
        behind = behind or (bool(always.after) and left(always.after, mark))
    return False


def test_the_graph_and_the_core_cut_a_circle_at_the_same_visit() -> None:
    """The graph names a number of the core, which it may not import."""
    assert CIRCLE == PATIENCE


def test_the_graphs_hold_what_makes_runs_slow() -> None:
    """Parallels, watched actions and open questions are among those that are drawn."""
    kinds: set[str] = set()
    for seed in range(150):
        runbook, _, _ = Wide(Random(seed), False).drawn()
        for node in runbook.steps.values():
            kinds.add(node.step.kind)
            if isinstance(node.step, ActionStep) and node.step.watch:
                kinds.add("watch")
            if isinstance(node.step, ParallelStep):
                kinds.add(node.step.until)
    assert {"watch", "first", "any", "all", "runbook", "undo", "escalate", "ask"} <= kinds
