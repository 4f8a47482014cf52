"""A small workspace whose pages the tests of the outline, the Markdown and the picture share."""

from __future__ import annotations

from collections.abc import Mapping

from engine.kinds.actions.fly_image import FlyImageAction
from engine.kinds.actions.http import HttpAction
from engine.kinds.checks.fly_machines import FlyMachinesCheck
from engine.kinds.checks.fly_releases import FlyReleasesCheck
from engine.kinds.checks.http import HttpCheck
from engine.kinds.matchers import Matcher
from engine.kinds.nodes import Node
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
from engine.kinds.uses import ActionUse, CheckUse, Look, Undo
from engine.kinds.values import Duration
from engine.model.catalogue import (
    Catalogue,
    Environment,
    McpServer,
    Role,
    Rule,
    Rung,
    Service,
    SeverityLevel,
)
from engine.model.runbook import Budgets, Input, Runbook, Trigger


def lasting(text: str) -> Duration:
    """Read a duration."""
    return Duration.parse(text)


def want(**expect: object) -> Mapping[str, Matcher]:
    """Read expectations by subject."""
    return {name: Matcher.parse(data) for name, data in expect.items()}


def catalogue(**more: object) -> Catalogue:
    """Return the catalogue of a shop with production, staging and a sandbox."""
    parts: dict[str, object] = {
        "environments": {
            "sandbox": Environment(real=False, drills=True),
            "production": Environment(variables={"dashboard": "https://dash.example.com"}),
            "staging": Environment(real=False, variables={"dashboard": "https://dash.staging.example.com"}),
        },
        "services": {
            "shop": Service(
                description="Takes orders",
                owner="reliability",
                environments={
                    "production": {"url": "https://shop.example.com", "app": "shop-prod"},
                    "staging": {"url": "https://shop.staging.example.com", "app": "shop-staging"},
                    "sandbox": {"url": "${sandbox.shop}", "app": "shop"},
                },
                links={"Dashboard": "https://dash.example.com/d/shop?a=1&b=(2)"},
            )
        },
        "mcp": {"fly": McpServer(url="${secrets.FLY_MCP_URL}", tools=("fly-machine-list",))},
        "roles": {
            "reliability": Role(
                title="First on call",
                level="L1",
                may=("restart-machine", "roll-back"),
                may_not="change code",
                escalate_when="it persists, or you are unsure",
            ),
            "engineer": Role(
                level="L2",
                approves=("change-secrets",),
                contact="service <pager>, or # incidents",
                within=lasting("10m"),
            ),
            "manager": Role(level="L3", approves=("any",)),
        },
        "severities": {
            "SEV-1": SeverityLevel(
                meaning="down",
                respond=lasting("5m"),
                cadence=lasting("15m"),
                ladder=(
                    Rung(role="reliability", after=lasting("0s")),
                    Rung(role="manager", after=lasting("5m")),
                ),
                aliases=("P0",),
            ),
            "SEV-2": SeverityLevel(
                meaning="partly down",
                respond=lasting("15m"),
                cadence=lasting("30m"),
                ladder=(
                    Rung(role="reliability", after=lasting("0s")),
                    Rung(role="engineer", after=lasting("15m")),
                ),
            ),
        },
    }
    return Catalogue(**{**parts, **more})  # type: ignore[arg-type]  # the fields of this very class


def health() -> CheckUse:
    """Return a check with everything an author may say about one."""
    return CheckUse(
        kind=HttpCheck(http="${service.url}/health"),
        title="Health endpoint",
        expect=want(status=200, seconds={"lt": "10s"}),
        timeout=lasting("25s"),
        hint="The process is *gone*, or <b>hangs</b>: see https://shop.example.com/doc_s.",
        link="${env.dashboard}/health",
    )


def small(**more: object) -> Runbook:
    """Return a runbook of one check and one change."""
    parts: dict[str, object] = {
        "runbook": "shop-down",
        "title": "The shop does not answer",
        "service": "shop",
        "severity": "SEV-2",
        "owner": "reliability",
        "reviewed": "2025-10-13",
        "epoch": "2025.10.E1",
        "meaning": "Nobody can order.\n\n- A *quiet* queue is no proof.",
        "impact": "All customers.",
        "symptoms": ("502 from the edge",),
        "triggers": (Trigger(alert="ShopDown", expr='up{job="shop"} == 0', lasting=lasting("5m")),),
        "budgets": Budgets(diagnose=lasting("5m")),
        "steps": {
            "health": Node(
                step=CheckStep(check=health()),
                title="Does it answer?",
                then={"pass": "false-alarm", "fail": "restart", "unknown": "restart"},
            ),
            "restart": Node(
                step=ActionStep(action=restart()), title="Restart it", phase="mitigate", then={"done": "held"}
            ),
            "held": Node(
                step=WaitStep(
                    until={"health": health()},
                    soak=Soak(passes=5, every=lasting("30s"), lasting=lasting("10m")),
                    recovery=True,
                ),
                title="Five good answers in a row",
                phase="verify",
                then={"held": "resolved"},
            ),
        },
    }
    return Runbook(**{**parts, **more})  # type: ignore[arg-type]  # the fields of this very class


