"""Whose keypress and whose approval count."""

from __future__ import annotations

import pytest

from engine.core.answers import canonical_name, problem_with
from engine.core.events import Answered, Event, HandedOver, Happened, Person, Prompted, Resumed, TakenOver
from engine.core.policy import decision_for
from engine.core.state import RunState, evolve
from engine.kinds.actions.http import HttpAction
from engine.kinds.uses import ActionUse
from engine.kinds.values import Instant
from tests.core.play import ANN, ELI, play

BEA = Person(name="bea", role="reliability", identity="claimed")
MIA = Person(name="mia", role="manager", identity="claimed")
SAM = Person(name="sam", role="support", identity="claimed")
ALIASES = ["Ann", "ann ", " ANN", "аnn", "ａｎｎ", "a\u200bnn", "Αnn"]


def asking(kind: str, more: str = "") -> tuple[RunState, Prompted]:
    """Return the state of a run that asks for consent."""
    operation = {"confirm": "restart-machine", "approve": "scale"}[kind]
    text = f'one: {{action: {{http: "http://x/", operation: {operation}, irreversible: r}}, then: mitigated}}'
    said = "yes"
    from engine.io.people import Line

    played = play(text, {}, Line(said, person=ANN if kind == "confirm" else ELI), more=more)
    state = RunState()
    for one in played.happened:
        state = evolve(state, one)
        if isinstance(one.event, Prompted):
            assert kind == one.event.kind
            return state, one.event
    raise AssertionError("nothing was asked")


def after(state: RunState, event: Event, by: Person) -> RunState:
    """Return the state after one more event."""
    return evolve(state, Happened(state.seq + 1, state.now, by, event))


def yes(prompted: Prompted) -> Answered:
    """Return the answer that was shown everything."""
    return Answered(prompt=prompted.prompt, choice="yes", digest=prompted.digest)


@pytest.mark.parametrize("name", ALIASES)
def test_no_spelling_of_the_operator_is_another_person(name: str) -> None:
    """Case, width, blanks, invisible characters, look-alike letters."""
    state, prompted = asking("approve")
    assert canonical_name("ann") == canonical_name(name)
    by = Person(name=name, role="engineer", identity="claimed")
    assert "another person" in problem_with(state, yes(prompted), by, state.now)


def test_another_person_of_the_role_that_was_asked_may_approve() -> None:
    """The rule has a way through."""
    state, prompted = asking("approve")
    assert "" == problem_with(state, yes(prompted), ELI, state.now)
    assert "needs the" in problem_with(state, yes(prompted), SAM, state.now)


@pytest.mark.parametrize("event", [TakenOver(why="r"), Resumed(why="r"), HandedOver(to=ELI, reason="r")])
def test_who_drives_the_run_now_cannot_approve_for_it(event: Event) -> None:
    """Taking over, resuming or being handed the run makes its changes one's own."""
    state, prompted = asking("approve")
    later = after(state, event, ANN if isinstance(event, HandedOver) else ELI)
    assert "another person" in problem_with(later, yes(prompted), ELI, later.now)


def test_who_asked_cannot_approve_after_handing_over() -> None:
    """The one who wanted the change stays the one who wanted it."""
    state, prompted = asking("approve")
    later = after(state, HandedOver(to=BEA, reason="r"), ANN)
    ann = Person(name="ann", role="manager", identity="claimed")
    assert "another person" in problem_with(later, yes(prompted), ann, later.now)


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_an_approval_names_the_digest_of_what_it_approves(digest: str) -> None:
    """No digest is no approval."""
    state, prompted = asking("approve")
    answer = Answered(prompt=prompted.prompt, choice="yes", digest=digest)
    assert "not the one" in problem_with(state, answer, ELI, state.now)


@pytest.mark.parametrize("choice", ["yes", "hand"])
def test_a_keypress_counts_only_from_who_may_decide_alone(choice: str) -> None:
    """Support may watch and answer questions; it may not restart."""
    state, prompted = asking("confirm")
    answer = Answered(prompt=prompted.prompt, choice=choice, digest=prompted.digest)
    assert "needs the reliability" in problem_with(state, answer, SAM, state.now)
    assert "" == problem_with(state, answer, BEA, state.now)
    later = after(state, HandedOver(to=SAM, reason="r"), ANN)
    assert "needs the reliability" in problem_with(later, answer, SAM, later.now)


def test_an_answer_dated_before_the_last_record_cannot_beat_the_deadline() -> None:
    """The clock was set back; what has expired stays expired."""
    text = 'q: {ask: "Q?", options: {yes: "y"}, timeout: 2m, then: {yes: mitigated, timeout: aborted}}'
    played = play(text, {})
    state = RunState()
    for one in played.happened:
        state = evolve(state, one)
        if isinstance(one.event, Prompted):
            break
    prompted = next(iter(state.prompts.values())).prompted
    assert prompted.due is not None
    late = evolve(state, Happened(state.seq + 1, prompted.due.after(60), ANN, Resumed(why="r")))
    answer = Answered(prompt=prompted.prompt, choice="yes")
    early = Instant(prompted.due - 60)
    assert "expired" in problem_with(late, answer, ANN, early)
    kept = evolve(late, Happened(late.seq + 1, early, ANN, answer))
    assert kept.prompts[prompted.prompt].given is None
    assert late.now == kept.now


def test_a_policy_that_wants_an_approval_asks_a_role_that_may_give_it() -> None:
    """Not the operator's own."""
    state, _ = asking("confirm")
    assert state.plan is not None
    played = play(
        'one: {action: {http: "http://x/", operation: restart-machine, irreversible: r}, then: mitigated}',
        {},
        people=None,
        more="policy: [{consent: approve, effects: [change]}]",
        interfere=lambda one, ledger: (
            ledger.record([yes(one.event)], ELI) if isinstance(one.event, Prompted) else None
        ),
    )
    asked = played.events(Prompted)[0]
    assert isinstance(asked, Prompted)
    assert ("approve", "engineer") == (asked.kind, asked.role)


def test_any_change_is_not_destruction() -> None:
    """A role that approves any change may not approve what cannot come back."""
    text = 'one: {action: {http: "http://x/", operation: wipe, effect: destroy, irreversible: r}, then: mitigated}'
    more = "policy: [{consent: approve, effects: [destroy], role: manager}]"
    problems: list[str] = []

    def interfere(one: Happened, ledger: object) -> None:
        if isinstance(one.event, Prompted):
            state = ledger.state  # type: ignore[attr-defined]
            problems.append(problem_with(state, yes(one.event), ELI, state.now))
            ledger.record([yes(one.event)], MIA)  # type: ignore[attr-defined]

    assert "mitigated" == play(text, {}, more=more, interfere=interfere).end
    assert ["needs the manager" in one for one in problems] == [True]


def test_with_no_rule_destroying_is_refused() -> None:
    """Not declared means no."""
    state, _ = asking("confirm")
    use = ActionUse(kind=HttpAction(http="http://x/"), effect="destroy")
    assert "refused" == decision_for(state, use).mode
