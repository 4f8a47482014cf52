"""What a person reads of a run, whole, and the footer below it."""

from __future__ import annotations

from dataclasses import replace

from engine.core.events import Ended, Happened, Prompted, Started
from engine.core.state import RunState, evolve
from engine.kinds.errors import Exit
from engine.render.end_screen import end_screen, final_line
from engine.render.footer import footer
from engine.render.prompt_rows import prompt_rows
from engine.render.row import Layout, Row
from engine.render.terminal import name_width, rows
from engine.views.clocks import clocks
from engine.views.history import history
from engine.views.progress import board
from engine.views.report import report
from tests.core.play import START, Played, play

RUNBOOK = """
runbook: test
title: The shop does not answer
severity: SEV-2
impact: Nobody can buy.
budgets: {diagnose: 5m, mitigate: 10m, verify: 15m}
steps:
  look:
    title: What answers?
    phase: diagnose
    checks:
      health: {http: "http://shop.test/health"}
      database: {http: "http://shop.test/db"}
    then: {any: cause}
  cause:
    title: Whose fault is it?
    decide:
      - {if: {look.database: fail}, go: nobody, why: the database is away}
      - {if: {look.health: fail}, go: restart, raise: SEV-1, why: "the process is stuck: restart it"}
    else: nobody
  nobody: {title: Bring in an engineer, escalate: engineer, decision: Look at it, then: {any: escalated}}
  restart:
    title: Restart the shop
    phase: mitigate
    action: {http: "http://shop.test/restart", method: POST, operation: restart-machine, irreversible: a restart is one}
    then: recovered
  recovered:
    title: Three good answers in a row
    phase: verify
    wait: {until: {http: "http://shop.test/health"}, soak: {passes: 3, every: 30s, for: 1m}, limit: 10m, recovery: true}
    then: resolved
"""

CONTROLS = """
controls: {page: {http: "http://control.test"}}
"""

SCREEN = """\
 TEST test  INC-20251123-030212  SEV-2 (proposed)  03:02:12Z
 The shop does not answer
 You: ann (reliability, L1), claimed.
 IMPACT     Nobody can buy.
 DIAGNOSE   budget 5m
   What answers?
  FAIL  health    fail (1.0s)
  ok    database  pass (1.0s)
 WHY        the process is stuck: restart it
            ruled out: the database is away
 SO         restart: Restart the shop
 SEV-1      raised by the runbook
 MITIGATE   budget 10m
 YOUR CALL  TEST   Restart the shop
  change    curl -sS -i -m 60 -X POST 'http://shop.test/restart'
  effect    change (restart-machine)
  no undo   a restart is one
  decides   reliability (L1) alone; one key is the record
 PAGING     engineer: due by the ladder of SEV-1
 PAGED      engineer: delivered
 ANSWER     ann (reliability), claimed: do it
 DOING      Restart the shop: shop.test
  done  restart   done (1.0s)
 VERIFY     budget 15m
 THEN       Three good answers in a row: 3 passes over 1m, at most 10m
  ok    check 1   pass (1.0s)
  ok    check 3   pass
  ok    recovered Three good answers in a row: 3 passes in a row over 1m
 RESOLVED   incident INC-20251123-030212/!ladder#1.engineer: in pager
 END        RESOLVED: Three good answers in a row: 3 passes in a row over 1m
"""


def screen(played: Played, width: int = 80, **layout: bool) -> str:
    """Return everything the screen showed."""
    state, shown = RunState(), ""
    form = Layout(width, name_width(played.plan), **layout)
    for happened in played.happened:
        before, state = state, evolve(state, happened)
        shown += "".join(f"{line}\n" for line in form.lines(rows(before, happened, state)))
    return shown


def resolved() -> Played:
    """Play the run that is shown."""
    return play(RUNBOOK, {"look.health": "fail"}, "restart=yes")


def test_a_whole_run_reads_from_what_it_is_to_how_it_ended() -> None:
    """Reviewed like code."""
    assert SCREEN == screen(resolved())


