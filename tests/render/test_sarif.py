"""Findings as SARIF: the shape that the 2.1.0 schema asks for, and what a reader of code scanning gets.

The schema here is ours: the parts of the standard that are written, closed, so that anything else is noticed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from engine.kinds.findings import Finding, Located, Stop, Waiving
from engine.kinds.values import Json
from engine.model.lint import ABOUT_WAIVERS, rule_texts, rules
from engine.render.sarif import sarif

FILE = "runbooks/web down.yaml"


def closed(required: list[str], **properties: Json) -> dict[str, Json]:
    """Return the schema of an object that has nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


TEXT: Json = {"type": "string", "minLength": 1}
COUNT: Json = {"type": "integer", "minimum": 1}
LEVEL: Json = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = closed(["text"], text=TEXT)
ARTIFACT = closed(["uri"], uri={"type": "string", "pattern": r"^[^\s\\]+$"}, uriBaseId=TEXT)
REGION = closed(["startLine"], startLine=COUNT, startColumn=COUNT, endColumn=COUNT, snippet=MESSAGE)
LOCATION = closed(
    [],
    physicalLocation=closed(["artifactLocation"], artifactLocation=ARTIFACT, region=REGION),
    message=MESSAGE,
)
FLOW = closed(
    ["threadFlows"],
    threadFlows={
        "type": "array",
        "minItems": 1,
        "items": closed(
            ["locations"],
            locations={"type": "array", "minItems": 1, "items": closed([], location=LOCATION)},
        ),
    },
)
RESULT = closed(
    ["message"],
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=MESSAGE,
    locations={"type": "array", "items": LOCATION},
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    codeFlows={"type": "array", "items": FLOW},
    suppressions={
        "type": "array",
        "uniqueItems": True,
        "items": closed(["kind"], kind={"enum": ["inSource", "external"]}, justification=TEXT),
    },
)
RULE = closed(
    ["id"],
    id=TEXT,
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=closed([], level=LEVEL),
)
DRIVER = closed(
    ["name"],
    name=TEXT,
    version=TEXT,
    semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
    rules={"type": "array", "uniqueItems": True, "items": RULE},
)
RUN = closed(
    ["tool"],
    tool=closed(["driver"], driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results={"type": "array", "items": RESULT},
)
LOG = closed(
    ["version", "runs"],
    version={"const": "2.1.0"},
    runs={"type": "array", "items": RUN},
    **{"$schema": {"type": "string", "format": "uri"}},
)


def located(rule: str = "unverified-change", line: int = 5, *, trace: tuple[Stop, ...] = ()) -> Located:
    """Return one finding."""
    finding = Finding(rule, ("steps", "a", line), "nobody looks", "check it", "warning")
    return Located(finding, FILE, line, 3, 4, "  act: {…}", trace)


def log(*findings: Located, waived: tuple[Waiving, ...] = ()) -> Any:
    """Return the log as a reader gets it."""
    return json.loads(json.dumps(sarif(findings, waived, rule_texts(), "1.2.3")))


def results(text: Any) -> list[Any]:
    """Return the results of the one run."""
    (run,) = text["runs"]
    return list(run["results"])


def faults(text: Any) -> Iterator[str]:
    """Yield what the schema says against a log."""
    return (error.message for error in jsonschema.Draft202012Validator(LOG).iter_errors(text))


@pytest.fixture(scope="module")
def whole() -> Any:
    """A log with everything in it: a path, a waiver, a finding of the loader, two of one rule."""
    trace = (Stop("look", 4, 3), Stop("act", 5, 3), Stop("resolved"))
    waived = Waiving(located("soak-beyond-limit", 9), "it is a test", "2026-03-01")
    return log(located(), located(trace=trace, line=7), located("unknown-key"), waived=(waived,))


def test_a_log_is_what_the_standard_asks_for(whole: Any) -> None:
    """Every key it has is one of the standard, with a value that may stand there."""
    assert [] == list(faults(whole))
    assert [] == list(faults(log()))


def test_what_the_standard_does_not_know_is_noticed(whole: Any) -> None:
    """The schema above can fail."""
    wrong = json.loads(json.dumps(whole))
    wrong["runs"][0]["results"][0]["level"] = "fatal"
    wrong["runs"][0]["results"][1]["colour"] = "red"
    assert 2 == len(list(faults(wrong)))


def test_every_rule_is_described_and_every_result_points_at_its_rule(whole: Any) -> None:
    """Rules that found nothing too; a finding of reading a file has a short description of its own."""
    driver = whole["runs"][0]["tool"]["driver"]
    ids = [one["id"] for one in driver["rules"]]
    assert {*rules(), *ABOUT_WAIVERS, "unknown-key"} == set(ids)
    assert len(ids) == len(set(ids))
    assert [one["ruleId"] for one in results(whole)] == [ids[one["ruleIndex"]] for one in results(whole)]


def test_a_path_is_a_code_flow_and_an_end_has_no_place(whole: Any) -> None:
    """Its steps in order, each with its line."""
    (flow,) = (one["codeFlows"] for one in results(whole) if "codeFlows" in one)
    places = flow[0]["threadFlows"][0]["locations"]
    lines = [one["location"].get("physicalLocation", {}).get("region", {}).get("startLine") for one in places]
    assert [4, 5, None] == lines


def test_what_is_waived_is_suppressed_with_its_reason(whole: Any) -> None:
    """A reader tells it from what was never there."""
    (quiet,) = (one for one in results(whole) if "suppressions" in one)
    assert "soak-beyond-limit" == quiet["ruleId"]
    assert [{"kind": "inSource", "justification": "it is a test (until 2026-03-01)"}] == quiet["suppressions"]


def test_a_finding_that_only_moved_keeps_its_fingerprint() -> None:
    """The place in the document counts, not the line; two at one place are told apart."""
    here = Finding("unverified-change", ("steps", "a"), "nobody looks")
    one, moved = (results(log(Located(here, FILE, line, 3))) for line in (5, 50))
    assert one[0]["partialFingerprints"] == moved[0]["partialFingerprints"]
    twice = results(log(Located(here, FILE, 5, 3), Located(here, FILE, 5, 3)))
    assert twice[0]["partialFingerprints"] != twice[1]["partialFingerprints"]


def test_a_path_with_a_space_is_a_uri() -> None:
    """Relative to the root of the source; an absolute one names the file."""
    (one,) = results(log(located()))
    place = one["locations"][0]["physicalLocation"]["artifactLocation"]
    assert {"uri": "runbooks/web%20down.yaml", "uriBaseId": "%SRCROOT%"} == place
    away = Located(Finding("unknown-key", (), "x"), str(Path("/tmp/a b.yaml")), 1, 1)
    (two,) = results(log(away))
    place = two["locations"][0]["physicalLocation"]["artifactLocation"]
    assert {"uri": "file:///tmp/a%20b.yaml"} == place
