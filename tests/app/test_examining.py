"""`doctor`: everything is looked at, nothing is changed, no value is shown, and no look ends the others."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from pathlib import Path

import pytest

from engine.app.catalogue_health import of_catalogue
from engine.app.examined import AREAS, Examined, in_order
from engine.app.examining import Examination, _by_deadline, _in_thread, examine
from engine.app.pinning import Pin, ServerPins
from engine.app.probing import clock, dialled, disk, send_test, server, tool
from engine.app.workspace import Workspace
from engine.cli.program import run as run_words
from engine.core.plan import Plan, make_plan
from engine.io.state_folder import StateFolder
from engine.io.world.guard import Guard
from engine.io.world.secrets import Secrets
from engine.kinds.checks.http import HttpCheck
from engine.kinds.errors import UsageError
from engine.kinds.ports import (
    CannotLook,
    CommandReply,
    CommandRequest,
    HttpReply,
    HttpRequest,
    Message,
    NoAnswer,
    Output,
)
from engine.kinds.uses import CheckUse
from engine.kinds.values import Duration, Instant
from engine.model.catalogue import Catalogue, Channel, McpServer, Role, Rung, SeverityLevel
from engine.model.guards import Window
from engine.model.runbook import Runbook
from engine.views.reach import Host
from tests.cli.conftest import Service
from tests.patience import PATIENCE

CONTACT = ("level: L1,", "level: L1, contact: the desk,")
NOW = Instant.parse("2025-11-23T03:05:22Z")
TOKEN = "fo1_Zk3-9qLw8xYv7bN2mT"


def lines(found: Iterable[Examined], area: str) -> dict[str, Examined]:
    """Return what was found in one area, by name."""
    return {one.name: one for one in found if one.area == area}


def looked(workspace: Workspace, **more: object) -> tuple[Examined, ...]:
    """Examine production."""
    return examine(Examination(workspace=workspace, environment="production", **more))  # type: ignore[arg-type]


def added(root: Path, text: str, old: str = "", new: str = "") -> None:
    """Add to the catalogue."""
    path = root / "runbooks/catalogue/all.yaml"
    path.write_text(path.read_text().replace(old, new) + text if old else path.read_text() + text)


def test_a_small_workspace_is_looked_at_from_every_side(
    workspace: Workspace, root: Path, service: Service
) -> None:
    """Runbooks, hosts, channels, contacts, templates, zones, clock, disk and git, in that order."""
    added(root, "controls: {first: {http: '" + service.url + "/health'}}\n", *CONTACT)
    found = looked(workspace)
    assert "runbook host channel contact template clock zone disk git".split() == list(
        dict.fromkeys(one.area for one in found)
    )
    assert ["warn"] == [one.state for one in found if one.state != "ok"], found
    place = service.url.removeprefix("http://")
    assert lines(found, "host")[place].said.startswith("connected in ")
    assert lines(found, "host")[place].said.endswith("ms; needed by web-down")
    assert "can be planned; nobody has reviewed it" == lines(found, "runbook")["web-down"].said
    assert [] == service.posts
    assert not (root / "state").exists()


@pytest.mark.parametrize(
    ("value", "state"),
    [(None, "missing"), ("<your-token>", "placeholder"), ("abc", "too short"), (TOKEN, "present")],
)
def test_the_state_of_a_credential_is_told_and_never_its_value(
    value: str | None, state: str, workspace: Workspace, root: Path
) -> None:
    """With where it comes from, and which runbooks need it."""
    path = root / "runbooks/incidents/web-down.yaml"
    path.write_text(
        path.read_text().replace("timeout: 1m}", "timeout: 1m, headers: {a: '${secrets.FLY}'}}", 1)
    )
    environ = {**workspace.environ, **({"FLY": value} if value else {})}
    found = looked(replace(workspace, environ=environ))
    told = lines(found, "credential")["FLY"]
    assert told.said.startswith(state)
    assert told.said.endswith("needed by web-down")
    assert ("ok" if state == "present" else "FAIL") == told.state
    assert (state != "present") == bool(told.do)
    assert value is None or value not in repr(found)
    if state == "present":
        assert "from environment" in told.said


def test_an_env_file_is_a_source_and_its_path_is_told(workspace: Workspace, root: Path) -> None:
    """The vault's file, whose value is not shown."""
    added(
        root,
        "credentials: {FLY: {file: vault/fly.env}}\n",
        "  desk:",
        "  fly: {type: webhook, url: '${secrets.FLY}'}\n  desk:",
    )
    (root / "vault").mkdir()
    (root / "vault/fly.env").write_text(f"FLY=https://hooks.invalid/{TOKEN}\n")
    (root / "vault/fly.env").chmod(0o644)
    found = looked(workspace)
    assert "present, from vault/fly.env; needed by web-down" == lines(found, "credential")["FLY"].said
    assert "warn" == lines(found, "credential")["files"].state
    assert "webhook; its address is a secret; nothing was sent" == lines(found, "channel")["fly"].said
    assert TOKEN not in repr(found)


