"""Random small runbooks and worlds, drawn by Hypothesis or from a seed."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Literal, cast

from engine.core.events import (
    Aborted,
    Answered,
    Asked,
    Ended,
    Event,
    HandedOver,
    Jumped,
    Noted,
    Person,
    Prompted,
    SeveritySet,
    Skipped,
    TimerStopped,
)
from engine.core.moves import Perform
from engine.core.plan import Plan, Request, make_plan
from engine.io.drivers.ledger import Ledger
from engine.io.people import Reply
from engine.kinds.actions.http import HttpAction
from engine.kinds.checks.tcp import TcpCheck
from engine.kinds.matchers import Matcher
from engine.kinds.nodes import BRANCH_ENDS, ENDS, Node
from engine.kinds.step import Step
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import Case, DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.parallel import Branch, ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import Soak, WaitStep
from engine.kinds.uses import ActionUse, CheckUse, Look, Retry, Undo
from engine.kinds.values import Duration
from engine.model.catalogue import Rule
from engine.model.loading import LoadedCatalogue
from engine.model.runbook import Runbook
from tests.core.play import ANN, ELI, catalogue

MIA = Person(name="mia", role="manager", identity="claimed")
ALIAS = Person(name=" ANN", role="engineer", identity="claimed")
STRANGER = Person(name="sam", role="support", identity="claimed")
PEOPLE = (ANN, ELI, MIA, ALIAS, STRANGER)
CHECK = CheckUse(kind=TcpCheck(tcp="db:1"), retry=Retry(times=1))
CONTROLS = "controls: {one: {http: 'http://control-1/'}, two: {http: 'http://control-2/'}}"


@cache
def base(controls: bool) -> LoadedCatalogue:
    """Return the catalogue of the tests, read once."""
    return catalogue(CONTROLS if controls else "")


@dataclass
class Graphs:
    """Draws runbooks. Calm ones depend on nothing but what was found: no deadline, no race, no deviation."""

    random: Random
    calm: bool
    library: dict[str, Runbook] = field(default_factory=dict)

    def plan(self) -> Plan:
        """Return a plan."""
        controls = not self.calm and self.random.random() < 0.3
        rules: list[Rule] = []
        for effect in ("change", "destroy"):
            consent = self.random.choice(["none", "none", "confirm", "approve", "refuse", ""])
            if consent:
                rules.append(
                    Rule(consent=cast(Literal["none"], consent), effects=(cast(Literal["change"], effect),))
                )
        known = dataclasses.replace(base(controls), policy=tuple(rules))
        top = self.runbook("top", 2)
        request = Request(run="INC-1", environment="test", operator_role=ANN.role)
        plan = make_plan(top, self.library.__getitem__, known, request)
        scale = 1.0 if self.calm else self.random.choice([1.0, 1.0, 7.0])
        return dataclasses.replace(plan, time_scale=scale)

    def runbook(self, name: str, depth: int) -> Runbook:
        """Return a runbook and put it into the library."""
        made = Runbook(
            runbook=name,
            title=name,
            severity="" if self.calm else self.random.choice(["", "SEV-1", "SEV-2"]),
            steps=self.there_and_back()
            if depth == 2 and self.random.random() < 0.2
            else self.graph(ENDS, depth),
            outputs={"seen": "${a.outcome}"},
        )
        self.library[name] = made
        return made

    def there_and_back(self) -> dict[str, Node]:
        """Return two actions and the undo of them all."""
        forth = [dataclasses.replace(self.action(), for_each=("m1", "m2")) for _ in range(2)]
        undo = Undo(kind=HttpAction(http="http://x/undo/${each}"), verify=self.random.choice([CHECK, None]))
        steps = [
            dataclasses.replace(
                one, action=dataclasses.replace(one.action, effect="change", undo=undo, irreversible="")
            )
            for one in forth
        ]
        return {
            "a": Node(step=steps[0], then={"done": "b", "failed": "c", "skipped": "b"}),
            "b": Node(step=steps[1], then={"done": "c", "failed": "c", "skipped": "c"}),
            "c": Node(
                step=UndoStep(), visits=2, then={"undone": "mitigated", "partly": "c", "limit": "escalated"}
            ),
        }

    def graph(self, ends: tuple[str, ...], depth: int) -> dict[str, Node]:
        """Return steps whose edges stay within them."""
        names = "abcde"[: self.random.randint(2, 5) if depth == 2 else self.random.randint(1, 2)]
        nodes: dict[str, Node] = {}
        for name in names:
            last = depth == 2 and name == names[-1] and self.random.random() < 0.5
            step = self.soak() if last else self.step(names, ends, depth)
            targets = [*names, *ends]
            then = {outcome: self.random.choice(targets) for outcome in (*step.outcomes(), "limit")}
            if last:
                then["held"] = "resolved"
            if (
                name != names[-1] and self.random.random() < 0.75
            ):  # so that later steps see what earlier ones did
                after = names[names.index(name) + 1]
                then |= dict.fromkeys(step.good or tuple(step.outcomes()), after)
            visits = self.random.choice([1, 1, 1, 2, 3])
            timed = not self.calm and isinstance(step, (AskStep, ActionStep)) and self.random.random() < 0.5
            timeout = Duration(60.0) if timed else None
            nodes[name] = Node(step=step, then=then, visits=visits, timeout=timeout)
        return nodes

    def step(self, names: str, ends: tuple[str, ...], depth: int) -> Step:
        """Return one step of any kind."""
        random = self.random
        kinds = [
            "check",
            "checks",
            *["action"] * 6,
            "pause",
            "soak",
            "ask",
            "decide",
            "notify",
            "undo",
            "undo",
        ]
        if not self.calm:
            kinds += ["escalate", "look"]
        if depth:
            kinds += ["parallel", "runbook", "runbook"]
        match random.choice(kinds):
            case "check":
                return CheckStep(check=CHECK)
            case "look":
                return CheckStep(check=dataclasses.replace(CHECK, look=Look(question="What is it?")))
            case "checks":
                after = dataclasses.replace(CHECK, after="x")
                return ChecksStep(
                    checks={"x": CHECK, "y": after, "z": dataclasses.replace(CHECK, exclusive="e")}
                )
            case "action":
                return self.action()
            case "pause":
                return WaitStep(wait=Duration(10.0))
            case "soak":
                return self.soak()
            case "ask":
                return AskStep(ask="What now?", options={"yes": "Yes", "no": "No"})
            case "decide":
                seen = {
                    f"{random.choice(names)}.outcome": Matcher(
                        random.choice(["done", "pass", "fail", "undone"])
                    )
                }
                rows = (
                    Case(
                        go=random.choice([*names, *ends]),
                        when=seen,
                        raises=random.choice(["", "SEV-1", "SEV-2"]),
                    ),
                )
                return DecideStep(decide=rows, otherwise=random.choice([*names, *ends]))
            case "notify":
                return NotifyStep(notify="engineer", text="${run.id} ${nothing.here}")
            case "escalate":
                return EscalateStep(escalate="manager", decision="Decide", within=Duration(30.0))
            case "undo":
                return UndoStep(undo=random.choice(["all", (random.choice(names),)]))
            case "parallel":
                until = "all" if self.calm else random.choice(["all", "any", "first"])
                branches = {name: Branch(steps=self.graph(BRANCH_ENDS, 0)) for name in "xy"}
                return ParallelStep(parallel=branches, until=cast(Literal["all"], until))
        name = f"sub{len(self.library)}-{random.randrange(10**6)}"
        self.runbook(name, 0)
        return RunbookStep(runbook=name)

    def soak(self) -> WaitStep:
        """Return a soak that mostly proves the recovery."""
        random = self.random
        soak = Soak(passes=random.choice([1, 3]), every=Duration(5.0), lasting=Duration(10.0))
        limit = Duration(3000.0) if self.calm else Duration(40.0)
        return WaitStep(until={"check": CHECK}, soak=soak, limit=limit, recovery=random.random() < 0.7)

    def action(self) -> ActionStep:
        """Return an action step of any effect."""
        random = self.random
        verify = CHECK if random.random() < 0.5 else None
        undo = Undo(kind=HttpAction(http="http://x/undo/${each}"), verify=verify)
        each = random.choice([None, ("m1", "m2", "m3")])
        if each is None:
            undo = dataclasses.replace(undo, kind=HttpAction(http="http://x/undo"))
        can_undo = random.random() < 0.8
        action = ActionUse(
            kind=HttpAction(http="http://x/do/${each}" if each else "http://x/do"),
            effect=random.choice(["change", "change", "change", "change", "destroy", "read"]),
            operation=random.choice(["restart-machine", "scale"]),
            repeatable=not self.calm and random.random() < 0.2,
            reconcile=CHECK if self.calm or random.random() < 0.5 else None,
            undo=undo if can_undo else None,
            irreversible="" if can_undo else "it is gone",
        )
        return ActionStep(action=action, for_each=each)


def chance(*words: object) -> float:
    """Return a number in [0, 1) that depends on the words alone."""
    text = "/".join(str(word) for word in words)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / 2**48


@dataclass
class Nature:
    """The world and its people: the same for every executor of a run, however often it dies.

    In a calm one each operation has one true outcome, which reconcile and verify tell too.
    """

    seed: int
    calm: bool
    ledger: Ledger | None = None
    performed: list[Asked] = field(default_factory=list)

    async def perform(self, move: Perform) -> Ended:
        """Return how the operation ends; now and then a person deviates meanwhile."""
        asked = move.asked
        self.performed.append(asked)
        if self.ledger is not None and not self.calm:
            self.deviate(self.ledger, asked)
        outcome, no_answer = self.truth(asked.what, asked.step, asked.visit, asked.item, asked.attempt)
        seconds = round(0.5 + 5 * chance(self.seed, "s", asked.operation), 3)
        return Ended(
            operation=asked.operation, outcome=outcome, why=outcome, seconds=seconds, no_answer=no_answer
        )

    def truth(self, what: str, step: str, visit: int, item: str, attempt: int) -> tuple[str, str]:
        """Return outcome and no_answer."""
        kind, _, rest = item.partition(".")
        if self.calm and kind in ("reconcile", "verify"):
            done = {"reconcile": f"do.{rest}", "verify": f"undo.{rest}"}[kind]
            told = self.truth("action", step, visit, done, 1)[0]
            return ("pass" if told == "done" else "fail"), ""
        dice = chance(self.seed, step, visit, item, "" if self.calm else attempt)
        if what == "message":
            return ("delivered" if dice < 0.7 else "undelivered"), ""
        if what == "action":
            shares = (
                [(0.7, "done"), (1.0, "failed")]
                if self.calm
                else [(0.7, "done"), (0.8, "failed"), (1.0, "unknown")]
            )
            return next(word for share, word in shares if dice < share), ""
        if dice < 0.75 or (self.calm and kind.isdigit() and int(kind) > 4):
            return "pass", ""
        if dice < 0.85 or self.calm:
            return "fail", ""
        return ("fail", "timeout") if dice < 0.93 else ("unknown", "")

    def reply(self, prompted: Prompted) -> Reply | None:
        """Return an answer of somebody, not always of the right one."""
        dice = chance(self.seed, prompted.prompt)
        if prompted.kind == "happened" and self.calm:
            step, _, visit = prompted.prompt.partition(".")[0].rpartition("#")
            kind = "undo" if prompted.item.removeprefix("happened.")[:1].isalpha() else "do"
            item = f"{kind}.{prompted.item.removeprefix('happened.')}"
            choice = self.truth("action", step, int(visit), item, 1)[0]
        else:
            keys = [option.key for option in prompted.options]
            choice = keys[0] if prompted.item == "consent" and dice < 0.6 else keys[int(dice * len(keys))]
        answer = Answered(prompt=prompted.prompt, choice=choice, digest=prompted.digest)
        if self.calm:
            return Reply(answer, ELI if prompted.kind == "approve" else ANN, 2.0)
        if dice > 0.9:
            return None
        right = ELI if prompted.kind == "approve" else ANN
        by = (
            PEOPLE[int(dice * 997) % len(PEOPLE)]
            if chance(self.seed, "who", prompted.prompt) < 0.25
            else right
        )
        return Reply(answer, by, 80.0 * chance(self.seed, "after", prompted.prompt))

    def deviate(self, ledger: Ledger, asked: Asked) -> None:
        """Let a person say something, sensible or not."""
        dice = chance(self.seed, "deviate", asked.operation)
        plan = ledger.state.plan
        if dice > 0.2 or plan is None:
            return
        steps = [visit.step for visit in ledger.state.visits.values() if not visit.end]
        step = steps[int(dice * 9973) % len(steps)] if steps else "a"
        events: list[Event] = [
            Skipped(step=step, reason="r"),
            Skipped(step=steps[0] if steps else "a", reason="r"),
            Jumped(step=step, target="abcd"[int(dice * 7919) % 4], reason="r"),
            Jumped(step=step, target="nowhere", reason="r"),
            Jumped(step=step, target="a/x/a", reason="r"),
            Aborted(reason="r"),
            SeveritySet(severity="SEV-1", why="r"),
            TimerStopped(timer="ladder", key="engineer", reason="r"),
            HandedOver(to=ELI, reason="r"),
            Answered(prompt="a#9.consent", choice="yes"),
            Noted(text="n"),
        ]
        ledger.record([events[int(dice * 1009) % len(events)]], ANN)
