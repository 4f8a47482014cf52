"""A small run that views are tested on: a crash loop after a release, rolled back, proved, resolved.

`tell` drives the real virtual driver over a plan made here, with a performer that answers from a table
and people who answer from a script; tests change one of the three.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.core.events import Ended, Event, Happened, Person, Started
from engine.core.moves import Perform
from engine.core.plan import Plan, PlanStep, Scope
from engine.core.records import EvidenceRef
from engine.core.state import RunState
from engine.io.drivers.ledger import Ledger
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.journal.memory import MemoryJournal
from engine.io.people import Line, Script
from engine.kinds.actions.http import HttpAction
from engine.kinds.checks.http import HttpCheck
from engine.kinds.errors import Waiting
from engine.kinds.matchers import Matcher
from engine.kinds.step import Step
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import Case, DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.wait import Soak, WaitStep
from engine.kinds.uses import ActionUse, CheckUse, Look, Retry, Undo
from engine.kinds.values import Duration, Instant
from engine.kinds.verdicts import Seen
from engine.model.catalogue import Role, Rung, SeverityLevel
from engine.model.guards import Approver
from engine.model.runbook import Budgets

START = Instant.parse("2025-11-23T03:02:12Z")
ALERT = Instant.parse("2025-11-23T03:01:12Z")
MARA = Person(name="mara", role="reliability", identity="claimed", via="terminal")
ERIK = Person(name="erik", role="engineer", identity="proved", via="signature")


def check(name: str, **more: object) -> CheckUse:
    """A check of one page."""
    return CheckUse(kind=HttpCheck(http=f"https://agent.example/{name}"), title=name, **more)  # type: ignore[arg-type]


def change(name: str, **more: object) -> ActionUse:
    """A change by one request."""
    kind = HttpAction(http=f"https://machines.example/{name}")
    return ActionUse(kind=kind, title=name.replace("-", " "), operation=name, **more)  # type: ignore[arg-type]


BACK = Undo(kind=HttpAction(http="https://machines.example/deploy-again"), title="deploy v12 again")
CHECKS = {
    "health": check("health"),
    "openai": check("openai", weak="a status page is slow to admit anything"),
    "release": check("release"),
    "logs": check(
        "logs",
        look=Look(question="What do the logs say?", facts={"status": "The status?"}),
        retry=Retry(times=0),
    ),
}
ROWS = (
    Case(go="restart", when={"look.health.oom": Matcher.parse(True)}, why="out of memory"),
    Case(
        go="roll-back",
        when={"look.release.recent": Matcher.parse(True)},
        why="crash loop right after a release",
    ),
    Case(go="engineer", when={"look.logs.status": Matcher.parse(500)}, why="an error in the code"),
)
SOAK = WaitStep(
    until={"health": check("health")},
    soak=Soak(passes=3, every=Duration(30.0), lasting=Duration(60.0)),
    limit=Duration(600.0),
    recovery=True,
)
PAGE = EscalateStep(escalate="engineer", decision="Take over?", within=Duration(300.0))
SEVERITIES = {
    "SEV-1": SeverityLevel(
        meaning="down",
        respond=Duration(300.0),
        cadence=Duration(900.0),
        ladder=(Rung(role="reliability", after=Duration(0.0)), Rung(role="engineer", after=Duration(300.0))),
    ),
    "SEV-2": SeverityLevel(meaning="partly", respond=Duration(900.0), cadence=Duration(1800.0)),
}
ROLES = {
    "reliability": Role(level="L1", may=("roll-back", "restart-machine")),
    "engineer": Role(level="L2", may=("roll-back",), approves=("any",)),
}


def step(name: str, phase: str, kind: Step, routes: Mapping[str, str], **more: object) -> PlanStep:
    """One step of the root."""
    routes = {"skipped": next(iter(routes.values()), "engineer"), "limit": "engineer", **routes}
    title = name.replace("-", " ").capitalize()
    return PlanStep(
        path=name, scope="", name=name, title=title, phase=phase, step=kind, routes=routes, **more
    )  # type: ignore[arg-type]


def plan(**more: object) -> Plan:
    """The plan of the story."""
    every = dict.fromkeys(("pass", "fail", "unknown"), "cause")
    steps = [
        step("look", "diagnose", ChecksStep(checks=CHECKS), every),
        step("cause", "diagnose", DecideStep(decide=ROWS, otherwise="engineer"), {}),
        step(
            "roll-back",
            "mitigate",
            ActionStep(action=change("roll-back", undo=BACK)),
            {"done": "recovered", "failed": "engineer"},
        ),
        step(
            "restart",
            "mitigate",
            ActionStep(action=change("restart-machine", irreversible="a restart cannot be taken back")),
            {"done": "recovered", "failed": "engineer"},
        ),
        step("recovered", "verify", SOAK, {"held": "resolved", "limit": "engineer"}),
        step(
            "engineer",
            "close",
            PAGE,
            dict.fromkeys(("acknowledged", "unanswered", "undelivered"), "escalated"),
        ),
    ]
    base = Plan(
        people={
            "erik": Approver(
                role="engineer",
                keys=("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",),
            )
        },
        run="INC-20251123-030212",
        runbook="agent-sdk-down",
        title="Agent service does not answer",
        environment="production",
        steps={one.path: one for one in steps},
        scopes={"": Scope(path="", runbook="agent-sdk-down", start="look")},
        severity="SEV-1",
        owner="reliability",
        since=ALERT,
        service="agent-service",
        impact="Draft replies stop.",
        budgets=Budgets(diagnose=Duration(300.0), mitigate=Duration(600.0), verify=Duration(900.0)),
        severities=SEVERITIES,
        roles=ROLES,
    )
    return replace(base, **more)  # type: ignore[arg-type]


def ref(name: str) -> EvidenceRef:
    """A stored observation."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return EvidenceRef(f"evidence/{name}.txt", digest, 12, 12, digest, False)


