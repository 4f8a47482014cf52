"""`probe`: what can be measured and where, success before speed, nothing changed, no value shown."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.app import baselines
from engine.app.library import Library
from engine.app.measurable import Measurable, Target, measurable
from engine.app.measuring import Probe, Probed, measure, probe, sampled
from engine.app.workspace import Workspace
from engine.cli.program import run as run_words
from engine.core.plan import Request
from engine.io.redaction import Redactor
from engine.kinds.checks.http import HttpCheck
from engine.kinds.checks.samples import SamplesCheck
from engine.kinds.errors import UsageError
from engine.kinds.matchers import Matcher
from engine.kinds.uses import CheckUse
from engine.kinds.values import Instant
from engine.render.measured import data, row, rows
from engine.views.measured import Comparison, Measured, Recorded
from tests.cli.conftest import Command, Service
from tests.kinds.fakes import FakeWorld, http_reply

NOW = Instant.parse("2025-11-23T03:05:22Z")
TOKEN = "fo1_Zk3-9qLw8xYv7bN2mT"
CHECKS = """
controls:
  first: {http: '${env.base}/vendor', timeout: 2s, no_answer: unknown}
checks:
  alive: {params: {url: null}, http: '${with.url}/health', timeout: 2s, retry: {times: 0}, expect: {status: 200, seconds: {lt: 5s}}}
  vendor: {http: '${env.base}/vendor', timeout: 2s, expect: {status: 200}}
  item: {params: {url: null, id: null}, http: '${with.url}/items/${with.id}'}
  lonely: {params: {app: null}, http: '${env.base}/${with.app}'}
  elsewhere: {http: '${env.nowhere}/x'}
  since: {http: '${env.base}/vendor', expect: {text: {not: {contains: '${run.since}'}}}}
  token: {http: '${env.base}/vendor', headers: {Authorization: 'Bearer ${secrets.SHOP_TOKEN}'}, expect: {status: 200}}
"""
USES = """
      stuck: {use: alive, with: {url: '${service.url}'}}
      again: {use: alive, with: {url: '${services.web.url}'}}
      place: {use: alive, with: {url: '${env.base}'}}
      one: {use: item, with: {url: '${service.url}', id: 7}}