def restart() -> ActionUse:
    """Return a restart by HTTP, with a credential."""
    return ActionUse(
        kind=HttpAction(
            http="${service.url}/restart",
            headers={"Authorization": "Bearer ${secrets.SHOP_TOKEN}"},
        ),
        operation="restart-machine",
        reconcile=CheckUse(kind=HttpCheck(http="${service.url}/health")),
        irreversible="a restart cannot be taken back",
    )


def large() -> Runbook:
    """Return a runbook with every kind of step."""
    machines = CheckUse(kind=FlyMachinesCheck(fly_machines="${service.app}"), title="Machines")
    vendor = CheckUse(
        kind=HttpCheck(http="https://status.example.com"),
        weak="vendors report late",
        look=Look(
            question="Is the vendor's page green?",
            link="https://status.example.com",
            command="curl '${service.url}'/status",
            facts={"colour": "green, if it says so; red, if it says <b>anything</b> else", "age": "its date"},
        ),
        after="machines",
    )
    releases = CheckUse(kind=FlyReleasesCheck(fly_releases="${service.app}", since="${run.since}"))
    roll_back = ActionUse(
        kind=FlyImageAction(
            fly_image="${service.app}", image="${look.releases.previous.image}", machine="${each}"
        ),
        title="Put the last good image back",
        operation="roll-back",
        undo=Undo(
            kind=FlyImageAction(
                fly_image="${service.app}", image="${look.releases.newest.image}", machine="${each}"
            ),
            title="deploy the new image again",
            verify=health(),
        ),
    )
    probe = Node(step=CheckStep(check=health()), then={"pass": "pass"})
    steps = {
        "look": Node(
            step=ChecksStep(checks={"machines": machines, "vendor": vendor, "releases": releases}),
            why="Machines first: a probe would *wake* one.",
            then={"pass": "cause", "fail": "cause", "unknown": "cause"},
            budget=lasting("60s"),
        ),
        "cause": Node(
            step=DecideStep(
                decide=(
                    Case(
                        go="roll-back",
                        when=want(**{"look.machines.cause": "crash-loop", "look.releases.recent": True}),
                        raises="SEV-1",
                        why="a release **broke** it",
                    ),
                    Case(
                        go="database",
                        any=(want(**{"look.machines.exit_code": 137}), want(**{"look.vendor": "fail"})),
                    ),
                ),
                otherwise="complain",
            )
        ),
        "complain": Node(
            step=AskStep(
                ask="Do users still complain?",
                options={"yes": "They do", "no": "All quiet"},
                role="reliability",
            ),
            then={"yes": "both", "no": "false-alarm"},
            timeout=lasting("5m"),
            visits=3,
        ),
        "both": Node(
            step=ParallelStep(
                parallel={"inside": Branch(steps={"probe": probe}), "outside": Branch(steps={"probe": probe})}
            ),
            then={"pass": "pause"},
        ),
        "roll-back": Node(
            step=ActionStep(action=roll_back, for_each="${look.machines.ids}"),
            phase="mitigate",
            then={"done": "pause", "failed": "back-out"},
        ),
        "database": Node(
            step=RunbookStep(runbook="database", inputs={"since": "${run.since}"}), then={"resolved": "pause"}
        ),
        "pause": Node(step=WaitStep(wait=lasting("60s")), phase="verify", then={"held": "tell"}),
        "tell": Node(
            step=NotifyStep(notify="engineer", text="Answer customers by hand | until noon"),
            then={"sent": "mitigated"},
        ),
        "back-out": Node(step=UndoStep(), phase="mitigate", then={"undone": "engineer"}),
        "engineer": Node(
            step=EscalateStep(escalate="engineer", decision="Fix the tool schema"),
            phase="close",
            then={"acknowledged": "escalated"},
        ),
    }
    return small(steps=steps, inputs={"order": Input(title="An order that fails", required=True)})


def database() -> Runbook:
    """Return a runbook that another one calls."""
    return small(
        runbook="database",
        title="The database is away",
        kind="operation",
        service="",
        inputs={"since": Input(required=True)},
        steps={
            "look": Node(
                step=CheckStep(check=CheckUse(kind=HttpCheck(http="https://db.example.com"))),
                then={"pass": "resolved"},
            )
        },
    )


def library(name: str) -> Runbook:
    """Find a runbook that another one calls."""
    return {"database": database()}[name]


NEVER = Rule(consent="refuse", operations=("roll-back",), environments=("staging",), why="staging is shared")