def test_in_an_environment_for_drills_credentials_are_made_up(workspace: Workspace, root: Path) -> None:
    """No real one is asked for."""
    added(root, "", "  desk:", "  fly: {type: webhook, url: '${secrets.FLY}'}\n  desk:")
    found = examine(Examination(workspace=workspace, environment="practice"))
    assert "made up for drills; needed by web-down" == lines(found, "credential")["FLY"].said


def test_a_broken_runbook_is_one_line_and_the_others_are_looked_at(workspace: Workspace, root: Path) -> None:
    """Nobody learns at three in the morning that a file of somebody else's stopped the check."""
    (root / "runbooks/incidents/broken.yaml").write_text("runbook: broken\ntitle: x\nsteps: 3\n")
    (root / "runbooks/incidents/odd.yaml").write_text("runbook: odd\ntitle: [\n")
    runbooks = lines(looked(workspace), "runbook")
    assert ["FAIL", "FAIL", "warn"] == [runbooks[name].state for name in ("broken", "odd", "web-down")]
    assert runbooks["broken"].said.startswith("runbooks/incidents/broken.yaml:3: ")
    assert "`runbook check broken` shows all of it" == runbooks["broken"].do


def test_a_broken_catalogue_leaves_the_disk_and_templates(workspace: Workspace, root: Path) -> None:
    """No plan, no host: but a line that says so."""
    added(root, "wrong: 1\n")
    found = examine(Examination(workspace=workspace, environment="production"))
    assert "FAIL" == lines(found, "workspace")["catalogue"].state
    assert "template" in {one.area for one in found}


def test_a_runbook_that_needs_inputs_is_planned_without(workspace: Workspace, root: Path) -> None:
    """What only an incident knows is left open: its host is not guessed."""
    path = root / "runbooks/incidents/web-down.yaml"
    text = path.read_text().replace(
        "symptoms:", "inputs: {app: {required: true, pattern: '[a-z]+'}}\nsymptoms:"
    )
    path.write_text(text.replace("${service.url}/vendor", "http://${inputs.app}.invalid/"))
    found = looked(workspace)
    assert "warn" == lines(found, "runbook")["web-down"].state
    assert [] == [name for name in lines(found, "host") if "invalid" in name]


@pytest.mark.parametrize(
    ("reviewed", "state", "says"),
    [
        ("2001-01-01", "warn", "expired on 2001-01-08"),
        (f"{NOW.utc():%Y}-01-01", "warn", "expired"),
        ("", "warn", "nobody"),
    ],
)
def test_a_runbook_past_its_review_is_told(
    reviewed: str, state: str, says: str, workspace: Workspace, root: Path
) -> None:
    """With what to do."""
    path = root / "runbooks/incidents/web-down.yaml"
    if reviewed:
        path.write_text(path.read_text().replace("owner: manager", f"owner: manager\nreviewed: {reviewed}"))
    told = lines(looked(workspace), "runbook")["web-down"]
    assert state == told.state
    assert says in told.said
    assert told.do


