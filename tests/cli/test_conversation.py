"""What keys come to, held against a run that exists only as state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.cli.conversation import Conversation, scalar
from engine.core.events import (
    Answered,
    Event,
    HandedOver,
    Jumped,
    Noted,
    Person,
    Prompted,
    SeveritySet,
    Skipped,
    TimerFired,
    TimerStopped,
)
from engine.core.plan import Plan, PlanStep, Scope
from engine.core.state import Prompt, RunState, Visit
from engine.kinds.step import Option
from engine.kinds.steps.ask import AskStep
from engine.kinds.values import Duration, Instant
from engine.model.catalogue import Rung, SeverityLevel
from engine.render.row import Layout, Row
from engine.views.clocks import Clock

ANN = Person(name="ann", role="reliability", identity="claimed")
START = Instant.parse("2025-11-23T03:05:22Z")
YES_NO = (Option("yes", "do it"), Option("hand", "I did it by hand"), Option("no", "do not"))


def prompted(
    name: str = "fix#1", kind: str = "confirm", options: tuple[Option, ...] = YES_NO, **detail: str
) -> Prompted:
    """Return a question."""
    return Prompted(
        prompt=name,
        step="fix",
        item="",
        kind=kind,
        text="Fix it?",
        options=options,
        digest="d1",
        detail=detail,
    )


def step(name: str) -> PlanStep:
    """Return a step of the plan."""
    kind = AskStep(ask="?", options={"yes": "yes"})
    return PlanStep(
        path=name, scope="", name=name, title=f"The {name}", phase="mitigate", step=kind, routes={}
    )


PLAN = Plan(
    run="INC-1",
    runbook="x",
    title="X",
    environment="practice",
    steps={"fix": step("fix"), "look": step("look")},
    scopes={"": Scope(path="", runbook="x", start="fix")},
    severities={
        "SEV-1": SeverityLevel(meaning="down", respond=Duration(60.0)),
        "SEV-2": SeverityLevel(
            meaning="hurt", respond=Duration(60.0), ladder=(Rung(role="manager", after=Duration(600.0)),)
        ),
    },
)


@dataclass
class Table:
    """A desk that remembers what was said and shown."""

    prompts: Sequence[Prompted] = ()
    time: Instant = START
    said: list[Event] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    left: bool = False
    problem: str = ""

    def state(self) -> RunState:
        """Return a run that stands at `fix` with these questions."""
        known: Mapping[str, Prompt] = {one.prompt: Prompt(one, START) for one in self.prompts}
        return replace(
            RunState(),
            plan=PLAN,
            severity="SEV-2",
            visits={"": Visit("fix", START)},
            prompts=known,
            started=START,
        )

    def now(self) -> Instant:
        """Return the time."""
        return self.time

    def say(self, event: Event, by: Person) -> str:
        """Remember what was said."""
        assert ANN == by
        self.said.append(event)
        return self.problem

    def show(self, rows: Sequence[Row]) -> None:
        """Remember what was shown."""
        self.rows += rows

    def status_text(self) -> str:
        """Return a status."""
        return "all is lost\nnearly\n"

    def clocks(self) -> Sequence[Clock]:
        """Return one page."""
        return (Clock(START.after(600), "page", "manager paged", "ladder:manager"),)

    def quit(self) -> None:
        """Remember that the person left."""
        self.left = True


def conversation(*prompts: Prompted) -> tuple[Conversation, Table]:
    """Return a conversation about questions that have been on the screen for a while."""
    table = Table(prompts)
    talk = Conversation(table, ANN)
    for one in prompts:
        talk.shown(one.prompt)
    table.time = START.after(1)
    return talk, table


def typed(talk: Conversation, *pieces: str) -> None:
    """Press keys, or type lines, one after another."""
    for piece in pieces:
        talk.press(piece)


def test_a_key_answers_the_question_with_its_digest() -> None:
    """The answer names the change that was shown."""
    talk, table = conversation(prompted())
    talk.press("y")
    assert [Answered(prompt="fix#1", choice="yes", digest="d1")] == table.said


def test_no_key_answers_before_the_question_was_there_half_a_second() -> None:
    """It says so, and the same key counts afterwards."""
    talk, table = conversation(prompted())
    table.time = START.after(0.4)
    talk.press("y")
    assert [] == table.said
    assert "press it again" in talk.notice
    table.time = START.after(0.6)
    talk.press("y")
    assert 1 == len(table.said)


def test_enter_esc_and_pasted_text_are_no_answers() -> None:
    """A paste that begins with y decides nothing."""
    talk, table = conversation(prompted())
    typed(talk, "\r", "\n", "\x1b", "yes", "Y")
    assert [] == table.said


def test_a_refusal_asks_why_and_an_empty_line_records_nothing() -> None:
    """Enter alone gives up what was begun."""
    talk, table = conversation(prompted())
    typed(talk, "n", "\r")
    assert [] == table.said
    assert "nothing was recorded" == talk.notice
    typed(talk, "n", "it is ", "fine\r")
    assert [Answered(prompt="fix#1", choice="no", reason="it is fine", digest="d1")] == table.said


def test_by_hand_is_an_answer_where_the_step_takes_it_and_a_note_elsewhere() -> None:
    """Either way what was done is asked for."""
    talk, table = conversation(prompted())
    typed(talk, "m", "fly machine restart\r")
    assert [Answered(prompt="fix#1", choice="hand", reason="fly machine restart", digest="d1")] == table.said
    talk, table = conversation(prompted(options=(Option("yes", "undo"), Option("no", "leave it"))))
    typed(talk, "m", "fly machine restart\r")
    assert [Noted(text="", command="fly machine restart")] == table.said


def test_an_option_of_the_author_that_is_called_hand_is_only_an_answer() -> None:
    """Nor does one called no or break-glass ask for a reason: only a prompt about a change does."""
    for name in ("hand", "no", "break-glass"):
        talk, table = conversation(
            prompted(kind="ask", options=(Option("m", "mended"), Option(name, "other")))
        )
        talk.press(name[0])
        assert [Answered(prompt="fix#1", choice=name, digest="d1")] == table.said


def test_the_command_is_shown_raw_so_that_a_paste_is_exact() -> None:
    """However narrow the terminal is; one of several lines stays as it was written."""
    command = (
        "curl -X POST 'http://127.0.0.1:45617/v1/apps/shop/machines/1/restart?timeout=10' \\\n  -d '{ }'"
    )
    talk, table = conversation(replace(prompted(), changes=(command,)))
    talk.press("h")
    assert command == "\n".join(Layout(30).lines(table.rows))


def test_a_question_in_words_offers_no_key_of_a_change_and_its_options_choose_first() -> None:
    """[c] complains, so that copying is [C]; neither by hand nor a command is offered."""
    options = (Option("complain", "They do"), Option("quiet", "All quiet"))
    talk, table = conversation(prompted(kind="ask", options=options))
    shown = "\n".join(talk.footer(200))
    assert "[c] They do   [q] All quiet   [o] other options   [?] all keys" in shown
    assert "[C] copy status text" in shown
    assert not {"[m]", "[h]"} & set(shown.split())
    typed(talk, "m", "h", "Q")
    assert ([], True) == (table.said, table.left)
    talk.press("C")
    assert "copy from here" in [row.text for row in table.rows]
    talk.press("o")
    assert "runbook did --run INC-1 -- COMMAND" in [row.text for row in table.rows]
    talk.press("c")
    assert [Answered(prompt="fix#1", choice="complain", digest="d1")] == table.said


def test_the_operator_has_no_key_to_approve_their_own_change() -> None:
    """Only to take it back."""
    talk, table = conversation(
        prompted(kind="approve", options=(Option("yes", "approve"), Option("no", "refuse")))
    )
    talk.press("y")
    assert [] == table.said
    assert not any("approve" in line for line in talk.footer(120))
    typed(talk, "n", "later\r")
    assert [Answered(prompt="fix#1", choice="no", reason="later", digest="d1")] == table.said


def test_looking_oneself_asks_for_every_fact_and_reads_numbers_as_numbers() -> None:
    """How each is read stands in full above; then one line for each fact, then one answer."""
    options = (Option("seen", "I looked"), Option("cannot", "I cannot"))
    facts = {"fact:state": "its state, " + "one of many words, " * 20, "fact:restarts": "how many restarts"}
    talk, table = conversation(prompted(kind="look", options=options, **facts))
    talk.press("s")
    assert [("state", facts["fact:state"]), ("restarts", "how many restarts")] == [
        (row.name, row.text) for row in table.rows
    ]
    typed(talk, "started")
    assert " state (1 of 2)> started_" == talk.footer(80)[-2]
    typed(talk, "\r", "6\r")
    assert [
        Answered(prompt="fix#1", choice="seen", values={"state": "started", "restarts": 6}, digest="d1")
    ] == table.said


def test_a_fact_that_nobody_can_tell_is_left_out_and_takes_no_other_along() -> None:
    """An empty line leaves out one fact, and the footer says so; where all are left out nothing is recorded."""
    options = (Option("seen", "I looked"), Option("cannot", "I cannot"))
    facts = {"fact:state": "its state", "fact:restarts": "how many restarts"}
    talk, table = conversation(prompted(kind="look", options=options, **facts))
    typed(talk, "s", "\r", "\r")
    assert [] == table.said
    assert talk.notice == "nothing was recorded"
    typed(talk, "s", "stopped\r")
    assert any("an empty line leaves it out" in line for line in talk.footer(100))
    typed(talk, "\r")
    assert [Answered(prompt="fix#1", choice="seen", values={"state": "stopped"}, digest="d1")] == table.said
    typed(talk, "s", "x\x1b")
    assert 1 == len(table.said)


def test_tab_turns_to_the_next_of_several_questions() -> None:
    """Option keys answer the one that was turned to."""
    talk, table = conversation(prompted("a#1"), prompted("b#1"))
    assert any("1 more question: [tab] next" in line for line in talk.footer(120))
    talk.press("\t")
    table.time = START.after(3)
    talk.press("y")
    assert [Answered(prompt="b#1", choice="yes", digest="d1")] == table.said


def test_an_answer_that_does_not_count_is_told() -> None:
    """Who was first, or why not."""
    talk, table = conversation(prompted())
    table.problem = "bob answered 'no' at 03:05:23Z"
    talk.press("y")
    assert ["bob answered 'no' at 03:05:23Z"] == [row.text for row in table.rows if row.tag == "NOT TAKEN"]


def test_the_keys_that_work_at_any_time() -> None:
    """Note, skip, jump, hand over, severity, page, stop the page, status text, quit."""
    talk, table = conversation()
    typed(talk, "a", "hello\r")
    typed(talk, "k", "later\r")
    typed(talk, "j", "look\r", "I know it\r")
    typed(talk, "w", "bea:engineer\r", "rollback is next\r")
    typed(talk, "s", "1", "all customers\r")
    typed(talk, "p", "1")
    typed(talk, "x", "she knows\r")
    assert [
        Noted(text="hello"),
        Skipped(step="fix", reason="later"),
        Jumped(step="fix", target="look", reason="I know it"),
        HandedOver(to=Person(name="bea", role="engineer", identity="claimed"), reason="rollback is next"),
        SeveritySet(severity="SEV-1", why="all customers"),
        TimerFired(timer="ladder", key="manager", due=START.after(1)),
        TimerStopped(timer="ladder", key="manager", reason="she knows"),
    ] == table.said
    talk.press("c")
    assert ["copy from here", "all is lost", "nearly"] == [row.text for row in table.rows[-3:]]
    talk.press("q")
    assert table.left


def test_a_menu_takes_one_key_and_any_other_goes_back() -> None:
    """Nothing happens by a key that is not in it."""
    talk, table = conversation(prompted())
    typed(talk, "p", "y")
    assert [] == table.said
    talk.press("y")
    assert 1 == len(table.said)


def test_a_jump_to_no_step_is_told_and_nothing_is_recorded() -> None:
    """The steps there are were shown."""
    talk, table = conversation()
    typed(talk, "j", "lok\r")
    assert "there is no step 'lok' here" == talk.notice
    assert ["look"] == [row.name for row in table.rows]
    assert [] == table.said


def test_a_page_that_goes_out_within_a_minute_is_announced_with_the_key_that_stops_it() -> None:
    """The clock is in the footer long before; the key only then."""
    talk, table = conversation()
    assert not any("[x]" in line for line in talk.footer(120))
    soon = Clock(START.after(30), "page", "manager paged", "ladder:manager", announced=True)
    table.clocks = lambda: (soon,)  # type: ignore[method-assign]
    assert any("manager paged at 03:05:52Z: [x] stop it" in line for line in talk.footer(120))


def test_an_answer_is_a_number_or_a_truth_only_where_it_is_written_as_one() -> None:
    """Everything else is the text that was typed."""
    assert [6, 1.5, True, "six", "[1]", '"x"', "NaN"] == [
        scalar(text) for text in ("6", "1.5", "true", "six", "[1]", '"x"', "NaN")
    ]


def test_lines_of_the_menu_name_whoever_was_named_with_an_option() -> None:
    """They are typed in another terminal, where nobody's role may be set."""
    talk, table = conversation(prompted(kind="ask"))
    talk.said = "ann:reliability"
    typed(talk, "o")
    told = [row.text for row in table.rows if row.place == "command"]
    assert [
        "runbook did --run INC-1 --as ann:reliability -- COMMAND",
        "runbook abort INC-1 --reason later --as ann:reliability",
    ] == told
