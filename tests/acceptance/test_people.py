"""Two people, two terminals, two homes: approvals that are signed, read back, expired, voided, frozen."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.desk import Desk, Event, Executor, Said
from tests.needs import program

RUNBOOK = "two-terminals"
RUN = ("run", RUNBOOK, "--env", "sandbox", "--output", "json")
LOSING = re.compile(r"  - consent: approve\n    operations: \[restart-losing-approvals\]\n(?:    .*\n)+")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eli's own machine: a home with a key that never leaves it."""
    home = tmp_path_factory.mktemp("eli")
    for name in ("eli", "mallory"):
        subprocess.run(
            [
                program("ssh-keygen"),
                "-q",
                "-t",
                "ed25519",
                "-N",
                "",
                "-C",
                f"{name}@laptop",
                "-f",
                home / name,
            ],
            check=True,
        )
    return home


@pytest.fixture(scope="module")
def team(shared_desk: Desk, keys: Path) -> Desk:
    """A desk whose policy wants Eli's approval proved, and knows Eli's key and device."""
    shutil.copy(Path(__file__).parent / "two-terminals.yaml", shared_desk.root / "runbooks" / "incidents")
    people = shared_desk.root / "runbooks" / "catalogue" / "approvers.yaml"
    public = (keys / "eli.pub").read_text(encoding="utf-8").strip()
    people.write_text(
        f"people:\n  eli: {{role: engineer, keys: ['{public}'], device: incidents}}\n", encoding="utf-8"
    )
    want(shared_desk, "identity: proved, start_within: 1h")
    shared_desk.break_sandbox()
    return shared_desk


def want(desk: Desk, words: str) -> None:
    """Write the rule for the one change of the runbook."""
    path = desk.root / "runbooks" / "catalogue" / "policy.yaml"
    text = path.read_text(encoding="utf-8")
    rule = f"  - {{consent: approve, operations: [restart-losing-approvals], role: engineer, {words}, why: tested}}\n"
    if LOSING.search(text):
        text = LOSING.sub(rule, text)
    else:
        text = re.sub(r"  - \{consent: approve, operations: \[restart-losing-approvals\].*\n", rule, text)
    assert rule in text
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def asked(team: Desk) -> Iterator[tuple[Executor, str, Event]]:
    """A run that waits for the approval of its change."""
    team.effects_file.write_text("", encoding="utf-8")
    executor = team.begin(*RUN, "--wait")
    run = executor.until(lambda one: one["type"] == "started")["data"]["plan"]["run"]
    executor.until_asked("question")
    team.told("answer", "--run", run, "change")
    yield executor, run, executor.until_asked("change")
    if executor.process.poll() is None:
        executor.kill()
    if not any(one["type"] == "finished" for one in team.events(run)):
        team.say("abort", run, "--reason", "the test is over")


def signed(team: Desk, run: str, keys: Path, name: str) -> Path:
    """Sign on another machine: only the text goes there, only the signature comes back."""
    text = keys / "ask.txt"
    text.write_text(team.told("approve", run, "--to-sign").out, encoding="utf-8")
    (keys / "ask.txt.sig").unlink(missing_ok=True)
    subprocess.run(
        [program("ssh-keygen"), "-q", "-Y", "sign", "-n", "runbook-approval", "-f", keys / name, text],
        check=True,
        env={"HOME": str(keys), "PATH": "/usr/bin:/bin"},
        capture_output=True,
    )
    return keys / "ask.txt.sig"


def approve(team: Desk, run: str, question: Event, *words: str, who: str = "eli:engineer") -> Said:
    """Approve what is shown."""
    return team.say("approve", run, "--digest", question["digest"][:12], "--as", who, *words)


def restarts(team: Desk) -> int:
    """Return how often the target was restarted, by its own account."""
    return [one["call"] for one in team.effects()].count("restart")


def test_a_signature_made_on_another_machine_proves_the_approver(
    team: Desk, asked: tuple[Executor, str, Event], keys: Path
) -> None:
    """A claim is refused; the signature counts, and the report says that it was proved."""
    executor, run, question = asked
    claimed = approve(team, run, question)
    assert (5, True) == (claimed.code, "must be proved, yours is only claimed" in claimed.err), claimed
    said = approve(team, run, question, "--signature", str(signed(team, run, keys, "eli")))
    assert 0 == said.code, said
    assert 0 == executor.end().code
    assert 1 == restarts(team)
    assert re.search(r"eli\W.*proved", team.told("report", run).out)


