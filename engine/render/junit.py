"""Findings as JUnit XML, which the test page of a CI shows: a suite for each file, a case for each finding.

An error is a failure; a warning fails only where it is asked for (`strict`), and is output of a passed case
otherwise. What the file waives is a skipped case. A file without findings is one passed case.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from engine.kinds.findings import Located, Waiving
from engine.render.findings import in_order, visible

_CLEAN: Final = "nothing to mend"


def junit(
    files: Sequence[str], findings: Sequence[Located], waived: Sequence[Waiving], *, strict: bool = False
) -> str:
    """Return the document; files that were looked at and others that findings stand in."""
    named = dict.fromkeys((*files, *(one.file for one in findings)))
    suites = [
        _suite(
            file,
            [one for one in in_order(findings) if one.file == file],
            [one for one in waived if one.located.file == file],
            strict,
        )
        for file in named
    ]
    failures = sum(_fails(one, strict) for one in findings)
    tests = sum(rows.count("<testcase ") for rows in suites)
    head = f'<testsuites name="runbook check" tests="{tests}" failures="{failures}" errors="0">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>"])


def _suite(file: str, findings: Sequence[Located], waived: Sequence[Waiving], strict: bool) -> str:
    cases = [_case(one, strict) for one in findings] + [_skipped(one) for one in waived]
    if not findings:
        cases.append(f"    <testcase classname={_attribute(file)} name={_attribute(_CLEAN)}/>")
    failures = sum(_fails(one, strict) for one in findings)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0" skipped="{len(waived)}"'
    return "\n".join([f"  <testsuite name={_attribute(file)} {counts}>", *cases, "  </testsuite>"])


def _case(one: Located, strict: bool) -> str:
    finding = one.finding
    place = f"{one.file}:{one.line}:{one.column}"
    rows = [place, finding.message, *([f"do: {finding.fix}"] if finding.fix else [])]
    rows += [f"path: {' -> '.join(stop.name for stop in one.trace)}"] if one.trace else []
    text = escape("\n".join(visible(row) for row in rows))
    if _fails(one, strict):
        head = f"type={_attribute(finding.severity)} message={_attribute(finding.message)}"
        body = f"<failure {head}>{text}</failure>"
    else:
        body = f"<system-out>{finding.severity}: {text}</system-out>"
    return f"    <testcase {_named(one)}>{body}</testcase>"


def _skipped(one: Waiving) -> str:
    why = _attribute(f"waived until {one.until}: {one.why}")
    return f"    <testcase {_named(one.located)}><skipped message={why}/></testcase>"


def _named(one: Located) -> str:
    name, file = _attribute(f"{one.finding.rule} (line {one.line})"), _attribute(one.file)
    return f'classname={file} name={name} file={file} line="{one.line}"'


def _fails(one: Located, strict: bool) -> bool:
    return strict or one.finding.severity == "error"


def _attribute(text: str) -> str:
    """Return a quoted attribute; what XML cannot hold is written as its escape."""
    return quoteattr(visible(text))


__all__ = ["junit"]