def test_colour_only_repeats_what_a_word_says() -> None:
    """Without its escapes, the coloured screen is the plain one."""
    coloured = screen(resolved(), colour=True)
    assert "\x1b[1;31mFAIL\x1b[0m" in coloured
    for code in ("32", "33", "1;31", "1", "7", "0"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert SCREEN == coloured


def test_a_check_that_is_asked_again_says_so_and_counts_once() -> None:
    """No answer is told with what happens next; the second answer is the row that counts."""
    text = screen(play(RUNBOOK, {"look.health": ["fail/timeout", "pass"]}))
    assert "  …     health    fail/timeout (1.0s); asked again\n" in text
    assert "  ok    health    pass (1.0s)\n" in text


def test_what_came_from_outside_is_shown_and_not_obeyed() -> None:
    """Control, bidirectional and zero-width characters are their escapes; only a command may be wider."""
    played = resolved()
    hostile = "\x1b[2J\u202eevil\u200b\r\n" * 9
    spoiled = [
        Happened(
            one.seq,
            one.at,
            one.by,
            Ended(operation=one.event.operation, outcome="fail", why=hostile),
            one.epoch,
        )
        if isinstance(one.event, Ended)
        else one
        for one in played.happened[:8]
    ]
    text = screen(Played(played.plan, spoiled, played.state, [], played.journal), 60)
    assert "\\x1b[2J\\u202eevil\\u200b\\r\\n" in text.replace("\n", "").replace(" ", "")
    assert set(text) & {"\x1b", "\u202e", "\u200b", "\r"} == set()
    assert max(len(line) for line in text.splitlines() if not line.startswith("  change")) <= 60


def test_the_footer_says_where_it_stands_what_is_under_way_and_what_comes() -> None:
    """Phase against budget, checks in the air, what follows a call, clocks with what a leaving person loses."""
    played = resolved()
    until = next(n for n, one in enumerate(played.happened) if one.event.__class__.__name__ == "Ended")
    lines = footer(board(played.happened[:until], START.after(4)), 100)
    assert (
        " DIAGNOSE   4s of 5m   03:02:16Z   alert +4s",
        " NOW        health 4s of at most 10s   database 4s of at most 10s",
        " CLOCKS     13:02:12Z engineer paged (not if you close this)",
    ) == lines
    asked = next(n for n, one in enumerate(played.happened) if one.event.__class__.__name__ == "Prompted")
    lines = footer(board(played.happened[: asked + 1], START.after(9)), 100)
    assert " THEN       Three good answers in a row (3 passes 30s apart over 1m), then resolved" in lines
    assert () == footer(board(played.happened, START.after(200)), 100)


def test_the_parts_of_the_footer_are_not_broken_on_a_narrow_terminal() -> None:
    """A clock stays beside what it is for."""
    played = resolved()
    asked = next(n for n, one in enumerate(played.happened) if one.event.__class__.__name__ == "Prompted")
    for line in footer(board(played.happened[: asked + 1], START.after(9)), 60):
        assert line.count("Z ") <= line.count("paged") + line.count("due") + line.count("alert")


def test_the_end_says_what_was_changed_what_is_owed_and_where_everything_is() -> None:
    """Durations from the alert, the way back of every change, the head hash, the next commands."""
    played = resolved()
    head = "f" * 64
    past = report(played.happened, head)
    told = "\n".join(
        Layout(120).lines(end_screen(past, played.state, (), "/runs/INC-1", "/runs/INC-1/report.md"))
    )
    assert "RESOLVED   INC-20251123-030212   SEV-1   alert to first check 0s" in told
    assert "verified recovery 1m5s" in told
    assert "cannot be undone: a restart is one" in told
    assert "owed" in told
    assert head in told
    assert "/runs/INC-1/report.md" in told
    assert "runbook verify INC-20251123-030212" in told


def test_an_end_nobody_was_told_of_says_what_can_still_be_done() -> None:
    """A note is refused after the end: call, and write it where it can be written."""
    played = resolved()
    past = report(played.happened, "f" * 64)
    deaf = replace(played.state, undelivered=True, delivered=False)

    def told(state: RunState, written: str) -> list[str]:
        lines = Layout(160).lines(end_screen(past, state, (), "/runs/INC-1", written))
        return [line for line in lines if "by phone" in line]

    assert [] == told(played.state, "")
    assert told(deaf, "/runs/report.md")[0].endswith("write who was called and when into /runs/report.md")
    assert told(deaf, "")[0].endswith("into what `runbook report INC-20251123-030212` prints")


def test_an_interrupted_run_says_what_will_not_come_and_how_to_go_on() -> None:
    """Pages of the ladder, the open question, resume and abort."""
    played = resolved()
    asked = next(n for n, one in enumerate(played.happened) if one.event.__class__.__name__ == "Prompted")
    some = played.happened[: asked + 1]
    state = RunState()
    for one in some:
        state = evolve(state, one)
    coming = clocks(history(some), state.now)
    told = "\n".join(Layout(120).lines(end_screen(report(some, ""), state, coming, "/runs/INC-1")))
    assert "will not  come by itself now: manager paged, 03:07:12Z" in told
    assert "runbook answer --run INC-20251123-030212 'restart#1.consent' yes --digest" in told
    assert "runbook resume INC-20251123-030212" in told
    assert "waiting for a person (restart#1.consent)" in final_line(state, Exit.WAITING, "", "/runs/INC-1")


def test_of_a_soak_the_first_sample_every_change_and_the_last_are_rows() -> None:
    """Forty equal rows say no more than one; how many there were stands in the footer."""
    answers = ["pass", "fail", "fail", "fail", "pass", "pass", "pass"]
    played = play(RUNBOOK, {"look.health": "fail", "recovered": answers}, "restart=yes")
    text = screen(played)
    samples = [line.split()[:3] for line in text.splitlines() if "check " in line and "recovered" not in line]
    assert [
        ["ok", "check", "1"],
        ["FAIL", "check", "2"],
        ["ok", "check", "5"],
        ["ok", "check", "7"],
    ] == samples
    sixth = [n for n, one in enumerate(played.happened) if isinstance(one.event, Ended)][-3]
    lines = footer(board(played.happened[: sixth + 1], played.happened[sixth].at), 100)
    assert any("2 of 3 passes" in line and "3 not passed" in line for line in lines)


def test_no_answer_is_unsure_until_the_control_probe_has_told() -> None:
    """Then it is a fail of theirs, or unknown because our own network is down."""
    for probe, row, name in (
        ("pass", "  FAIL  health    no answer, and our own network is fine", "FAIL"),
        ("fail/timeout", "  ?     health    no answer, and our own network gives no answer either", "?"),
    ):
        outcomes = {"look.health": "fail/timeout", "!control.page": probe}
        played = play(RUNBOOK, outcomes, "restart=yes", more=CONTROLS)
        lines = screen(played).splitlines()
        last_try = next(n for n, line in enumerate(lines) if "health" in line and "asked again" not in line)
        assert "  ?     health    fail/timeout (1.0s)" == lines[last_try]
        assert row in lines[last_try + 1 :], (name, lines)


def test_without_a_control_probe_no_answer_is_what_the_check_says() -> None:
    """Nobody will tell later."""
    assert "  FAIL  health    fail/timeout (1.0s)\n" in screen(
        play(RUNBOOK, {"look.health": "fail/timeout"}, "restart=yes")
    )


def test_the_way_back_is_its_command_where_it_has_no_title() -> None:
    """Whoever decides must see it."""
    undo = "undo: {http: 'http://shop.test/start', method: POST}"
    played = play(
        RUNBOOK.replace("irreversible: a restart is one", undo), {"look.health": "fail"}, "restart=yes"
    )
    assert "  back out  curl -sS -i -m 60 -X POST 'http://shop.test/start'\n" in screen(played)


def test_what_is_watched_stands_beside_the_question() -> None:
    """Whoever says yes knows what stops the change."""
    action = '    action: {http: "http://shop.test/restart"'
    watch = "    watch: {http: 'http://shop.test/errors', title: Error rate}\n    watch_every: 10s\n"
    played = play(RUNBOOK.replace(action, watch + action), {"look.health": "fail"}, "restart=yes")
    assert "  watch     Error rate: first, then every 10s; a fail stops further changes\n" in screen(played)


def test_a_run_that_only_observes_says_so_in_its_header_and_at_every_call() -> None:
    """Nobody may take its calls for real ones."""
    state, told = RunState(), []
    for one in resolved().happened:
        if isinstance(one.event, Started):
            one = replace(one, event=replace(one.event, mode="observe"))
        before, state = state, evolve(state, one)
        told += rows(before, one, state)
    lines = Layout(80).lines(told)
    assert lines[0].startswith(" TEST OBSERVING test ")
    assert " YOUR CALL  TEST OBSERVING   Restart the shop" in lines


def test_an_environment_that_runs_faster_says_so_once() -> None:
    """Else a soak of ten minutes that takes ten seconds looks like a bug."""
    text = screen(play(RUNBOOK, scale=60))
    assert 1 == text.count("waits, soak and ladder run 60 times faster here")
    assert "times faster" not in SCREEN


def test_a_drill_says_that_it_is_one() -> None:
    """Whoever looks over the shoulder must not call the customers."""
    first = resolved().happened[0]
    assert isinstance(first.event, Started)
    sealed = replace(first, event=replace(first.event, drill="sealed"))
    told = [row.tag for row in rows(RunState(), sealed, evolve(RunState(), sealed))]
    assert "DRILL" in told
    assert "DRILL" not in SCREEN


def test_whether_a_change_happened_is_asked_with_its_command() -> None:
    """A person can look only for what they know was sent."""
    asked = Prompted(
        prompt="restart#1.happened.0", step="restart", item="happened.0", kind="happened",
        text="Did this change happen?", options=(), changes=("curl -X POST http://shop.test/restart",),
    )  # fmt: skip
    shown = [(row.name, row.text) for row in prompt_rows(asked, resolved().state)]
    assert ("change", "curl -X POST http://shop.test/restart") in shown


def test_a_row_without_a_clock_leaves_its_column_empty() -> None:
    """Where rows are read later, times stand in a column of their own."""
    form = Layout(60, clock=True)
    assert (" 03:02:12Z NOTE       x", "           NOTE       y") == form.lines(
        [Row("NOTE", "x", clock="03:02:12Z"), Row("NOTE", "y")]
    )


def test_what_was_ruled_out_is_a_cause_and_never_an_order() -> None:
    """The first sentence of the row's reason; a row without one says that it is a way, not what to do."""
    reason = "why: The database is away. Bring in an engineer at once."
    with_reason = RUNBOOK.replace("why: the database is away", reason)
    told = screen(play(with_reason, {"look.health": "fail"}, "restart=yes"))
    assert "            ruled out: The database is away\n" in told
    without = RUNBOOK.replace(", why: the database is away", "")
    told = screen(play(without, {"look.health": "fail"}, "restart=yes"))
    assert "            ruled out: the way to Bring in an engineer\n" in told


def test_an_escalation_is_told_without_the_phase_of_the_step_above_it() -> None:
    """It hands the work on: no budget of another phase begins, on the screen and below it."""
    start = RUNBOOK.index("  nobody:")
    line = RUNBOOK[start : RUNBOOK.index("  restart:")]
    below = RUNBOOK.replace(line, "") + line.replace(
        "{any: escalated}", "{acknowledged: escalated, any: again}"
    )
    again = "  again: {wait: 10s, then: escalated}\n"
    played = play(below + again, {"look.database": "fail", "nobody.page": "undelivered"})
    told = screen(played, width=200)
    before, _, after = told.partition("Bring in an engineer")
    assert "DIAGNOSE   budget 5m" in before
    assert "VERIFY" not in before
    assert "VERIFY     budget 15m" in after  # the step behind it does the work of that phase
    entered = next(n for n, one in enumerate(played.happened) if getattr(one.event, "target", "") == "nobody")
    lines = footer(board(played.happened[: entered + 1], START.after(9)), 100)
    assert lines
    assert not [line for line in lines if "VERIFY" in line]


def test_one_pass_is_singular_and_a_page_to_a_role_is_asked_about_as_a_page() -> None:
    """A role may be called `printing`: `has the printing acknowledged` would be no sentence."""
    once = RUNBOOK.replace("soak: {passes: 3, every: 30s, for: 1m}", "soak: {passes: 1, every: 30s}")
    told = screen(play(once, {"look.health": "fail"}, "restart=yes"))
    assert "Three good answers in a row: 1 pass in a row over 0s" in told
    asked = screen(play(RUNBOOK, {"look.database": "fail"}), width=200)
    assert "WAITING    Has the page to engineer been acknowledged? Decision asked: Look at it" in asked
