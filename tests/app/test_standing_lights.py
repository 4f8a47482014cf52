"""The status board on disk: it goes on from its last one, and writes over nothing that it cannot read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.app.library import Library
from engine.app.measurable import measurable
from engine.app.standing_lights import leads
from engine.app.workspace import Workspace
from engine.cli.program import run as run_words
from engine.core.plan import Request
from engine.kinds.errors import Exit
from tests.app.test_measuring import NOW, shop
from tests.cli.conftest import Command
from tests.content.harness import library

__all__ = ["shop"]


@pytest.fixture
def inside(shop: Workspace, runbook: Command, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in the small workspace, as its person."""
    monkeypatch.chdir(runbook.root)
    for name, value in runbook.environ.items():
        monkeypatch.setenv(name, value)
    return runbook.root


def look(*checks: str, more: tuple[str, ...] = ()) -> int:
    """Measure once, and keep the status."""
    words = ("probe", *checks, "--env", "production", "--samples", "1", "--status", "docs/status.md")
    return run_words([*words, *more])


def test_it_goes_on_from_the_last_one(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two rounds: how often, since when; a red light leads to the runbook that asks its check."""
    assert 1 == look("vendor", "alive@web", more=("--metrics", "docs/status.prom"))
    assert "status in docs/status.md" in capsys.readouterr().out
    first = json.loads((inside / "docs/status.json").read_text())
    assert 0 == look("vendor")
    lights = {one["check"]: one for one in json.loads((inside / "docs/status.json").read_text())["lights"]}
    assert (2, 0, "pass") == tuple(lights["vendor"][name] for name in ("passed", "failed", "answer"))
    assert first["at"] == lights["vendor"]["since"] == lights["alive@web"]["at"]
    page = (inside / "docs/status.md").read_text()
    assert "**FAIL**" in page
    assert "[web-down](runbooks/incidents/web-down.md)" in page
    assert 'probe_success{check="alive",place="web"' in (inside / "docs/status.prom").read_text()


def test_nothing_is_written_over_that_is_not_the_status_of_this_environment(inside: Path) -> None:
    """Another kind of file, metrics alone, data that cannot be read, another environment's."""
    words = ["probe", "vendor", "--env", "production", "--samples", "1"]
    assert Exit.USAGE == run_words([*words, "--status", "docs/status.html"])
    assert Exit.USAGE == run_words([*words, "--metrics", "x.prom"])
    (inside / "docs").mkdir(exist_ok=True)
    for kept in ("{", "[]", '{"format": "runbook-status/1", "environment": "staging"}'):
        (inside / "docs/status.json").write_text(kept)
        assert Exit.USAGE == look("vendor"), kept
        assert kept == (inside / "docs/status.json").read_text()
        assert not (inside / "docs/status.md").exists()


def test_where_our_own_network_is_down_the_board_stays(inside: Path) -> None:
    """Every light would be red for one reason."""
    assert 0 == look("vendor")
    before = (inside / "docs/status.md").read_text()
    catalogue = inside / "runbooks/catalogue/all.yaml"
    text = catalogue.read_text().replace(
        "first: {http: '${env.base}/vendor'", "first: {http: 'http://127.0.0.1:9/'"
    )
    catalogue.write_text(text)
    assert 1 == look("vendor")
    assert before == (inside / "docs/status.md").read_text()


def test_shipped_lights_lead_to_the_runbook_whose_alert_reads_them() -> None:
    """For agent service, LlamaIndex, the dashboard and the database; and to one that exists for every check."""
    found = leads(
        library(), ["agent-health@agent-service", "llamaindex-query", "dashboard-page", "database-alive"]
    )
    first = {check.partition("@")[0]: some[0].runbook for check, some in found.items()}
    assert {
        "agent-health": "agent-sdk-down",
        "llamaindex-query": "llamaindex-mcp-down",
        "dashboard-page": "slow-dashboard",
        "database-alive": "database-connection",
    } == first
    checks = sorted(library().catalogue.check_templates)
    every = leads(Library(library().workspace), checks)
    root = library().workspace.root
    assert [] == [one.doc for some in every.values() for one in some if not (root / one.doc).is_file()]


def test_the_four_that_the_direction_names_have_a_light_in_production() -> None:
    """Agent service, LlamaIndex, the dashboard and the database's connections, and the numbers of Fly."""
    found = measurable(library(), Request(run="PROBE", environment="production"), NOW)
    there = {one.name.partition("@")[0] for one in found.targets}
    wanted = {"agent-health", "llamaindex-query", "dashboard-page", "database-alive", "database-connections"}
    assert set() == (wanted | {"usage-memory", "usage-processor", "usage-errors", "usage-requests"}) - there


def test_a_light_that_stood_on_the_board_before_names_a_runbook_once() -> None:
    """What is measured again comes twice, and a check may stand in several steps of one runbook."""
    some = library()
    once = leads(some, ["control-probe", "agent-health@agent-service"])
    twice = leads(
        some, ["control-probe", "agent-health@agent-service", "control-probe", "agent-health@agent-service"]
    )
    assert once == twice
    for found in twice.values():
        assert len(found) == len({lead.runbook for lead in found}) > 0
