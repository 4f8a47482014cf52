"""A small workspace with cases beside its runbook: no service, no network, nothing but files."""

from __future__ import annotations

from pathlib import Path

from engine.app.library import Library
from engine.app.workspace import Workspace
from tests.cli.conftest import CATALOGUE, RUNBOOK

CASES = """
cases: web-down
environment: production
tests:
  - case: it is stuck
    since: 3m
    given: {look.health: {facts: {status: 503}}}
    people: [{step: restart, item: consent, answer: yes, after: 20s}]
    expect:
      path: [look, cause, restart, recovered]
      end: resolved
      moves: [{step: restart, change: restart-machine, args: {http: {matches: '/restart$'}}}]
      messages: []
      severity: SEV-2
      never: [people]
  - case: all quiet
    people: [{step: people, answer: quiet}]
    expect: {path: [look, ..., people], end: false-alarm, moves: []}
  - case: nobody answers
    given: {look.health: refused}
    expect: {path: [look, cause, people], waits: people}
"""


def workspace(root: Path, cases: str = CASES, runbook: str = RUNBOOK) -> Workspace:
    """Write the files below a folder and return the workspace."""
    for folder in ("runbooks/incidents", "runbooks/catalogue", "drills"):
        (root / folder).mkdir(parents=True)
    (root / "runbooks/catalogue/all.yaml").write_text(CATALOGUE.format(url="http://web.example.com"))
    (root / "runbooks/incidents/web-down.yaml").write_text(runbook.replace("OPERATION", "restart-machine"))
    (root / "runbooks/incidents/web-down.cases.yaml").write_text(cases.lstrip())
    return Workspace(root, root / "state", {})


def library(root: Path, cases: str = CASES, runbook: str = RUNBOOK) -> Library:
    """Return the library of such a workspace."""
    return Library(workspace(root, cases, runbook))
