"""The guards around a change: who must agree, until when, how often, and what stops it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

from engine.core.answers import problem_with
from engine.core.binding import bound_to, change_digest
from engine.core.events import (
    Answered,
    Asked,
    Ended,
    Event,
    Expired,
    Frozen,
    Happened,
    Jumped,
    Person,
    PolicyRead,
    Prompted,
    Settled,
    Skipped,
    Thawed,
    Withdrawn,
)
from engine.core.policy import decision_for
from engine.core.state import RunState, evolve
from engine.io.drivers.ledger import Ledger
from engine.io.people import Line
from engine.kinds.actions.http import HttpAction
from engine.kinds.errors import Waiting
from engine.kinds.step import Act
from engine.kinds.uses import ActionUse, Undo
from engine.kinds.values import Instant
from engine.model.guards import Rule
from tests.core.play import ANN, ELI, Played, play

MIA = Person(name="mia", role="manager", identity="claimed")
SCALE = 'one: {action: {http: "http://x/", operation: scale, irreversible: r}, then: mitigated}'
RESTART = 'one: {action: {http: "http://x/", operation: restart-machine, irreversible: r}, then: mitigated}'


def yes(
    by: Person, *, step: str = "*", item: str = "", after: float = 5.0, answer: str = "yes", reason: str = ""
) -> Line:
    """Return one person's answer."""
    return Line(answer, step=step, item=item, after=after, person=by, reason=reason)


def changes(played: Played) -> list[Asked]:
    """Return every change that was asked for."""
    return [one for one in played.events(Asked) if isinstance(one, Asked) and one.effect != "read"]


def asked(played: Played) -> list[Prompted]:
    """Return every question."""
    return [one for one in played.events(Prompted) if isinstance(one, Prompted)]


def policy(**words: object) -> str:
    """Return a policy of one rule for every change."""
    said = ", ".join(f"{name}: {value}" for name, value in words.items())
    return f"policy: [{{effects: [change], {said}}}]"


def test_a_quorum_wants_that_many_different_people() -> None:
    """Eli approves once; the second approval must be another person's."""
    more = policy(consent="approve", role="engineer", quorum=2)
    played = play(SCALE, {}, yes(ELI, item="consent"), yes(MIA, item="consent.1.2"), more=more)
    assert "mitigated" == played.end
    assert ["1 of 2", "2 of 2"] == [one.detail["approvals"] for one in asked(played)]
    assert "eli" == asked(played)[1].detail["approved by"]


def test_the_same_person_cannot_give_both_approvals() -> None:
    """Under any spelling of their name."""
    more = policy(consent="approve", role="engineer", quorum=2)
    problems: list[str] = []

    def interfere(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, Prompted) and one.event.kind == "approve":
            answer = Answered(prompt=one.event.prompt, choice="yes", digest=one.event.digest)
            by = ELI if one.event.item == "consent" else replace(ELI, name=" Eli")
            problems.append(problem_with(ledger.state, answer, by, ledger.state.now))
            if not problems[-1]:
                ledger.record([answer], by)

    played = play(SCALE, {}, more=more, interfere=interfere)
    assert ["", " Eli has approved already: it needs another person"] == problems[:2]
    assert [] == changes(played)


def test_an_approval_nobody_gives_goes_to_the_next_rung_of_the_ladder() -> None:
    """The engineer sleeps; the manager is asked and told."""
    more = policy(consent="approve", role="engineer", approve_within="10m")
    text = "runbook: test\ntitle: T\nseverity: SEV-1\nsteps:\n  " + SCALE
    played = play(text, {}, yes(MIA, item="consent.2.1"), more=more)
    assert "mitigated" == played.end
    assert ["engineer", "manager"] == [one.role for one in asked(played)]
    first = next(one for one in played.happened if isinstance(one.event, Prompted))
    assert first.at.after(600) == asked(played)[0].due
    told = [one for one in played.events(Asked) if isinstance(one, Asked) and one.item.startswith("ask.")]
    assert ["tell engineer", "tell manager"] == [one.title for one in told]


def test_when_nobody_approves_the_step_fails() -> None:
    """The last rung has been asked."""
    more = policy(consent="approve", role="manager", approve_within="10m")
    played = play(
        "one: {action: {http: 'http://x/', operation: scale, irreversible: r}, then: {done: mitigated, failed: aborted}}",
        {},
        more=more,
    )
    assert "aborted" == played.end
    assert [] == changes(played)
    assert "nobody gave consent in time" in played.events(Settled)[-1].why  # type: ignore[attr-defined]


