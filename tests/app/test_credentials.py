"""Credentials of a run: where they come from, what keeps them out of sight, and what a drill may reach."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.app.credentials import credentials_of, redactor_of, secrets_of, suspects, warnings_of
from engine.app.freezing import say
from engine.app.library import Library
from engine.app.parts import guard_of
from engine.app.rehearsing import rehearse
from engine.app.running import Options, missing_credentials, plan_run, start
from engine.app.runs import find_run
from engine.app.workspace import Workspace
from engine.cli.beginning import missing
from engine.core.events import Noted, Person, Skipped
from engine.core.plan import Plan, Request, make_plan
from engine.kinds.errors import UsageError
from engine.kinds.values import Instant

ANN = Person(name="ann", role="reliability", identity="claimed")
TOKEN = "hunter2-hunter2-4711"
ROOT = Path(__file__).parent.parent.parent


def credentials(root: Path, text: str) -> None:
    """Let the runbook need three credentials, and say where they come from."""
    path = root / "runbooks/catalogue/all.yaml"
    extra = (
        "controls: {first: {http: 'http://x.test/', headers: {a: '${secrets.A}${secrets.B}${secrets.C}'}}}\n"
    )
    path.write_text(path.read_text() + extra + text)


def planned(workspace: Workspace, **inputs: str) -> Plan:
    """Plan the small runbook in production."""
    return plan_run(workspace, "web-down", Options(environment="production", inputs=inputs), ANN, "INC-1")


def moved(workspace: Workspace, **environ: str) -> Workspace:
    """Return the workspace with more in the environment."""
    return Workspace(workspace.root, workspace.state, {**workspace.environ, **environ})


def test_each_source_is_told_without_a_value(workspace: Workspace, root: Path) -> None:
    """Present and where, or missing and why: in rows before the first check, too."""
    printing = f"['{sys.executable}', '-c', 'print(\"{TOKEN}\")']"
    credentials(
        root,
        f"credentials: {{A: {{file: ops.env}}, B: {{command: {printing}}}, C: {{file: no.env}}}}\n",
    )
    (root / "ops.env").write_text("A=from-the-file-4711\n")
    (root / "ops.env").chmod(0o640)
    plan = planned(workspace)
    secrets = secrets_of(plan, workspace.environ, workspace.root)
    found = {one.name: (one.state, one.source, one.why) for one in credentials_of(plan, secrets)}
    assert {
        "A": ("present", "ops.env", ""),
        "B": ("present", sys.executable, ""),
        "C": ("missing", "", "no.env: No such file or directory"),
    } == found
    assert ("ops.env can be read by others (0640): chmod 600 ops.env",) == warnings_of(plan, secrets)
    said = "\n".join(row.text for row in missing(plan, workspace))
    assert "C is missing (no.env: No such file or directory): control first will answer unknown" in said
    assert "chmod 600 ops.env" in said
    assert (TOKEN in said, "from-the-file" in said) == (False, False)
    assert "«***B***» «***A***»" == redactor_of(plan, secrets).text(f"{TOKEN} from-the-file-4711")


def test_a_short_value_costs_only_what_needs_it(workspace: Workspace, root: Path) -> None:
    """And one that is marked public is no secret."""
    credentials(root, "credentials: {B: {public: true}}\n")
    plan = planned(workspace)
    found = missing_credentials(plan, {"A": "abc", "B": "postgres", "C": "Password"})
    assert [("A", "too short", ("control first",)), ("C", "too common", ("control first",))] == [
        (one.name, one.state, one.steps) for one in found
    ]


def test_what_a_person_types_is_masked_before_it_is_recorded(workspace: Workspace, root: Path) -> None:
    """From any terminal: notes, commands, reasons and names."""
    credentials(root, "")
    known = moved(workspace, A=TOKEN)
    run, _, lease = start(known, "web-down", Options(environment="production"))
    lease.release()
    folder = find_run(known, run.run)
    folder.say(Noted(text=f"tried {TOKEN}", command=f"psql {TOKEN}"), ANN)
    folder.say(Skipped(step="look", reason=TOKEN), Person(name=f"ann {TOKEN}", role="reliability"))
    journal = (folder.path / "journal.jsonl").read_text()
    assert (False, True) == (TOKEN in journal, "psql «***A***»" in journal)
    assert [TOKEN in str(one) for one in folder.read()] == [False] * len(folder.read())


def test_a_secret_in_clear_stops_the_start_and_the_dry_run(workspace: Workspace, root: Path) -> None:
    """Nothing is recorded, and the message does not quote it."""
    credentials(root, "")
    path = root / "runbooks/incidents/web-down.yaml"
    path.write_text(path.read_text().replace("/vendor", f"/vendor?key={TOKEN}"))
    known = moved(workspace, A=TOKEN)
    for begin in (
        lambda: start(known, "web-down", Options(environment="production")),
        lambda: rehearse(known, "web-down", Options(environment="production"), {}),
    ):
        with pytest.raises(UsageError, match="holds the value of A in clear: nothing was started") as caught:
            begin()
        assert TOKEN not in caught.value.message + caught.value.hint
    assert not known.runs.exists() or [] == list(known.runs.iterdir())


def test_where_no_plan_is_variables_named_like_credentials_are_masked(workspace: Workspace) -> None:
    """The reason of a freeze is such a place, the account of a bug another."""
    redactor = suspects({"FLY_API_TOKEN": TOKEN, "HOME": "/home/somebody-long"})
    assert "«***FLY_API_TOKEN***» /home/somebody-long" == redactor.text(f"{TOKEN} /home/somebody-long")
    known = moved(workspace, FLY_API_TOKEN=TOKEN)
    say(known, ANN, f"because {TOKEN}", Instant(0.0), "", frozen=True)
    assert TOKEN not in (known.state / "freezes.jsonl").read_text()


def test_in_the_sandbox_only_stand_ins_are_reached(tmp_path: Path) -> None:
    """A runbook whose address is a real host is refused there, whatever the lists say."""
    library = Library(Workspace(ROOT, tmp_path, {}))
    urls = {name: f"http://127.0.0.1:{4000 + n}" for n, name in enumerate(STAND_INS)}
    request = Request(run="DRILL-1", environment="sandbox", sandbox=urls)
    plan = make_plan(library.runbook("agent-sdk-down"), library.runbook, library.catalogue, request)
    guard = guard_of(plan, secrets_of(plan, {}), ROOT)
    assert "" == guard.host("127.0.0.1", 4000)
    for host, port in (("api.machines.dev", 443), ("127.0.0.1", 22), ("hooks.slack.com", 443)):
        assert guard.host(host, port).endswith("is not in the sandbox, and a drill reaches nothing else")
    for name in plan.channels:
        assert "" == guard.channel(name)
    for name in plan.mcp:
        assert "" == guard.server(name, "read")


def test_an_environment_for_drills_may_name_targets_on_this_machine(workspace: Workspace) -> None:
    """They are marked with it; an address elsewhere is not, whoever wrote it there."""
    plan = plan_run(workspace, "web-down", Options(environment="practice"), ANN, "INC-1")
    (target,) = plan.drill_targets
    assert target.startswith("http://127.0.0.1:")
    path = workspace.root / "runbooks/catalogue/all.yaml"
    path.write_text(
        path.read_text().replace("practice: {url:", "practice: {far: 'https://real.example:443', url:")
    )
    again = plan_run(workspace, "web-down", Options(environment="practice"), ANN, "INC-1")
    assert (target,) == again.drill_targets
    assert () == planned(workspace).drill_targets


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("x" * 1001, "has 1001 characters: 1000 at most"),
        ("a\nb", "holds U+000A (character 2): no line breaks or control characters"),
        ("\x1b[2J", "holds U+001B (character 1)"),
        ("a\x00", "holds U+0000 (character 2)"),
        ("a\u2028b", "holds U+2028 (character 2)"),
        ("a\ud800", "holds U+D800 (character 2)"),
        ("-rf", "must match [a-z]+"),
        ("shop", ""),
    ],
)
def test_an_input_is_held_against_its_pattern_and_the_limits(
    workspace: Workspace, root: Path, value: str, problem: str
) -> None:
    """It may come from an alert: no option, no line break, no book."""
    path = root / "runbooks/incidents/web-down.yaml"
    path.write_text(
        path.read_text().replace("\nsteps:", "\ninputs: {app: {title: App, pattern: '[a-z]+'}}\nsteps:")
    )
    if not problem:
        assert {"app": value} == planned(workspace, app=value).scopes[""].inputs
        return
    with pytest.raises(UsageError) as caught:
        planned(workspace, app=value)
    assert f"input 'app' {problem}" in caught.value.message


STAND_INS = (
    "agent-service", "llamaindex", "fly-mcp", "machines-api", "supabase", "openai", "status-fly", "status-openai",
    "status-supabase", "control", "pagerduty", "webhook", "shopify", "mcp-supabase",
)  # fmt: skip
