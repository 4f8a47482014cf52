"""What a person can get wrong: files, names, credentials, extras. Told with place and remedy, before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli.program import run
from tests.acceptance.desk import Desk, Said

GOOD = """\
runbook: broken
title: Is it there?
environments: [sandbox]
service: agent-service
steps:
  look:
    title: Look
    check: {use: agent-health, with: {url: '${service.url}'}}
    then: {any: escalated}
"""


def changed(old: str, new: str) -> bytes:
    """Return the good runbook with one thing changed."""
    assert old in GOOD
    return GOOD.replace(old, new, 1).encode()


BROKEN = {
    "an unknown key": (
        changed("    title: Look", "    tilte: Look"),
        "7:5",
        "tilte: Look",
        "did you mean 'title'?",
    ),
    "a wrong type": (changed("title: Is it there?", "title: [1]"), "2:8", "title: [1]", "write a text"),
    "an unknown step": (
        changed("any: escalated", "any: loook"),
        "9:17",
        "{any: loook}",
        "did you mean 'look'?",
    ),
    "no good outcome": (
        changed("{any:", "{fail:"),
        "9:5",
        "then: {fail: escalated}",
        "add 'then: {pass: STEP}'",
    ),
    "a duplicate key": (
        changed("    title: Look", "    title: Look\n    title: Two"),
        "8:5",
        "title: Two",
        "keep one",
    ),
    "a tab": (changed("    title: Look", "\t title: Look"), "7:1", r"\t title: Look", "use two spaces"),
    "a tag": (changed("title: Is", "title: !!python/object Is"), "2:8", "!!python/object", "take it out"),
    "an alias": (changed("title: Look", "title: *a"), "7:12", "title: *a", "write the value out"),
    "200,000 brackets": (
        GOOD.encode() + b"x: " + b"[" * 200_000,
        "10:",
        "[[[[[[[[",
        "close brackets that are open",
    ),
    "no UTF-8": (changed("Is it", "@").replace(b"@", b"\xff"), "2:8", "title:", "save the file as UTF-8"),
    "nothing": (b"", "1:1", "the file holds nothing", "begin with 'runbook: its-id'"),
}


@pytest.fixture(scope="module")
def workspace(shared_desk: Desk) -> Desk:
    """A desk whose sandbox was never brought up: nothing here may come to need it."""
    return shared_desk


APART = ("an unknown key", "200,000 brackets")
"""Typed in a process of their own: one that stands for all, and one that has ended a process before."""


@pytest.fixture
def said_here(
    workspace: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Return what types a command in this process, at the desk: starting another takes longer than it does."""
    monkeypatch.chdir(workspace.root)
    monkeypatch.delenv("RUNBOOK_DEBUG", raising=False)
    for name, value in workspace.environ.items():
        monkeypatch.setenv(name, value)

    def say(*words: str) -> Said:
        capsys.readouterr()
        code = run(words)
        told = capsys.readouterr()
        assert "Traceback" not in told.err + told.out, told.err
        return Said(code, told.out, told.err)

    return say


@pytest.fixture
def broken(workspace: Desk) -> Path:
    """The place of a runbook named `broken`."""
    return workspace.root / "runbooks" / "incidents" / "broken.yaml"


@pytest.mark.parametrize(
    "command", [("check", "broken"), ("run", "broken", "--env", "sandbox", "--output", "json")]
)
@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_runbook_is_shown_with_place_line_and_remedy(
    workspace: Desk, said_here: Callable[..., Said], broken: Path, what: str, command: tuple[str, ...]
) -> None:
    """Exit 3 from `check` and from `run`, and no run is begun."""
    text, place, source, remedy = BROKEN[what]
    broken.write_bytes(text)
    said = (workspace.say if what in APART else said_here)(*command)
    told = said.out + said.err
    assert 3 == said.code, told
    for part in (f"runbooks/incidents/broken.yaml:{place}", source, remedy):
        assert part in told
    assert not (workspace.state / "runs").exists()


def test_all_findings_of_a_file_are_told_at_once(said_here: Callable[..., Said], broken: Path) -> None:
    """Four mistakes, four findings, one reading."""
    text = GOOD.replace("title: Is it there?", "title: [1]").replace("    title: Look", "    tilte: Look")
    text = text.replace("any: escalated", "any: loook").replace("agent-service", "agent-sevrice")
    broken.write_text(text, encoding="utf-8")
    said = said_here("check", "broken", "--output", "json")
    findings = said.events[0]["findings"]
    errors = [one for one in findings if one["severity"] == "error"]
    assert (3, len(errors)) == (said.code, said.events[0]["errors"])
    assert {2, 4, 7, 9} <= {one["line"] for one in errors}
    assert [] == [one for one in errors if not one["message"] or not one["source"]]