def test_an_approval_that_is_not_used_in_time_is_asked_again() -> None:
    """The run was frozen in between, for longer than the approval holds."""
    more = policy(consent="approve", role="engineer", start_within="5m", approve_within="1h")

    def interfere(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, Prompted) and one.event.item == "consent":
            ledger.record([Frozen(reason="migration", who="ann")], ANN)
        if isinstance(one.event, Answered) and ledger.state.frozen:
            ledger.record([Thawed(reason="through", who="ann")], ANN, Instant(one.at + 400))

    played = play(
        SCALE, {}, yes(ELI, item="consent"), yes(ELI, item="consent.2.1"), more=more, interfere=interfere
    )
    assert "mitigated" == played.end
    assert ["one#1.consent", "one#1.consent.2.1"] == [one.prompt for one in asked(played)]
    assert "was not used within 5m" in asked(played)[1].detail["again"]


def test_nothing_changes_while_changes_are_frozen() -> None:
    """A keypress given before holds until the thaw; what is asked after it is the same change."""
    frozen_at: list[float] = []

    def interfere(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, Answered):
            ledger.record([Frozen(reason="release", who="eli")], ELI)
            frozen_at.append(one.at)
            ledger.record([Thawed(reason="over", who="eli")], ELI, Instant(one.at + 60))

    played = play(RESTART, {}, yes(ANN), interfere=interfere)
    assert "mitigated" == played.end
    begun = next(
        one.at for one in played.happened if isinstance(one.event, Asked) and one.event.effect != "read"
    )
    assert 60.0 <= begun - frozen_at[0]


def test_a_frozen_run_asks_nothing_and_waits() -> None:
    """It does not end, and it does not change anything."""
    seen: list[Event] = []

    def interfere(one: Happened, ledger: Ledger) -> None:
        seen.append(one.event)
        if one.seq == 1:
            ledger.record([Frozen(reason="release", who="eli")], ELI)

    with pytest.raises(Waiting):
        play(RESTART, {}, yes(ANN), interfere=interfere)
    assert [] == [one for one in seen if isinstance(one, (Prompted, Asked))]


def test_break_glass_goes_ahead_at_once_and_pages_first() -> None:
    """It needs a reason; the page is on record before the change."""
    more = policy(consent="approve", role="engineer", break_glass="manager")
    played = play(SCALE, {}, yes(ANN, answer="break-glass", reason="the shop is down"), more=more)
    assert "mitigated" == played.end
    order = [one.item for one in played.events(Asked) if isinstance(one, Asked)]
    assert order.index("break-glass.consent") < order.index("do.0")
    assert ("ann, reliability: one (the shop is down)",) == played.state.broke_glass


def test_break_glass_is_never_for_destroy_and_never_without_a_reason() -> None:
    """There is no such option, and no such answer."""
    text = 'one: {action: {http: "http://x/", effect: destroy, operation: wipe, irreversible: r}, then: mitigated}'
    more = "policy: [{effects: [destroy], consent: approve, role: manager, break_glass: manager}]"
    played = play(text, {}, yes(ANN, answer="break-glass", reason="now"), more=more)
    assert [] == changes(played)
    assert "break-glass" not in [option.key for option in asked(played)[0].options]
    more = policy(consent="approve", role="engineer", break_glass="manager")
    played = play(SCALE, {}, yes(ANN, answer="break-glass"), more=more)
    assert [] == changes(played)


def test_outside_its_window_a_change_is_refused() -> None:
    """The run begins on a Sunday at 03:02 UTC, a Saturday evening on the west coast."""
    window = "windows: {office: {days: [mon, tue, wed, thu, fri], from: '09:00', to: '17:00', zone: America/Los_Angeles, title: office hours}}\n"
    text = SCALE.replace("then: mitigated", "then: {done: mitigated, failed: aborted}")
    played = play(text, {}, more=window + policy(consent="none", window="office"))
    assert "aborted" == played.end
    assert "outside office hours" in played.events(Settled)[-1].why  # type: ignore[attr-defined]
    open_now = (
        window.replace("mon, tue, wed, thu, fri", "sat")
        .replace("'09:00'", "'18:00'")
        .replace("'17:00'", "'24:00'")
    )
    assert "mitigated" == play(text, {}, more=open_now + policy(consent="none", window="office")).end