def test_a_host_that_refuses_and_one_that_is_not_listed_fail(
    workspace: Workspace, root: Path, service: Service
) -> None:
    """The second is not even connected to."""
    with socket.socket() as listening, socket.socket() as closed:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        closed.bind(("127.0.0.1", 0))  # nobody listens
        open_port, dead_port = listening.getsockname()[1], closed.getsockname()[1]
        path = root / "runbooks/incidents/web-down.yaml"
        text = path.read_text().replace("${service.url}/vendor", f"http://127.0.0.1:{dead_port}/")
        path.write_text(text.replace("symptoms:", "symptoms:"))
        added(root, f"controls: {{far: {{http: 'http://127.0.0.1:{open_port}/'}}}}\n")
        added(root, f"guards: {{access: {{hosts: ['127.0.0.1:{dead_port}']}}}}\n")
        hosts = lines(looked(workspace, deadline=5.0), "host")
        with pytest.raises(BlockingIOError):
            listening.accept()
    refused, unlisted = hosts[f"127.0.0.1:{dead_port}"], hosts[f"127.0.0.1:{open_port}"]
    assert ("FAIL", "FAIL") == (refused.state, unlisted.state)
    assert "refused" in refused.said
    assert "(guards.access.hosts)" in unlisted.said


def test_without_probing_nobody_is_connected_to(workspace: Workspace, root: Path) -> None:
    """And what was not asked is not claimed."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        port = listening.getsockname()[1]
        added(root, f"controls: {{far: {{http: 'http://127.0.0.1:{port}/'}}}}\n")
        found = looked(workspace, probe=False)
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert "allowed, not connected to; needed by web-down" == lines(found, "host")[f"127.0.0.1:{port}"].said
    assert {} == lines(found, "clock")


def test_a_test_message_goes_out_only_where_its_role_is_named(workspace: Workspace, service: Service) -> None:
    """To the role's channel; an unknown role is told."""
    looked(workspace)
    assert [] == service.posts
    told = lines(looked(workspace, send_test="manager"), "channel")["test to manager"]
    assert ("ok", ["/page"]) == (told.state, service.posts)
    wrong = lines(looked(workspace, send_test="mangaer"), "channel")["test to mangaer"]
    assert ("FAIL", ["/page"]) == (wrong.state, service.posts)
    assert (
        "reliability has no channel"
        in lines(looked(workspace, send_test="reliability"), "channel")["test to reliability"].said
    )


def test_what_was_asked_wrongly_is_a_usage_error(workspace: Workspace) -> None:
    """A runbook or an environment that is not there, with what was meant."""
    for asked in (
        Examination(workspace=workspace, environment="prodution"),
        Examination(workspace=workspace, environment="production", runbook="web-donw"),
        Examination(workspace=workspace),
    ):
        with pytest.raises(UsageError) as caught:
            examine(asked)
        assert caught.value.hint


@pytest.mark.parametrize(("ignored", "state"), [(True, "ok"), (False, "FAIL")])
def test_a_state_folder_that_git_would_commit_fails(
    ignored: bool, state: str, workspace: Workspace, root: Path
) -> None:
    """What runs saw does not belong into a repository."""
    subprocess.run(["git", "init", "-q", str(root)], check=True, env={**os.environ, "HOME": str(root)})
    (root / ".gitignore").write_text("state/\n" if ignored else "other/\n")
    told = lines(looked(workspace, probe=False), "git")["state folder"]
    assert state == told.state, told
    assert ("" if ignored else "add state/ to .gitignore") == told.do


# One look each


@dataclass
class FakeWorld:
    """A world that answers as told."""

    reply: HttpReply | Exception = field(default_factory=lambda: NoAnswer("timeout", "nothing came", 2.0))
    delivered: Exception | None = None
    sent: list[Message] = field(default_factory=list)
    started: list[CommandRequest] = field(default_factory=list)
    dialled: Exception | None = None

    @property
    def http(self) -> FakeWorld:
        return self

    tcp = tell = commands = mcp = http

    async def send(self, asked: HttpRequest | Message) -> object:
        if isinstance(asked, Message):
            self.sent.append(asked)
            if self.delivered:
                raise self.delivered
            return "receipt"
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply

    async def dial(self, host: str, port: int, timeout: float) -> float:
        if self.dialled:
            raise self.dialled
        return 0.012

    async def run(self, request: CommandRequest) -> CommandReply:
        self.started.append(request)
        return CommandReply(0, Output(b"node v20.1.0\nmore\n"), Output(), 0.1)


PLAN = Plan(
    run="X",
    runbook="x",
    title="X",
    environment="production",
    steps={},
    scopes={},
    controls={"a": CheckUse(kind=HttpCheck(http="https://probe.example/"))},
    roles={"manager": Role(channel="desk"), "owner": Role()},
    channels={"desk": Channel(type="pagerduty", url="https://x.invalid", routing_key="k")},
)


