"""The page of a runbook, folded from its file and the catalogue: what to read, look at, type and decide.

Rules:
1. Every step of the runbook stands in the section of its phase, in the order of the file; steps of a branch
   follow the step that opens it. An escalation without a phase of its own stands under Escalation. A
   sub-runbook is a link: its steps are on its own page.
2. Headings are the steps' names, so that a link, the screen and the page say the same word; anchors are
   those that GitHub makes of headings, numbered where a word comes again.
3. Outcomes are those of the plan, so that what nobody mapped is on the page too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from engine.core.plan import Plan, PlanStep
from engine.kinds.matchers import Matcher
from engine.kinds.nodes import BRANCH_ENDS, ENDS
from engine.kinds.step import TIMEOUT
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.decide import Case, DecideStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.wait import WaitStep
from engine.model.catalogue import Catalogue
from engine.model.phases import phases_by_path
from engine.model.runbook import Runbook
from engine.views.alert_text import plain_text, rule_text
from engine.views.by_hand import expected, said
from engine.views.coverage import edges
from engine.views.docs_page import (
    AlertEntry,
    Exit,
    Note,
    Outcome,
    Page,
    Practice,
    Row,
    Section,
    StepEntry,
    Target,
    Wanted,
)
from engine.views.doing import Follower
from engine.views.escalation import roles, severities
from engine.views.guard_list import guard_list
from engine.views.hand_plans import HandPlans, Library, export_block, hand_plans
from engine.views.readings import first_looks, first_network, held_in_words, told_of_run

FIRST_HEADINGS = ("Meaning", "Impact", "By hand", "Flowchart")
"""The headings before the first step, in the order of the page."""
PHASES: Mapping[str, str] = {
    "diagnose": "Diagnosis", "mitigate": "Mitigation", "verify": "Verification", "close": "Escalation",
}  # fmt: skip
_ENDS: Mapping[str, str] = {
    "resolved": "the recovery check held for its whole time, and nothing was changed after it",
    "mitigated": "users are served again, but the cause is still there or recovery is not proven: watch it",
    "escalated": "somebody else has it now and decides what comes next: hand over what you saw",
    "false-alarm": "nothing was wrong: say so, and mend the alert",
    "aborted": "stopped on purpose: nothing was undone by that, so list what was changed",
}
_MEANINGS: Mapping[str, str] = {
    "unknown": "you cannot tell",
    "unanswered": "nobody took it",
    "undelivered": "the message did not get through",
    "partly": "not all could be taken back",
    TIMEOUT: "no answer in time",
}


def outline(
    runbook: Runbook, library: Library, catalogue: Catalogue, practice: Practice | None = None
) -> Page:
    """Return the page of a runbook; raises UsageError where it can be planned in no environment."""
    hand = hand_plans(runbook, library, catalogue)
    reviewed = date.fromisoformat(runbook.reviewed) if runbook.reviewed else None
    mine = tuple(_mine(hand.first))
    known = dict(phases_by_path(runbook.steps))
    phases = {phase: [step for step in mine if known.get(step.path, step.phase) == phase] for phase in PHASES}
    anchors = _anchors(runbook.title, phases)
    called = [step.step.runbook for step in mine if isinstance(step.step, RunbookStep)]
    others = {name: library(name) for name in called}
    pages = {name: (other.title, _address(runbook, other)) for name, other in others.items()}
    ordered = tuple(step for steps in phases.values() for step in steps)
    follower = Follower(
        hand,
        anchors,
        pages,
        readings={name: use.look.facts for name, use in catalogue.checks.items() if use.look},
        first=first_looks(ordered),
        network=first_network(ordered),
    )
    budgets = {
        "diagnose": runbook.budgets.diagnose,
        "mitigate": runbook.budgets.mitigate,
        "verify": runbook.budgets.verify,
    }
    sections = tuple(
        Section(
            title=PHASES[phase],
            phase=phase,
            budget=budgets.get(phase),
            steps=tuple(_entry(hand, step, follower, anchors) for step in steps),
        )
        for phase, steps in phases.items()
    )
    service = catalogue.services.get(runbook.service)
    links = service.links if service else {}
    return Page(
        runbook=runbook.runbook,
        kind=runbook.kind,
        doc=f"docs/runbooks/{runbook.kind}s/{runbook.runbook}.md",
        title=runbook.title,
        epoch=runbook.epoch,
        owner=runbook.owner or (service.owner if service else ""),
        reviewed=reviewed,
        expires=reviewed + timedelta(seconds=runbook.review_every) if reviewed else None,
        service=runbook.service,
        service_title=(service.description or service.title) if service else "",
        severity=runbook.severity,
        meaning=hand.named(runbook.meaning),
        impact=hand.named(runbook.impact),
        symptoms=runbook.symptoms,
        references=runbook.references,
        links=tuple(Note(label=label, link=link) for label, link in links.items()),
        alerts=tuple(
            AlertEntry(
                alert=one.alert,
                expr=rule_text(one.expr, catalogue.thresholds),
                lasting=one.lasting,
                summary=plain_text(one.summary, catalogue.thresholds) or runbook.title,
                severity=one.severity or runbook.severity,
                why=plain_text(one.why, catalogue.thresholds),
            )
            for one in runbook.triggers
        ),
        block=export_block(hand, catalogue, _typed(sections)),
        start=_target(hand.first, "", hand.first.scopes[""].start, anchors),
        sections=sections,
        ends=tuple(Outcome(name=end, meaning=_ENDS[end]) for end in ENDS if end in _ends(sections)),
        roles=roles(catalogue),
        severities=severities(catalogue),
        practice=practice or Practice(),
        drill_every=runbook.drill_every,
        guards=guard_list(catalogue),
        run=told_of_run(note.text for section in sections for step in section.steps for note in step.opening),
    )


def _mine(plan: Plan, scope: str = "") -> Iterator[PlanStep]:
    """Yield the steps of the runbook itself, those of branches after the step that opens them."""
    for step in plan.steps.values():
        if step.scope == scope:
            yield step
            if isinstance(step.step, ParallelStep):
                for name in step.step.parallel:
                    yield from _mine(plan, f"{step.path}/{name}")


def _entry(hand: HandPlans, step: PlanStep, follower: Follower, anchors: Mapping[str, str]) -> StepEntry:
    plan = hand.first
    rows: tuple[Row, ...] = ()
    otherwise, exits = None, _exits(plan, step, anchors)
    if isinstance(step.step, DecideStep):
        rows = tuple(_row(plan, step, case, anchors) for case in step.step.decide)
        otherwise = _target(plan, step.scope, step.step.otherwise, anchors)
        exits = ()
    opens: tuple[Exit, ...] = ()
    if isinstance(step.step, ParallelStep):
        scopes = {name: plan.scopes[f"{step.path}/{name}"] for name in step.step.parallel}
        opens = tuple(
            Exit(outcomes=(Outcome(name=name),), target=_target(plan, scope.path, scope.start, anchors))
            for name, scope in scopes.items()
        )
    return StepEntry(
        path=step.path,
        anchor=anchors[step.path],
        kind=step.step.kind,
        title="" if step.title == step.name.replace("-", " ") else hand.named(step.title),
        why=hand.named(step.why),
        opening=follower.opening(step),
        doings=follower.doings(step.path),
        rows=rows,
        otherwise=otherwise,
        exits=exits,
        opens=opens,
        budget=step.budget,
        timeout=step.timeout,
        visits=step.visits,
        link=hand.address(step.link),
    )


def _exits(plan: Plan, step: PlanStep, anchors: Mapping[str, str]) -> tuple[Exit, ...]:
    """Return where the outcomes lead, those with one target together."""
    found: dict[str, list[Outcome]] = {}
    pause = isinstance(step.step, WaitStep) and step.step.wait is not None and step.visits == 1
    for edge in edges(plan, step):
        if pause and edge.outcome == "limit":
            continue  # nobody can be too late with doing nothing
        found.setdefault(edge.target, []).append(_outcome(step, edge.outcome))
    return tuple(
        Exit(outcomes=tuple(outcomes), target=_target(plan, step.scope, target, anchors))
        for target, outcomes in found.items()
    )


def _outcome(step: PlanStep, name: str) -> Outcome:
    meaning = _MEANINGS.get(name, "")
    if isinstance(step.step, AskStep):
        meaning = step.step.options.get(name, meaning)
    if name == "limit":
        held = isinstance(step.step, WaitStep) and step.step.until is not None
        again = f"more than {step.visits} visits" if step.visits > 1 else ""
        meaning = " or ".join(part for part in ("not held in time" if held else "", again) if part)
    return Outcome(name=name, meaning=meaning)


def _row(plan: Plan, step: PlanStep, case: Case, anchors: Mapping[str, str]) -> Row:
    def wanted(conditions: Mapping[str, Matcher]) -> tuple[Wanted, ...]:
        return tuple(
            Wanted(subject=said(path), text=expected(matcher), meaning=held_in_words(path, matcher))
            for path, matcher in conditions.items()
        )

    return Row(
        all_of=wanted(case.when),
        one_of=tuple(wanted(option) for option in case.any),
        target=_target(plan, step.scope, case.go, anchors),
        raises=case.raises,
        why=said(case.why),
    )


def _target(plan: Plan, scope: str, name: str, anchors: Mapping[str, str]) -> Target:
    path = plan.resolved_path(scope, name)
    if path in plan.steps:
        return Target(name=path, anchor=anchors[path], path=path)
    where = f"{name} of this branch" if plan.scopes[scope].branch and name in BRANCH_ENDS else name
    return Target(name=where, path=name)


def _anchors(title: str, phases: Mapping[str, Sequence[PlanStep]]) -> Mapping[str, str]:
    """Return the anchor of every step, in the order of the page's headings."""
    seen: dict[str, int] = {}

    def anchor(heading: str) -> str:
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        number = seen.get(slug, 0)
        seen[slug] = number + 1
        return f"{slug}-{number}" if number else slug

    for heading in (title, *FIRST_HEADINGS):
        anchor(heading)
    found = {}
    for phase, steps in phases.items():
        anchor(PHASES[phase])
        for step in steps:
            found[step.path] = anchor(step.path)
    return found


def _address(here: Runbook, other: Runbook) -> str:
    """Return the address of another page, as seen from this one."""
    page = f"{other.runbook}.md"
    return page if here.kind == other.kind else f"../{other.kind}s/{page}"


def _typed(sections: Sequence[Section]) -> Mapping[str, str]:
    return {
        step.path: "\n".join(command.text for doing in step.doings for command in doing.commands)
        for section in sections
        for step in section.steps
    }


def _ends(sections: Sequence[Section]) -> frozenset[str]:
    steps = [step for section in sections for step in section.steps]
    targets = [leaving.target for step in steps for leaving in step.exits]
    targets += [row.target for step in steps for row in step.rows]
    targets += [step.otherwise for step in steps if step.otherwise]
    return frozenset(target.path for target in targets if not target.anchor)