def test_a_run_makes_only_so_many_changes() -> None:
    """The limit refuses; it asks nobody."""
    text = """
    one: {visits: 9, action: {http: "http://x/", operation: restart-machine, irreversible: r}, then: {done: one, failed: aborted}}
    """
    more = "guards: {limits: {changes: 3}}\n" + policy(consent="none")
    played = play(text, {}, more=more)
    assert ("aborted", 3) == (played.end, len(changes(played)))
    assert "has made 3 changes" in played.events(Settled)[-1].why  # type: ignore[attr-defined]


def test_a_stricter_policy_on_disk_holds_at_once() -> None:
    """A keypress was enough when the run was planned; by now it takes an approval."""
    rule = Rule(consent="approve", effects=("change",), role="engineer", why="tightened")

    def interfere(one: Happened, ledger: Ledger) -> None:
        if one.seq == 1:
            ledger.record([PolicyRead(policy=(rule,), why="another one")])

    played = play(RESTART, {}, yes(ELI), interfere=interfere)
    assert ["approve"] == [one.kind for one in asked(played)]
    looser = Rule(consent="none", effects=("change",))

    def loosen(one: Happened, ledger: Ledger) -> None:
        if one.seq == 1:
            ledger.record([PolicyRead(policy=(looser,), why="another one")])

    assert ["confirm"] == [one.kind for one in asked(play(RESTART, {}, yes(ANN), interfere=loosen))]


PRECAUTION = "precautions: {machines: {check: {http: 'http://fly/', expect: {status: 200}}}}\n"


@pytest.mark.parametrize(
    ("outcome", "name"), [("fail", "in flight"), ("unknown/cannot", "cannot see"), ("pass", "")]
)
def test_somebody_elses_change_is_looked_for_before_the_first_change(outcome: str, name: str) -> None:
    """What was seen, and what could not be, stands beside the question; the second change does not look again."""
    text = """
    one: {action: {http: "http://x/", operation: restart-machine, irreversible: r}, then: two}
    two: {action: {http: "http://y/", operation: restart-machine, irreversible: r}, then: mitigated}
    """
    played = play(text, {"one.flight.machines": outcome}, yes(ANN), yes(ANN), more=PRECAUTION)
    assert "mitigated" == played.end
    looks = [one.operation for one in played.events(Asked) if isinstance(one, Asked) and "flight" in one.item]
    assert ["one#1.flight.machines@1"] == looks[:1]
    assert {"one"} == {look.partition("#")[0] for look in looks}
    shown = set(asked(played)[0].detail) & {"in flight", "cannot see"}
    assert ({name} if name else set()) == shown


def test_where_nobody_need_agree_a_change_in_flight_asks_the_operator_after_all() -> None:
    """Two responders must not restart the same machine."""
    more = PRECAUTION + policy(consent="none")
    assert [] == asked(play(RESTART, {}, more=more))
    found = asked(play(RESTART, {"one.flight.machines": "fail"}, yes(ANN), more=more))
    assert ["confirm"] == [one.kind for one in found]


WATCHED = """
one:
  action: {http: "http://x/${each}", operation: restart-machine, undo: {http: "http://x/back"}}
  for_each: [a, b, c]
  watch: {http: "http://errors/", expect: {status: 200}}
  watch_every: 10s
  then: {done: mitigated, failed: aborted}
"""


@pytest.mark.parametrize(("answer", "undone"), [("yes", 1), ("no", 0)])
def test_a_failing_watch_stops_the_change_and_offers_to_take_it_back(answer: str, undone: int) -> None:
    """The error rate rises after the first machine: the second is not touched."""
    table: Mapping[str, str | Sequence[str]] = {"one.watch.1": "pass", "one.watch.2": "fail"}
    played = play(
        WATCHED, table, yes(ANN, item="consent"), yes(ANN, item="take-back", answer=answer), seconds=11.0
    )
    assert "aborted" == played.end
    made = [one for one in changes(played) if not one.undoes]
    assert len(made) < 3
    assert undone * len(made) == len([one for one in changes(played) if one.undoes])
    assert "stopped after" in played.events(Settled)[-1].why  # type: ignore[attr-defined]


