"""What a plan reaches for, as far as it is known before a run."""

from __future__ import annotations

from dataclasses import replace

from engine.core.plan import Plan
from engine.kinds.actions.http import HttpAction
from engine.kinds.checks.command import CommandCheck
from engine.kinds.checks.http import HttpCheck
from engine.kinds.checks.sql import SqlCheck
from engine.kinds.checks.tcp import TcpCheck
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.uses import ActionUse, CheckUse, Undo
from engine.model.catalogue import Channel, McpServer
from engine.model.guards import Approver, Credential
from engine.views.reach import extras, hosts, programs
from tests.views.story import step

CHECKS = {
    "a": CheckUse(kind=HttpCheck(http="https://A.example/x?y=http://not.example/")),
    "b": CheckUse(kind=TcpCheck(tcp="b.example:99")),
    "c": CheckUse(kind=SqlCheck(sql="select 1", database="postgresql://u:${secrets.PW}@c.example/db")),
    "d": CheckUse(kind=SqlCheck(sql="select 1", database="${secrets.URL}")),
    "e": CheckUse(kind=HttpCheck(http="https://${inputs.app}.example/")),
    "f": CheckUse(kind=CommandCheck(command=("npx", "x"), read_only_because="it reads")),
    "g": CheckUse(
        kind=HttpCheck(http="http://[::1]:8080/"),
        by_hand="curl http://not.example/",
        link="http://not.example/",
    ),
}
ACTION = ActionUse(
    kind=HttpAction(http="http://do.example/"), undo=Undo(kind=HttpAction(http="http://undo.example:81/"))
)


def plan(**more: object) -> Plan:
    """A plan that reaches for many things."""
    steps = [
        step("look", "diagnose", ChecksStep(checks=CHECKS), {"pass": "x"}),
        step("do", "mitigate", ActionStep(action=ACTION), {"done": "x"}),
    ]
    base = Plan(
        run="X", runbook="x", title="X", environment="p", steps={one.path: one for one in steps}, scopes={}
    )
    return replace(base, **more)  # type: ignore[arg-type]


def test_hosts_are_read_from_kinds_servers_and_channels_and_nowhere_else() -> None:
    """Not from links, commands by hand or texts; not where only a run knows them."""
    found = hosts(
        plan(
            mcp={"m": McpServer(url="https://mcp.example/m")},
            channels={
                "w": Channel(type="webhook", url="${secrets.HOOK}"),
                "p": Channel(type="pagerduty", url="https://events.example", api_url="https://api.example"),
                "m": Channel(type="email", url="mailto://x@mail.example"),
            },
            controls={"c": CheckUse(kind=HttpCheck(http="http://control.example"))},
        )
    )
    assert [
        "[::1]:8080",
        "a.example:443",
        "api.example:443",
        "b.example:99",
        "c.example:5432",
        "control.example:80",
        "do.example:80",
        "events.example:443",
        "mcp.example:443",
        "undo.example:81",
    ] == [str(one) for one in found]


def test_programs_and_extras_are_known() -> None:
    """Of commands, servers, credentials, and signatures."""
    more = plan(
        mcp={"m": McpServer(command=("uvx", "server"))},
        credentials={"X": Credential(command=("vault", "read"))},
        people={
            "ann": Approver(
                role="manager",
                keys=("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",),
            )
        },
        channels={"m": Channel(type="email", url="mailto://x")},
    )
    assert ("npx", "ssh-keygen", "uvx", "vault") == programs(more)
    assert ("mcp", "asyncpg", "apprise") == extras(more)
    assert ("asyncpg",) == extras(plan())
