"""A run is not carried on against addresses at which its sandbox no longer listens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.app import sandbox, sandbox_of_run
from engine.app.running import Options, start
from engine.app.runs import find_run
from engine.app.workspace import Workspace
from engine.cli.program import run as run_words
from tests.cli.conftest import Command

URL = "http://127.0.0.1:9"
"""Where nobody listens, as after `sandbox down`."""


@pytest.fixture
def typing(runbook: Command, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return what runs a command line in this process, in the workspace."""
    monkeypatch.chdir(runbook.root)
    for name, value in runbook.environ.items():
        monkeypatch.setenv(name, value)
    return lambda *words: run_words(words)


def in_a_sandbox(workspace: Workspace, root: Path, drill: str = "") -> str:
    """Start a run whose addresses are a sandbox's, leave it, and return its id."""
    path = next((root / "runbooks/catalogue").glob("*.yaml"))
    head, _, rest = path.read_text().partition(
        'practice: {title: Practice, real: false, drills: true, variables: {base: "'
    )
    assert rest
    path.write_text(
        head
        + 'practice: {title: Practice, real: false, drills: true, variables: {base: "${sandbox.web}'
        + rest[rest.index('"') :]
    )
    options = Options(
        environment="practice", sandbox={"web": URL}, drill=drill, prefix="DRILL" if drill else ""
    )
    folder, _, lease = start(workspace, "web-down", options)
    lease.release()
    return folder.run


def the_sandbox_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a sandbox with this address be found."""
    info = sandbox.SandboxInfo(1, {"web": url}, Path("effects.jsonl"))
    monkeypatch.setattr(sandbox_of_run, "find", lambda workspace: info)


@pytest.mark.parametrize("word", ["resume", "take-over"])
def test_a_run_whose_sandbox_is_gone_is_refused_and_can_be_closed(
    word: str,
    workspace: Workspace,
    root: Path,
    typing: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With what to do instead, before a lease is taken or anything is asked; abort closes it."""
    run = in_a_sandbox(workspace, root)
    before = find_run(workspace, run).read()
    assert 5 == typing(word, run, *(("--reason", "ann is gone") if word == "take-over" else ()))
    told = capsys.readouterr().err
    assert f"the sandbox that {run} was started against is gone" in told
    assert f"runbook abort {run}" in told
    assert "`runbook sandbox up --scenario NAME`, `runbook run web-down --env practice`" in told
    assert before == find_run(workspace, run).read()
    assert 0 == typing("abort", run, "--reason", "its sandbox is gone")
    assert find_run(workspace, run).state().finished is not None


def test_another_sandbox_is_not_its_own(
    workspace: Workspace,
    root: Path,
    typing: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It was broken in another way, and listens elsewhere: a run of it begins anew."""
    run = in_a_sandbox(workspace, root)
    the_sandbox_up("http://127.0.0.1:10", monkeypatch)
    assert 5 == typing("resume", run)
    told = capsys.readouterr().err
    assert "another one is up at other addresses" in told
    assert "then begin anew: `runbook run web-down --env practice`" in told


def test_a_drill_begins_anew_as_a_drill(
    workspace: Workspace, root: Path, typing: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its sandbox went down with the process that played it."""
    run = in_a_sandbox(workspace, root, drill="sealed")
    assert 5 == typing("resume", run)
    assert "then begin anew: `runbook drill web-down`" in capsys.readouterr().err


def test_a_run_whose_sandbox_is_up_and_one_against_targets_of_its_own_go_on(
    workspace: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So does one in an environment customers depend on: it has no sandbox."""
    for environment in ("practice", "production"):
        folder, plan, lease = start(workspace, "web-down", Options(environment=environment))
        lease.release()
        sandbox_of_run.require_own_sandbox(workspace, folder, plan)
    run = in_a_sandbox(workspace, root)
    the_sandbox_up(URL, monkeypatch)
    folder = find_run(workspace, run)
    state = folder.state()
    assert state.plan is not None
    sandbox_of_run.require_own_sandbox(workspace, folder, state.plan)
