"""`run --incident`: the key goes into the plan and the first record, or the run does not start."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.app.drilling import on_call_of
from engine.app.running import Options, start
from engine.app.workspace import Workspace
from engine.core.events import Started
from engine.estate.pagerduty import OnCall
from engine.kinds.errors import UsageError
from engine.kinds.values import Duration
from engine.model.scenario import Alert, Answer, Scenario


def with_pager(root: Path) -> None:
    """Give the workspace a PagerDuty channel."""
    path = root / "runbooks/catalogue/all.yaml"
    pager = "channels:\n  pagerduty: {type: pagerduty, url: 'https://x', routing_key: '${secrets.PAGER}'}\n"
    path.write_text(path.read_text().replace("channels:\n", pager))


def test_the_incident_is_in_the_plan_and_in_the_first_record(workspace: Workspace, root: Path) -> None:
    """A resume, a report and another terminal know it from there."""
    with_pager(root)
    options = Options(environment="production", identity="ann:reliability", incident="monitor/42")
    folder, plan, lease = start(workspace, "web-down", options)
    lease.release()
    first = folder.read()[0].event
    assert isinstance(first, Started)
    assert ("monitor/42", "monitor/42") == (plan.incident, first.incident)


def test_an_incident_without_a_pager_starts_nothing(workspace: Workspace) -> None:
    """There would be nowhere to acknowledge it."""
    options = Options(environment="production", identity="ann:reliability", incident="monitor/42")
    with pytest.raises(UsageError, match="type pagerduty, and there is none"):
        start(workspace, "web-down", options)
    assert [] == list(workspace.state.rglob("journal.jsonl"))


def test_a_scenarios_people_may_acknowledge_in_the_pager_itself() -> None:
    """The particular ones first; the others go on answering at the terminal."""
    people = (
        Answer(step="*", item="page", answer="ack", after=Duration(60.0), by="Mia"),
        Answer(step="database", item="page", answer="ack", after=Duration(20.0), by="Eli"),
        Answer(step="database", item="ack", answer="ack", by="Eli"),
    )
    scenario = Scenario(scenario="s", runbook="r", title="t", alert=Alert(name="a"), people=people)
    assert (OnCall("Eli", 20.0, "/database#"), OnCall("Mia", 60.0, "")) == on_call_of(scenario)
