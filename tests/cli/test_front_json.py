"""A run without a terminal: one event per line, and a clear end."""

from __future__ import annotations

import json
import signal

import pytest

from tests.cli.conftest import Command
from tests.patience import PATIENCE


def events(output: str) -> list[dict[str, object]]:
    """Read every line as an event."""
    return [json.loads(line) for line in output.splitlines()]


def run_id(output: str) -> str:
    """Return the id of the run whose events these are."""
    data = events(output)[0]["data"]
    assert isinstance(data, dict)
    return str(data["plan"]["run"])


def test_a_piped_run_is_one_event_per_line_and_stops_at_the_first_question(runbook: Command) -> None:
    """Exit 4, the question named on standard error, no colour, nothing changed."""
    done = runbook("run", "web-down", "--env", "practice")
    assert 4 == done.returncode, done.stderr
    told = events(done.stdout)
    assert list(range(1, len(told) + 1)) == [one["seq"] for one in told]
    assert ("started", "prompted") == (told[0]["type"], told[-1]["type"])
    assert {"seq", "at", "type", "by", "data"} == set(told[0])
    assert "\x1b" not in done.stdout + done.stderr
    assert "waiting for a person (restart#1.consent)" in done.stderr
    assert [] == runbook.service.posts


def test_an_answer_from_another_process_lets_the_waiting_run_go_on(runbook: Command) -> None:
    """`--wait` stays at the question; `answer` needs neither the run's id nor the question's."""
    running = runbook.begun("run", "web-down", "--env", "practice", "--wait")
    assert running.stdout is not None
    lines = []
    for line in running.stdout:
        lines.append(line)
        if json.loads(line)["type"] == "prompted":
            break
    answered = runbook.agree("--as", "bob:reliability")
    assert 0 == answered.returncode, answered.stderr
    rest, errors = running.communicate(timeout=PATIENCE)
    assert 0 == running.returncode, errors
    assert ["/restart"] == runbook.service.posts
    told = events("".join(lines) + rest)
    (answer,) = [one for one in told if one["type"] == "answered"]
    assert isinstance(answer["by"], dict)
    assert "bob" == answer["by"]["name"]
    assert "resolved" in errors.splitlines()[-1]
    assert (runbook.root / "state/runs" / run_id(lines[0]) / "report.md").exists()


def test_a_second_answer_is_told_who_was_first(runbook: Command) -> None:
    """Exit 5, and nothing is recorded."""
    run = run_id(runbook("run", "web-down", "--env", "practice").stdout)
    assert 0 == runbook.agree("--run", run).returncode
    second = runbook("answer", "--run", run, "restart#1.consent", "no", "--as", "bob")
    assert 5 == second.returncode
    assert second.stderr.startswith("error: ann answered 'yes' at ")


def test_resume_carries_on_after_the_answer(runbook: Command) -> None:
    """The change is made once, by the run that was resumed; only new events are told."""
    first = events(runbook("run", "web-down", "--env", "practice").stdout)
    assert 0 == runbook.agree().returncode
    done = runbook("resume")
    assert 0 == done.returncode, done.stderr
    assert ["/restart"] == runbook.service.posts
    assert first[-1]["seq"] < events(done.stdout)[0]["seq"]  # type: ignore[operator]
    assert 2 == runbook("resume").returncode  # it has ended


def test_yes_takes_defaults_and_never_consents_to_a_change(runbook: Command) -> None:
    """The declared default of an ask is taken; the change still waits."""
    runbook.service.stuck = False
    assert 0 == runbook("run", "web-down", "--env", "practice", "--yes").returncode
    runbook.service.stuck = True
    assert 4 == runbook("run", "web-down", "--env", "practice", "--yes").returncode
    assert [] == runbook.service.posts


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_a_run_that_resume_finishes(runbook: Command, sig: signal.Signals) -> None:
    """Exit 130; the interruption is recorded; another process carries on."""
    running = runbook.begun("run", "web-down", "--env", "practice", "--wait")
    assert running.stdout is not None
    for line in running.stdout:
        if json.loads(line)["type"] == "prompted":
            break
    running.send_signal(sig)
    rest, errors = running.communicate(timeout=PATIENCE)
    assert 130 == running.returncode
    assert "interrupted" == events(rest)[-1]["type"]
    assert "runbook resume" in errors
    assert 0 == runbook.agree().returncode
    assert 0 == runbook("resume").returncode
    assert ["/restart"] == runbook.service.posts