def ended(outcome: str, why: str = "", **more: object) -> Ended:
    """How an operation ends; the performer fills in its name."""
    return Ended(operation="", outcome=outcome, why=why, **{"seconds": 2.0, **more})  # type: ignore[arg-type]


BAD = ended(
    "fail",
    "502 in 38.2s, empty body (status 502, wanted 200)",
    seconds=38.2,
    seen=(Seen("status", "200", "502", "fail"),),
    facts={"status": 502, "oom": False},
    evidence=(ref("health"),),
)
GOOD = ended("pass", "200 in 0.1s", seconds=0.1)
ANSWERS: Mapping[str, Sequence[Ended]] = {
    "look.health": [BAD],
    "look.openai": [ended("pass", "operational")],
    "look.release": [ended("pass", "v12 complete, 11m before the alert", facts={"recent": True})],
    "look.logs": [ended("unknown", "could not look: no log access", cannot="no log access")],
    "roll-back.do.0": [ended("done", "202 in 1.4s", seconds=60.0, evidence=(ref("roll-back"),))],
    "restart.do.0": [ended("done", "200", seconds=20.0)],
    "recovered": [GOOD],
    "engineer.page": [ended("delivered", "delivered by pagerduty", seconds=1.0)],
    "!ladder": [ended("delivered", "delivered by pagerduty", seconds=1.0)],
    "!control": [ended("pass", "200", seconds=0.2)],
    "!message": [ended("delivered", "delivered by pagerduty", seconds=0.0)],
    "!proof": [ended("pass", "the signature holds", seconds=0.0)],
}
PEOPLE = (
    Line("cannot", item="look", after=20.0, person=MARA),
    Line("yes", step="roll-back", item="consent", after=30.0, person=MARA, reason="v11 ran six days"),
    Line("yes", step="restart", item="consent", after=30.0, person=MARA),
    Line("ack", item="ack", after=40.0, person=ERIK),
)


@dataclass(slots=True)
class Table:
    """A performer that answers from a table, in order; the last answer is repeated."""

    answers: Mapping[str, Sequence[Ended]]
    _given: dict[str, int] = field(default_factory=dict)

    async def perform(self, move: Perform) -> Ended:
        """Return the next answer for `step.item`, or for the step."""
        asked = move.asked
        key = f"{asked.step}.{asked.item}"
        key = key if key in self.answers else asked.step
        key = f"!{asked.what}" if key not in self.answers else key
        number = self._given.get(key, 0)
        self._given[key] = number + 1
        answers = self.answers[key]
        return replace(answers[min(number, len(answers) - 1)], operation=asked.operation)


def tell(
    answers: Mapping[str, Sequence[Ended]] | None = None,
    people: Sequence[Line] = PEOPLE,
    of: Plan | None = None,
    said: Sequence[tuple[float, Event, Person]] = (),
    operator: Person = MARA,
    drill: str = "",
) -> tuple[Happened, ...]:
    """Run the story and return its journal; `said` is what people append so many seconds after the start."""
    the_plan = of or plan()
    heard: list[Happened] = []

    def hear(happened: Happened, state: RunState) -> None:
        heard.append(happened)

    clock = VirtualClock(START)
    ledger = Ledger(MemoryJournal(), clock.now, clock.monotonic, watchers=[hear])
    ledger.record(
        [Started(plan=the_plan, digest=the_plan.digest(), engine="0.1.0", operator=operator, drill=drill)],
        operator,
    )
    driver = VirtualDriver(ledger, clock, Table({**ANSWERS, **(answers or {})}), Script(people))
    for after, event, by in said:
        driver._later(START.after(after), event, by)
    try:
        driver.run()
    except Waiting:
        pass
    return tuple(heard)
