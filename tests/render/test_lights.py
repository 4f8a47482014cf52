"""The status board in its three forms: a page, data that can be read back, metrics that Prometheus takes."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import mdformat
import pytest

from engine.kinds.errors import UsageError
from engine.render.lights import data, metrics, page, read
from engine.views.lights import Board, Lead, Light
from tests.needs import program
from tests.patience import PATIENCE

LEAD = Lead(runbook="web-down", doc="docs/runbooks/incidents/web-down.md")
RED = Light(
    check="alive@web",
    title="/health of the web",
    answer="fail",
    at="2025-11-23T03:05:00.000Z",
    since="2025-11-23T03:00:00.000Z",
    first="2025-11-20T00:00:00.000Z",
    passed=3,
    failed=2,
    why='503 | <b>"no"</b>',
    leads=(LEAD,),
)
GREEN = Light(
    check="vendor",
    title="",
    answer="pass",
    at="2025-11-23T03:05:00.000Z",
    since="2025-11-23T03:05:00.000Z",
    first="2025-11-23T03:05:00.000Z",
    passed=1,
    median=0.2,
    p95=0.41,
    budget="< 500ms",
)
BLIND = replace(GREEN, check="token", answer="unknown", passed=0, unseen=1, why="SHOP_TOKEN is not set")
BOARD = Board(environment="production", at=RED.at, lights=(RED, BLIND, GREEN))


def test_the_page_has_time_result_since_when_and_the_runbook() -> None:
    """One row per check, and a link that leads there from where the page lies."""
    text = page(BOARD, "docs")
    assert "As of 2025-11-23 03:05: 1 fail, 1 could not be seen, 1 well." in text
    row = next(line for line in text.splitlines() if "alive@web" in line)
    for part in ("**FAIL**", "2025-11-23 03:00, looked 2025-11-23 03:05", "60.0 % of 5"):
        assert part in row
    assert "[web-down](runbooks/incidents/web-down.md)" in row
    assert "](../docs/runbooks/incidents/web-down.md)" in page(BOARD, "artifacts")
    assert "410ms (wanted < 500ms)" in next(line for line in text.splitlines() if "vendor" in line)


def test_a_formatter_leaves_the_page_as_it_is() -> None:
    """What targets said is shown and not obeyed."""
    text = page(BOARD, "docs")
    assert text == mdformat.text(text, extensions={"gfm"})
    assert "<b>" not in text.replace('`503 \\| <b>"no"</b>`', "")


def test_the_data_are_read_back_as_they_were() -> None:
    """The next board goes on from them."""
    assert {one.check: one for one in BOARD.lights} == read(data(BOARD), "production")


@pytest.mark.parametrize(
    ("value", "said"), [([], "no status of ours"), ({"format": "x"}, "no status of ours")]
)
def test_other_data_are_refused(value: object, said: str) -> None:
    """Nothing of somebody else's is written over."""
    with pytest.raises(UsageError, match=said):
        read(value, "production")  # type: ignore[arg-type]  # JSON by construction
    with pytest.raises(UsageError, match="that of production"):
        read(data(BOARD), "staging")


def test_what_nobody_could_judge_is_no_metric() -> None:
    """Its silence is what the rules tell of."""
    text = metrics(BOARD)
    assert 'probe_success{check="alive",place="web",environment="production"} 0' in text
    assert 'probe_success{check="vendor",environment="production"} 1' in text
    assert 'probe_duration_seconds{check="vendor",environment="production"} 0.200000' in text
    assert "token" not in text


@pytest.mark.system
def test_prometheus_takes_the_metrics() -> None:
    """Asked of its own tool."""
    tool = program("promtool")
    done = subprocess.run(
        [tool, "check", "metrics"],
        input=metrics(BOARD),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (0, "") == (done.returncode, done.stdout + done.stderr)