@pytest.mark.parametrize(
    ("skew", "state", "says"),
    [(0, "ok", "within 5s"), (4, "ok", "within 5s"), (60, "warn", "60s ahead"), (-90, "warn", "s behind")],
)
def test_a_clock_that_is_off_is_told(skew: int, state: str, says: str) -> None:
    """Against the Date header of a control probe."""
    reply = HttpReply(200, {"date": formatdate(NOW - skew, usegmt=True)}, b"", 0.0)
    (told,) = asyncio.run(clock(PLAN, FakeWorld(reply), lambda: NOW))  # type: ignore[arg-type]
    assert state == told.state
    assert says in told.said


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (NoAnswer("timeout", "nothing came", 2.0), "nothing to compare it with"),
        (CannotLook("no"), "nothing to compare it with"),
        (HttpReply(200, {}, b"", 0.0), "has no date"),
        (HttpReply(200, {"date": "soon"}, b"", 0.0), "has no date"),
    ],
)
def test_a_clock_without_a_witness_is_unknown(reply: HttpReply | Exception, says: str) -> None:
    """Never well for want of an answer."""
    (told,) = asyncio.run(clock(PLAN, FakeWorld(reply), lambda: NOW))  # type: ignore[arg-type]
    assert "?" == told.state
    assert says in told.said
    (none,) = asyncio.run(clock(replace(PLAN, controls={}), FakeWorld(reply), lambda: NOW))  # type: ignore[arg-type]
    assert ("?", "no control probe over HTTP to compare it with") == (none.state, none.said)


