"""What an editor shows: the real yaml-language-server with the shipped schemas and the shipped mapping."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.snippets import ROOT
from tests.needs import require_node
from tests.parts.language_server import LanguageServer

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("language-server")]

HEAD = "runbook: a\ntitle: A\nsteps:\n  a:\n"
SCENARIO = "scenario: a\nrunbook: b\ntitle: A\nalert: {name: A}\n"
CASES = "cases: a\ntests:\n  - case: b\n    expect: {end: resolved}\n"
STEPS = "steps: a\ntests:\n  b:\n    - goes: c\n"
RUNBOOK_FILE = "runbooks/incidents/a.yaml"
BAD: dict[str, tuple[str, str, int, str]] = {
    "unknown key": (RUNBOOK_FILE, HEAD + "    wait: 5s\ntitel: A\n", 6, "titel"),
    "missing title": (RUNBOOK_FILE, "runbook: a\nsteps:\n  a: {wait: 5s}\n", 1, "title"),
    "wrong type": (RUNBOOK_FILE, HEAD + "    wait: 5\n", 5, "type"),
    "no unit": (RUNBOOK_FILE, HEAD + "    check: {tcp: 'x:1'}\n    budget: 5 minutes\n", 6, "pattern"),
    "unknown step kind": (RUNBOOK_FILE, HEAD + "    chek: {tcp: 'x:1'}\n", 5, "chek"),
    "unknown check kind": (RUNBOOK_FILE, HEAD + "    check:\n      htp: x\n", 6, "htp"),
    "two kinds": (RUNBOOK_FILE, HEAD + "    check:\n      http: x\n      tcp: y\n", 7, "tcp"),
    "field of a kind": (RUNBOOK_FILE, HEAD + "    check:\n      http: x\n      methd: GET\n", 7, "methd"),
    "bad outcome": (RUNBOOK_FILE, HEAD + "    check: {tcp: 'x:1'}\n    then:\n      pas: b\n", 7, "pas"),
    "bad phase": (RUNBOOK_FILE, HEAD + "    wait: 5s\n    phase: diagnosis\n", 6, "diagnose"),
    "row without go": (RUNBOOK_FILE, HEAD + "    decide:\n      - if: {b.c: 1}\n    else: b\n", 6, "go"),
    "inside an undo": (
        RUNBOOK_FILE,
        HEAD + "    action:\n      http: x\n      undo:\n        http: x\n        undo: y\n",
        9,
        "undo",
    ),
    "operation": ("runbooks/operations/a.yaml", HEAD + "    wait: 5s\nkind: task\n", 6, "incident"),
    "scenario key": ("drills/a.yaml", SCENARIO + "faults:\n  - {service: s, kind: crash-loop, form: 1s}\n", 6, "form"),
    "fault": ("drills/a.yaml", SCENARIO + "faults:\n  - service: s\n    kind: crashloop\n", 7, "crash-loop"),
    "scenario end": ("drills/a.yaml", SCENARIO + "expect:\n  end: solved\n", 6, "resolved"),
    "case outcome": ("runbooks/incidents/a.cases.yaml", CASES + "    given:\n      look: [pass, fial]\n", 6, "fail"),
    "step test key": ("runbooks/incidents/a.steps.yaml", "steps: a\ntests:\n  b:\n    - {gose: c}\n", 4, "gose"),
    "step test outcome": ("runbooks/incidents/a.steps.yaml", STEPS + "      given: {web: [pass, fial]}\n", 5, "fail"),
    "case without expect": ("runbooks/incidents/a.cases.yaml", "cases: a\ntests:\n  - case: b\n", 3, "expect"),
    "catalogue section": ("runbooks/catalogue/a.yaml", "roles: {}\nservice: {}\n", 2, "service"),
    "catalogue check": ("runbooks/catalogue/a.yaml", "checks:\n  a:\n    http: x\n    timeout: soon\n", 4, "pattern"),
    "catalogue channel": ("runbooks/catalogue/a.yaml", "channels:\n  a:\n    type: pager\n    url: x\n", 3, "pagerduty"),
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[LanguageServer]:
    """The server as an editor starts it in this repository."""
    node, modules = require_node("yaml-language-server")
    mapping = json.loads((ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8"))["yaml.schemas"]
    settings = {"yaml": {"validate": True, "schemaStore": {"enable": False}, "schemas": mapping}}
    running = LanguageServer(node, modules, ROOT, settings)
    yield running
    running.close()


def shipped() -> list[Path]:
    """Return every runbook, cases, step test and catalogue file, and every twentieth drill."""
    return [*sorted((ROOT / "runbooks").rglob("*.yaml")), *sorted((ROOT / "drills").glob("*.yaml"))[::20]]


def test_the_shipped_files_show_nothing(server: LanguageServer) -> None:
    """Of every kind of file; that they have a schema at all is what the bad ones show."""
    shown = server.open([(path, path.read_text(encoding="utf-8")) for path in shipped()])
    kinds = {path.parent.name for path in shown}
    assert kinds >= {"incidents", "operations", "catalogue", "drills"}
    assert {} == {path.name: told for path, told in shown.items() if told}


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_shown_at_its_line(server: LanguageServer, name: str) -> None:
    """The words name what is wrong, or what would be right."""
    file, text, line, word = BAD[name]
    (told,) = server.open([(ROOT / file, text)]).values()
    assert [one for one in told if one[0] == line and word in one[1]], told
    assert len(told) <= 3, told


def test_a_schema_that_a_file_names_itself_is_used(server: LanguageServer) -> None:
    """The first line of a file that no mapping knows."""
    line = "# yaml-language-server: $schema=docs/schema/runbook.schema.json\n"
    good = HEAD + "    wait: 5s\n"
    (without,) = server.open([(ROOT / "elsewhere.yaml", good + "titel: A\n")]).values()
    (told,) = server.open([(ROOT / "elsewhere.yaml", line + good + "titel: A\n")]).values()
    (fine,) = server.open([(ROOT / "elsewhere.yaml", line + good)]).values()
    assert ([], [(7, "Property titel is not allowed.")], []) == (without, told, fine)


def test_keys_and_facts_are_explained_and_offered(server: LanguageServer) -> None:
    """A hover has the field's own words; what is offered fits the kind that was chosen."""
    path = ROOT / "runbooks/incidents/asked.yaml"
    check = HEAD + "    check:\n      http: x\n      "
    hover = server.at("hover", path, check + "timeout: 5s\n", 6, 8)
    assert "How long one try may take." in json.dumps(hover)
    fact = server.at("hover", path, check + "expect: {status: 200}\n", 6, 17)
    assert "status code" in json.dumps(fact)
    offered = {one["label"] for one in server.at("completion", path, check + "\n", 6, 6)["items"]}
    assert {"method", "headers", "expect"} <= offered
    assert not {"tcp", "sql", "use"} & offered
    steps = {one["label"] for one in server.at("completion", path, HEAD + "    \n", 4, 4)["items"]}
    assert {"check", "action", "ask", "wait"} <= steps
