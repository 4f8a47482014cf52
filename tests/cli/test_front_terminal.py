"""The screen, on a real pseudo-terminal: rows, keys, clocks, Ctrl-C."""

from __future__ import annotations

import io
import json
import re
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence

import pexpect
import pytest

from engine.app.parts import system_now
from engine.cli.front_terminal import TerminalFront
from engine.cli.screen import Screen
from engine.core.events import Happened, Person, TimerFired
from tests.cli.conftest import Command, Service
from tests.core.play import play
from tests.patience import PATIENCE
from tests.render.test_terminal import RUNBOOK

READY = 0.6
"""Seconds after which a key counts: a key that comes before a question can be read does not."""

Starter = Callable[..., pexpect.spawn]


@pytest.fixture
def terminal(runbook: Command) -> Iterator[Starter]:
    """Return what starts the command on a terminal of its own; whatever is left of it ends with the test."""
    started: list[pexpect.spawn] = []

    def start(
        *words: str, width: int = 100, engine: Sequence[str] = ("-m", "engine"), **more: str
    ) -> pexpect.spawn:
        child = pexpect.spawn(
            sys.executable,
            [*engine, *words],
            cwd=str(runbook.root),
            env={**runbook.environ, **more},  # type: ignore[arg-type]
            dimensions=(40, width),
            encoding="utf-8",
            timeout=PATIENCE,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def ended(child: pexpect.spawn) -> tuple[int | None, str]:
    """Wait for the end; return the exit code and what came before it."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, str(child.before)


def press(child: pexpect.spawn, key: str) -> None:
    """Press a key once the question has been there long enough to be read."""
    child.delaybeforesend = READY
    child.send(key)


def arrives(service: Service, path: str) -> None:
    """Wait until the service was asked for it: the screen says DOING before the request is on its way."""
    until = time.monotonic() + PATIENCE
    while path not in service.posts:
        assert time.monotonic() < until, f"{path} never reached the service: {service.posts}"
        time.sleep(0.01)


def test_a_run_from_the_alert_to_verified_recovery(terminal: Starter, runbook: Command) -> None:
    """What it is, what was seen, why, the call with its one key, recovery, the end state."""
    child = terminal("run", "web-down", "--env", "practice", "--since", "3m ago", width=200)
    child.expect("PRACTICE.*web-down.*INC-.*SEV-2 .proposed.*alert .3m")
    child.expect("You: ann .reliability, L1., claimed")
    child.expect("FAIL.*health.*503")
    child.expect("WHY.*the process is stuck")
    child.expect("YOUR CALL.*PRACTICE.*Restart the web service")
    child.expect("L1. alone")
    child.expect(re.escape("[y] do it"))
    press(child, "y")
    child.expect("ANSWER.*ann .reliability., claimed: do it")
    child.expect("Two good answers in a row: 2 passes")
    child.expect("RESOLVED.*alert to first check 3m.*verified recovery")
    child.expect("changed.*cannot be undone: a restart is not taken back")
    child.expect("head +[0-9a-f]{64}")
    child.expect("report.md")
    assert (0, ["/restart"]) == (ended(child)[0], runbook.service.posts)


def test_enter_and_keys_that_mean_nothing_change_nothing(terminal: Starter, runbook: Command) -> None:
    """Enter alone, several keys at once, and a key nobody offered are not answers."""
    child = terminal("run", "web-down", "--env", "practice")
    child.expect(re.escape("[y] do it"))
    press(child, "\r")
    child.send("yy")
    child.expect("several keys at once were ignored")
    child.send("z")
    child.expect("means nothing here")
    child.send("q")
    child.expect("not over; nothing runs until somebody resumes it")
    assert (130, []) == (ended(child)[0], runbook.service.posts)


LONG = 4.0
"""Seconds instead of half of one before which a key is too early: so long this test may be kept from typing."""
PATIENT = f"""
import sys
import engine.cli
from engine.cli import conversation

conversation.SEEN_SECONDS = {LONG}
sys.exit(engine.cli.main())
"""


def test_a_key_typed_before_the_question_is_ignored(terminal: Starter, runbook: Command) -> None:
    """A hand that is faster than the eye decides nothing."""
    child = terminal("run", "web-down", "--env", "practice", engine=("-c", PATIENT))
    child.delaybeforesend = None
    child.expect("DIAGNOSE")
    child.send("y")
    child.expect(re.escape("[y] do it"))
    child.send("y")
    child.expect("before the question could be read: press it again")
    assert [] == runbook.service.posts
    child.delaybeforesend = LONG + READY
    child.send("y")
    child.expect("RESOLVED")
    assert 0 == ended(child)[0]


def test_ctrl_c_leaves_a_run_that_resume_finishes(terminal: Starter, runbook: Command) -> None:
    """130, how to go on, which pages will now not come; the terminal is as it was; nothing is undone."""
    child = terminal("run", "web-down", "--env", "practice")
    child.expect(re.escape("[y] do it"))
    before_echo = termios.tcgetattr(child.child_fd)[3] & termios.ECHO
    child.sendintr()
    child.expect("will not.*manager paged")
    child.expect("runbook resume INC-")
    assert 130 == ended(child)[0]
    assert 0 == before_echo  # keys were taken raw
    again = terminal("resume")
    again.expect("RESUMED.*YOUR CALL.*Restart the web service")
    again.expect(re.escape("[y] do it"))
    press(again, "y")
    again.expect("RESOLVED")
    assert (0, ["/restart"]) == (ended(again)[0], runbook.service.posts)


def test_a_change_in_the_air_lands_before_the_run_is_left(terminal: Starter, runbook: Command) -> None:
    """Once: it waits for the change. The change is recorded, and not made again by `resume`."""
    runbook.service.slow.clear()
    child = terminal("run", "web-down", "--env", "practice")
    child.expect(re.escape("[y] do it"))
    press(child, "y")
    child.expect("DOING.*Restart the web service")
    child.sendintr()
    child.expect("STOPPING")
    child.sendintr()
    child.expect("waiting for: .*until .*Ctrl-C once more leaves at once")
    runbook.service.slow.set()
    child.expect("done.*restart +200")
    assert 130 == ended(child)[0]
    assert 0 == runbook("resume").returncode
    assert ["/restart"] == runbook.service.posts


def test_the_third_ctrl_c_leaves_at_once_and_resume_asks_what_became_of_the_change(
    terminal: Starter, runbook: Command
) -> None:
    """Nobody guesses: a change whose outcome is unknown is asked about, never made again."""
    runbook.service.slow.clear()
    child = terminal("run", "web-down", "--env", "practice")
    child.expect(re.escape("[y] do it"))
    press(child, "y")
    child.expect("DOING.*Restart the web service")
    arrives(runbook.service, "/restart")
    for said in ("STOPPING", "once more leaves at once"):
        child.sendintr()
        child.expect(said)
    child.sendintr()
    assert 130 == ended(child)[0]
    runbook.service.slow.set()
    again = terminal("resume")
    again.expect("NOT SURE.*Did this change happen")
    again.expect(re.escape("[d] it happened"))
    press(again, "d")
    again.expect("RESOLVED")
    assert (0, ["/restart"]) == (ended(again)[0], runbook.service.posts)


def test_an_open_question_is_told_once_by_whoever_takes_the_run_up(
    terminal: Starter, runbook: Command
) -> None:
    """Killed while a change was in the air, taken up, killed at the question, taken up again."""
    runbook.service.slow.clear()
    child = terminal("run", "web-down", "--env", "practice")
    child.expect(re.escape("[y] do it"))
    press(child, "y")
    child.expect("DOING.*Restart the web service")
    child.kill(signal.SIGKILL)
    child.expect(pexpect.EOF)
    runbook.service.slow.set()
    runbook.service.stuck = False  # whether the request was sent before the kill is nobody's matter here
    for times in (1, 2):
        again = terminal("resume")
        again.expect(re.escape("[d] it happened"))
        shown = str(again.before)
        assert (times, 1) == (times, shown.count("NOT SURE")), shown
        if times == 1:
            again.kill(signal.SIGKILL)
            again.expect(pexpect.EOF)
    press(again, "d")
    again.expect("RESOLVED")
    assert 0 == ended(again)[0]
    assert 2 > runbook.service.posts.count("/restart")


def test_the_terminal_is_given_back_as_it_was(runbook: Command) -> None:
    """Echo and line mode are on again after the end and after Ctrl-C."""
    shell = pexpect.spawn(
        "/bin/sh", cwd=str(runbook.root), env={**runbook.environ, "PS1": "$ "}, encoding="utf-8"
    )  # type: ignore[arg-type]
    command = f"'{sys.executable}' -m engine run web-down --env practice; stty -a\n"
    for interrupt in (True, False):
        shell.send(command)
        shell.expect(re.escape("[y] do it"), timeout=PATIENCE)
        if interrupt:
            shell.sendintr()
        else:
            press(shell, "y")
        shell.expect("check it", timeout=PATIENCE)
        shell.expect(r"[^-]icanon.*[^-]echo ", timeout=PATIENCE)
    shell.close(force=True)


def test_a_note_a_severity_and_a_skip_are_recorded(terminal: Starter, runbook: Command) -> None:
    """The keys that work at any time."""
    child = terminal("run", "web-down", "--env", "practice")
    child.expect(re.escape("[y] do it"))
    press(child, "a")
    child.expect("note>")
    child.send("the vendor is fine\x7f\x7f\x7f\x7fwell\r")
    child.expect("NOTE.*ann: the vendor is well")
    child.send("s")
    child.expect(re.escape("[1] SEV-1"))
    child.send("1")
    child.expect("why SEV-1")
    child.send("all customers\r")
    child.expect("SEV-1.*set by ann: all customers")
    child.send("k")
    child.expect("why skip restart")
    child.send("later\r")
    child.expect("SKIPPED.*restart, by ann: later")
    child.expect("WAITING.*Has the page to manager been acknowledged")
    press(child, "q")
    assert 130 == ended(child)[0]
    assert [] == [path for path in runbook.service.posts if path == "/restart"]


def test_an_approval_comes_from_another_person_at_another_terminal(
    terminal: Starter, runbook: Command
) -> None:
    """The operator has no key for it; the approver types the word, and the digest is that of the change."""
    runbook.operation("roll-back")
    child = terminal("run", "web-down", "--env", "practice")
    child.expect("APPROVAL.*PRACTICE.*Restart the web service")
    child.expect("another person: manager")
    child.expect("--digest ([0-9a-f]{12})")
    assert child.match is not None
    digest = str(child.match[1])
    child.expect(re.escape("[n] refuse"))
    assert 5 == runbook("approve", "--digest", digest).returncode  # ann asks for it herself
    assert 5 == runbook("approve", "--digest", "0" * 12, "--as", "bea:manager").returncode
    assert 5 == runbook("approve", "--digest", digest[:4], "--as", "bea:manager").returncode
    assert 2 == runbook("approve", "--as", "bea:manager").returncode  # nobody has seen it
    assert ["/page"] == runbook.service.posts  # the manager was asked, and nothing else was sent
    other = terminal("approve", "--as", "bea:manager")
    other.expect("change.*curl.*restart")
    other.expect("asks.*ann")
    other.expect("type `approve` to approve it")
    other.send("yes\r")
    other.expect("nothing was recorded")
    assert 5 == ended(other)[0]
    other = terminal("approve", "--as", "bea:manager")
    other.expect("type `approve` to approve it")
    other.send("approve\r")
    assert 0 == ended(other)[0]
    child.expect("ANSWER.*bea .manager., claimed: approve")
    child.expect("RESOLVED")
    assert (0, ["/page", "/restart"]) == (ended(child)[0], runbook.service.posts)


def test_an_approver_is_told_who_goes_on_and_is_not_invited_to(runbook: Command) -> None:
    """The line does not carry the approver's identity: the run is the operator's."""
    runbook.operation("roll-back")
    assert 4 == runbook("run", "web-down", "--env", "practice").returncode
    run, digest = asked_for(runbook)
    done = runbook("approve", "--digest", digest, "--as", "bea:manager")
    assert 0 == done.returncode, done.stderr
    assert f"nobody is driving {run}: the operator (ann) goes on with `runbook resume {run}`\n" == done.stderr


def asked_for(runbook: Command) -> tuple[str, str]:
    """Return the newest run, and the digest of the change it asks for."""
    listed = json.loads(runbook("runs", "--output", "json").stdout.splitlines()[0])
    (asked,) = json.loads(runbook("answer", "--output", "json").stdout)
    return listed["run"], asked["digest"]


def test_a_change_is_answered_at_another_terminal_by_a_word_typed_below_it(
    terminal: Starter, runbook: Command
) -> None:
    """The change is shown first; any other word records nothing."""
    child = terminal("run", "web-down", "--env", "practice")
    child.expect(re.escape("[y] do it"))
    other = terminal("answer", "restart#1.consent", "yes")
    other.expect("change.*curl.*restart")
    other.expect("type `yes` to answer yes")
    other.send("y\r")
    other.expect("nothing was recorded")
    assert (5, []) == (ended(other)[0], runbook.service.posts)
    other = terminal("answer", "restart#1.consent", "yes")
    other.expect("type `yes` to answer yes")
    other.send("yes\r")
    assert 0 == ended(other)[0]
    child.expect("RESOLVED")
    assert (0, ["/restart"]) == (ended(child)[0], runbook.service.posts)


def test_one_due_update_is_a_row_until_its_text_was_copied() -> None:
    """The next ones are counted; once copied, the next is a row again."""
    out = io.StringIO()
    front = TerminalFront(Screen(out, lambda: 100, ansi=False), Person(name="ann"), system_now, keys=0)
    played = play(RUNBOOK, {"look.health": "fail"}, "restart=yes")
    front.watch(played.happened[0], played.state)

    def fell_due(number: int) -> None:
        seq, at = front.state().seq + 1, played.happened[0].at.after(number)
        event = TimerFired(timer="update", key=str(number), due=at)
        front.watch(Happened(seq, at, Person(), event), front.state())

    for number in (1, 2, 3):
        fell_due(number)
    assert 1 == out.getvalue().count("UPDATE     status update 1 is due: [c] copies the text\n")
    assert 1 == out.getvalue().count("UPDATE ")
    front.status_text()
    fell_due(4)
    assert "status update 4 is due: [c] copies the text\n" in out.getvalue()


def test_a_dumb_terminal_gets_rows_without_cursor_movements(terminal: Starter, runbook: Command) -> None:
    """Appended rows only; the keys are told in a row and work."""
    child = terminal("run", "web-down", "--env", "practice", TERM="dumb")
    child.expect(re.escape("[y] do it"))
    seen = str(child.before)
    press(child, "y")
    child.expect("RESOLVED")
    code, rest = ended(child)
    assert (0, ["/restart"]) == (code, runbook.service.posts)
    assert "\x1b" not in seen + rest


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(terminal: Starter, width: int) -> None:
    """Rows are wrapped and the footer is cut, so that what is erased is what was drawn; a command stays whole."""
    child = terminal("run", "web-down", "--env", "practice", width=width)
    child.expect("refuse|I did it by hand")
    press(child, "q")
    _, rest = ended(child)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", str(child.before) + rest)
    lines = text.replace("\r", "").split("\n")
    assert any(re.match("   runbook answer --run .* --digest [0-9a-f]{8}$", line) for line in lines)
    copied = "  change|   runbook answer|  go on|  give up"
    longest = max((line for line in lines if not re.match(copied, line)), key=len)
    assert len(longest) <= width, longest


def test_colour_is_left_out_where_it_is_not_wanted(terminal: Starter) -> None:
    """NO_COLOR: cursor movements of the footer, but no colour."""
    child = terminal("run", "web-down", "--env", "practice", NO_COLOR="1")
    child.expect("do it")
    press(child, "q")
    assert re.search(r"\x1b\[[0-9;]*m", str(child.before) + ended(child)[1]) is None


def test_what_comes_from_outside_moves_no_cursor(terminal: Starter, runbook: Command) -> None:
    """A title with control characters is shown as its escapes."""
    path = runbook.root / "runbooks/incidents/web-down.yaml"
    path.write_text(path.read_text().replace("Do users still complain?", '"Evil \\u001b[2J\\u202e here?"', 1))
    runbook.service.stuck = False
    child = terminal("run", "web-down", "--env", "practice")
    child.expect("YOUR CALL")
    press(child, "q")
    everything = str(child.before) + ended(child)[1]
    assert "\x1b[2J" not in everything
    assert "\u202e" not in everything
    assert "\\x1b[2J\\u202e" in everything


def test_a_terminal_that_goes_away_leaves_a_run_that_can_be_resumed(
    terminal: Starter, runbook: Command
) -> None:
    """SIGHUP and a dead terminal end the executor, not the run."""
    child = terminal("run", "web-down", "--env", "practice")
    child.expect(re.escape("[y] do it"))
    child.kill(signal.SIGHUP)
    child.close(force=False)
    child.wait() if child.isalive() else None
    assert 0 == runbook.agree().returncode
    assert 0 == runbook("resume").returncode
    assert ["/restart"] == runbook.service.posts


def test_show_follow_tells_rows_as_they_come(terminal: Starter, runbook: Command) -> None:
    """Another terminal sees the same rows with their times, and the end."""
    running = terminal("run", "web-down", "--env", "practice")
    running.expect(re.escape("[y] do it"))
    watching = terminal("show", "--follow")
    watching.expect(r"\d\d:\d\d:\d\dZ.*YOUR CALL")
    press(running, "y")
    watching.expect("END.*RESOLVED")
    assert (0, 0) == (ended(watching)[0], ended(running)[0])
