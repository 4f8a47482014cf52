"""A question on the screen, beside what a person needs to answer it."""

from __future__ import annotations

from dataclasses import replace

from engine.core.events import Prompted
from engine.core.plan import Plan, Scope
from engine.core.run_state import RunState
from engine.kinds.step import Option
from engine.render.prompt_rows import prompt_rows

PLAN = Plan(
    run="INC-1",
    runbook="web-down",
    title="Web is down",
    environment="sandbox",
    steps={},
    scopes={"": Scope(path="", runbook="web-down", start="look")},
    real=False,
    drills=True,
)
LOOK = Prompted(
    prompt="look#1",
    step="look",
    item="look:machines",
    kind="look",
    text="I cannot read Fly. Look yourself.",
    options=(Option("seen", "I looked"), Option("cannot", "I cannot look either")),
    digest="d1",
    detail={"why": "refused", "link": "https://fly.io/apps/web", "command": "flyctl machine list"},
)


def rows(plan: Plan) -> dict[str, str]:
    """Return the rows of the question by their names."""
    state = RunState(plan=plan)
    return {row.name: row.text for row in prompt_rows(LOOK, state)}


def test_in_a_drill_a_link_to_the_real_vendor_is_said_to_be_one() -> None:
    """Who looks there sees a service that is well; what is broken is behind the commands of the page."""
    told = rows(PLAN)
    assert told["link"] == "https://fly.io/apps/web"
    assert told["practice"].startswith(
        "link and command lead to the real service, not to what is broken here"
    )
    assert 'eval "$(runbook sandbox env web-down)"' in told["practice"]


def test_where_it_is_real_nothing_is_said_about_practice() -> None:
    """Nor in an environment that is neither real nor for drills: it has no stand-ins."""
    assert "practice" not in rows(replace(PLAN, real=True))
    assert "practice" not in rows(replace(PLAN, drills=False))
