"""One process runs, others look, answer, approve, deviate and take over: the real command in each."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.desk import Desk, Event, Executor

RUNBOOK = "two-terminals"
RUN = ("run", RUNBOOK, "--env", "sandbox", "--output", "json")


@pytest.fixture(scope="module")
def team(shared_desk: Desk) -> Desk:
    """A desk with a runbook that asks, changes with approval and proves; its sandbox is well."""
    shutil.copy(Path(__file__).parent / "two-terminals.yaml", shared_desk.root / "runbooks" / "incidents")
    shared_desk.break_sandbox()
    return shared_desk


@pytest.fixture
def running(team: Desk) -> Iterator[tuple[Executor, str]]:
    """A run in another process that waits at its first question; its end is the end of the test."""
    team.effects_file.write_text("", encoding="utf-8")
    executor = team.begin(*RUN, "--wait")
    started = executor.until(lambda one: one["type"] == "started")
    executor.until_asked("question")
    run = started["data"]["plan"]["run"]
    yield executor, run
    if executor.process.poll() is None:
        executor.kill()
    if not any(one["type"] == "finished" for one in team.events(run)):
        team.say("abort", run, "--reason", "the test is over")


def is_event(kind: str) -> Callable[[Event], bool]:
    """Return whether an event is of this type, as a question to ask of each."""
    return lambda one: bool(one["type"] == kind)


def approval(executor: Executor) -> Event:
    """Return the question for approval once it is asked."""
    return executor.until_asked("change")


def test_others_follow_answer_approve_and_write_notes_while_it_runs(
    team: Desk, running: tuple[Executor, str]
) -> None:
    """The follower sees every event of the run, in order, with who it came from."""
    executor, run = running
    follower = team.begin("show", run, "--follow", "--output", "json")
    team.told("note", "--run", run, "--as", "bea:support", "customers noticed")
    team.told("answer", "--run", run, "change")
    digest = approval(executor)["digest"]
    follower.until_asked("change")
    team.told("approve", run, "--as", "eli:engineer", "--digest", digest[:12])
    ended = executor.end()
    assert (0, "finished") == (ended.code, executor.seen[-1]["type"]), ended.err
    assert 0 == follower.end().code
    assert team.events(run) == follower.seen
    assert follower.seen == executor.seen
    said = {one["type"]: one["by"]["name"] for one in follower.seen if one["by"]["name"] != "engine"}
    assert {"started": "ann", "noted": "bea", "answered": "eli"} == said
    assert ["restart"] == [one["call"] for one in team.effects()]


def test_an_approval_is_refused_to_the_operator_the_wrong_role_and_the_wrong_digest(
    team: Desk, running: tuple[Executor, str]
) -> None:
    """Nothing is changed until another person with the role agrees to exactly this change, and only once."""
    executor, run = running
    team.told("answer", "--run", run, "change")
    digest = approval(executor)["digest"]
    refusals = {
        ("ann:reliability", digest): (5, "needs another person than"),
        (" Ann :engineer", digest): (5, "needs another person than"),
        ("sue:support", digest): (5, "this needs the engineer; you are support"),
        ("eli:engineer", f"{int(digest[:12], 16) ^ 1:012x}"): (
            5,
            "the digest is not that of the open change",
        ),
    }
    for (who, word), (code, why) in refusals.items():
        said = team.say("approve", run, "--as", who, "--digest", word)
        assert (code, True) == (said.code, why in said.err), (who, said)
    without = team.say("approve", run, "--as", "eli:engineer")
    assert (2, True) == (without.code, f"--digest {digest[:12]}" in without.err)
    wrong = team.say(
        "answer", "--run", run, "--as", "eli:engineer", "change#1.consent", "yes", "--digest", "0" * 12
    )
    assert (5, True) == (wrong.code, "not the one that was shown" in wrong.err), wrong
    assert [] == team.effects()
    team.told("approve", run, "--as", "eli:engineer", "--digest", digest)
    assert 0 == executor.end().code
    again = team.say("approve", run, "--as", "mia:manager", "--digest", digest)
    assert (2, True) == (again.code, "waits for no approval" in again.err), again
    assert ["restart"] == [one["call"] for one in team.effects()]


def test_an_approval_that_is_refused_changes_nothing(team: Desk, running: tuple[Executor, str]) -> None:
    """The answer no is an answer: the run goes where it says."""
    executor, run = running
    team.told("answer", "--run", run, "change")
    digest = approval(executor)["digest"]
    team.told("approve", run, "--refuse", "--as", "eli:engineer", "--digest", digest, "--reason", "not now")
    executor.until_asked("given-up")
    team.told("answer", "--run", run, "end")
    assert (1, []) == (executor.end().code, team.effects())


def test_a_step_is_skipped_with_a_reason(team: Desk, running: tuple[Executor, str]) -> None:
    """Without one it is refused; with one the run goes on and the record says who and why."""
    executor, run = running
    without = team.say("skip", "--run", run)
    assert (2, True) == (without.code, "--reason" in without.err)
    team.told("skip", "--run", run, "--reason", "we know it", "--as", "bea:engineer")
    assert 0 == executor.end().code
    skipped = next(one for one in executor.seen if one["type"] == "skipped")
    assert ("bea", "question", "we know it") == (
        skipped["by"]["name"],
        skipped["data"]["step"],
        skipped["data"]["reason"],
    )


def test_a_jump_goes_to_a_step_that_is_there_and_round_no_approval(
    team: Desk, running: tuple[Executor, str]
) -> None:
    """A wrong name is guessed; the change at the target is still asked for."""
    executor, run = running
    wrong = team.say("jump", "--run", run, "chnage", "--reason", "we know it")
    assert (2, True) == (wrong.code, "'change'" in wrong.err), wrong
    team.told("jump", "--run", run, "change", "--reason", "we know it")
    assert "approve" == approval(executor)["kind"]
    assert [] == team.effects()


def test_an_abort_ends_the_run_and_undoes_nothing(team: Desk, running: tuple[Executor, str]) -> None:
    """The executor in the other process ends by itself."""
    executor, run = running
    team.told("abort", run, "--reason", "wrong runbook", "--as", "bea:engineer")
    assert 1 == executor.end().code
    assert ("finished", "aborted") == (executor.seen[-1]["type"], executor.seen[-1]["data"]["end"])
    late = team.say("answer", "--run", run, "change")
    assert (5, True) == (late.code, "aborted" in late.err), late


def test_after_a_handover_the_new_operator_decides_and_may_not_approve_their_own_change(
    team: Desk, running: tuple[Executor, str]
) -> None:
    """Four eyes are counted from whoever operates now."""
    executor, run = running
    team.told("handover", "--run", run, "eli:engineer", "--reason", "my shift ends")
    assert "eli" == executor.until(is_event("handed-over"))["data"]["to"]["name"]
    team.told("answer", "--run", run, "--as", "eli:engineer", "change")
    digest = approval(executor)["digest"]
    own = team.say("approve", run, "--as", "eli:engineer", "--digest", digest)
    assert (5, True) == (own.code, "another person than" in own.err), own
    team.told("approve", run, "--as", "mia:manager", "--digest", digest)
    assert 0 == executor.end().code


def test_a_take_over_stops_the_first_executor_and_doubles_nothing(
    team: Desk, running: tuple[Executor, str]
) -> None:
    """The fenced process ends by itself with 5 and writes no more; the change happens once."""
    first, run = running
    second = team.begin(
        "take-over",
        run,
        "--wait",
        "--reason",
        "ann lost her line",
        "--as",
        "bea:engineer",
        "--output",
        "json",
    )
    second.until(is_event("taken-over"))
    fenced = first.end()
    assert (5, True) == (fenced.code, "took" in fenced.err), fenced.err
    team.told("answer", "--run", run, "change")
    digest = approval(second)["digest"]
    team.told("approve", run, "--as", "mia:manager", "--digest", digest)
    assert 0 == second.end().code
    assert ["restart"] == [one["call"] for one in team.effects()]
    events = team.events(run)
    asked = [one["data"]["operation"] for one in events if one["type"] == "asked"]
    assert sorted(set(asked)) == sorted(asked)
    assert list(range(1, len(events) + 1)) == [one["seq"] for one in events]
    assert 0 == team.say("verify", run).code


def test_a_take_over_from_a_stopped_executor_fences_it_when_it_wakes(
    team: Desk, running: tuple[Executor, str]
) -> None:
    """A laptop that was shut and opens again must not go on with a run that somebody else drives."""
    first, run = running
    first.send(signal.SIGSTOP)
    try:
        second = team.begin(
            "take-over", run, "--wait", "--reason", "she is gone", "--as", "bea:engineer", "--output", "json"
        )
        second.until(is_event("resumed"))
    finally:
        first.send(signal.SIGCONT)
    fenced = first.end()
    assert 5 == fenced.code, fenced.err
    team.told("answer", "--run", run, "prove")
    assert 0 == second.end().code
    events = team.events(run)
    assert 1 == sum(one["type"] == "finished" for one in events)
    assert 0 == team.say("verify", run).code


def test_a_second_run_and_a_second_executor_are_refused_with_who_since_when_and_what_to_do(
    team: Desk, running: tuple[Executor, str]
) -> None:
    """One runbook in one environment is driven once; nothing is written by those who were refused."""
    executor, run = running
    for words in (RUN, ("resume", run, "--output", "json")):
        said = team.say(*words)
        assert (5, "") == (said.code, said.out), said
        for part in (run, f"pid {executor.process.pid}", "since ", "--follow", f"take-over {run}"):
            assert part in said.err, said.err
    kinds = [one["type"] for one in team.events(run)]
    assert (1, 0) == (kinds.count("started"), kinds.count("resumed"))
    assert [run] == [one["run"] for one in team.runs() if not one["over"]]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_says_how_to_go_on_and_goes_on(
    team: Desk, running: tuple[Executor, str], number: int
) -> None:
    """Exit 130 with the command; resumed, it stands at the same question and takes the answer."""
    executor, run = running
    executor.send(number)
    said = executor.end()
    assert (130, True) == (said.code, f"runbook resume {run}" in said.err), said.err
    why = {"SIGINT": "Ctrl-C"}.get(signal.Signals(number).name, signal.Signals(number).name)
    assert ("interrupted", why) == (executor.seen[-1]["type"], executor.seen[-1]["data"]["why"])
    resumed = team.begin("resume", run, "--wait", "--output", "json")
    resumed.until(is_event("resumed"))
    team.told("answer", "--run", run, "prove")
    assert 0 == resumed.end().code
    asked = [one["data"]["prompt"] for one in team.events(run) if one["type"] == "prompted"]
    assert ["question#1"] == asked


def test_with_nobody_there_it_stops_at_each_question_and_goes_on_when_answered(team: Desk) -> None:
    """Exit 4 says what is asked and how to go on; the answers may come while nothing runs."""
    team.effects_file.write_text("", encoding="utf-8")
    said = team.say(*RUN)
    run = said.events[0]["data"]["plan"]["run"]
    assert (4, True) == (said.code, "question#1" in said.err and f"runbook resume {run}" in said.err), (
        said.err
    )
    answered = team.told("answer", "--run", run, "change")
    assert f"runbook resume {run}" in answered.err
    said = team.say("resume", run, "--output", "json")
    assert (4, True) == (said.code, "change#1.consent" in said.err), said.err
    digest = json.loads(team.told("answer", "--run", run, "--output", "json").out)[0]["digest"]
    team.told("approve", run, "--as", "eli:engineer", "--digest", digest)
    said = team.say("resume", run, "--output", "json")
    assert (0, "resolved") == (said.code, said.events[-1]["data"]["end"])
    assert ["restart"] == [one["call"] for one in team.effects()]
    over = team.say("resume", run)
    assert (2, True) == (over.code, "has ended: resolved" in over.err)