"""


@pytest.fixture
def shop(workspace: Workspace, root: Path) -> Workspace:
    """Return the small workspace with checks in its catalogue, and a runbook that asks them."""
    catalogue = root / "runbooks/catalogue/all.yaml"
    catalogue.write_text(catalogue.read_text() + CHECKS)
    runbook = root / "runbooks/incidents/web-down.yaml"
    text = runbook.read_text()
    runbook.write_text(
        text.replace("    then: {any: cause}", USES.strip("\n") + "\n    then: {any: cause}", 1)
    )
    return workspace


def found(workspace: Workspace, *only: str) -> Measurable:
    """Return what of production can be measured."""
    return measurable(Library(workspace), Request(run="PROBE", environment="production"), NOW, only)


def probed(workspace: Workspace, *checks: str, **more: object) -> Probed:
    """Measure in production, twice where nothing else is said."""
    given = {"samples": 2, **more}
    return probe(Probe(workspace=workspace, checks=checks, environment="production", **given))  # type: ignore[arg-type]


def test_each_check_is_a_target_where_some_runbook_asks_it(shop: Workspace) -> None:
    """A service by two spellings is one place; what a run must know first is told as that."""
    known = found(shop)
    assert ["alive@web", "alive@base", "since", "token", "vendor"] == [one.name for one in known.targets]
    assert {
        "elsewhere": "${env.nowhere} has no value in environment production",
        "item": "it needs what only a run knows: id",
        "lonely": "no runbook of this environment says where to look: app",
    }.items() <= {one.name: one.why.removeprefix("step measure: ") for one in known.left}.items()


def test_names_are_checked_before_anything_is_asked(shop: Workspace) -> None:
    """A name alone means every place of it."""
    assert ["alive@web", "alive@base"] == [one.name for one in found(shop, "alive").targets]
    assert ["alive@base"] == [one.name for one in found(shop, "alive@base", "alive@base").targets]
    with pytest.raises(UsageError, match="no check 'alife'") as caught:
        found(shop, "alife")
    assert "alive" in caught.value.hint
    with pytest.raises(UsageError, match="no runbook asks 'alive' of 'wep'"):
        found(shop, "alive@wep")
    with pytest.raises(UsageError, match="0 tries"):
        probed(shop, samples=0)
    with pytest.raises(UsageError, match="no environment 'prod'"):
        probe(Probe(workspace=shop, environment="prod"))


def test_a_budget_judges_the_p95_and_not_the_single_try() -> None:
    """A slow answer is an answer; everything else of the expectation decides whether a try is good."""
    expect = {"status": Matcher.parse(200), "seconds": Matcher.parse({"lt": "500ms"})}
    use = CheckUse(kind=HttpCheck(http="https://a.example/"), name="a", expect=expect)
    many = sampled(use, None, None)
    assert isinstance(many.kind, SamplesCheck)
    assert ["status"] == list(many.kind.samples.expect)
    assert ["ok_share", "left_out", "p95"] == list(many.expect)
    assert (10, 1) == (many.kind.n, many.kind.warm_up)
    once = sampled(use, 1, None)
    assert isinstance(once.kind, SamplesCheck)
    assert (1, 0) == (once.kind.n, once.kind.warm_up), "one try is a look at how it is now"
    old = Recorded(check="a", n=20, ok=20, failures={}, method="linear", values={"median": 0.4, "p95": 0.5})
    assert {"median": 0.4, "p95": 0.5, "n": 20, "method": "linear"} == sampled(use, 3, old).kind.baseline  # type: ignore[attr-defined]  # a SamplesCheck
    own = sampled(replace(many, expect={"p95": Matcher.parse({"lt": "1s"})}), 4, None)
    assert isinstance(own.kind, SamplesCheck)
    assert (4, ["p95"]) == (own.kind.n, list(own.expect))


def test_slow_is_a_fail_of_the_whole_and_every_try_counts() -> None:
    """Ten answers of 0.6 s: all good, and their P95 is over the budget."""
    expect = {"status": Matcher.parse(200), "seconds": Matcher.parse({"lt": "500ms"})}
    use = CheckUse(kind=HttpCheck(http="https://a.example/"), name="a", expect=expect)
    world = FakeWorld([http_reply(200, {}, seconds=0.6) for _ in range(11)])
    (one,) = asyncio.run(measure([Target("a", use)], world, Redactor({}), None, {}))
    assert ("fail", 10, 10) == (one.answer, one.facts["ok"], one.facts["n"])
    assert "P95 600ms (linear, n 10, wanted < 500ms)" in row(one)
    assert 11 == len(one.trials)
    assert [True] + [False] * 10 == [trial.warm_up for trial in one.trials]


def test_a_410_is_told_as_a_fault_of_the_probe() -> None:
    """It is quick, and says nothing about the page."""
    use = CheckUse(kind=HttpCheck(http="https://a.example/"), name="a", expect={"status": Matcher.parse(200)})
    world = FakeWorld([http_reply(410, b"Gone", seconds=0.2) for _ in range(4)])
    (one,) = asyncio.run(measure([Target("a", use)], world, Redactor({}), 3, {}))
    assert "fail" == one.answer
    assert "0 of 3 good; too few for a percentile; 3 x status 410, wanted 200; 410 is what robots" in row(one)


def test_what_is_measured_on_sockets(shop: Workspace, service: Service) -> None:
    """A green one, a red one, and one whose token is missing; nothing is posted."""
    done = {one.check: one for one in probed(shop).measured}
    assert ("fail", "pass", "unknown") == tuple(
        done[name].answer for name in ("alive@web", "vendor", "token")
    )
    assert {"status 503, wanted 200": 2} == done["alive@web"].facts["failures"]
    assert "SHOP_TOKEN" in done["token"].why
    assert [] == service.posts


def test_no_value_of_a_secret_is_shown(shop: Workspace) -> None:
    """Neither on the screen nor in a record."""
    known = replace(shop, environ={**shop.environ, "SHOP_TOKEN": TOKEN})
    done = probed(known, "token")
    assert ["pass"] == [one.answer for one in done.measured]
    path = baselines.record(known, "one", done.measured[0].trials)
    shown = "".join(rows(done.measured)) + json.dumps([data(one, "") for one in done.measured])
    assert TOKEN not in shown + path.read_text()


def test_our_own_network_is_told_before_anything_is_measured(shop: Workspace, root: Path) -> None:
    """Where no control probe answers, every row would be red for one reason."""
    catalogue = root / "runbooks/catalogue/all.yaml"
    catalogue.write_text(
        catalogue.read_text().replace(
            "first: {http: '${env.base}/vendor'", "first: {http: 'http://127.0.0.1:9/'"
        )
    )
    done = probed(shop, "vendor")
    assert (False, ()) == (done.network, done.measured)


def test_a_host_that_is_not_listed_is_not_asked(shop: Workspace, root: Path) -> None:
    """The guards of a run hold here too."""
    catalogue = root / "runbooks/catalogue/all.yaml"
    text = catalogue.read_text().replace(
        "controls:\n  first: {http: '${env.base}/vendor', timeout: 2s, no_answer: unknown}\n", ""
    )
    catalogue.write_text(text + "guards: {access: {hosts: [shop.example.com]}}\n")
    (one,) = probed(shop, "vendor").measured
    assert "unknown" == one.answer
    assert "guards.access.hosts" in one.why or "not" in one.why


def test_the_command_records_and_compares(
    shop: Workspace, runbook: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was recorded is compared with by name; a red one makes exit 1."""
    monkeypatch.chdir(runbook.root)
    for name, value in runbook.environ.items():
        monkeypatch.setenv(name, value)
    words = ["probe", "vendor", "--env", "production", "--samples", "10"]
    assert 0 == run_words([*words, "--record", "one"])
    said = capsys.readouterr().out
    assert "ok    vendor" in said
    assert "recorded in runbooks/baselines/one.csv" in said
    run_words([*words, "--baseline", "one", "--output", "json"])
    (told,) = json.loads(capsys.readouterr().out)["measured"]
    assert (10, 10) == (told["ok"], told["baseline"]["n"])
    assert {"says", "median_ratio", "p95_ratio", "warn", "critical"} <= set(told["baseline"])
    assert 1 == run_words(["probe", "alive@web", "--env", "production", "--samples", "1"])
    said = capsys.readouterr().out
    assert "FAIL  alive@web" in said
    assert "recorded are: one" in said


def test_the_rows_say_what_is_slower_and_where_people_are_paged() -> None:
    """A row of its own below the check."""
    slower = Comparison(
        n=20, says="slower: median x1.50", slower=True, warn=0.934, critical=1.401, line="warn"
    )
    facts = {
        "n": 10,
        "ok": 10,
        "method": "linear",
        "median": 0.6,
        "p95": 0.95,
        "first_seconds": 2.2,
        "left_out": 0,
    }
    one = Measured(
        check="page", target="", answer="pass", why="", budget="< 800ms", facts=facts, against=slower
    )
    first, second = rows([one])
    assert first.startswith("slow  page")
    assert first.endswith("P95 950ms (linear, n 10, wanted < 800ms); the first took 2.2s")
    assert (
        second.strip()
        == "slower: median x1.50; P95 warns at 934ms, pages at 1.4s - it is above the warning line"
    )
