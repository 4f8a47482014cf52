"""Branch coverage of a plan by its runs."""

from __future__ import annotations

from dataclasses import replace

from engine.core.plan import Scope
from engine.views.coverage import Edge, coverage, own
from tests.views.story import ended, plan, tell


def test_a_run_covers_the_branches_it_took() -> None:
    """The story takes one way through each of its steps."""
    found = coverage(plan(), [tell()])
    assert [
        Edge("look", "fail", "cause"),
        Edge("cause", "decided", "roll-back"),
        Edge("roll-back", "done", "recovered"),
        Edge("recovered", "held", "resolved"),
    ] == list(found.covered)
    assert Edge("cause", "decided", "restart") in found.missing
    assert Edge("recovered", "limit", "engineer") in found.missing


def test_more_runs_cover_more_and_each_branch_once() -> None:
    """Two different runs together cover what each of them does."""
    other = tell({"look.health": [ended("fail", "502", facts={"oom": True})]})
    both = coverage(plan(), [tell(), other, other])
    assert Edge("cause", "decided", "restart") in both.covered
    assert len(both.covered) == len(set(both.covered))
    assert len(both.covered) / (len(both.covered) + len(both.missing)) == both.share


def test_without_runs_nothing_is_covered() -> None:
    """Every branch is missing, a person's skip is none."""
    none = coverage(plan(), [])
    assert 0.0 == none.share
    assert "skipped" not in {edge.outcome for edge in none.missing}


def test_the_steps_of_a_runbook_that_is_called_count_in_its_own_record_only() -> None:
    """Otherwise each caller would have its branches to show once more."""
    called = Scope(path="look", runbook="other", start="cause", parent="look")
    story = plan()
    inner = replace(story.steps["cause"], path="look/cause", scope="look")
    whole = replace(
        story, steps={**story.steps, "look/cause": inner}, scopes={**story.scopes, "look": called}
    )
    assert any(edge.step == "look/cause" for edge in coverage(whole, []).missing)
    assert own(story, [tell()]) == own(whole, [tell()])
    branch = replace(called, runbook="", branch=True)
    of_a_branch = replace(whole, scopes={**story.scopes, "look": branch})
    assert any(edge.step == "look/cause" for edge in own(of_a_branch, []).missing)
