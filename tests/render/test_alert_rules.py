"""Alert rules as a file: read back by YAML, and accepted by Prometheus' own tool."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from engine.app.documenting import pages as shipped
from engine.app.workspace import Workspace
from engine.kinds.values import Duration
from engine.render.alert_rules import prometheus
from engine.render.documents import RULES
from engine.views.alert_rules import AlertRules, alert_rules
from engine.views.freshness import body_hash, written_hash
from tests.needs import program
from tests.patience import PATIENCE
from tests.render.written import HOSTILE, hostile, pages, tame

ROOT = Path(__file__).parents[2]
BASE = "https://example.com/ops/blob/main/"


def text_of(found: AlertRules) -> str:
    """Return the file."""
    return prometheus(found, BASE, "docs/runbooks/alerts.md")


TAME = alert_rules(pages(tame()))
HOSTILES = alert_rules(pages(hostile(), HOSTILE))


def test_the_file_reads_back_as_what_the_runbooks_say() -> None:
    """A group for each runbook, then one for the probes that are not seen."""
    shop, unseen = yaml.safe_load(text_of(TAME))["groups"]
    assert "shop-down" == shop["name"]
    assert [
        {
            "alert": "Down",
            "expr": 'probe_success{check=""} == 0',
            "labels": {
                "severity": "SEV-2", "service": "shop", "owner": "reliability", "runbook": "shop-down",
            },
            "annotations": {
                "summary": "The shop does not answer",
                "command": "runbook run shop-down",
                "runbook_url": "https://example.com/ops/blob/main/docs/runbooks/incidents/shop-down.md",
            },
        }
    ] == shop["rules"]  # fmt: skip
    (rule,) = unseen["rules"]
    assert ("ProbeUnseen", 'absent(probe_success{check=""})', "15m") == (
        rule["alert"],
        rule["expr"],
        rule["for"],
    )
    assert "Down cannot fire" in rule["annotations"]["summary"]


def test_without_an_address_a_link_is_a_path() -> None:
    """Which a person in the checkout can open."""
    text = prometheus(TAME, "", "docs/runbooks/alerts.md")
    assert "runbook_url: 'docs/runbooks/incidents/shop-down.md'\n" in text


def test_a_hostile_text_is_one_text() -> None:
    """Whatever it holds, and whatever Prometheus would make of its braces."""
    (shop, _) = yaml.safe_load(text_of(HOSTILES))["groups"]
    (rule,) = shop["rules"]
    assert '{{ "{{" }}y}}' in rule["annotations"]["summary"]
    assert "\u202e" not in text_of(HOSTILES)
    assert "# Broken" in rule["alert"]


def test_the_file_says_the_hash_of_its_body() -> None:
    """An edit by hand is seen, as in a page."""
    said, body = written_hash(text_of(TAME))
    assert said == body_hash(body)
    assert body.startswith("groups:\n")


def promtool(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Return what Prometheus' tool says."""
    return subprocess.run(
        [program("promtool"), *words], capture_output=True, text=True, timeout=PATIENCE, cwd=folder
    )


@pytest.mark.system
def test_prometheus_accepts_the_rules_of_the_shipped_runbooks(tmp_path: Path) -> None:
    """And counts as many as there are; a rule that is none is refused."""
    text = shipped(Workspace(ROOT, tmp_path, {}))[RULES]
    (tmp_path / "rules.yaml").write_text(text)
    done = promtool(tmp_path, "check", "rules", "rules.yaml")
    assert 0 == done.returncode, done.stdout + done.stderr
    assert f"{text.count('- alert:')} rules found" in done.stdout
    (tmp_path / "rules.yaml").write_text(text.replace("expr: '", "expr: '(", 1))
    assert 0 != promtool(tmp_path, "check", "rules", "rules.yaml").returncode


@pytest.mark.system
def test_prometheus_fires_them_and_a_probe_that_is_gone_is_told(tmp_path: Path) -> None:
    """Hostile texts included: what looks like a template comes out as text."""
    (tmp_path / "tame.yaml").write_text(text_of(TAME))
    (tmp_path / "hostile.yaml").write_text(text_of(HOSTILES))
    assert 0 == promtool(tmp_path, "check", "rules", "tame.yaml", "hostile.yaml").returncode
    rule = HOSTILES.rules[0]
    shown = yaml.safe_load(text_of(HOSTILES))["groups"][0]["rules"][0]
    notes = {key: text.replace('{{ "{{" }}', "{{") for key, text in shown["annotations"].items()}
    labels = {key: text.replace('{{ "{{" }}', "{{") for key, text in shown["labels"].items()}
    unseen = yaml.safe_load(text_of(HOSTILES))["groups"][1]["rules"][0]
    test = {
        "rule_files": ["hostile.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": 'probe_success{check="x"}', "values": "0 0 _ _x30"}],
                "alert_rule_test": [
                    {
                        "eval_time": "1m",
                        "alertname": shown["alert"],
                        "exp_alerts": [{"exp_labels": {**labels, "check": "x"}, "exp_annotations": notes}],
                    },
                    {
                        "eval_time": "30m",
                        "alertname": unseen["alert"],
                        "exp_alerts": [
                            {
                                "exp_labels": {**unseen["labels"], "check": "x"},
                                "exp_annotations": {
                                    key: text.replace('{{ "{{" }}', "{{")
                                    for key, text in unseen["annotations"].items()
                                },
                            }
                        ],
                    },
                ],
            }
        ],
    }
    assert "{{y}}" in notes["summary"]
    assert rule.lasting is None or rule.lasting == Duration(0.0)
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(test))
    done = promtool(tmp_path, "test", "rules", "test.yaml")
    assert 0 == done.returncode, done.stdout + done.stderr