def test_a_watch_that_passes_or_cannot_look_stops_nothing() -> None:
    """Unknown is no reason to stop half-way; it is on record."""
    played = play(WATCHED, {"one.watch.1": "unknown/cannot"}, yes(ANN, item="consent"), seconds=11.0)
    assert ("mitigated", 3) == (played.end, len(changes(played)))


def test_the_first_look_of_a_watch_comes_before_the_first_change() -> None:
    """With the error rate up already, nothing is begun."""
    played = play(WATCHED, {"one.watch.1": "fail"}, yes(ANN, item="consent"))
    assert ("aborted", []) == (played.end, changes(played))


SECOND = (
    "guards: {deviations: [{of: [skip, jump, hand], role: engineer, why: two eyes see less than four}]}\n"
)


@pytest.mark.parametrize(("answer", "end"), [("yes", "mitigated"), ("no", "resolved-not")])
def test_leaving_the_runbook_needs_a_second_person_where_policy_says_so(answer: str, end: str) -> None:
    """Agreed, the step is skipped; refused, the run stays with the runbook."""
    text = """
    look: {check: {http: "http://a/"}, then: {pass: quiet, fail: aborted, unknown: aborted, skipped: mitigated}}
    quiet: {ask: "Quiet?", options: {yes: "Yes"}, then: {yes: false-alarm}}
    """
    slow = {"look": "pass"}

    def interfere(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, Asked) and one.event.what == "check":
            ledger.record([Skipped(step="look", reason="known")], ANN)

    played = play(
        text, slow, yes(ELI, item="deviation.1", answer=answer), yes(ANN, step="quiet", answer="yes"),
        more=SECOND, interfere=interfere,
    )  # fmt: skip
    assert ("mitigated" if end == "mitigated" else "false-alarm") == played.end
    assert "approve" == asked(played)[0].kind


def test_a_hand_made_change_needs_a_second_person_where_policy_says_so() -> None:
    """The engineer agrees that it was done."""
    played = play(
        RESTART, {}, yes(ANN, item="consent", answer="hand", reason="typed it"), yes(ELI, item="second.consent"),
        more=SECOND,
    )  # fmt: skip
    assert "mitigated" == played.end
    assert [] == changes(played)
    assert ["confirm", "approve"] == [one.kind for one in asked(played)]


def test_a_person_may_override_what_a_step_says() -> None:
    """With an outcome the step has, and a reason; any other is no override."""
    text = """
    look: {check: {http: "http://a/"}, then: {pass: aborted, fail: mitigated, unknown: aborted}}
    """

    def interfere(outcome: str) -> Callable[[Happened, Ledger], None]:
        def during(one: Happened, ledger: Ledger) -> None:
            if isinstance(one.event, Asked) and one.event.what == "check":
                ledger.record([Skipped(step="look", reason="I see it", outcome=outcome)], ANN)

        return during

    assert "mitigated" == play(text, {}, interfere=interfere("fail")).end
    assert "aborted" == play(text, {}, interfere=interfere("nonsense")).end


# --- the digest ---------------------------------------------------------------------------------------------


def consented(text: str = SCALE) -> tuple[RunState, ActionUse]:
    """Return a state that waits for consent, and the change."""
    played = play(text, {}, people=None)
    state = RunState()
    for one in played.happened:
        state = evolve(state, one)
        if isinstance(one.event, Prompted):
            break
    step = state.plan.steps["one"].step if state.plan else None
    return state, step.action  # type: ignore[union-attr]


