"""Other runs in the same state folder."""

from __future__ import annotations

from engine.kinds.checks.other_runs import OtherRunsCheck
from engine.kinds.ports import OtherRun
from engine.kinds.uses import CheckUse, judge
from tests.kinds.fakes import FakeWorld, run

RUN = OtherRun("INC-1", "agent-sdk-down", "production", "ann", ("Restart",))
CHECK = OtherRunsCheck(other_runs="production")


def test_a_run_in_the_same_environment_is_named_with_its_changes() -> None:
    """Who drives it is what the second responder needs to know."""
    observation = run(CHECK.observe(FakeWorld([(RUN,)]), 5.0))
    assert ["Restart"] == observation.facts["changing"]
    assert "INC-1 (agent-sdk-down, by ann)" == observation.summary
    assert "fail" == judge(CheckUse(kind=CHECK), observation).answer


def test_a_run_elsewhere_is_none() -> None:
    """Staging does not hold production up; an empty environment means any."""
    elsewhere = OtherRun("INC-1", "x", "staging", "ann")
    observation = run(CHECK.observe(FakeWorld([(elsewhere,)]), 5.0))
    assert "pass" == judge(CheckUse(kind=CHECK), observation).answer
    every = run(OtherRunsCheck(other_runs="").observe(FakeWorld([(elsewhere,)]), 5.0))
    assert 1 == len(every.facts["runs"])  # type: ignore[arg-type]
