"""What is told before a run begins."""

from __future__ import annotations

from pathlib import Path

from engine.app.running import Options, missing_credentials, plan_run
from engine.app.workspace import Workspace
from engine.core.events import Person


def test_a_credential_that_no_step_names_is_told_with_what_it_costs(workspace: Workspace, root: Path) -> None:
    """Servers, channels and control probes need credentials, too."""
    path = root / "runbooks/catalogue/all.yaml"
    text = path.read_text().replace(
        "channels:\n",
        "channels:\n  page: {type: pagerduty, url: 'https://x', routing_key: '${secrets.PAGER}'}\n"
        "  talk: {type: webhook, url: '${secrets.HOOK}'}\n",
    )
    text += (
        "mcp: {fly: {url: 'http://127.0.0.1:1', headers: {authorization: 'Bearer ${secrets.FLY}'}}}\n"
        "controls: {first: {http: 'https://x/${secrets.PROBE}'}}\n"
    )
    path.write_text(text)
    ann = Person(name="ann", role="reliability")
    plan = plan_run(workspace, "web-down", Options(environment="production"), ann, "INC-1")
    found = {one.name: one.steps for one in missing_credentials(plan, {}) if one.state == "missing"}
    expected = {
        "PAGER": ("messages by page",),
        "HOOK": ("messages by talk",),
        "FLY": ("every fly look",),
        "PROBE": ("control first",),
    }
    assert expected == found