def test_a_signature_by_another_key_or_for_an_earlier_question_is_refused(
    team: Desk, asked: tuple[Executor, str, Event], keys: Path
) -> None:
    """Mallory signs as Eli, and Eli's own signature of something else: the approver is told at once."""
    executor, run, question = asked
    forged = approve(team, run, question, "--signature", str(signed(team, run, keys, "mallory")))
    assert (5, True) == (forged.code, "no key of eli made this signature" in forged.err), forged
    signature = signed(team, run, keys, "eli")
    earlier = keys / "earlier.txt"
    earlier.write_text("runbook-approval change#1.consent 0000\n", encoding="utf-8")
    sign = [program("ssh-keygen"), "-q", "-Y", "sign", "-n", "runbook-approval", "-f", keys / "eli", earlier]
    subprocess.run(sign, check=True, capture_output=True)
    late = approve(team, run, question, "--signature", f"{earlier}.sig")
    assert (5, True) == (late.code, "--to-sign" in late.err), late
    assert 0 == restarts(team)
    assert 0 == approve(team, run, question, "--signature", str(signature)).code
    assert 0 == executor.end().code
    assert 1 == restarts(team)


def test_a_one_time_code_that_is_read_back_is_a_relayed_approval(team: Desk) -> None:
    """It goes to the approver's own device and stands nowhere in the record before it is read back."""
    want(team, "identity: relayed, start_within: 1h")
    team.effects_file.write_text("", encoding="utf-8")
    executor = team.begin(*RUN, "--wait")
    run = executor.until(lambda one: one["type"] == "started")["data"]["plan"]["run"]
    executor.until_asked("question")
    team.told("answer", "--run", run, "change")
    executor.until(lambda one: one["type"] == "ended" and ".code." in one["data"]["operation"])
    question = next(one for one in reversed(executor.seen) if one["type"] == "prompted")["data"]
    sent = re.findall(r"Code: ([0-9A-Z]{5}-[0-9A-Z]{5})", str(team.effects("webhook")))
    record = (team.run_folder(run) / "journal.jsonl").read_text(encoding="utf-8")
    assert 1 == len(set(sent))
    assert sent[0] not in record
    wrong = approve(team, run, question, "--code", "00000-00000")
    assert (5, True) == (wrong.code, "the code is not the one that was sent" in wrong.err), wrong
    assert 0 == restarts(team)
    assert 0 == approve(team, run, question, "--code", sent[0].lower().replace("-", "")).code
    assert 0 == executor.end().code
    assert 1 == restarts(team)
    assert re.search(r"eli\W.*relayed", team.told("report", run).out)
    want(team, "identity: proved, start_within: 1h")


def test_a_freeze_holds_the_change_in_a_run_that_is_under_way(
    team: Desk, asked: tuple[Executor, str, Event], keys: Path
) -> None:
    """Approved while frozen: nothing happens until the thaw."""
    executor, run, question = asked
    team.told("freeze", "--as", "mia:manager", "--reason", "a migration is under way")
    executor.until(lambda one: one["type"] == "frozen")
    assert 0 == approve(team, run, question, "--signature", str(signed(team, run, keys, "eli"))).code
    executor.until(lambda one: one["type"] == "ended" and ".proof." in one["data"]["operation"])
    assert 0 == restarts(team)
    team.told("thaw", "--as", "mia:manager", "--reason", "it is through")
    assert 0 == executor.end().code
    assert 1 == restarts(team)


def test_a_policy_that_got_stricter_voids_what_was_asked(
    team: Desk, asked: tuple[Executor, str, Event]
) -> None:
    """The run was planned with one approval; by now it takes two."""
    executor, _run, question = asked
    want(team, "identity: proved, quorum: 2, start_within: 1h")
    executor.until(lambda one: one["type"] == "policy-read")
    executor.until(lambda one: one["type"] == "withdrawn" and one["data"]["prompt"] == question["prompt"])
    again = executor.until_asked("change")
    assert "1 of 2" == again["detail"]["approvals"]
    assert "policy was" in again["detail"]["again"]
    want(team, "identity: proved, start_within: 1h")
    assert 0 == restarts(team)
