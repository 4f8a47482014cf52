"""Waivers: which findings the author lives with, and which waivers are findings themselves.

Rules:
1. A waiver names one rule, says why, and ends: after its day the finding is told again, and so is the
   waiver.
2. Only findings of rules can be waived. A file the loader refuses has no model to look at.
3. A waiver that waives nothing is told: what it was for is gone, or it is at another step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from engine.kinds.findings import Finding, Severity, did_you_mean
from engine.model.runbook import Runbook, Waiver

FINDINGS: Final[Mapping[str, tuple[Severity, str]]] = {
    "waiver-expired": ("warning", "A waiver whose day is over: what it waived is told again."),
    "waiver-of-nothing": ("warning", "A waiver that waives nothing: what it was for is not there."),
    "waiver-unknown": ("error", "A waiver of what is no rule. What reading a file finds cannot be waived."),
}
"""Findings about waivers: severity, and what each means."""


@dataclass(frozen=True, slots=True)
class Waived:
    """A finding that is not told, and why."""

    finding: Finding
    why: str
    until: str


def apply(
    runbook: Runbook, findings: Iterable[Finding], rules: Collection[str], today: date | None
) -> tuple[tuple[Finding, ...], tuple[Waived, ...]]:
    """Return the findings that are left, those about the waivers among them, and those that are waived."""
    left, waived = list(findings), []
    for number, one in enumerate(runbook.allow):
        place = ("allow", number)
        if one.rule not in rules:
            message = f"there is no rule '{one.rule}' to waive"
            hint = did_you_mean(one.rule, rules)
            fix = " ".join(
                filter(None, (hint, "what reading a file finds cannot be waived: it must be mended"))
            )
            left.append(Finding("waiver-unknown", (*place, "rule"), message, fix, "error", at_key=False))
            continue
        meant = [finding for finding in left if _meant(one, finding)]
        if not meant:
            at = f" at '{one.step}'" if one.step else ""
            message = f"there is no finding of '{one.rule}'{at} to waive"
            left.append(Finding("waiver-of-nothing", place, message, "take the waiver out", "warning"))
        elif today is not None and date.fromisoformat(one.until) < today:
            message = f"the waiver of '{one.rule}' ended on {one.until}"
            fix = "mend what it waives, or look at it again and give a later day"
            left.append(Finding("waiver-expired", (*place, "until"), message, fix, "warning", at_key=False))
        else:
            left = [finding for finding in left if finding not in meant]
            waived += [Waived(finding, one.why, one.until) for finding in meant]
    return tuple(left), tuple(waived)


def _meant(waiver: Waiver, finding: Finding) -> bool:
    return finding.rule == waiver.rule and (not waiver.step or _stands_at(finding.route, waiver.step))


def _stands_at(route: Sequence[str | int], step: str) -> bool:
    """Say whether a finding is about a step, in whichever graph it stands."""
    return any(before == "steps" and here == step for before, here in pairwise(route))


__all__ = ["FINDINGS", "Waived", "apply"]