def test_another_broken_file_in_the_workspace_does_not_stop_a_run(desk: Desk) -> None:
    """Only what a runbook reaches is read for it; `check` of everything still tells."""
    incidents = desk.root / "runbooks" / "incidents"
    (incidents / "broken.yaml").write_bytes(b"runbook: broken\n\tsteps: [[[")
    assert 0 == desk.say("run", "agent-sdk-down", "--env", "sandbox", "--dry-run").code
    for other in incidents.glob("[!ab]*.yaml"):  # to check them all takes long, and is not what this is about
        other.unlink()
    everything = desk.say("check")
    assert (3, True) == (everything.code, "broken.yaml:2:1" in everything.out)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("run", "agent-sdk-dwon"), "agent-sdk-down"),
        (("run", "agent-sdk-down", "--env", "sandbx"), "sandbox"),
        (("run", "agent-sdk-down", "--env", "sandbox", "--answers-from", "single-crahs"), "single-crash"),
        (("check", "llamaindex-mcp-donw"), "llamaindex-mcp-down"),
        (("sandbox", "up", "--scenario", "single-crahs"), "single-crash"),
        (("drill", "--virtual", "--scenario", "idle-machin"), "idle-machine"),
        (("chekc",), "check"),
    ],
)
def test_an_unknown_name_is_told_with_the_one_that_was_meant(
    workspace: Desk, said_here: Callable[..., Said], words: tuple[str, ...], meant: str
) -> None:
    """Exit 2, one line and a hint."""
    said = (workspace.say if words == ("chekc",) else said_here)(*words)
    assert (2, "") == (said.code, said.out)
    assert f"did you mean '{meant}'?" in said.err


ELSEWHERE = """
  elsewhere:
    title: Nothing listens here
    real: false
    variables:
      control_1: http://127.0.0.1:9/
      control_2: http://127.0.0.1:9/
      fly_mcp: http://127.0.0.1:9/
      pagerduty: http://127.0.0.1:9/
      pagerduty_api: http://127.0.0.1:9/
      incidents: http://127.0.0.1:9/
"""
CREDENTIALS = """\
runbook: credentials
title: Three checks with a credential each
environments: [elsewhere]
steps:
  present: {title: One, check: {http: 'http://127.0.0.1:9/', headers: {X-Key: '${secrets.PRESENT_KEY}'}}, then: {any: absent}}
  absent: {title: Two, check: {http: 'http://127.0.0.1:9/', headers: {X-Key: '${secrets.ABSENT_KEY}'}}, then: {any: copied}}
  copied: {title: Three, check: {http: 'http://127.0.0.1:9/', headers: {X-Key: '${secrets.COPIED_KEY}'}}, then: {any: escalated}}
"""


def test_a_missing_and_a_placeholder_credential_are_named_with_the_steps_they_cost_and_no_value_is_shown(
    desk: Desk,
) -> None:
    """Before the run, on standard error; whatever is stored holds no value either."""
    environments = desk.root / "runbooks" / "catalogue" / "environments.yaml"
    text = environments.read_text(encoding="utf-8")
    environments.write_text(
        text.replace("\n\n# Two targets", f"{ELSEWHERE}\n# Two targets", 1), encoding="utf-8"
    )
    (desk.root / "runbooks" / "incidents" / "credentials.yaml").write_text(CREDENTIALS, encoding="utf-8")
    secret = "k3y-9f8e7d6c5b4a-of-nobody"
    desk.environ |= {"PRESENT_KEY": secret, "COPIED_KEY": "your-api-key-here"}
    said = desk.say("run", "credentials", "--env", "elsewhere", "--output", "json")
    words = " ".join(said.err.split())
    assert "ABSENT_KEY is missing: absent will answer unknown" in words, said.err
    assert "COPIED_KEY is placeholder: copied will answer unknown" in words
    assert "PRESENT_KEY" not in words
    steps = {one["data"]["step"]: one["data"]["outcome"] for one in said.events if one["type"] == "settled"}
    assert {"absent": "unknown", "copied": "unknown"} == {name: steps[name] for name in ("absent", "copied")}
    stored = b"".join(path.read_bytes() for path in desk.state.rglob("*") if path.is_file())
    for value in (secret, "your-api-key-here"):
        assert value not in said.out + said.err
        assert value.encode() not in stored


BLOCKED = """\
import sys

class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "mcp":
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Without())
"""


def test_a_missing_extra_is_named_before_the_run_with_the_steps_it_costs(desk: Desk) -> None:
    """Without the package for MCP the run begins all the same: its checks of Fly answer unknown."""
    (desk.root / "without").mkdir()
    (desk.root / "without" / "sitecustomize.py").write_text(BLOCKED, encoding="utf-8")
    desk.environ["PYTHONPATH"] = f"{desk.root / 'without'}:{desk.environ['PYTHONPATH']}"
    desk.break_sandbox()
    said = desk.say("run", "agent-sdk-down", "--env", "sandbox", "--output", "json")
    words = " ".join(said.err.split())
    assert "the mcp extra (pip install 'runbook-engine[mcp]') is not installed: look, " in words
    begun = {one["data"]["operation"] for one in said.events if one["type"] == "asked"}
    outcomes = {
        one["data"]["operation"]: one["data"]["outcome"] for one in said.events if one["type"] == "ended"
    }
    assert begun == outcomes.keys()
    assert ("unknown", "pass") == (outcomes["look#1.machines@1"], outcomes["look#1.openai@1"])
