"""`run --incident` as it is typed."""

from __future__ import annotations

from tests.cli.conftest import Command

PAGER = "channels:\n  pagerduty: {type: pagerduty, url: 'http://127.0.0.1:9/', routing_key: key-key-key}\n"


def test_an_incident_is_joined_at_the_start_of_a_run(runbook: Command) -> None:
    """A dry run shows it: acknowledged first, under its own key."""
    words = ("run", "web-down", "--env", "practice", "--dry-run", "--incident", "monitor/42")
    refused = runbook(*words)
    assert 2 == refused.returncode
    assert "type pagerduty, and there is none" in refused.stderr
    (path,) = [p for p in runbook.root.rglob("runbooks/catalogue/*.yaml") if "channels:\n" in p.read_text()]
    path.write_text(path.read_text().replace("channels:\n", PAGER))
    done = runbook(*words, "--output", "text")
    assert "incident monitor/42: in pagerduty" in done.stdout
