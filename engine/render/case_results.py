"""Show how cases went: as text with the expected beside the seen, as plain data, and as JUnit XML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from engine.kinds.values import Duration, Json
from engine.render.findings import visible
from engine.views.case_result import Differs, Judged
from engine.views.coverage import Measured
from engine.views.missed_consent import Missed
from engine.views.step_result import StepJudged

_AROUND = 2
"""Steps that are shown on either side of the first difference of a long path."""
_MISSING = 5
"""Branches that nobody took, named beside the figures."""


def case_lines(one: Judged) -> Iterator[str]:
    """Yield one line for a case that passed, and what differs for one that failed."""
    took = Duration(round(one.seconds))
    end = one.end or "waits"
    by = f", run by {one.case.operator}" if one.case.operator else ""
    verdict = "ok  " if one.passed else "FAIL"
    yield f"{verdict}  {one.runbook}: {visible(one.case.case)}  ({end} after {took}{by})"
    for differs in one.differs:
        yield from difference_lines(differs)
    yield from consent_lines(one.missed)


def consent_lines(found: Sequence[Missed]) -> Iterator[str]:
    """Yield whose consent did not come, until when it was waited for, and how a test gives it."""
    for one in found:
        yield f"        consent   {visible(str(one))}"
        if one.line:
            yield f"                  write    people: [{visible(one.line)}]"


def difference_lines(one: Differs) -> Iterator[str]:
    """Yield what was expected, what was seen, where they part and why."""
    if one.what == "given":
        yield f"        given     {visible(one.why)}"
        return
    if one.what == "path":
        met = one.met
        yield f"        path      expected {_part(one.expected, one.at)}"
        yield f"                  saw      {_part(one.seen, met)}"
        wanted = one.expected[one.at] if one.at < len(one.expected) else "the end"
        seen = one.seen[met] if met < len(one.seen) else "the end"
        yield f"                  differs  at step {met + 1}: expected {wanted}, saw {seen}"
    elif one.what == "never":
        yield f"        never     {one.expected[0].removeprefix('never ')} was entered, as step {one.at + 1}"
    elif one.what in ("moves", "messages", "asks"):
        yield f"        {one.what:<9} expected {_item(one.expected, one.at)}"
        yield f"                  saw      {_item(one.seen, one.at)}"
        count = f"expected {len(one.expected)}, saw {len(one.seen)}"
        yield f"                  differs  at number {one.at + 1}; {count}"
    else:
        yield f"        {one.what:<9} expected {', '.join(one.expected)}"
        yield f"                  saw      {', '.join(one.seen)}"
    if one.why:
        yield f"                  because  {visible(one.why)}"


def _part(path: Sequence[str], at: int) -> str:
    """Return the steps around a place, with the one that differs in brackets."""
    first, last = max(0, at - _AROUND), at + _AROUND + 1
    shown = [f"[{step}]" if number == at else step for number, step in enumerate(path)][first:last]
    if at >= len(path):
        shown.append("[the end]")
    return " > ".join([*(["…"] if first else []), *shown, *(["…"] if last < len(path) else [])])


def _item(items: Sequence[str], at: int) -> str:
    return visible(items[at]) if at < len(items) else "no more"


def coverage_lines(runbook: str, found: Measured) -> Iterator[str]:
    """Yield the coverage of one runbook, and the first branches that no test takes."""
    yield (
        f"{runbook}: steps {found.steps} of {found.of_steps}, branches {found.edges} of {found.of_edges} "
        f"({found.share:.0%}), outcomes {found.outcomes} of {found.of_outcomes}"
    )
    if found.missing:
        named = ", ".join(f"{edge.step} {edge.outcome} > {edge.target}" for edge in found.missing[:_MISSING])
        more = len(found.missing) - _MISSING
        yield f"    no test takes: {named}" + (f", and {more} more" if more > 0 else "")


def case_data(one: Judged) -> dict[str, Json]:
    """Return one case as plain data."""
    return {
        "runbook": one.runbook,
        "case": one.case.case,
        "passed": one.passed,
        "end": one.end,
        "severity": one.severity,
        "seconds": one.seconds,
        "path": list(one.path),
        "stuck": one.stuck,
        "operator": one.case.operator,
        "differs": [
            {"what": d.what, "expected": list(d.expected), "seen": list(d.seen), "at": d.at, "why": d.why}
            for d in one.differs
        ],
        "consents": consent_data(one.missed),
    }


def consent_data(found: Sequence[Missed]) -> list[Json]:
    """Return the consents that did not come as plain data."""
    return [
        {
            "step": one.step,
            "change": one.change,
            "kind": one.kind,
            "role": one.role,
            "may": list(one.may),
            "since": str(one.since),
            "until": None if one.until is None else str(one.until),
            "refused": one.refused,
            "line": one.line,
        }
        for one in found
    ]


def coverage_data(found: Measured) -> dict[str, Json]:
    """Return coverage as plain data, every missing branch included."""
    return {
        "steps": {"covered": found.steps, "total": found.of_steps},
        "edges": {"covered": found.edges, "total": found.of_edges, "share": round(found.share, 4)},
        "outcomes": {"covered": found.outcomes, "total": found.of_outcomes},
        "missing": [
            {"step": edge.step, "outcome": edge.outcome, "target": edge.target} for edge in found.missing
        ],
    }


def junit(suites: Sequence[tuple[str, str, Sequence[Judged | StepJudged]]]) -> str:
    """Return JUnit XML of (runbook, file, cases or step tests): a suite each."""
    root = ElementTree.Element("testsuites", name="runbook test")
    for runbook, file, cases in suites:
        failed = sum(not one.passed for one in cases)
        suite = ElementTree.SubElement(
            root, "testsuite", name=runbook, file=file, tests=str(len(cases)), failures=str(failed),
            errors="0", skipped="0",
        )  # fmt: skip
        for one in cases:
            at = ElementTree.SubElement(suite, "testcase", classname=runbook, name=_xml(one.name), file=file)
            if not one.passed:
                lines = "\n".join(
                    (
                        *(line for differs in one.differs for line in difference_lines(differs)),
                        *consent_lines(one.missed),
                    )
                )
                said = ", ".join(dict.fromkeys(differs.what for differs in one.differs))
                failure = ElementTree.SubElement(
                    at, "failure", message=f"differs in {said}", type="difference"
                )
                failure.text = _xml(lines)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _xml(text: str) -> str:
    """Return the text without the characters that XML cannot hold."""
    return "\n".join(visible(line) for line in text.split("\n"))
