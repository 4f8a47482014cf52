"""Findings as SARIF 2.1.0, which code scanning of GitHub, GitLab and others reads.

Rules:
1. Columns count characters, not UTF-16 units; the run says so (`columnKind`).
2. What the file waives is a result with a suppression, so that a reader can tell it from what is not there.
3. A fingerprint holds the place in the document, not the line: moving a step brings no finding back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from engine.kinds.findings import Located, RuleText, Stop, Waiving
from engine.kinds.values import Json
from engine.render.findings import in_order

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT: Final = "%SRCROOT%"


def sarif(
    findings: Sequence[Located], waived: Sequence[Waiving], rules: Sequence[RuleText], version: str
) -> Mapping[str, Json]:
    """Return one log with one run: every rule there is, and every finding."""
    told = [(one, None) for one in in_order(findings)]
    quiet = [(one.located, one) for one in waived]
    descriptors = _descriptors(rules, {one.finding.rule for one, _ in (*told, *quiet)})
    index = {str(one["id"]): number for number, one in enumerate(descriptors)}
    seen: dict[str, int] = {}
    results: list[Json] = []
    for one, waiver in (*told, *quiet):
        results.append(_result(one, waiver, index[one.finding.rule], seen))
    driver: dict[str, Json] = {
        "name": "runbook check",
        "version": version,
        "semanticVersion": version,
        "rules": [dict(one) for one in descriptors],
    }
    run: dict[str, Json] = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _descriptors(rules: Sequence[RuleText], found: set[str]) -> list[dict[str, Json]]:
    """Return every rule of ours, and the findings of reading a file that were made."""
    known = [_descriptor(one) for one in rules]
    names = {str(one["id"]) for one in known}
    known += [
        {"id": name, "shortDescription": {"text": "A file that cannot be read as what it is."}}
        for name in sorted(found - names)
    ]
    return known


def _descriptor(rule: RuleText) -> dict[str, Json]:
    told: dict[str, Json] = {"id": rule.name, "shortDescription": {"text": rule.what}}
    if rule.why:
        told["fullDescription"] = {"text": f"{rule.what} {rule.why}"}
    if rule.fix:
        told["help"] = {"text": f"What to do: {rule.fix}"}
    return {**told, "defaultConfiguration": {"level": rule.severity}}


def _result(one: Located, waiver: Waiving | None, index: int, seen: dict[str, int]) -> dict[str, Json]:
    finding = one.finding
    print_ = hashlib.sha256(repr((one.file, finding.rule, finding.route)).encode()).hexdigest()[:32]
    seen[print_] = seen.get(print_, 0) + 1
    said = f"{finding.message}. What to do: {finding.fix}" if finding.fix else finding.message
    result: dict[str, Json] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": said},
        "locations": [{"physicalLocation": _physical(one)}],
        "partialFingerprints": {"placeInFile/v1": f"{print_}:{seen[print_]}"},
    }
    if one.trace:
        result["codeFlows"] = [
            {"threadFlows": [{"locations": [_stop(one.file, stop) for stop in one.trace]}]}
        ]
    if waiver is not None:
        why = f"{waiver.why} (until {waiver.until})"
        result["suppressions"] = [{"kind": "inSource", "justification": why}]
    return result


def _physical(one: Located) -> dict[str, Json]:
    region: dict[str, Json] = {
        "startLine": one.line,
        "startColumn": one.column,
        "endColumn": one.column + max(one.width, 1),
    }
    if one.source:
        region["snippet"] = {"text": one.source[:1_000]}
    return {"artifactLocation": _artifact(one.file), "region": region}


def _stop(file: str, stop: Stop) -> Json:
    """Return one step of a path; an end stands nowhere in the file."""
    location: dict[str, Json] = {"message": {"text": stop.name}}
    if stop.line:
        region: Json = {"startLine": stop.line, "startColumn": stop.column}
        location["physicalLocation"] = {"artifactLocation": _artifact(file), "region": region}
    return {"location": location}


def _artifact(file: str) -> dict[str, Json]:
    if file.startswith("/"):
        return {"uri": f"file://{quote(file)}"}
    return {"uri": quote(file), "uriBaseId": _ROOT}


__all__ = ["SCHEMA", "sarif"]
