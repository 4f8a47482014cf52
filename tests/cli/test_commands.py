"""Every command that reads a run or says something to it, without a terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.cli.program import run as run_words
from engine.cli.run_list import ListedRun
from engine.kinds.errors import Exit
from tests.cli.conftest import ROOT, Command
from tests.patience import PATIENCE


@dataclass(frozen=True)
class Done:
    """What a command in this process came to."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, object]:
        """Read the output as one object."""
        found: dict[str, object] = json.loads(self.out)
        return found


Typed = Callable[..., Done]


@pytest.fixture
def typed(runbook: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Return what runs a command line in this process, in the workspace."""
    monkeypatch.chdir(runbook.root)
    for name, value in runbook.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("RUNBOOK_DEBUG", raising=False)

    def type_words(*words: str) -> Done:
        capsys.readouterr()
        code = run_words(words)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return type_words


@pytest.fixture
def waiting(typed: Typed) -> str:
    """Return the id of a run that waits for consent to its change, with nobody driving it."""
    done = typed("run", "web-down", "--env", "practice")
    assert Exit.WAITING == done.code, done.err
    return str(json.loads(done.out.splitlines()[0])["data"]["plan"]["run"])


def test_what_people_say_is_recorded_with_who_and_why(typed: Typed, waiting: str) -> None:
    """Each of them is an event of the journal, on the current run where none is named."""
    said = [
        ("note", "the vendor", "is fine"),
        ("did", "--reason", "it hung", "--", "fly", "machine", "restart", "a b"),
        ("severity", "sev-1", "--reason", "all customers"),
        ("stop-page", "--reason", "she knows"),
        ("handover", "bea:manager", "--reason", "my shift ends"),
        ("jump", "people", "--reason", "we know"),
    ]
    for words in said:
        done = typed(*words, "--output", "json") if "--" not in words else typed(*words)
        assert 0 == done.code, (words, done.err)
        assert "nobody is driving" in done.err
    shown = [json.loads(line) for line in typed("show", waiting, "--output", "json").out.splitlines()][-6:]
    assert ["noted", "noted", "severity-set", "timer-stopped", "handed-over", "jumped"] == [
        one["type"] for one in shown
    ]
    assert ["ann"] * 6 == [one["by"]["name"] for one in shown]
    assert "the vendor is fine" == shown[0]["data"]["text"]
    assert "fly machine restart 'a b'" == shown[1]["data"]["command"]
    assert ("SEV-1", "all customers") == (shown[2]["data"]["severity"], shown[2]["data"]["why"])
    assert "manager" == shown[3]["data"]["key"]
    assert ("bea", "manager") == (shown[4]["data"]["to"]["name"], shown[4]["data"]["to"]["role"])
    assert ("restart", "people") == (shown[5]["data"]["step"], shown[5]["data"]["target"])


def test_whoever_skips_a_step_is_told_what_follows(typed: Typed, waiting: str) -> None:
    """A change that is skipped goes where it would have gone failed, here to the ladder."""
    done = typed("skip", "--reason", "we know")
    assert (0, True) == (done.code, done.err.endswith("\nwhat follows: it is handed over along the ladder\n"))


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("run", "web-donw", "--env", "practice"), 2, "did you mean 'web-down'?"),
        (("run", "web-down", "--env", "practise"), 2, "did you mean 'practice'?"),
        (("run", "web-down"), 2, "add --env with one of: practice, production"),
        (("run", "web-down", "--env", "practice", "--input", "x"), 2, "is no name=value"),
        (("run", "web-down", "--env", "practice", "--input", "x=1"), 2, "there is no input 'x'"),
        (("run", "web-down", "--env", "practice", "--since", "yesterday"), 2, "or how long ago: 5m"),
        (("run", "web-down", "--env", "practice", "--dry-run", "--observe"), 2, "use one of them"),
        (("run", "web-down", "--env", "practice", "--assume", "look=fail"), 2, "--assume is for --dry-run"),
        (("run", "web-down", "--env", "practice", "--dry-run", "--assume", "x"), 2, "--assume health=fail"),
        (("run", "web-down", "--env", "practice", "--as", "a:b:c"), 2, "is no NAME:ROLE"),
        (("show", "INC-0"), 2, "there is no run 'INC-0'"),
        (("answer", "yse"), 2, "did you mean 'yes'?"),
        (("answer", "restrat#1.consent", "yes"), 2, "did you mean 'restart#1.consent'?"),
        (("answer", "a", "b", "c"), 2, "too many words"),
        (("answer", "restart#1.consent", "yes", "--digest", "0" * 8), 5, "not the one that was shown"),
        (("answer", "yes"), 2, "'restart#1.consent' yes --digest "),
        (("answer", "no"), 2, "'restart#1.consent' no --digest "),
        (("answer", "restart#1.consent", "yes"), 2, "without a terminal needs --digest"),
        (("approve",), 2, "waits for no approval"),
        (("skip", "lok", "--reason", "x"), 2, "it stands at: restart"),
        (("jump", "poeple", "--reason", "x"), 2, "did you mean 'people'?"),
        (("jump", "nowhere", "--reason", "x"), 2, "steps there: look, cause, people, restart, recovered\n"),
        (("jump", "otherwis", "--reason", "x"), 2, "steps there: look, cause, people, restart, recovered\n"),
        (("skip",), 2, "--reason later"),
        (("severity", "SEV-9", "--reason", "x"), 2, "did you mean"),
        (("stop-page", "nobody", "--reason", "x"), 2, "coming: manager"),
        (("check", "web-donw"), 2, "did you mean 'web-down'?"),
        (("explain", "web-donw"), 2, "did you mean 'web-down'?"),
        (("drill",), 2, "a drill of what?"),
        (("drill", "--scenario", "none"), 2, "there is no scenario 'none'"),
        (("docs", "--check", "--as-of", "soon"), 2, "write 2025-11-23"),
        (("docs", "--as-of", "2025-11-23"), 2, "docs --check --as-of DATE"),
        (("docs", "--check", "--force"), 2, "leave one of them out"),
    ],
)
def test_a_mistake_is_one_line_with_what_to_do(
    typed: Typed, waiting: str, words: tuple[str, ...], code: int, says: str
) -> None:
    """The exit code tells which kind of mistake it was; nothing is recorded."""
    before = typed("show", waiting, "--output", "json").out
    done = typed(*words)
    assert code == done.code, done.err
    assert says in done.err
    assert len(done.err.splitlines()) <= 2
    assert before == typed("show", waiting, "--output", "json").out


def test_abort_closes_a_run_that_nobody_drives(typed: Typed, waiting: str, runbook: Command) -> None:
    """It ends aborted, nothing is undone or done, and nothing more can be said to it."""
    assert 0 == typed("abort", "--reason", "wrong runbook").code
    assert "aborted" in typed("runs").out
    assert [] == runbook.service.posts
    late = typed("note", "too late")
    assert Exit.REFUSED == late.code
    assert "the run has ended: aborted" in late.err


def test_answer_without_words_lists_what_is_open(typed: Typed, waiting: str) -> None:
    """Each question with the line that answers it."""
    done = typed("answer")
    assert f"runbook answer --run {waiting} 'restart#1.consent' yes" in done.out
    (question,) = json.loads(typed("answer", "--output", "json").out)
    assert f"yes --digest {question['digest'][:8]}\n" in done.out
    assert f"    change: {question['changes'][0]}\n" in done.out
    assert 2 == typed("answer", "restart#1.consent", "yes", "--digest", question["digest"][:7]).code
    assert 0 == typed("answer", "restart#1.consent", "yes", "--digest", question["digest"][:8]).code
    assert "restart#1.consent" == question["prompt"]


def test_runs_and_the_front_page_name_the_run_that_is_not_over(typed: Typed, waiting: str) -> None:
    """With the command that goes on."""
    listed = typed("runs", "--output", "json").json()
    assert (waiting, "web-down", "practice", False) == (
        listed["run"], listed["runbook"], listed["environment"], listed["over"],
    )  # fmt: skip
    assert f"runbook resume {waiting}" in typed("runs", "--unfinished").out
    assert f"runbook resume {waiting}" in typed().out


def test_the_front_page_asks_what_is_seen_and_keeps_everyday_work_apart() -> None:
    """Who was paged chooses by symptom; operations are names at the end."""
    done = subprocess.run(
        [sys.executable, "-m", "engine"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    seen, _, work = done.stdout.partition("Everyday work:")
    assert ("agent-sdk-down  /health" in seen, "health-check" in seen) == (True, False)
    assert "health-check" in work


def test_the_front_page_is_one_screen_of_whole_symptoms(tmp_path: Path) -> None:
    """A run that is not over stands at its top, and would scroll away with a longer one."""
    done = subprocess.run(
        [sys.executable, "-m", "engine"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "RUNBOOK_STATE": str(tmp_path), "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    lines = done.stdout.splitlines()
    assert len(lines) <= 24
    assert "   database-connection  Prisma P1001, P1002 or P2024; …" in lines
    assert max(len(line) for line in lines) <= 80


def test_a_run_that_only_observes_is_listed_as_one(typed: Typed, waiting: str) -> None:
    """In words, and as data."""
    assert " observing " not in typed("runs").out
    typed("run", "web-down", "--env", "practice", "--observe")
    assert 1 == typed("runs").out.count(" observing ")
    listed = [json.loads(line) for line in typed("runs", "--output", "json").out.splitlines()]
    assert {("observe", False), ("run", False)} == {(one["mode"], one["drill"]) for one in listed}


def test_a_drill_is_listed_as_one() -> None:
    """Whatever mode it ran in."""
    assert ["drill", "observing", "dry run", ""] == [
        ListedRun("INC-1", mode=mode, drill=drill).kind
        for mode, drill in (("run", True), ("observe", False), ("dry-run", False), ("run", False))
    ]


def test_a_piped_run_as_text_is_its_rows_only(typed: Typed, runbook: Command) -> None:
    """No colour, no cursor movement, no footer; how to answer stands below the question."""
    done = typed("run", "web-down", "--env", "practice", "--output", "text")
    assert Exit.WAITING == done.code
    assert " YOUR CALL  PRACTICE   Restart the web service\n" in done.out
    assert "'restart#1.consent' yes --digest" in done.out
    assert "\x1b" not in done.out
    assert "CLOCKS" not in done.out
    assert "[q]" not in done.out


def test_a_dry_run_takes_assumptions(typed: Typed, runbook: Command) -> None:
    """Of a step's outcome, and of an answer."""
    done = typed("run", "web-down", "--env", "practice", "--dry-run", "--output", "text")
    assert "PRACTICE DRY RUN" in done.out
    assert "DRY RUN   Restart the web service" not in done.out
    words = ("--dry-run", "--output", "text", "--assume", "people=complain")
    done = typed("run", "web-down", "--env", "practice", *words)
    assert "DRY RUN   Restart the web service" in done.out
    assert [] == runbook.service.posts


def test_a_folder_with_the_name_of_a_file_is_one_clear_error(typed: Typed, runbook: Command) -> None:
    """Where it stands, and what is wrong with it; no bug of ours."""
    (runbook.root / "runbooks/incidents/x.yaml").mkdir()
    done = typed("check")
    assert Exit.FILE_ERRORS == done.code
    assert "x.yaml" in done.out + done.err
    assert "a bug of ours" not in done.err
    assert Exit.WAITING == typed("run", "web-down", "--env", "practice").code


def test_verify_tells_a_whole_record_from_a_changed_one(typed: Typed, waiting: str, runbook: Command) -> None:
    """The first bad record is named, and the exit code says so."""
    found = typed("verify", "--output", "json").json()
    assert found["ok"] is True
    journal = runbook.root / "state/runs" / waiting / "journal.jsonl"
    text = journal.read_text()
    journal.write_text(text.replace('"outcome":"fail"', '"outcome":"pass"', 1))
    done = typed("verify", waiting)
    assert Exit.ENDED == done.code
    assert "BAD record" in done.out


def test_a_damaged_run_is_listed_as_that_and_stops_nobody(
    typed: Typed, waiting: str, runbook: Command
) -> None:
    """`runs` and a new run work beside it; `show` says it in one line."""
    journal = runbook.root / "state/runs" / waiting / "journal.jsonl"
    journal.write_text(journal.read_text().replace('"outcome":"fail"', '"outcome":"pass"', 1))
    assert "damaged" in typed("runs").out
    shown = typed("show", waiting)
    assert Exit.ENDED == shown.code
    assert len(shown.err.splitlines()) <= 2
    assert Exit.WAITING == typed("run", "web-down", "--env", "practice").code


def test_what_there_is_is_listed_and_found_by_symptom_and_alert(typed: Typed) -> None:
    """By every word, whatever its case; exit 1 when nothing is known of it."""
    assert "web-down" == typed("list", "--output", "json").json()["id"]
    assert "web-down" in typed("find", "ERROR", "page").out
    assert "web-down" in typed("find", "WebDown").out
    assert Exit.ENDED == typed("find", "teapot").code


def test_a_broken_file_is_listed_and_stops_no_other(typed: Typed, runbook: Command) -> None:
    """`check` has all findings and exit 3; the healthy runbook still runs."""
    broken = runbook.root / "runbooks/incidents/broken.yaml"
    broken.write_text("runbook: broken\ntitle: [\n")
    assert "runbook check broken" in typed("list").out
    done = typed("check")
    assert Exit.FILE_ERRORS == done.code
    assert "runbooks/incidents/broken.yaml:" in done.out
    told = typed("check", "broken", "--output", "json").json()
    assert (1, ["runbooks/incidents/broken.yaml"]) == (told["errors"], told["files"])
    assert 0 == typed("check", "web-down").code
    assert Exit.FILE_ERRORS == typed("run", "broken", "--env", "practice").code
    assert Exit.WAITING == typed("run", "web-down", "--env", "practice").code


def test_a_scenario_of_no_runbook_is_found(typed: Typed, runbook: Command) -> None:
    """Where it stands, with what was meant."""
    (runbook.root / "drills/x.yaml").write_text(
        "scenario: x\nrunbook: web-donw\ntitle: X\nalert: {name: WebDown}\n"
    )
    done = typed("check")
    assert Exit.FILE_ERRORS == done.code
    assert "did you mean 'web-down'?" in done.out


def test_the_report_is_printed_and_written(typed: Typed, waiting: str, runbook: Command) -> None:
    """Markdown on standard output; with --write a file in the run's folder."""
    assert waiting in typed("report").out
    path = typed("report", "--write").out.strip()
    assert str(runbook.root / "state/runs" / waiting / "report.md") == path
    assert str(typed("report", "--output", "json").json()["markdown"]).startswith("#")


def test_pages_are_written_once_and_told_when_they_are_stale(typed: Typed, runbook: Command) -> None:
    """`docs`, `docs` again, `docs --check` after an edit."""
    assert "docs/runbooks/incidents/web-down.md" in typed("docs").out
    assert [] == typed("docs", "--output", "json").json()["written"]
    page = runbook.root / "docs/runbooks/incidents/web-down.md"
    page.write_text(page.read_text() + "a line by hand\n")
    done = typed("docs", "--check")
    assert Exit.ENDED == done.code
    assert "edited: docs/runbooks/incidents/web-down.md" in done.out


@pytest.mark.parametrize(
    "words", [("explain", "web-down"), ("graph", "web-down"), ("schema",), ("completion", "zsh")]
)
def test_what_is_generated_is_printed(typed: Typed, words: tuple[str, ...]) -> None:
    """The page, the picture, the schema, the script: something each, and nothing on standard error."""
    done = typed(*words)
    assert (0, "") == (done.code, done.err)
    assert len(done.out) > 200
    for shell in ("bash", "fish"):
        assert "_RUNBOOK_COMPLETE" in typed("completion", shell).out


def test_show_in_text_has_times_and_how_to_answer(typed: Typed, waiting: str) -> None:
    """What a colleague who comes later needs."""
    shown = typed("show").out
    assert "YOUR CALL  PRACTICE" in shown
    assert f"\n   runbook answer --run {waiting} 'restart#1.consent' yes --digest" in shown
    assert "\x1b" not in shown


def test_a_read_only_state_folder_is_a_clear_refusal(typed: Typed, runbook: Command) -> None:
    """A file stands where the folder should be: one line, nothing started."""
    (runbook.root / "state").write_text("not a folder")
    done = typed("run", "web-down", "--env", "practice")
    assert Exit.BUG != done.code, done.err
    assert len(done.err.splitlines()) <= 2
