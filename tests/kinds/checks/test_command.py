"""The command check: exit codes, signals, output as text, data and lines, and programs that hang."""

from __future__ import annotations

import pytest

from engine.kinds.checks.command import CommandCheck
from engine.kinds.matchers import Matcher
from engine.kinds.ports import CannotLook, CommandReply, Output
from engine.kinds.program import Argument
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from tests.kinds.fakes import FakeWorld, observed, run


def check(parse: str = "text", **more: object) -> CommandCheck:
    """Return a check of a tool."""
    fields: dict[str, object] = {
        "command": (Argument("tool"), Argument("x")),
        "read_only_because": "it prints",
    }
    return CommandCheck(**(fields | {"parse": parse} | more))  # type: ignore[arg-type]


def ended(exit: int = 0, stdout: bytes = b"", stderr: bytes = b"", **more: object) -> CommandReply:
    """Return how a program ended."""
    return CommandReply(exit, _output(stdout), _output(stderr), 0.25, **more)  # type: ignore[arg-type]


def _output(kept: bytes) -> Output:
    return Output(kept, len(kept), "ab" * 32)


@pytest.mark.parametrize(("exit", "answer"), [(0, "pass"), (1, "fail"), (127, "fail"), (-9, "unknown")])
def test_exit_0_is_the_pass(exit: int, answer: str) -> None:
    """A signal is no exit code: what the program wanted to say is not known."""
    assert answer == judge(CheckUse(kind=check()), observed(check(), ended(exit))).answer


def test_facts_are_those_that_are_documented() -> None:
    """Each has its meaning in the reference."""
    reply = ended(0, b'{"a": 1}', b"warning", script_sha256="cd")
    facts = dict(observed(check("json"), reply).facts) | dict(observed(check("lines"), reply).facts)
    assert set(CommandCheck.fact_names) == set(facts)
    assert ({"a": 1}, "warning", 8, 0) == (
        facts["json"],
        facts["stderr"],
        facts["stdout_size"],
        facts["signal"],
    )


@pytest.mark.parametrize(
    ("stdout", "found"),
    [
        (b'{"a": 1}\n', {"a": 1}),
        (b'"text"', "text"),
        (b'Need to install: supabase\n{"a": [1]}\n', {"a": [1]}),
        (b"no data", None),
        (b"", None),
    ],
)
def test_data_is_read_where_there_is_some(stdout: bytes, found: Json) -> None:
    """Notices before it are passed over; nothing is made up."""
    assert found == observed(check("json"), ended(0, stdout)).facts.get("json")


def test_what_was_not_kept_whole_is_no_data() -> None:
    """The middle is missing: what can be read is not what was said; the evidence says how much is missing."""
    cut = CommandReply(0, Output(b"[1,\n2]", 999, "cd" * 32, True, 4), Output(), 0.1)
    for parse in ("json", "lines"):
        seen = observed(check(parse), cut)
        assert ({"json", "lines"} & set(seen.facts), seen.facts["cut"]) == (set(), True)
    mark = f"--- 993 bytes left out; SHA-256 of all 999: {'cd' * 32} ---"
    assert f"[1,\n\n{mark}\n2]" == observed(check(), cut).body.decode()


def test_lines_are_those_that_say_anything() -> None:
    """Blank ones count for nothing."""
    assert ["a", " b"] == observed(check("lines"), ended(0, b"a\n\n b\r\n")).facts["lines"]


def test_the_evidence_is_byte_for_byte() -> None:
    """All 256 values; stderr stands behind."""
    every = bytes(range(256))
    assert every == observed(check(), ended(0, every)).body
    assert every + b"\n--- stderr ---\nbad" == observed(check(), ended(0, every, b"bad")).body


def test_the_last_line_says_why_it_failed() -> None:
    """A traceback ends with it."""
    assert (
        "exit 2 in 250ms: ValueError: x"
        == observed(check(), ended(2, b"out", b"Traceback\n  at\nValueError: x\n")).summary
    )
    assert "exit 0 in 250ms" == observed(check(), ended(0, b"all well")).summary
    assert "ended by signal 9 in 250ms" == observed(check(), ended(-9)).summary


def test_a_program_that_hung_gave_no_answer_and_what_it_said_is_kept() -> None:
    """Unknown, unless the author says otherwise."""
    seen = observed(check(), ended(-15, b"Password:", ended="timeout", survivors=1), timeout=5)
    assert ("timeout", b"Password:", {}) == (seen.no_answer, seen.body, dict(seen.facts))
    assert (
        "tool did not end within 5s and was stopped; the last it said: Password:; "
        "1 of its processes could not be ended: look for them with `ps` and end them"
    ) == seen.summary
    assert "unknown" == judge(CheckUse(kind=check()), seen).answer
    assert "fail" == judge(CheckUse(kind=check(), no_answer="fail"), seen).answer


def test_the_request_is_what_was_written() -> None:
    """Nothing is added, nothing is split."""
    world = FakeWorld([ended()])
    more: dict[str, object] = {"cwd": "sub", "env": {"A": Argument("b")}, "stdin": "ü", "script": "x"}
    run(check(**more).observe(world, 7))
    request = world.started[0]
    assert (("tool", "x"), False, "sub", {"A": "b"}) == (
        request.argv,
        request.shell,
        request.cwd,
        request.env,
    )
    assert ("ü".encode(), 7, "x", "") == (
        request.stdin,
        request.timeout,
        request.script,
        request.script_sha256,
    )


def test_a_program_that_cannot_start_passes_through() -> None:
    """The performer makes it an unknown."""
    with pytest.raises(CannotLook):
        observed(check(), CannotLook("tool is not installed"))


def test_why_it_changes_nothing_is_said() -> None:
    """A program's name proves nothing."""
    with pytest.raises(ValueError, match="needs 'read_only_because'"):
        check(read_only_because=" ")


def test_facts_are_expected_by_name() -> None:
    """With the author's own words."""
    use = CheckUse(kind=check("lines"), expect={"lines": Matcher.parse({"contains": "ready"})})
    assert "pass" == judge(use, observed(check("lines"), ended(1, b"ready\n"))).answer
