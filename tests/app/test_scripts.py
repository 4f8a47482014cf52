"""Scripts are pinned when a run is planned, and an approval is bound to their bytes."""

from __future__ import annotations

from pathlib import Path

from engine.app.scripts import pinned
from engine.core.binding import change_digest
from engine.core.plan import Plan
from engine.core.run_state import RunState
from engine.kinds import codec
from engine.kinds.step import Act
from engine.kinds.steps.action import ActionStep
from tests.core.play import plan_of

RUNBOOK = """
one: {action: {command: [sh, fix.sh], script: fix.sh, operation: scale, irreversible: r}, then: mitigated}
two: {action: {http: "http://x/", irreversible: r}, then: mitigated}
"""


def hash_in(plan: Plan) -> object:
    """Return the hash in the plan's action."""
    step = plan.steps["one"].step
    assert isinstance(step, ActionStep)
    return codec.plain(step.action.kind).get("script_sha256")  # type: ignore[union-attr]


def digest(plan: Plan) -> str:
    """Return what an approval of the action names."""
    step = plan.steps["one"].step
    assert isinstance(step, ActionStep)
    return change_digest(RunState(plan=plan), "", "one", 1, Act("do.0", step.action), step.action)


def test_another_byte_in_the_script_is_another_change(tmp_path: Path) -> None:
    """The digest over the arguments is another one; a journal keeps the pin."""
    (tmp_path / "fix.sh").write_text("echo 1\n", encoding="utf-8")
    first = pinned(plan_of(RUNBOOK), tmp_path)
    (tmp_path / "fix.sh").write_text("echo 2\n", encoding="utf-8")
    second = pinned(plan_of(RUNBOOK), tmp_path)
    assert 64 == len(str(hash_in(first)))
    assert hash_in(first) != hash_in(second)
    assert digest(first) != digest(second)
    assert hash_in(first) == hash_in(codec.decode(Plan, codec.plain(first)))
    assert plan_of(RUNBOOK).steps["two"] == first.steps["two"]


def test_a_script_that_is_not_there_is_told_when_it_is_started(tmp_path: Path) -> None:
    """Planning changes nothing about it."""
    assert hash_in(pinned(plan_of(RUNBOOK), tmp_path)) is None
