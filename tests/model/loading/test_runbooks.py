"""Runbooks that load, and what they become."""

from __future__ import annotations

import pytest

from engine.kinds import codec
from engine.kinds.discovery import family
from engine.kinds.errors import FileErrors
from engine.kinds.references import references
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Duration
from engine.model.loading import load_runbook, sub_runbooks
from engine.model.runbook import Runbook
from tests.model.files import catalogue, document, runbook, steps

DOWN = """
runbook: shop-down
title: The shop does not answer
service: shop
severity: SEV-2
owner: reliability
reviewed: 2025-10-13
meaning: A page is liveness only; an answer is the proof.
budgets: {diagnose: 5m, mitigate: 10m, verify: 15m}
triggers: [{alert: ShopDown, expr: 'probe_success{check="shop"} == 0', for: 5m}]
inputs: {app: {default: shop, pattern: '[a-z-]+'}}
outputs: {status: "${query.status}"}
otherwise: engineer
steps:
  look:
    title: Machines and vendors, before a probe of ours wakes anything
    phase: diagnose
    checks:
      machines: {use: machines, with: {app: "${inputs.app}"}}
      vendor: {status_page: "https://status.example.com", weak: vendors report late}
      database: {tcp: "db.example.com:5432", after: machines}
    then: {any: query}
  query:
    title: Does one known question get an answer?
    timeout: 25s
    visits: 3
    check: {use: answers}
    then: {pass: users, fail: cause, unknown: cause}
  users:
    ask: Do users still complain?
    options: {yes: They do, no: All quiet}
    then: {yes: cause, no: false-alarm, timeout: engineer}
  cause:
    title: Whose fault is it?
    visits: 3
    decide:
      - {if: {query.status: 429}, go: own-limit}
      - {if: {query.text: {matches: "Cannot find module|dist/"}}, go: engineer}
      - {if: {look.database: fail}, go: engineer, why: the database is down}
      - any: [{look.machines.oom: true}, {query.seconds: {gt: "${thresholds.slow}"}}]
        go: restart
        raise: P0
    else: engineer
  own-limit: {title: Sit out our own rate limit, wait: 60s, visits: 2, then: query}
  restart:
    title: Restart one machine at a time
    phase: mitigate
    action: {use: restart, with: {app: "${inputs.app}"}}
    for_each: "${look.machines.ids}"
    then: recovered
  recovered:
    title: Five good answers in a row, ten quiet minutes
    phase: verify
    wait: {until: {use: answers}, soak: {passes: 5, every: 30s, for: 10m}, limit: 25m, recovery: true}
    then: resolved
  engineer: {escalate: engineer, decision: Decide the next step, then: {any: escalated}}
"""


@pytest.fixture(scope="module")
def down() -> Runbook:
    """A runbook of the size of a real one."""
    return runbook(DOWN)


def test_a_runbook_of_every_part_loads(down: Runbook) -> None:
    """The steps stay in the order of the file, and the head is typed."""
    assert list(down.steps) == [
        "look", "query", "users", "cause", "own-limit", "restart", "recovered", "engineer"
    ]  # fmt: skip
    assert Duration(300.0) == down.budgets.diagnose
    assert Duration(300.0) == down.triggers[0].lasting
    assert "[a-z-]+" == down.inputs["app"].pattern


def test_a_loaded_runbook_survives_the_journal(down: Runbook) -> None:
    """What is loaded can be written as plain JSON and read back the same."""
    assert down == codec.decode(Runbook, codec.plain(down))


def test_twelve_lines_are_a_runbook_without_any_catalogue() -> None:
    """Required are an id, a title and steps."""
    text = """
    runbook: shop-down
    title: The shop is down
    steps:
      look: {check: {http: "https://shop.example.com/health"}, then: false-alarm}
    """
    found = load_runbook(document(text)).require()
    assert {"pass": "false-alarm"} == found.steps["look"].then


