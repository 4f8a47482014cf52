"""The plan of a virtual drill: made once for a runbook, dated anew for each drill, and the same as if made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.app.credentials import secret_names
from engine.app.drilling import VIRTUAL_START, plan_drill, virtual_plan, virtual_urls
from engine.app.library import Library
from engine.app.workspace import Workspace
from engine.kinds.secret_names import secret_names as worked_out
from tests.app.test_workspace import SCENARIO


@pytest.fixture(autouse=True)
def scenarios(root: Path) -> None:
    """Write two scenarios of the same runbook."""
    for name in ("dark", "second"):
        (root / f"drills/{name}.yaml").write_text(SCENARIO.replace("scenario: dark", f"scenario: {name}"))


def test_drills_of_one_runbook_share_a_plan_and_nothing_of_its_time(workspace: Workspace) -> None:
    """Each is what planning it alone says: run and alert are its own, and the steps are the same objects."""
    library = Library(workspace)
    plans = []
    for number, name in enumerate(("dark", "second")):
        scenario, since, run = library.scenario(name), VIRTUAL_START.after(60.0 * number), f"DRILL-{number}"
        plan = virtual_plan(library, scenario, since, run)
        alone = plan_drill(library, scenario, virtual_urls(), since, run)
        assert (alone, alone.digest()) == (plan, plan.digest())
        plans.append(plan)
    assert plans[0].steps is plans[1].steps
    assert ["DRILL-0", "DRILL-1"] == [one.run for one in plans]


def test_another_library_makes_a_plan_of_its_own(workspace: Workspace) -> None:
    """What is edited between two commands counts."""
    first = Library(workspace)
    before = virtual_plan(first, first.scenario("dark"), VIRTUAL_START, "DRILL")
    second = Library(workspace)
    after = virtual_plan(second, second.scenario("dark"), VIRTUAL_START, "DRILL")
    assert before == after
    assert before.steps is not after.steps


def test_the_secrets_of_plans_that_share_all_but_their_time_are_the_same(workspace: Workspace) -> None:
    """They are looked for once, and are what looking again says."""
    library = Library(workspace)
    scenario = library.scenario("dark")
    one = virtual_plan(library, scenario, VIRTUAL_START, "DRILL-1")
    other = virtual_plan(library, scenario, VIRTUAL_START.after(1.0), "DRILL-2")
    assert worked_out(one) == secret_names(one) == secret_names(other)
    assert secret_names(one) is secret_names(other)
