"""A small workspace with step tests beside its runbook: every kind of step, and no service at all."""

from __future__ import annotations

from pathlib import Path

from engine.app.library import Library
from engine.app.workspace import Workspace
from tests.cli.conftest import CATALOGUE

ACTIONS = """
controls: {{net: {{tcp: "one.example.com:443"}}}}
actions:
  restart:
    http: "${{service.url}}/restart"
    method: POST
    operation: restart-machine
    title: Restart it
    reconcile: {{http: "${{service.url}}/health", expect: {{status: 200}}}}
    undo: {{http: "${{service.url}}/back", method: POST, title: Put it back, verify: {{http: "${{service.url}}/health"}}}}
"""
OTHER = """
runbook: other
title: Another one
service: web
severity: SEV-2
owner: manager
outputs: {seen: '${peek.status}'}
steps:
  peek: {check: {http: "${service.url}/x", expect: {status: 200}}, then: {pass: resolved, fail: escalated, unknown: escalated}}
"""
RUNBOOK = """
runbook: web-down
title: The web service does not answer
service: web
severity: SEV-2
owner: manager
otherwise: people
steps:
  look:
    checks:
      health: {http: "${service.url}/health", expect: {status: 200, seconds: {lt: 5s}}, timeout: 9s}
      vendor: {http: "${service.url}/vendor", expect: {status: 200}, timeout: 5s}
    then: {any: cause}
  cause:
    visits: 2
    decide:
      - {if: {look.health.status: 503, look.vendor: pass}, go: restart, raise: SEV-1, why: stuck}
      - {if: {look.health.status: {in: [500, 503]}}, any: [{look.vendor: fail}, {look.vendor.status: {ge: 400}}], go: tell}
      - {if: {look.health.status: {ge: 500}}, go: people}
      - {if: {below.seen: 1}, go: below}
    else: tell
  restart: {timeout: 5m, action: {use: restart}, then: {done: recovered, failed: back}}
  back: {undo: all, then: {undone: people, partly: people}}
  recovered:
    wait: {until: {http: "${service.url}/health", expect: {status: 200}}, soak: {passes: 2, every: 10s}, limit: 1m, recovery: true}
    then: {held: resolved, limit: below}
  below: {runbook: other, then: {resolved: both, escalated: people}}
  both:
    parallel:
      left: {steps: {one: {check: {http: "${service.url}/l", expect: {status: 200}}, then: {pass: pass}}}}
      right: {steps: {two: {decide: [{if: {look.vendor: pass}, go: pass}], else: fail}}}
    then: {pass: pause, fail: people}
  pause: {wait: 30s, then: {held: tell, limit: people}}
  tell: {notify: manager, text: "It is ${look.health.status}", then: page}
  page: {escalate: manager, decision: Decide, within: 2m, then: {acknowledged: escalated, unanswered: people, undelivered: people}}
  people:
    ask: Do users still complain?
    options: {complain: They do, quiet: All quiet}
    then: {complain: restart, quiet: false-alarm}
"""
STEPS = """
steps: web-down
environment: production
people:
  - {item: consent, answer: 'yes'}
  - {item: ack, answer: ack}
tests:
  look:
    - {given: {health: {facts: {status: 503}}}, outcome: fail, goes: cause, answers: {health: fail, vendor: pass}}
    - {given: {vendor: timeout}, outcome: fail, answers: {vendor: fail}}
  cause:
    - {facts: {look.health.status: 503, look.vendor: pass}, goes: restart, severity: SEV-1}
    - {facts: {look.health.status: 503}, goes: people, severity: none}
    - {facts: {below.seen: 1}, goes: below}
    - {visit: 3, outcome: limit, goes: people}
  restart:
    - {asks: [{kind: confirm, item: consent, role: operator}], moves: [{change: restart-machine, effect: change, args: {http: {matches: '/restart$'}}, undo: Put it back}], outcome: done, goes: recovered, takes: 5s}
    - {people: [], moves: [], outcome: failed, goes: back, takes: 5m}
  back:
    - {made: [restart], moves: [{change: undo}], outcome: undone, goes: people}
  recovered:
    - {given: {check: [fail, pass]}, outcome: held, takes: 20s, recovers: true}
  below:
    - {given: {'': escalated}, outcome: escalated, goes: people}
  both:
    - {given: {left: pass, right: fail}, outcome: fail}
  both/right/two:
    - {facts: {look.vendor: pass}, goes: pass}
  page:
    - {messages: [manager], outcome: acknowledged}
    - {people: [], outcome: unanswered, takes: 2m}
  people:
    - {people: [{answer: quiet}], goes: false-alarm}
    - {people: [], waits: true}
"""


def workspace(root: Path, steps: str = STEPS, runbook: str = RUNBOOK) -> Workspace:
    """Write the files below a folder and return the workspace."""
    for folder in ("runbooks/incidents", "runbooks/catalogue", "drills"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "runbooks/catalogue/all.yaml").write_text(
        (CATALOGUE + ACTIONS).format(url="http://web.example.com")
    )
    (root / "runbooks/incidents/web-down.yaml").write_text(runbook.lstrip())
    (root / "runbooks/incidents/other.yaml").write_text(OTHER.lstrip())
    if steps:
        (root / "runbooks/incidents/web-down.steps.yaml").write_text(steps.lstrip())
    return Workspace(root, root / "state", {})


def library(root: Path, steps: str = STEPS, runbook: str = RUNBOOK) -> Library:
    """Return the library of such a workspace."""
    return Library(workspace(root, steps, runbook))