def test_then_covers_every_good_outcome_and_any_the_rest(down: Runbook) -> None:
    """A bare target stands for the good outcomes; `any` for those without a target of their own."""
    assert {"pass": "query", "fail": "query", "unknown": "query"} == down.steps["look"].then
    assert {"held": "query"} == down.steps["own-limit"].then
    asked = steps("""
    a: {ask: Well?, options: {y: Y, n: N}, then: false-alarm}
    b: {check: {tcp: "db:1"}, then: {any: a, fail: aborted, limit: a, skipped: aborted}}
    """)
    assert {"y": "false-alarm", "n": "false-alarm"} == asked.steps["a"].then
    assert {
        "pass": "a",
        "fail": "aborted",
        "unknown": "a",
        "limit": "a",
        "skipped": "aborted",
    } == asked.steps["b"].then


def test_a_use_takes_the_template_with_its_parameters(down: Runbook) -> None:
    """Parameters keep their type, defaults stand in, and the name is kept."""
    look = down.steps["look"].step
    plain = codec.plain(look)
    machines = plain["checks"]["machines"]  # type: ignore[index,call-overload]
    assert "machines" == machines["name"]
    assert "https://api.example.com/${inputs.app}" == machines["kind"]["http"]
    assert {"status": 200} == machines["expect"]
    assert "5s" == machines["timeout"]


def test_keys_beside_use_override_and_facts_are_merged() -> None:
    """The step may tighten what the catalogue says."""
    text = """
    runbook: sample
    title: Sample
    service: shop
    steps:
      a: {check: {use: answers, timeout: 3s, expect: {status: 204}, facts: {id: json.id}}, then: false-alarm}
    """
    step = runbook(text).steps["a"].step
    assert isinstance(step, CheckStep)
    assert Duration(3.0) == step.check.timeout
    assert ["version", "id"] == list(step.check.facts)
    assert 204 == step.check.expect["status"].data


def test_an_action_from_the_catalogue_brings_its_reconcile(down: Runbook) -> None:
    """What stands inside a template may use other templates; its parameters reach them."""
    step = down.steps["restart"].step
    assert isinstance(step, ActionStep)
    assert step.action.reconcile is not None
    assert ["inputs.app", "inputs.app", "secrets.API_TOKEN"] == sorted(references(codec.plain(step.action)))
    assert "restart-machine" == step.action.operation
    assert "${look.machines.ids}" == step.for_each


def test_an_undo_may_use_an_action_of_the_catalogue() -> None:
    """Of the template it takes what an undo has: no undo of its own."""
    found = steps("""
    a:
      action:
        http: "https://api.example.com/stop"
        method: POST
        undo: {use: restart, with: {app: x}, title: Start it again, verify: {use: machines, with: {app: x}}}
      then: false-alarm
    """)
    step = found.steps["a"].step
    assert isinstance(step, ActionStep)
    assert step.action.undo is not None
    assert "Start it again" == step.action.undo.title
    assert step.action.undo.verify is not None
    assert "machines" == step.action.undo.verify.name


def test_each_has_a_value_in_an_action_with_for_each() -> None:
    """The list may be written out."""
    found = steps("""
    a:
      action: {http: "https://api.example.com/${each}", method: POST, irreversible: a restart}
      for_each: [one, two]
      then: false-alarm
    """)
    step = found.steps["a"].step
    assert isinstance(step, ActionStep)
    assert ("one", "two") == step.for_each


def test_a_wait_is_a_pause_or_checks_that_hold(down: Runbook) -> None:
    """One check gets the name `check`; several keep theirs."""
    pause, soak = down.steps["own-limit"].step, down.steps["recovered"].step
    assert isinstance(pause, WaitStep)
    assert isinstance(soak, WaitStep)
    assert (Duration(60.0), None) == (pause.wait, pause.until)
    assert ["check"] == list(soak.until or {})
    assert (5, Duration(30.0), Duration(600.0)) == (soak.soak.passes, soak.soak.every, soak.soak.lasting)
    assert soak.recovery
    named = steps("a: {wait: {until: {http: {http: 'https://x'}, db: {tcp: 'db:1'}}}, then: false-alarm}")
    step = named.steps["a"].step
    assert isinstance(step, WaitStep)
    assert ["http", "db"] == list(step.until or {})


