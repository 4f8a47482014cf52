"""What a person without the engine is told: how answers are read, whom to reach, what the engine's facts mean."""

from __future__ import annotations

from collections.abc import Mapping

from engine.kinds.checks.http import HttpCheck
from engine.kinds.facts import Selector
from engine.kinds.nodes import Node
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import Case, DecideStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.uses import CheckUse, Look
from engine.kinds.values import Json
from engine.model.catalogue import Catalogue, Role, Rule
from engine.views.docs_page import Page, Reading, StepEntry
from engine.views.outline import outline
from engine.views.readings import meaning
from tests.views.documented import catalogue, large, lasting, library, small, want

ROLES = {"engineer": Role(level="L2", approves=("any",), contact="by phone, from <phone-list>")}


def page(steps: Mapping[str, Node], shared: Catalogue | None = None) -> Page:
    """Return the page of a runbook with these steps."""
    return outline(small(steps=steps), library, shared or catalogue())


def step(of: Page, path: str) -> StepEntry:
    """Return one step of a page."""
    return next(one for one in of.steps() if one.path == path)


def notes(entry: StepEntry) -> list[str]:
    """Return all notes of a step as text."""
    found = [*entry.opening, *(note for doing in entry.doings for note in doing.notes)]
    return [f"{note.label}: {note.text}{note.link}" if note.text else note.label for note in found]


def queue(look: Look | None) -> CheckUse:
    """Return a check of the catalogue, as a step has it."""
    return CheckUse(
        kind=HttpCheck(http="https://q.example"),
        name="queue",
        facts={"entries": Selector.parse({"from": "json.list", "count": True})},
        look=look,
    )


def test_facts_are_read_as_the_catalogue_says_even_where_the_engine_would_ask_nobody() -> None:
    """In full at the first look of the page, as a link at the next, and line by line."""
    look = Look(
        question="How long is it?", facts={"state": "long, if above 9; short, if not", "id": "its id"}
    )
    steps = {
        "look": Node(
            step=ChecksStep(checks={"one": queue(None), "two": queue(None)}), then={"pass": "again"}
        ),
        "again": Node(step=CheckStep(check=queue(None)), then={"pass": "resolved"}),
    }
    whole = page(steps, catalogue(checks={"queue": queue(look)}))
    first, second = step(whole, "look").doings
    assert (
        Reading(fact="state", lines=("long, if above 9", "short, if not")),
        Reading(fact="id", lines=("its id",)),
    ) == first.readings
    assert () == second.readings
    assert "How the answer is read stands at: look#look" in notes(step(whole, "again"))


def test_a_look_has_its_link_and_its_command() -> None:
    """The command stands as it is typed, with addresses as variables."""
    vendor = step(outline(large(), library, catalogue()), "look").doings[1]
    assert [
        ("Or look yourself", "Is the vendor's page green?", "https://status.example.com"),
        ("Or type", "curl ''\"$SHOP_URL\"''/status", ""),
    ] == [(note.label, note.text, note.link) for note in vendor.notes if note.label.startswith("Or ")]


def test_a_fact_that_a_later_decision_asks_for_is_noted_where_it_is_seen() -> None:
    """Nobody looks twice for what the first answer held; what is evident, or said already, is not repeated."""
    asks = Case(go="resolved", when=want(**{"look.edge": True, "look.entries": 1, "look.status": 500}))
    steps = {
        "look": Node(step=CheckStep(check=queue(None)), then={"pass": "decide"}),
        "decide": Node(step=DecideStep(decide=(asks,), otherwise="resolved")),
    }
    assert [
        "Note the fact edge: true when the Fly proxy answered in its own name, not the application",
        "Note the fact entries: number of entries in `json.list` of the answer",
    ] == [note for note in notes(step(page(steps), "look")) if note.startswith("Note")]


def test_our_own_network_is_said_in_words_and_every_control_probe_has_its_command() -> None:
    """`run.network` is nothing a person sees: two commands and a sentence are."""
    down = Case(go="tell", when=want(**{"run.network": "down"}))
    up = Case(go="resolved", when=want(**{"run.network": "ok", "look.outcome": {"exists": False}}))
    steps = {
        "look": Node(step=DecideStep(decide=(down, up), otherwise="tell")),
        "tell": Node(step=DecideStep(decide=(down,), otherwise="resolved")),
    }
    controls = {
        name: CheckUse(kind=HttpCheck(http=f"https://{name}.example"), timeout=lasting("5s"))
        for name in ("first", "second")
    }
    whole = page(steps, catalogue(controls=controls))
    look, tell = step(whole, "look"), step(whole, "tell")
    assert [
        ("first", "curl -sS -i -m 5 'https://first.example'"),
        ("second", "curl -sS -i -m 5 'https://second.example'"),
    ] == [(doing.name, doing.commands[0].text) for doing in look.doings]
    assert [
        "neither control probe answers", "at least one control probe answers", "not done in this incident",
    ] == [one.meaning for row in look.rows for one in row.all_of]  # fmt: skip
    assert () == tell.doings
    assert "The control probes stand at: look#look" in notes(tell)


def test_which_entries_are_meant_is_said_in_words() -> None:
    """In full, and with what is only known during the incident as everywhere."""
    where: Json = {"status": "done", "tries": {"lt": "${look.tries}"}, "text": {"matches": "x" * 200}}
    fact = Selector.parse({"from": "json.list", "where": where, "count": True})
    check = CheckUse(kind=HttpCheck(http="https://q.example"), facts={"entries": fact})
    assert (
        "number of entries in `json.list` where `status is done and tries < <look.tries> and text matching "
        f"{'x' * 200}` of the answer"
    ) == meaning(check, "entries")


def test_a_time_of_the_run_is_said_in_words() -> None:
    """`run.since` is the engine's own name for what everybody knows."""
    blanks = step(outline(large(), library, catalogue()), "look").doings[2].placeholders
    assert [("run.since", "when the alert fired, in UTC, such as 2025-11-23T03:05:22Z")] == [
        (one.name, one.where) for one in blanks
    ]


def test_what_a_message_leaves_open_of_the_run_is_said_at_the_top() -> None:
    """Once for all messages: the id of an incident that no engine has numbered."""
    steps = {
        "tell": Node(step=NotifyStep(notify="engineer", text="see ${run.id}"), then={"sent": "resolved"})
    }
    assert [("run.id", "the id of this incident, INC-yyyymmdd-hhmmss of its start in UTC")] == [
        (one.name, one.where) for one in page(steps).run
    ]


def test_whom_to_reach_stands_wherever_somebody_is_needed() -> None:
    """Pages, messages, questions to a role, approvals, and the matrix; never where nothing is known."""
    reach = "To reach engineer without the engine: by phone, from <phone-list>"
    shared = catalogue(roles=ROLES, policy=(Rule(consent="approve", role="engineer"),))
    whole = outline(large(), library, shared)
    found = {one.path: sum(reach == note for note in notes(one)) for one in whole.steps()}
    assert (1, 1, 1, 0) == (found["tell"], found["engineer"], found["roll-back"], found["look"])
    assert ["by phone, from <phone-list>"] == [role.contact for role in whole.roles]
    asked = AskStep(ask="Is it set?", options={"yes": "It is"}, role="engineer")
    steps = {
        "ask": Node(step=asked, then={"yes": "tell"}),
        "tell": Node(step=NotifyStep(notify="ops", text="x")),
    }
    other = page(steps, shared)
    assert (True, False) == tuple(reach in notes(step(other, path)) for path in ("ask", "tell"))