def test_a_program_is_asked_for_its_version_only_where_that_is_all_it_does(
    workspace: Workspace, tmp_path: Path
) -> None:
    """A script of one's own could do anything when it is started."""
    for name in ("node", "restart-everything"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    here = replace(workspace, environ={"PATH": str(tmp_path)})
    world = FakeWorld()
    (node,) = asyncio.run(tool("node", "x", world, here))  # type: ignore[arg-type]
    assert f"{tmp_path}/node, node v20.1.0; needed by x" == node.said
    (own,) = asyncio.run(tool("restart-everything", "x", world, here))  # type: ignore[arg-type]
    assert ("ok", f"{tmp_path}/restart-everything; needed by x") == (own.state, own.said)
    assert [("node", "--version")] == [one.argv for one in world.started]
    (gone,) = asyncio.run(tool("flyctl", "x", world, here))  # type: ignore[arg-type]
    assert ("FAIL", "install flyctl") == (gone.state, gone.do)
    (path,) = asyncio.run(tool("./none.sh", "x", world, here))  # type: ignore[arg-type]
    assert "FAIL" == path.state


def test_a_test_page_is_closed_again() -> None:
    """An incident that nobody has to work on."""
    world = FakeWorld()
    (told,) = asyncio.run(send_test("manager", PLAN, world, NOW))  # type: ignore[arg-type]
    assert "ok" == told.state
    assert ["trigger", "resolve"] == [one.action for one in world.sent]
    assert 1 == len({one.dedup_key for one in world.sent})
    lost = FakeWorld(delivered=CannotLook("401"))
    (told,) = asyncio.run(send_test("desk", PLAN, lost, NOW))  # type: ignore[arg-type]
    assert ("FAIL", "not delivered: 401", 1) == (told.state, told.said, len(lost.sent))


@pytest.mark.parametrize("fault", [NoAnswer("refused", "refused", 0.0), CannotLook("a metadata address")])
def test_a_host_without_an_answer_fails_with_what_to_do(fault: Exception) -> None:
    """Whatever the reason."""
    told = asyncio.run(dialled(Host("a.invalid", 443), "x", FakeWorld(dialled=fault)))  # type: ignore[arg-type]
    assert "FAIL" == told.state
    assert told.do


@pytest.mark.parametrize(
    ("found", "states"),
    [
        (StateFolder(True, 10**12), ["ok"]),
        (StateFolder(False, 10**12), ["ok"]),
        (StateFolder(True, 10**8), ["warn"]),
        (StateFolder(True, 10**6), ["FAIL"]),
        (StateFolder(True, 10**12, "a lock keeps nobody out"), ["FAIL"]),
        (StateFolder(True, 10**12, "", "nfs4"), ["ok", "warn"]),
    ],
)
def test_a_disk_is_judged(found: StateFolder, states: list[str]) -> None:
    """Room, locks, and where it lies."""
    assert states == [one.state for one in disk(Path("/x"), found)]


# The deadline


def test_a_look_that_hangs_or_breaks_is_one_line() -> None:
    """The others are told as they are."""

    async def well() -> Iterable[Examined]:
        return (Examined("host", "a", "ok", "fine"),)

    async def hangs() -> Iterable[Examined]:
        await asyncio.Event().wait()
        return ()

    async def breaks() -> Iterable[Examined]:
        raise ZeroDivisionError("token=secret")

    async def refused() -> Iterable[Examined]:
        raise UsageError("no such thing")

    async def all_of_them() -> list[Examined]:
        looks = {
            ("host", "a"): well(),
            ("host", "b"): hangs(),
            ("mcp", "c"): breaks(),
            ("mcp", "d"): refused(),
        }
        return await _by_deadline(looks, 0.05)

    assert [
        ("a", "ok", "fine"),
        ("b", "?", "no answer within 0s"),
        ("c", "?", "a fault of ours: ZeroDivisionError"),
        ("d", "?", "no such thing"),
    ] == [(one.name, one.state, one.said) for one in asyncio.run(all_of_them())]


def test_a_disk_that_hangs_is_left_behind() -> None:
    """A dead network mount holds up neither the answer nor the end of the program."""
    let_go = threading.Event()
    began = time.monotonic()
    assert None is asyncio.run(_in_thread(let_go.wait, 0.05))
    assert time.monotonic() - began < PATIENCE
    let_go.set()

    def fails() -> None:
        raise OSError("x")

    with pytest.raises(OSError, match="x"):
        asyncio.run(_in_thread(fails, 5.0))


# The catalogue


def test_channels_and_contacts_are_told_where_nobody_could_be_reached() -> None:
    """Addresses that are none, placeholders, roles without any way."""
    channels = {
        "hook": Channel(type="webhook", url="hooks.invalid/x"),
        "mail": Channel(type="email", url="ops at example"),
        "page": Channel(type="pagerduty", url="https://events.invalid"),
        "slack": Channel(type="slack", url="https://hooks.example.com/x"),
        "good": Channel(type="slack", url="https://hooks.invalid/x", fallback="none"),
        "well": Channel(type="webhook", url="${secrets.HOOK}"),
    }
    roles = {
        "a": Role(contact="call <phone-list>"),
        "b": Role(),
        "c": Role(contact="the desk"),
        "d": Role(),
        "e": Role(channel="well"),
    }
    level = SeverityLevel(meaning="x", respond=Duration(60.0), ladder=(Rung(role="d", after=Duration(0.0)),))
    windows = {"w": Window(days=("mon",), start="09:00", end="17:00", zone="Europe/Paris")}
    catalogue = Catalogue(channels=channels, roles=roles, severities={"SEV-1": level}, windows=windows)
    found = list(of_catalogue(catalogue, channels))
    assert {
        "hook": "FAIL",
        "mail": "FAIL",
        "page": "FAIL",
        "slack": "warn",
        "good": "FAIL",
        "well": "ok",
    } == {name: one.state for name, one in lines(found, "channel").items()}
    assert {"a": "warn", "b": "warn", "c": "ok", "d": "FAIL", "e": "ok"} == {
        name: one.state for name, one in lines(found, "contact").items()
    }
    assert {"UTC": "ok", "Europe/Paris": "ok"} == {
        name: one.state for name, one in lines(found, "zone").items()
    }
    assert all(one.do for one in found if one.state != "ok")


def test_what_is_found_is_told_in_one_order() -> None:
    """By area, then by name."""
    found = [Examined(area, name, "ok", "") for area in reversed(AREAS) for name in "ba"]
    assert [(area, name) for area in AREAS for name in "ab"] == [
        (one.area, one.name) for one in in_order(found)
    ]


# The command


@pytest.fixture
def typed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's environment is that of the small workspace."""
    monkeypatch.chdir(workspace.root)
    for name, value in workspace.environ.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("typed")
def test_the_command_says_one_line_each_and_exit_1(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As text and as data; and 0 where all is well."""
    added(root, "", *CONTACT)
    assert 1 == run_words(("doctor", "--env", "production", "--no-probe"))
    said = capsys.readouterr().out.splitlines()
    assert any(
        line.startswith("warn  runbook     web-down: can be planned; nobody has reviewed it → ")
        for line in said
    )
    assert said[-1].endswith(" ok")
    assert f"{len(said) - 1} looked at: 0 FAIL, 1 warn, 0 ?, {len(said) - 2} ok" == said[-1]
    path = root / "runbooks/incidents/web-down.yaml"
    path.write_text(
        path.read_text().replace(
            "owner: manager", "owner: manager\nreviewed: 2001-01-01\nreview_every: 36000d"
        )
    )
    assert 0 == run_words(("doctor", "web-down", "--env", "production", "--no-probe", "--output", "json"))
    told = json.loads(capsys.readouterr().out)
    assert told["ok"]
    assert {"area", "name", "state", "said", "do"} == told["found"][0].keys()
    assert 2 == run_words(("doctor", "web-donw", "--env", "production"))
    assert "did you mean 'web-down'?" in capsys.readouterr().err


# MCP servers


def test_a_server_that_is_not_there_and_one_that_may_not_be_asked_fail(
    workspace: Workspace, root: Path
) -> None:
    """With the command that tries again."""
    pytest.importorskip("mcp")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        added(
            root,
            f"mcp: {{fly: {{url: 'http://127.0.0.1:{port}/mcp', tools: [a]}}, "
            "own: {command: [/bin/true-or-not], tools: [b]}}\n"
            "guards: {access: {commands: [{run: git}]}}\n",
        )
        found = looked(workspace)
    servers = lines(found, "mcp")
    assert {"fly": "FAIL", "own": "FAIL"} == {name: one.state for name, one in servers.items()}
    assert "`runbook pins fly` tries again, with patience" == servers["fly"].do
    assert "not on the list" in servers["own"].said
    assert "ok" == lines(found, "extra")["mcp"].state


@pytest.mark.parametrize(
    ("pins", "why", "states", "says"),
    [
        ([("a", True, "x", "x", "same")], "", ["ok"], "answers; 1 tools allowed, 1 pinned"),
        ([("a", True, "", "x", "new")], "", ["warn"], "0 pinned: a tool may change unnoticed"),
        ([("a", True, "x", "y", "changed")], "", ["FAIL"], "its pin is changed: a call is refused"),
        ([("a", True, "x", "x", "same"), ("b", True, "", "y", "new")], "", ["FAIL"], "its pin is new"),
        (
            [("a", True, "x", "", "gone"), ("b", True, "x", "", "gone")],
            "",
            ["FAIL", "FAIL"],
            "its pin is gone",
        ),
        (
            [("a", True, "x", "x", "same"), ("b", False, "", "y", "new")],
            "",
            ["ok"],
            "1 tools allowed, 1 pinned",
        ),
        ([("a", True, "x", "", "unreachable")], "no answer: refused", ["FAIL"], "no answer: refused"),
    ],
)
def test_pins_are_held_against_what_a_server_lists(
    pins: list[tuple[str, bool, str, str, str]],
    why: str,
    states: list[str],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A tool that drifted is a call that will be refused tonight."""

    async def asked(*rest: object, **more: object) -> ServerPins:
        found = tuple(Pin("fly", *one) for one in pins)  # type: ignore[arg-type]
        return ServerPins("fly", "x", found, why)

    monkeypatch.setattr("engine.app.pinning.asked", asked)
    plan = replace(PLAN, mcp={"fly": McpServer(url="http://x.invalid")})
    found = asyncio.run(server("fly", plan, FakeWorld(), Secrets({}), Guard(), 1.0))  # type: ignore[arg-type]
    told = list(found)
    assert states == [one.state for one in told]
    assert says in told[0].said


def test_a_fault_of_ours_in_one_runbook_hides_no_other(
    workspace: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a line, not a traceback."""
    text = (root / "runbooks/incidents/web-down.yaml").read_text()
    (root / "runbooks/incidents/other.yaml").write_text(text.replace("runbook: web-down", "runbook: other"))

    def broken(runbook: Runbook, *rest: object) -> Plan:
        if runbook.runbook == "other":
            raise ZeroDivisionError
        return make_plan(runbook, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("engine.app.plans_examined.make_plan", broken)
    runbooks = lines(looked(workspace, probe=False), "runbook")
    assert {"other": "?", "web-down": "warn"} == {name: one.state for name, one in runbooks.items()}