def test_a_reader_that_goes_away_does_not_end_the_run(runbook: Command) -> None:
    """`| head -1`: the events end, the run does not."""
    running = runbook.begun("run", "web-down", "--env", "practice")
    assert running.stdout is not None
    run = run_id(running.stdout.readline())
    running.stdout.close()
    assert running.stderr is not None
    errors = running.stderr.read()
    running.stderr.close()
    assert 4 == running.wait(timeout=PATIENCE), errors
    assert "Traceback" not in errors
    shown = runbook("show", run, "--output", "json")
    assert "prompted" == events(shown.stdout)[-1]["type"]


def test_a_detached_run_is_answered_and_followed_from_elsewhere(runbook: Command) -> None:
    """The command returns at once; the background process drives on."""
    done = runbook("run", "web-down", "--env", "practice", "--detach")
    assert 0 == done.returncode, done.stderr
    run = json.loads(done.stdout)["run"]
    following = runbook.begun("show", run, "--follow", "--output", "json")
    assert following.stdout is not None
    for line in following.stdout:
        if json.loads(line)["type"] == "prompted":
            break
    assert 0 == runbook.agree().returncode
    rest, _ = following.communicate(timeout=PATIENCE)
    assert "finished" == events(rest)[-1]["type"]
    assert ["/restart"] == runbook.service.posts


def test_a_dry_run_asks_nothing_of_anybody(runbook: Command) -> None:
    """No request leaves, no run is left behind, and it says so."""
    runbook.service.url = ""
    done = runbook("run", "web-down", "--env", "production", "--dry-run", "--output", "text")
    assert 0 == done.returncode, done.stderr
    assert "DRY RUN" in done.stdout
    assert "nothing was changed" in done.stderr
    assert not (runbook.root / "state/runs").exists()


def test_observing_makes_every_check_and_no_change(runbook: Command) -> None:
    """The change is named; the service is as it was."""
    done = runbook("run", "web-down", "--env", "practice", "--observe")
    assert 1 == done.returncode, done.stderr
    named = [
        one for one in map(json.loads, done.stdout.splitlines()) if one["data"].get("outcome") == "named"
    ]
    assert named
    assert [] == runbook.service.posts


def test_a_script_answers_only_where_drills_are_allowed(runbook: Command) -> None:
    """In a real environment it is refused before anything starts."""
    (runbook.root / "drills/stuck.yaml").write_text(
        "scenario: stuck\nrunbook: web-down\ntitle: It is stuck\nenvironment: practice\n"
        "alert: {name: WebDown}\npeople:\n  - {step: restart, answer: 'yes', after: 0s}\n"
    )
    refused = runbook("run", "web-down", "--env", "production", "--answers-from", "stuck")
    assert (5, []) == (refused.returncode, runbook.service.posts), refused.stderr
    done = runbook("run", "web-down", "--env", "practice", "--answers-from", "stuck")
    assert (0, ["/restart"]) == (done.returncode, runbook.service.posts), done.stderr


def test_the_process_of_a_waiting_run_is_gone_at_once_when_it_is_killed_and_resume_goes_on(
    runbook: Command,
) -> None:
    """kill -9 at a question loses nothing."""
    running = runbook.begun("run", "web-down", "--env", "practice", "--wait")
    assert running.stdout is not None
    for line in running.stdout:
        if json.loads(line)["type"] == "prompted":
            break
    running.kill()
    running.communicate(timeout=PATIENCE)
    assert 0 == runbook.agree().returncode
    assert 0 == runbook("resume").returncode
    assert ["/restart"] == runbook.service.posts


def test_a_take_over_stops_the_other_executor(runbook: Command) -> None:
    """The new one drives; the old one ends with 5 and has recorded nothing since."""
    running = runbook.begun("run", "web-down", "--env", "practice", "--wait")
    assert running.stdout is not None
    for line in running.stdout:
        if json.loads(line)["type"] == "prompted":
            break
    busy = runbook("resume")
    assert 5 == busy.returncode
    assert "is being run by" in busy.stderr
    assert 4 == runbook("take-over", "--reason", "she lost her line").returncode
    runbook.agree()
    assert 0 == runbook("resume").returncode
    _, errors = running.communicate(timeout=PATIENCE)
    assert 5 == running.returncode, errors
    assert ["/restart"] == runbook.service.posts
