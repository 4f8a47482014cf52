"""What the page of a runbook says, before anybody writes it down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from engine.kinds.checks.fly_secrets import FlySecretsCheck
from engine.kinds.checks.http import HttpCheck
from engine.kinds.discovery import names
from engine.kinds.errors import UsageError
from engine.kinds.nodes import Node
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.parallel import Branch, ParallelStep
from engine.kinds.uses import CheckUse
from engine.model.catalogue import Catalogue
from engine.model.runbook import Runbook
from engine.views.docs_page import Exit, Page, StepEntry
from engine.views.flowchart import flowchart
from engine.views.outline import outline
from tests.views.documented import NEVER, catalogue, health, large, library, small


def page(runbook: Runbook, shared: Catalogue | None = None) -> Page:
    """Return the page of a runbook."""
    return outline(runbook, library, shared or catalogue())


def step(of: Page, path: str) -> StepEntry:
    """Return one step of a page."""
    return next(one for one in of.steps() if one.path == path)


def led(exits: tuple[Exit, ...]) -> dict[str, str]:
    """Return outcomes, joined, by where they lead."""
    return {one.target.name: " ".join(outcome.name for outcome in one.outcomes) for one in exits}


def labels(of: Page, path: str) -> list[str]:
    """Return all notes of a step as text."""
    entry = step(of, path)
    notes = [*entry.opening, *(note for doing in entry.doings for note in doing.notes)]
    return [f"{note.label}: {note.text}" if note.text else note.label for note in notes]


def test_every_step_stands_in_the_section_of_its_phase_in_the_order_of_the_file() -> None:
    """Steps of a branch follow the step that opens it; the built-in ladder closes the page."""
    found = {section.title: [one.path for one in section.steps] for section in page(large()).sections}
    assert {
        "Diagnosis": ["look", "cause", "complain", "both", "both/inside/probe", "both/outside/probe"],
        "Mitigation": ["roll-back", "database", "back-out"],
        "Verification": ["pause", "tell"],
        "Escalation": ["engineer", "otherwise", "otherwise-2"],
    } == found


def test_an_escalation_without_a_phase_stands_under_escalation() -> None:
    """Not in the phase of the step written above it; with a phase of its own it stands there."""
    asked = dict.fromkeys(("acknowledged", "unanswered", "undelivered"), "escalated")
    people = Node(step=EscalateStep(escalate="engineer", decision="Take over"), then=asked)
    looks = Node(step=CheckStep(check=health()), then={"pass": "held", "fail": "people", "unknown": "people"})
    held = replace(looks, phase="verify", then={"pass": "after", "fail": "people", "unknown": "people"})
    inside = {
        "probe": replace(looks, then={"pass": "pass", "fail": "help", "unknown": "help"}),
        "help": replace(people, then=dict.fromkeys(asked, "fail")),
    }
    both = Node(
        step=ParallelStep(parallel={"one": Branch(steps=inside)}),
        then={"pass": "look", "fail": "look", "unknown": "look"},
    )
    after = replace(looks, then={"pass": "false-alarm", "fail": "people", "unknown": "people"})
    steps = {"both": both, "look": looks, "held": held, "people": people, "after": after}
    found = page(replace(small(), steps=steps))
    by_title = {section.title: [one.path for one in section.steps] for section in found.sections}
    assert ["both", "both/one/probe", "look"] == by_title["Diagnosis"]
    assert ["held", "after"] == by_title["Verification"]
    assert ["both/one/help", "people"] == by_title["Escalation"][:2]
    groups = {group.title: [node.name for node in group.nodes] for group in flowchart(found).groups}
    assert ["both/one/help", "people"] == groups["Escalation"]
    assert ["held", "after"] == groups["Verification"]
    own = page(replace(small(), steps={**steps, "people": replace(people, phase="verify")}))
    assert "people" in [one.path for one in own.sections[2].steps]


def test_the_large_runbook_has_every_kind_of_step() -> None:
    """So that no kind is left without a page."""
    assert set(names("steps")) == {one.kind for one in page(large()).steps()} | {"check"}


def test_outcomes_with_one_target_are_said_together_and_none_is_missing() -> None:
    """What nobody mapped leads to the ladder."""
    whole = page(large())
    assert {"cause": "pass fail unknown"} == led(step(whole, "look").exits)
    assert {"both": "yes", "false-alarm": "no", "otherwise": "timeout limit"} == led(
        step(whole, "complain").exits
    )
    assert {"pass of this branch": "pass", "fail of this branch": "fail unknown"} == led(
        step(whole, "both/inside/probe").exits
    )


def test_a_decision_says_its_rows_in_words() -> None:
    """Conditions, target, severity and reason of each row, and where the rest goes."""
    decision = step(page(large()), "cause")
    first, second = decision.rows
    assert ["look.machines.cause crash-loop", "look.releases.recent true"] == [
        f"{one.subject} {one.text}" for one in first.all_of
    ]
    assert ("roll-back", "SEV-1", "a release **broke** it") == (first.target.name, first.raises, first.why)
    assert [["look.machines.exit_code 137"], ["look.vendor fail"]] == [
        [f"{one.subject} {one.text}" for one in group] for group in second.one_of
    ]
    assert decision.otherwise is not None
    assert "complain" == decision.otherwise.name


def test_addresses_are_variables_and_the_block_gives_them_per_environment() -> None:
    """Commands are the same everywhere; an environment whose addresses no file knows says so."""
    whole = page(small(), catalogue(environments=dict(list(catalogue().environments.items())[:2])))
    assert ["curl -sS -i -m 25 -w '\\n%{time_total} s\\n' \"$SHOP_URL/health\""] == [
        command.text for command in step(whole, "health").doings[0].commands
    ]
    assert [("production", [("SHOP_URL", "https://shop.example.com")])] == [
        (one.environment, [(export.name, export.value) for export in one.exports])
        for one in whole.block.environments
    ]
    assert ["sandbox"] == [one.label for one in page(small()).block.elsewhere]


def test_the_block_selects_production_first_and_names_credentials_without_values() -> None:
    """It is one block to paste; the shell says which credential is missing."""
    assert [
        "RUNBOOK_ENV=production",
        'case "$RUNBOOK_ENV" in',
        "production)",
        "  export SHOP_URL=https://shop.example.com",
        "  ;;",
        "staging)",
        "  export SHOP_URL=https://shop.staging.example.com",
        "  ;;",
        "esac",
        ': "${SHOP_TOKEN:?is not set: needed for restart}"',
    ] == page(small()).block.script.split("\n")


def test_a_value_known_only_during_the_run_is_a_blank_with_a_place_to_read_it() -> None:
    """The command holds `<step.fact>` in quotes; the page says which step shows it, and what it is."""
    doing = step(page(large()), "roll-back").doings[0]
    assert (
        "flyctl deploy --app \"$SHOP_APP\" --image '<look.releases.previous.image>'" == doing.commands[0].text
    )
    blank = doing.placeholders[0]
    assert ("look.releases.previous.image", "look") == (blank.name, blank.anchor)
    assert blank.where.startswith("image of previous, the newest release that is complete")
    assert "look.machines.ids" == doing.placeholders[1].name


def test_who_decides_is_what_the_core_says_for_each_environment() -> None:
    """A role that may do it alone, who approves for others, and what policy refuses."""
    said = labels(page(large(), catalogue(policy=(NEVER,))), "roll-back")
    assert (
        "Who decides in production: "
        "reliability (L1) alone; anybody else needs the approval of the manager (L3)" in said
    )
    assert "Who decides in staging: nobody, it is refused: staging is shared" in said


def test_a_change_says_how_it_is_taken_back_or_why_not_and_how_to_be_sure() -> None:
    """Undo and its check, or irreversible; reconcile, or a warning."""
    whole = page(large())
    assert [
        "Put the last good image back",
        "To take it back: deploy the new image again",
        "It is taken back, if this passes",
    ] == [doing.title for doing in step(whole, "roll-back").doings]
    said = labels(page(small()), "restart")
    assert "Cannot be undone: a restart cannot be taken back" in said
    assert (
        "Not sure whether it happened? It has, if this passes"
        == step(page(small()), "restart").doings[1].title
    )


def test_a_soak_and_an_escalation_are_sentences() -> None:
    """How long, how often, what resets it; whom to page for which decision."""
    assert [
        (
            "Look every 30s until it has passed 5 times in a row over at least 10m. "
            "A fail, or one you cannot tell, starts the count afresh. Give up after 30m."
        ),
        "This proves recovery: before it has held, nothing is resolved.",
    ] == labels(page(small()), "held")[:2]
    assert [
        "Page the engineer (L2) now.",
        "To reach engineer without the engine: service <pager>, or # incidents",
        "Decision to ask for: Fix the tool schema",
    ] == labels(page(large()), "engineer")[:3]


def test_what_a_check_judges_by_is_said_where_its_command_does_not_hold_it() -> None:
    """Without the names that must be set, a list of names tells a person nothing."""
    check = CheckUse(kind=FlySecretsCheck(fly_secrets="shop", need=("PG_URL", "KEY")))
    steps = {"look": Node(step=CheckStep(check=check), then={"pass": "false-alarm"})}
    whole = page(small(steps=steps))
    assert "Here need is: PG_URL, KEY" in labels(whole, "look")
    assert "those of `need` that are not set" == step(whole, "look").doings[0].wanted[0].meaning


def test_another_runbook_is_a_link_to_its_page() -> None:
    """Its own steps are not repeated; the link fits the folder of the other page."""
    note = step(page(large()), "database").opening[0]
    assert ("The database is away", "../operations/database.md") == (note.text, note.link)
    assert not any(one.path.startswith("database/") for one in page(large()).steps())


def test_the_page_expires_after_its_interval_and_lists_the_ends_it_has() -> None:
    """Review and `review_every` give the date; ends that no step leads to are left out."""
    whole = page(small())
    assert (date(2025, 10, 13), date(2025, 10, 20)) == (whole.reviewed, whole.expires)
    assert ["resolved", "escalated", "false-alarm"] == [end.name for end in whole.ends]
    assert None is page(small(reviewed="")).expires


def test_a_step_with_the_name_of_a_heading_has_an_anchor_of_its_own() -> None:
    """GitHub numbers headings that come again, in the order of the page."""
    probe = CheckStep(check=CheckUse(kind=HttpCheck(http="https://example.com")))
    steps = {
        "meaning": Node(step=probe, then={"pass": "mitigation"}),
        "mitigation": Node(step=probe, then={"pass": "verification"}),
        "verification": Node(step=probe, phase="verify", then={"pass": "mitigated"}),
    }
    assert ["meaning-1", "mitigation", "verification-1"] == [
        one.anchor for one in page(small(steps=steps)).steps()[:3]
    ]


def test_a_runbook_that_can_be_planned_nowhere_says_why() -> None:
    """There is nothing to write by hand without an environment."""
    with pytest.raises(UsageError, match="no environment to run in"):
        page(small(), Catalogue())
