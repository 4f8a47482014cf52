"""What must hold in every drill of the pipeline, of a leaked secret, and of the operations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.core.events import Answered, Asked, Ended, Prompted
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.decide import DecideStep
from engine.views.coverage import coverage
from tests.content.harness import case, drill, drilled, library, settled, whole

FILES = library().workspace.scenario_files()
OPERATIONS = ("health-check", "mcp-health", "credential-follow-up")
OURS = ("ci-red", "security-secret-leak", *OPERATIONS)
VENDORS = {"openai": "openai", "supabase": "supabase", "fly": "machines-api"}


def of(runbook: str) -> list[str]:
    """Return the scenarios of a runbook."""
    return sorted(name for name, path in FILES.items() if f"\nrunbook: {runbook}\n" in path.read_text())


def asked(name: str) -> Iterator[Asked]:
    """Yield everything that was asked of anybody in a drill."""
    return (one.event for one in drilled(name).happened if isinstance(one.event, Asked))


@pytest.mark.parametrize(("runbook", "least"), [("ci-red", 6), ("security-secret-leak", 4)])
def test_there_are_drills_for_each(runbook: str, least: int) -> None:
    """As many as were asked for, and one for each operation."""
    assert len(of(runbook)) >= least
    assert all(of(name) for name in OPERATIONS)


@pytest.mark.parametrize("runbook", [whole(name) for name in OURS])
def test_every_cause_that_a_decision_can_name_is_practised(runbook: str) -> None:
    """Except where our own network goes away in the middle, and what only an unreadable answer brings."""
    runs = [drilled(name).happened for name in of(runbook)]
    missing = coverage(drilled(of(runbook)[0]).plan, runs).missing
    rare = {("which", "own-network"), ("which", "engineer"), ("deepest", "own-network")}
    left = {
        (edge.step, edge.target) for edge in missing if edge.outcome == "decided" and "/" not in edge.step
    }
    assert set() == left - rare


@pytest.mark.parametrize("name", [case(name) for name in of("ci-red")])
def test_failed_jobs_are_run_again_once_with_approval_and_never_what_did_not_begin(name: str) -> None:
    """One rerun, agreed to by somebody other than level one, of the run whose jobs were looked at first."""
    run, estate = drill(name)
    reruns = [change for change in estate.changes if change.call == "rerun-failed-jobs"]
    prompts = [
        one.event for one in run.happened if isinstance(one.event, Prompted) and one.event.step == "rerun"
    ]
    assert len(reruns) <= 1
    assert all(("approve", "manager") == (one.kind, one.role) for one in prompts)
    for change in reruns:
        again = estate.github.find(change.machine)
        assert again is not None
        assert ("tests.yml", "startup_failure") == (again.workflow.file, "startup_failure")
        assert again.conclusion != "startup_failure"
        steps = [one.step for one in settled(run)]
        assert steps.index("tests-jobs") < steps.index("rerun")


def test_a_runbook_of_the_pipeline_runs_nothing_again_but_the_tests() -> None:
    """A workflow that deploys would deploy once more."""
    steps = library().runbook("ci-red").steps
    actions = {name for name, node in steps.items() if isinstance(node.step, ActionStep)}
    assert {"rerun"} == actions
    leading = {
        row.go
        for name in ("which", "evidence-cause")
        for row in (steps[name].step.decide if isinstance(steps[name].step, DecideStep) else ())
    }
    assert "rerun" not in leading


@pytest.mark.parametrize("name", [case(name) for name in of("security-secret-leak")])
def test_a_leaked_value_is_sent_to_nobody_but_the_vendor_that_gave_it_out(name: str) -> None:
    """A look elsewhere would leak it once more. And it stands in no record."""
    run = drilled(name)
    said = [one.event for one in run.happened if isinstance(one.event, Answered)]
    prompts = {one.event.prompt: one.event for one in run.happened if isinstance(one.event, Prompted)}
    which = {one.choice for one in said if prompts[one.prompt].step == "which"}
    with_it = [one for one in asked(name) if "secrets.LEAKED_VALUE" in str(one.args)]
    targets = {one.target.partition(".")[0] for one in with_it}
    assert targets <= {VENDORS[one] for one in which if one in VENDORS}
    assert "sandbox-value-of-leaked_value" not in str(run.happened)


@pytest.mark.parametrize("name", [case(name) for name in of("security-secret-leak")])
def test_approvals_are_saved_before_a_secret_is_set_and_consumers_seen_before_it_is_revoked(
    name: str,
) -> None:
    """The order of the schedule; only a value in use is revoked first."""
    steps = [one.step for one in settled(drilled(name))]
    for later, sooner in (("set", "keep"), ("revoke", "consumers"), ("create", "agreed")):
        if later in steps and not (sooner == "agreed" and "cut-agreed" in steps):
            assert sooner in steps[: steps.index(later)]


@pytest.mark.parametrize("name", [case(name) for name in of("security-secret-leak")])
def test_no_leak_is_resolved_before_its_vendor_refuses_the_old_value(name: str) -> None:
    """What somebody says they revoked and what the vendor answers are two things."""
    run = drilled(name)
    assert run.state.finished is not None
    if run.state.finished.end not in ("resolved", "mitigated"):
        return
    last = [
        one.event for one in run.happened if isinstance(one.event, Ended) and ".old@" in one.event.operation
    ]
    steps = [one.step for one in settled(run)]
    assert "dead-other" in steps or all(one.facts["status"] == 401 for one in last[-5:])
    assert last or "dead-other" in steps


@pytest.mark.parametrize("name", [case(name) for runbook in OPERATIONS for name in of(runbook)])
def test_an_operation_changes_nothing(name: str) -> None:
    """It looks, asks and tells; what it finds is mended by a runbook of its own."""
    _, estate = drill(name)
    own = [change for change in estate.changes if change.by == "api"]
    assert [] == own or library().scenario(name).runbook == "mcp-health"


def test_a_door_that_answers_is_not_taken_for_a_server_that_works() -> None:
    """406 to a GET, and an error to the greeting: the trap of the check that was there before."""
    run = drilled("mcp-deaf-behind-its-door")
    ended = {
        one.event.operation.partition("#")[0]
        + one.event.operation.partition(".")[2].partition("@")[0]: one.event
        for one in run.happened
        if isinstance(one.event, Ended)
    }
    door = next(one for key, one in ended.items() if key.startswith("door") and "context7" in key)
    greeting = next(one for key, one in ended.items() if key.startswith("greeting") and "context7" in key)
    assert (406, "pass") == (door.facts["status"], door.outcome)
    assert "fail" == greeting.outcome
