"""The pages about what authors write: the file, matchers, facts and references."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.cli.reference.saying import barless, fields_table, sentence
from engine.kinds.facts import Selector
from engine.kinds.matcher_meaning import MEANING
from engine.kinds.matchers import NARROWING, OPERATORS, Matcher
from engine.kinds.references import ABSENT, Absent
from engine.kinds.units import UNITS
from engine.kinds.values import Duration, Json
from engine.model.assertion import Always, Assertion, Before, Never
from engine.model.cases import (
    Assumptions,
    Case,
    CaseExpectation,
    Cases,
    ExpectedMessage,
    ExpectedMove,
    Given,
    Givens,
    Response,
    Spread,
)
from engine.model.catalogue import (
    Catalogue,
    Channel,
    Environment,
    McpServer,
    Role,
    Rung,
    Service,
    SeverityLevel,
    Threshold,
)
from engine.model.guards import (
    Access,
    Approver,
    Baseline,
    CommandRule,
    Credential,
    Deviation,
    Guards,
    Limits,
    Precaution,
    Rule,
    Window,
)
from engine.model.loading.names import WORDS
from engine.model.runbook import Budgets, Input, Runbook, Trigger
from engine.model.scenario import Alert, Answer, Diagnosis, Expectation, Fault, Scenario
from engine.model.source import MAX_BYTES, MAX_DEPTH, MAX_NODES
from engine.model.step_tests import ExpectedAsk, ExpectedChange, StepAnswer, StepTest, StepTests
from engine.render.markdown_text import table

_SHOWN: Final[Mapping[str, tuple[Json, tuple[Json | Absent, ...]]]] = {
    "eq": ({"eq": 200}, (200, 503)),
    "ne": ({"ne": "open"}, ("closed", "open")),
    "lt": ({"lt": "500ms"}, (0.2, 0.7, "soon")),
    "le": ({"le": 3}, (3, 4)),
    "gt": ({"gt": 0}, (1, 0)),
    "ge": ({"ge": 2}, (2, 1)),
    "between": ({"between": [200, 299]}, (204, 302)),
    "in": ({"in": [200, 204]}, (204, 500)),
    "contains": ({"contains": "ready"}, ("is ready", ["starting"])),
    "matches": ({"matches": "^v[0-9]+$"}, ("v12", "main", 12)),
    "len": ({"len": 0}, ([], ["PG_URL"])),
    "every": ({"every": {"state": "started"}}, ([{"state": "started"}], [{"state": "stopped"}], [])),
    "some": ({"some": {"oom": True}}, ([{"oom": True}], [])),
    "not": ({"not": {"contains": "FATAL"}}, ("all well", "FATAL: no slots", 5)),
    "within": (
        {"within": "30m", "of": "2025-11-23T03:00:00Z"},
        ("2025-11-23T02:49:00Z", "2025-11-22T20:00:00Z"),
    ),
    "exists": ({"exists": True}, ("anything", ABSENT)),
    "where": ({"where": {"up": True}, "every": {"zone": "ord"}}, ([{"up": True, "zone": "ord"}], [])),
    "newest_by": (
        {"newest_by": "at", "get": {"ok": True}},
        ([{"at": 1, "ok": False}, {"at": 2, "ok": True}], [{"at": 1, "ok": False}]),
    ),
    "get": (
        {"where": {"n": {"ge": 5}}, "get": {"failed": {"lt": 2}}},
        ({"n": 9, "failed": 1}, {"n": 9, "failed": 3}, {"n": 4, "failed": 0}),
    ),
    "count": (
        {"where": {"up": True}, "count": {"ge": 1}},
        ([{"up": True}, {"up": False}], [{"up": False}], [{}]),
    ),
    "default": ({"default": 0, "lt": 5}, (ABSENT, 7)),
    "as": ({"as": "percent", "lt": 5}, ("0.50%", "12 %", "none")),
}
_REFER: Final[Mapping[str, tuple[str, str]]] = {
    "inputs": ("an input of the runbook, `${inputs.order}`", "planned"),
    "service": ("a variable of the runbook's service in the chosen environment, `${service.url}`", "planned"),
    "services": ("the same of any service, `${services.shop.url}`", "planned"),
    "env": ("a variable of the environment, `${env.machines_api}`", "planned"),
    "environment": ("the name of the environment", "planned"),
    "thresholds": ("a number of the catalogue, `${thresholds.soak}`", "planned"),
    "sandbox": ("the address of a stand-in, only in the catalogue's environments and services", "planned"),
    "with": ("a parameter, inside the catalogue's checks and actions, `${with.app}`", "planned"),
    "baselines": ("a recorded measurement of the catalogue, `${baselines.live-page}`", "planned"),
    "run": (
        "`id`, `runbook`, `environment`, `since`, `started`, `severity`, `operator`, `network` (`ok` or not)",
        "asked",
    ),
    "each": ("the target of an action with `for_each`", "asked"),
    "secrets": (
        "an environment variable by name, only in fields of a kind; read at the moment of use",
        "sent",
    ),
}
_PICKS: Final[tuple[tuple[Json, str], ...]] = (
    ("json.machines.0.id", "a path: keys by name, items by number"),
    ({"from": "json.machines", "where": {"state": "started"}}, "the items that fit"),
    ({"from": "json.machines", "where": {"state": "started"}, "count": True}, "how many fit"),
    ({"from": "json.machines", "newest_by": "at", "get": "id"}, "of the newest item, one value"),
    ({"from": "json.result.region", "or": "json.region", "default": "far"}, "two shapes of one answer"),
    ({"from": "json.region", "default": "unknown"}, "what holds where nothing is found"),
    ({"from": "json.errors", "as": "percent"}, "a number that is written another way"),
)
_SEEN: Final[Mapping[str, Json]] = {
    "json": {
        "machines": [
            {"id": "m1", "state": "started", "at": "2025-11-23T03:00:00Z"},
            {"id": "m2", "state": "stopped", "at": "2025-11-23T03:05:00Z"},
        ],
        "errors": "0.50%",
    }
}
_GUARDS: Final[tuple[type[Any], ...]] = (
    Rule, Window, Guards, Access, CommandRule, Limits, Deviation, Precaution, Approver, Credential, Baseline,
)  # fmt: skip
_FILES: Final[Mapping[str, tuple[str, str, str]]] = {
    "runbook": ("a runbook", "`runbooks/incidents/`, `runbooks/operations/`", "A runbook"),
    "catalogue": ("the catalogue, which all share", "`runbooks/catalogue/`", "The catalogue"),
    "cases": ("cases of a runbook", "beside it, `NAME.cases.yaml`", "Cases"),
    "step-tests": ("tests of its steps", "beside it, `NAME.steps.yaml`", "Step tests"),
    "scenario": ("a scenario of a drill", "`drills/`", "A scenario"),
}
"""Every kind of file by its schema: what it is, where it lies, and its heading on the page."""
_COUNTED: Final = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven")
_DURATIONS: Final = ("500ms", "90s", "5m", "1h30m", "2d")


def matchers() -> Iterator[str]:
    """Yield the page of matchers; its examples are judged while it is written."""
    yield "# Matchers"
    yield (
        "An expectation is data, never code. A bare value means equality. A mapping whose keys are all "
        "operators applies each of them; any other mapping matches field by field. The answer is pass, "
        "fail or unknown: an operator on a value that is not there, or that it does not fit, is unknown."
    )
    rows = []
    for name in (*OPERATORS, "exists", *NARROWING):
        example, values = _SHOWN[name]
        judged = [f"{_short(value)} {Matcher(example).judge(value).answer}" for value in values]
        rows.append([f"`{name}`", MEANING[name], f"`{_flow(example)}`", "; ".join(judged)])
    yield table(["operator", "holds when the value", "example", "answers"], rows)
    yield "A reference may stand on the right: `{within: 30m, of: '${run.since}'}`."
    yield "`as` takes:"
    yield table(["unit", "reads"], [[f"`{unit}`", reads] for unit, reads in UNITS.items()])


def facts_and_references() -> Iterator[str]:
    """Yield the page of facts and references; its examples are looked up while it is written."""
    yield "# Facts and references"
    yield "## Facts"
    yield (
        "A check leaves facts under its step: `${look.status}` for a `check` step `look`, "
        "`${look.web.status}` for the check `web` of a `checks` step. `${look}` and `${look.web}` alone "
        "are the answers. The facts of each kind are listed with it ([checks](checks.md)). More are found "
        "with `facts`, by name:"
    )
    rows = [[f"`{_flow(data)}`", why, _short(Selector.parse(data).find(_SEEN))] for data, why in _PICKS]
    yield table(["written", "finds", f"in `{_flow(_SEEN)}`"], rows)
    yield "What is not found is absent, and every operator but `exists` is unknown on it."
    yield "## References"
    yield (
        "`${name.path}` is looked up, once, on the parsed file; nothing is ever evaluated. A text that is "
        "one whole reference takes the value with its type. `$${` is a literal `${`. What comes from "
        "outside is data: a reference in it is never followed."
    )
    rows = [[f"`{word}`", *_REFER[word]] for word in _REFER if word in WORDS]
    rows.append(["a step", "a fact of that step, `${look.status}`, or its `outcome`", "asked"])
    yield table(["begins with", "is", "looked up when"], rows)
    yield "## Durations and times"
    yield (
        "A duration has a unit: "
        + ", ".join(f"`{Duration.parse(one)}`" for one in _DURATIONS)
        + ". A time is ISO 8601 with its zone: `2025-11-23T03:05:22Z`."
    )


def formats() -> Iterator[str]:
    """Yield the page of every kind of YAML file that people write."""
    yield "# Files"
    yield f"{_COUNTED[len(_FILES)]} kinds of YAML file, each with a JSON Schema in `docs/schema/`:"
    rows = [
        [f"[{what}](#{heading.lower().replace(' ', '-')})", where, f"`{name}.schema.json`"]
        for name, (what, where, heading) in _FILES.items()
    ]
    yield table(["file", "where", "schema"], rows)
    yield (
        "Beside them `drills/exceptions.yaml` says why a branch cannot be taken in a test at all: "
        "`unexercised: {RUNBOOK: {'STEP OUTCOME > TARGET': why}}`. Settings of the workspace are in "
        "`runbook.toml` ([settings](settings.md))."
    )
    yield (
        f"YAML is read strictly: at most {MAX_BYTES // 1024} KiB, {MAX_DEPTH} levels and {MAX_NODES:,} "
        "values; UTF-8; no tags, anchors, aliases, merge keys or second documents; no key twice; only "
        "`true` and `false` are booleans, and only decimal numbers are numbers. `no`, `on`, `010` and "
        "`1:30` are text."
    )
    yield "## A runbook"
    yield from _parts(Runbook, Trigger, Input, Budgets, Assertion, Before, Never, Always)
    yield "The steps are described in [steps](steps.md)."
    yield "## The catalogue"
    yield "Files are merged by their top-level keys; every name is given once."
    yield from _parts(
        Catalogue, Environment, Service, Threshold, Role, SeverityLevel, Rung, Channel, McpServer
    )
    yield "### Guards"
    yield (
        "What they mean is told in [consent and approval](../explain/consent-and-approval.md); how they are "
        "written, in [guard changes](../howto/guard-changes.md)."
    )
    for part in _GUARDS:
        yield from _part(part)
    yield "## A scenario"
    yield from _parts(Scenario, Alert, Fault, Answer, Expectation, Diagnosis)
    yield "## Cases"
    yield "Whole incidents, and what they must come to: [how to test a runbook](../howto/test-a-runbook.md)."
    yield from _parts(Cases, Case, CaseExpectation, ExpectedMove, ExpectedMessage)
    yield "### givens"
    yield f"{sentence(Givens)} Each is a `given`."
    yield from _part(Given)
    yield "### answers of people"
    yield "As [in a scenario](#answer). Who answers without a `role` is the operator, who may not approve."
    yield "### simulate"
    yield "For `runbook simulate`: [how to simulate a runbook](../howto/simulate.md)."
    yield from _part(Assumptions)
    yield from _part(Response)
    yield from _part(Spread)
    yield "## Step tests"
    yield (
        "What one step does: [how to test a runbook](../howto/test-a-runbook.md#single-steps). What is given "
        "is [written as in a case](#givens)."
    )
    yield from _parts(StepTests, StepTest, StepAnswer, ExpectedChange, ExpectedAsk)


def _parts(whole: type[Any], *parts: type[Any]) -> Iterator[str]:
    yield sentence(whole)
    yield fields_table(whole)
    for part in parts:
        yield from _part(part)


def _part(part: type[Any]) -> Iterator[str]:
    yield f"### {part.__name__.lower()}"
    yield sentence(part)
    yield fields_table(part)


def _flow(data: Json) -> str:
    """Return data as flow YAML, as an author would write it."""
    if isinstance(data, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in data.items()) + "}"
    if isinstance(data, (list, tuple)):
        return "[" + ", ".join(_flow(item) for item in data) + "]"
    if isinstance(data, str):
        return f"'{data}'" if any(mark in data for mark in "^$:[]{}") else data
    return json.dumps(data)


def _short(value: Json | Absent) -> str:
    return "nothing there" if isinstance(value, Absent) else f"`{barless(_flow(value))}`"
