"""`explain`: the page, and the proofs as data."""

from __future__ import annotations

import json

from tests.cli.conftest import Command


def test_the_page_says_how_long_it_can_take(runbook: Command) -> None:
    """Upper bounds, and where there is none."""
    done = runbook("explain", "web-down")
    assert 0 == done.returncode
    assert "## How long this can take" in done.stdout
    assert "| From the start to an end" in done.stdout
    assert "no upper bound" in done.stdout


def test_json_has_the_proofs_beside_the_page(runbook: Command) -> None:
    """The same numbers, as seconds."""
    found = json.loads(runbook("explain", "web-down", "--output", "json").stdout)
    assert "web-down" == found["runbook"]
    assert found["markdown"].startswith("---")
    proofs = found["proofs"]
    assert proofs["to_a_person"]["at_most_seconds"] > 0
    assert {"diagnose", "mitigate", "verify", "close"} >= proofs["in_phase"].keys() >= {"diagnose"}
    assert proofs["every_path_ends"] is True