def test_an_undo_takes_all_or_named_steps() -> None:
    """A single name is a list of one."""
    found = steps("""
    a: {action: {use: restart, with: {app: x}}, then: b}
    b: {undo: all, then: c}
    c: {undo: a, then: aborted}
    """)
    chosen = [node.step.undo for node in found.steps.values() if isinstance(node.step, UndoStep)]
    assert ["all", ("a",)] == chosen


def test_branches_are_graphs_of_their_own() -> None:
    """Their ends are the three answers; they see the steps around them."""
    found = steps("""
    a: {check: {tcp: "db:1"}, then: b}
    b:
      parallel:
        one:
          start: y
          steps: {x: {check: {http: "https://${a.seconds}.example.com"}, then: pass}, y: {wait: 1s, then: x}}
        two: {steps: {x: {check: {tcp: "db:1"}, then: {any: unknown}}}}
      until: first
      then: false-alarm
    """)
    step = found.steps["b"].step
    assert isinstance(step, ParallelStep)
    assert ["y", ""] == [branch.start for branch in step.parallel.values()]
    assert {"pass": "unknown", "fail": "unknown", "unknown": "unknown"} == step.parallel["two"].steps[
        "x"
    ].then


def test_the_rows_of_a_decide_keep_their_conditions(down: Runbook) -> None:
    """`if`, `else` and `raise` are words of Python, so their fields have other names."""
    step = down.steps["cause"].step
    assert isinstance(step, DecideStep)
    assert "engineer" == step.otherwise
    assert ["", "", "", "P0"] == [case.raises for case in step.decide]
    assert {"matches": "Cannot find module|dist/"} == step.decide[1].when["query.text"].data


def test_sub_runbooks_are_named_once_from_every_depth() -> None:
    """The application loads exactly these."""
    found = steps("""
    a: {runbook: database-down, then: b}
    b: {parallel: {p: {steps: {x: {runbook: vendor-down, then: pass}}}}, then: c}
    c: {runbook: database-down, inputs: {app: "${a.app}"}, then: false-alarm}
    """)
    assert ("database-down", "vendor-down") == sub_runbooks(found)


@pytest.mark.parametrize("kind", family("steps"))
def test_the_example_of_every_step_kind_loads(kind: str) -> None:
    """What the reference shows can be copied."""
    elsewhere = {"go: wait": "go: next", "then: check": "then: next"}  # targets named like a kind
    example = family("steps")[kind].example
    for target, instead in elsewhere.items():
        example = example.replace(target, instead)
    names = ("next", "again", "look", "verify", "query", "engineer", "escalate")
    others = [f"  {name}: {{check: {{http: 'https://x'}}, then: false-alarm}}" for name in names]
    text = "\n".join(["runbook: sample", "title: Sample", "steps:", f"  example: {example}", *others])
    assert kind == load_runbook(document(text)).require().steps["example"].step.kind


@pytest.mark.parametrize(("of", "kind"), [(of, kind) for of in ("checks", "actions") for kind in family(of)])
def test_the_example_of_every_check_and_action_loads(of: str, kind: str) -> None:
    """What the reference shows can be copied; it names its own kind."""
    key = of.removesuffix("s")
    text = f"""
    runbook: sample
    title: Sample
    inputs: {{app: {{default: shop}}}}
    steps:
      look: {{check: {{tcp: 'db:1'}}, then: example}}
      example: {{{key}: {family(of)[kind].example}, then: false-alarm}}
    """
    found = load_runbook(document(text), catalogue()).require().steps["example"].step
    assert isinstance(found, CheckStep | ActionStep)
    use = found.check if isinstance(found, CheckStep) else found.action
    assert kind == use.kind.kind


def test_require_raises_what_was_found() -> None:
    """A caller that needs the value gets the findings in one exception."""
    with pytest.raises(FileErrors) as caught:
        load_runbook(document("runbook: a\ntitle: A\n")).require()
    assert "'steps' is missing" == caught.value.findings[0].finding.message