CHANGED: list[tuple[str, Callable[[RunState, ActionUse], tuple[RunState, ActionUse]]]] = [
    ("arguments", lambda s, u: (s, replace(u, kind=HttpAction(http="http://x/", json={"n": 2})))),
    ("target", lambda s, u: (s, replace(u, kind=HttpAction(http="http://y/")))),
    ("environment", lambda s, u: (replace(s, plan=replace(s.plan, environment="production")), u)),
    ("effect", lambda s, u: (s, replace(u, effect="destroy"))),
    ("inputs", lambda s, u: (replace(s, plan=replace(s.plan, scopes={"": replace(s.plan.scopes[""], inputs={"n": 1})})), u)),
    ("facts", lambda s, u: (s, replace(u, kind=HttpAction(http="http://x/${one.fact}")))),
    ("undo", lambda s, u: (s, replace(u, undo=Undo(kind=HttpAction(http="http://z/"))))),
    ("script bytes", lambda s, u: (s, replace(u, kind=HttpAction(http="http://x/", text="sha256:2")))),
    ("runbook", lambda s, u: (replace(s, digest="another"), u)),
    ("policy", lambda s, u: (replace(s, policy=(Rule(consent="approve"),)), u)),
    ("run", lambda s, u: (replace(s, plan=replace(s.plan, run="INC-2")), u)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change"), CHANGED, ids=[name for name, _ in CHANGED])
def test_any_change_to_what_was_approved_voids_the_approval(
    name: str, change: Callable[[RunState, ActionUse], tuple[RunState, ActionUse]]
) -> None:
    """Eleven of the twelve things; the twelfth, the tool pin, is below."""
    state, use = consented()
    before = change_digest(state, "", "one", 1, Act("do.0", use), use)
    after_state, after = change(state, use)
    assert before != change_digest(after_state, "", "one", 1, Act("do.0", after), after)
    assert before != change_digest(state, "", "one", 2, Act("do.0", use), use)


def test_another_pin_of_the_tool_voids_the_approval() -> None:
    """The tool's own description is part of what was agreed to."""
    more = "mcp: {fly: {url: 'http://fly/', tools: [restart], pins: {restart: PIN}}}"
    text = "one: {action: {mcp: fly/restart, operation: scale, irreversible: r}, then: mitigated}"
    digests = []
    for pin in ("aa", "bb"):
        played = play(text, {}, people=None, more=more.replace("PIN", pin))
        state = played.state
        use = state.plan.steps["one"].step.action  # type: ignore[union-attr]
        digests.append(bound_to(state, "", "one", 1, Act("do.0", use), use)["tool pin"])
    assert ["aa", "bb"] == digests


def test_a_change_that_is_another_one_by_now_is_asked_again_with_the_difference() -> None:
    """The fact it is made of changes between the question and the answer."""
    text = """
    look: {check: {http: "http://a/", facts: {id: json.id}}, then: {any: both}}
    both:
      parallel:
        change:
          steps:
            one: {action: {http: "http://x/${look.id}", operation: restart-machine, irreversible: r}, then: {done: pass, failed: fail}}
      then: {any: mitigated}
    """
    asked_first: list[str] = []

    def interfere(one: Happened, ledger: Ledger) -> None:
        event = one.event
        if isinstance(event, Prompted) and not asked_first:
            asked_first.append(event.digest)
            state = ledger.state
            ledger.state = replace(state, facts={**state.facts, "look": {"id": "m2", "answer": "pass"}})

    played = play(text, {}, yes(ANN, after=60.0), more="", facts={"look": {"id": "m1"}}, interfere=interfere)
    assert "mitigated" == played.end
    withdrawn = [one for one in played.events(Withdrawn) if isinstance(one, Withdrawn)]
    assert 1 == len(withdrawn)
    assert "m1" in withdrawn[0].why
    assert "m2" in withdrawn[0].why
    again = asked(played)[1]
    assert "m2" in again.detail["again"]
    assert "http://x/m2" == changes(played)[0].args["http"]  # type: ignore[index]


# --- proofs -------------------------------------------------------------------------------------------------

PEOPLE = "people: {eli: {role: engineer, keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f], device: pager}}\n"


def test_an_approval_that_must_be_proved_is_not_taken_on_anybodys_word() -> None:
    """A claim is refused before it is recorded; a proof is held against the catalogue by the run."""
    more = PEOPLE + policy(consent="approve", role="engineer", identity="proved")
    problems: list[str] = []

    def interfere(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, Prompted) and one.event.kind == "approve":
            answer = Answered(prompt=one.event.prompt, choice="yes", digest=one.event.digest)
            problems.append(problem_with(ledger.state, answer, ELI, one.at))
            signed = replace(answer, proof="signature")
            ledger.record([signed], replace(ELI, identity="proved"))

    played = play(SCALE, {}, more=more, interfere=interfere)
    assert "must be proved, yours is only claimed" in problems[0]
    assert "mitigated" == played.end
    proofs = [one for one in played.events(Asked) if isinstance(one, Asked) and one.what == "proof"]
    assert ["the signature of eli"] == [one.title for one in proofs]


def test_a_proof_that_does_not_hold_is_asked_again() -> None:
    """And nothing is changed on its strength."""
    more = PEOPLE + policy(consent="approve", role="engineer", identity="proved")

    def interfere(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, Prompted) and one.event.item == "consent":
            answer = Answered(prompt=one.event.prompt, choice="yes", digest=one.event.digest, proof="forged")
            ledger.record([answer], replace(ELI, identity="proved"))

    played = play(SCALE, {"one.proof.consent": "fail"}, more=more, interfere=interfere)
    assert [] == changes(played)
    assert "does not hold" in asked(played)[1].detail["again"]


def test_a_relayed_approval_sends_a_code_to_the_approvers_device() -> None:
    """Only its seal is on record; the answer is held against it."""
    more = PEOPLE + policy(consent="approve", role="engineer", identity="relayed")

    def interfere(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, Ended) and ".code." in one.event.operation:
            prompt = next(iter(ledger.state.prompts.values())).prompted
            answer = Answered(prompt=prompt.prompt, choice="yes", digest=prompt.digest, proof="CODE")
            ledger.record([answer], replace(ELI, identity="relayed"))

    played = play(SCALE, {}, more=more, interfere=interfere)
    assert "mitigated" == played.end
    codes = [one for one in played.events(Asked) if isinstance(one, Asked) and one.what == "code"]
    assert [("eli", "pager")] == [(one.args["signer"], one.args["channel"]) for one in codes]  # type: ignore[index]


def test_a_role_that_is_not_the_persons_own_in_the_catalogue_proves_nothing() -> None:
    """Eli is an engineer; as a manager he is nobody."""
    more = PEOPLE + policy(consent="approve", role="manager", identity="proved")
    problems: list[str] = []

    def interfere(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, Prompted) and one.event.kind == "approve" and not problems:
            answer = Answered(prompt=one.event.prompt, choice="yes", digest=one.event.digest, proof="s")
            by = Person(name="eli", role="manager", identity="proved")
            problems.append(problem_with(ledger.state, answer, by, one.at))

    play(SCALE, {}, more=more, interfere=interfere)
    assert ["eli is engineer in the catalogue, not manager"] == problems


def test_no_rule_lets_destroy_pass_without_being_named() -> None:
    """Not declared means no; a rule for changes does not cover it."""
    state, use = consented()
    assert state.plan is not None
    wipe = replace(use, effect="destroy")
    loose = replace(state, plan=replace(state.plan, policy=(Rule(consent="none", effects=("change",)),)))
    assert "refused" == decision_for(loose, wipe).mode


def test_a_deviation_nobody_agrees_to_lapses() -> None:
    """The run stays where it was."""
    text = """
    look: {ask: "Q?", options: {yes: "Y"}, then: {yes: false-alarm}}
    other: {ask: "Q?", options: {yes: "Y"}, then: {yes: mitigated}}
    """
    found: list[Event] = []

    def interfere(one: Happened, ledger: Ledger) -> None:
        found.append(one.event)
        if isinstance(one.event, Prompted) and one.event.item == "":
            ledger.record([Jumped(step="look", target="other", reason="r")], ANN)

    with pytest.raises(Waiting):
        play(text, {}, more=SECOND, interfere=interfere)
    assert ["look#1.deviation.1"] == [one.prompt for one in found if isinstance(one, Expired)]
    assert "other" not in [one.step for one in found if isinstance(one, Prompted)]


def test_agreeing_to_a_deviation_names_what_is_agreed_to() -> None:
    """From a terminal or a pipe: the digest is that of the question's own text."""
    text = 'look: {ask: "Q?", options: {yes: "Y"}, then: {yes: false-alarm}}\n'
    problems: list[str] = []

    def interfere(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, Prompted) and one.event.item == "":
            ledger.record([Skipped(step="look", reason="r")], ANN)
        elif isinstance(one.event, Prompted) and one.event.kind == "approve":
            wrong = Answered(prompt=one.event.prompt, choice="yes", digest="0" * 64)
            problems.append(problem_with(ledger.state, wrong, ELI, one.at))
            right = replace(wrong, digest=one.event.digest)
            problems.append(problem_with(ledger.state, right, ELI, one.at))
            ledger.record([right], ELI)

    play(text, {}, more=SECOND, interfere=interfere)
    assert ["the change is not the one that was shown: look again", ""] == problems
