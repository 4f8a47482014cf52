"""What a runbook does today, written down: it passes, it is the same every time, and it notices faults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.app.runbook_tests import Results, files_of, run_tests
from engine.app.step_recording import record, recorded
from engine.kinds import codec
from engine.kinds.errors import FileErrors
from engine.kinds.values import Json
from engine.model.source import Document, read
from tests.app.websteps import RUNBOOK, library
from tests.mutation.operators import mutants

MINE = "    - {facts: {look.health.status: 503, look.vendor: pass}, goes: restart, why: the first incident}\n"
HEAD = "steps: web-down\npeople:\n  - {item: consent, answer: yes}\n"
BLIND = ("raise-timeout",)
"""Operators whose fault no virtual time can show: nothing takes longer than it is told to."""


def run(root: Path, runbook: str = RUNBOOK) -> Results:
    """Run the step tests that lie there."""
    known = library(root, "", runbook)
    return run_tests(known, "web-down", files_of(known, ("web-down",))["web-down"])


def tree(text: str) -> dict[str, Any]:
    """Return the data of a file, to be changed."""
    found = read(text.encode(), "web-down.yaml")
    assert isinstance(found, Document)
    data: dict[str, Any] = json.loads(json.dumps(found.data))
    return data


def plan(root: Path, text: str) -> str:
    """Return the runbook as the engine reads it."""
    try:
        return codec.canonical(library(root, "", text).runbook("web-down"))
    except FileErrors:
        return "it does not load"


def lines(text: str) -> Mapping[str, list[str]]:
    """Return the tests of each step as they are written."""
    found: dict[str, list[str]] = {}
    for line in text.partition("tests:\n")[2].splitlines():
        if line.startswith("    - "):
            found[next(reversed(found))].append(line.strip())
        else:
            found[line.strip(" :")] = []
    return found


def test_what_is_recorded_passes_and_reaches_every_branch(tmp_path: Path) -> None:
    """Every own step has tests, those of branches too; the other runbook's steps have none here."""
    found = record(library(tmp_path, ""), "web-down")
    ran = run(tmp_path)
    assert ran.steps is not None
    assert (0, found.found) == (ran.failed, len(ran.steps.ran))
    assert ran.coverage is not None
    assert () == ran.coverage.missing
    steps = set(lines(found.path.read_text()))
    assert {"look", "cause", "restart", "back", "both", "both/right/two", "below", "people"} <= steps
    assert "below/peek" not in steps


def test_the_same_runbook_gives_the_same_file(tmp_path: Path) -> None:
    """Recorded again, beside the file that is there, nothing changes."""
    first = record(library(tmp_path, ""), "web-down")
    again = recorded(library(tmp_path, ""), "web-down")
    assert first.text == again.text


def test_a_changed_row_changes_its_own_lines_only(tmp_path: Path) -> None:
    """So that what a reviewer reads is what was meant."""
    first = lines(record(library(tmp_path, ""), "web-down").text)
    changed = RUNBOOK.replace("{in: [500, 503]}", "{in: [500, 504]}")
    after = lines(recorded(library(tmp_path, "", changed), "web-down").text)
    assert ["cause"] == [step for step in first if first[step] != after[step]]
    assert 6 >= len(set(first["cause"]) ^ set(after["cause"]))


def test_a_test_that_says_why_is_kept_and_run_again(tmp_path: Path) -> None:
    """All others are made anew; the head of the file stays too."""
    known = library(tmp_path, f"{HEAD}tests:\n  cause:\n    - {{goes: people}}\n{MINE}")
    found = record(known, "web-down")
    text = found.path.read_text()
    assert (1, 1, 0) == (found.kept, text.count(MINE.strip()), text.count("- {goes: people}"))
    assert HEAD in text
    broken = RUNBOOK.replace("go: restart, raise", "go: tell, raise")
    record(library(tmp_path, "", broken), "web-down")
    ran = run(tmp_path, broken)
    assert ran.steps is not None
    assert ["cause 1"] == [one.judged.name for one in ran.steps.ran if not one.judged.passed]


def test_a_broken_file_is_not_written_over(tmp_path: Path) -> None:
    """It may hold tests of a person."""
    known = library(tmp_path, f"{HEAD}tests:\n  cuase:\n{MINE}")
    with pytest.raises(FileErrors):
        record(known, "web-down")
    assert MINE in (tmp_path / "runbooks/incidents/web-down.steps.yaml").read_text()


def test_no_fault_of_the_operators_is_missed(tmp_path: Path) -> None:
    """Each mutant of the small runbook fails a test, or names a step that is gone."""
    record(library(tmp_path, ""), "web-down")
    whole = tree(RUNBOOK)
    missed: list[str] = []
    count = 0
    plain = plan(tmp_path, RUNBOOK)
    for mutant in mutants("web-down", whole):
        if mutant.operator in BLIND or plan(tmp_path, mutant.text) == plain:
            continue
        count += 1
        try:
            noticed = bool(run(tmp_path, mutant.text).failed)
        except FileErrors:
            noticed = True
        if not noticed:
            missed.append(f"{mutant.operator}: {mutant.what}")
    assert count > 40
    assert [] == missed


@pytest.mark.parametrize("every", ["10s", "1s", "100ms"])
@pytest.mark.parametrize("looser", ["{lt: 600}", "{in: [200, 503]}", "{le: 200}", "{ge: 200}"])
def test_a_loosened_proof_of_recovery_is_noticed_however_often_it_looks(
    every: str, looser: str, tmp_path: Path
) -> None:
    """By the number of its looks: at short intervals one look more takes hardly any time."""
    text = RUNBOOK.replace("every: 10s", f"every: {every}")
    record(library(tmp_path, "", text), "web-down")
    assert 0 == run(tmp_path, text).failed
    proof = "{status: 200}}, soak"
    assert 1 == text.count(proof)
    ran = run(tmp_path, text.replace(proof, f"{{status: {looser}}}}}, soak"))
    assert ran.steps is not None
    differ = [
        (one.judged.step, [each.what for each in one.judged.differs])
        for one in ran.steps.ran
        if one.judged.differs
    ]
    assert differ
    assert {"recovered"} == {step for step, _ in differ}
    assert all("looks" in what for _, what in differ)


def test_a_pause_shorter_than_a_second_is_written_as_it_is(tmp_path: Path) -> None:
    """And a millisecond more of it is noticed."""
    text = RUNBOOK.replace("pause: {wait: 30s", "pause: {wait: 400ms")
    assert "takes: 400ms" in record(library(tmp_path, "", text), "web-down").text
    assert 0 == run(tmp_path, text).failed
    assert 0 < run(tmp_path, text.replace("wait: 400ms", "wait: 401ms")).failed


def test_what_a_step_needs_to_be_asked_is_given(tmp_path: Path) -> None:
    """A list to go through, and facts that its texts and expectations refer to."""
    several = RUNBOOK.replace(
        "action: {use: restart}, then: {done",
        "for_each: '${look.health.json.ids}', action: {http: 'http://x.example/${each}/${look.health.text}', "
        "irreversible: so}, then: {done",
    )
    found = lines(record(library(tmp_path, "", several), "web-down").text)["restart"]
    data: Json = tree(f"a: {found[0].removeprefix('- ')}")["a"]
    assert isinstance(data, dict)
    assert ("done", ["m-1"]) == (data["outcome"], data["facts"]["look.health.json.ids"])


APPROVED = RUNBOOK.replace("action: {use: restart}", "action: {use: restart, operation: grow-machine}")


def test_a_new_file_says_who_runs_it_and_that_whoever_is_asked_approves(tmp_path: Path) -> None:
    """Recorded again under another operator it would say something else: so it is written down."""
    known = library(tmp_path, "", APPROVED)
    found = recorded(known, "web-down")
    assert ("reliability", True) == (found.operator.role, found.operator.guessed)
    data = tree(found.text)
    assert "reliability" == data["operator"]
    assert {"item": "consent", "answer": "yes", "role": "asked"} == data["people"][0]
    assert ("done", [{"kind": "approve", "item": "consent", "role": "manager"}]) == (
        data["tests"]["restart"][0]["outcome"],
        data["tests"]["restart"][0]["asks"],
    )


def test_where_no_role_approves_a_change_none_is_recorded_as_approved(tmp_path: Path) -> None:
    """The manager that is asked by default is not there: what is written is that the step fails."""
    known = library(tmp_path, "", APPROVED)
    path = tmp_path / "runbooks/catalogue/all.yaml"
    text = path.read_text().replace("manager: {title", "boss: {title").replace("role: manager", "role: boss")
    path.write_text(text.replace("approves: [any], ", ""))
    for name in ("web-down", "other"):
        file = tmp_path / f"runbooks/incidents/{name}.yaml"
        named = file.read_text().replace("owner: manager", "owner: boss")
        file.write_text(
            named.replace("escalate: manager", "escalate: boss").replace("notify: manager", "notify: boss")
        )
    tests = tree(recorded(known, "web-down").text)["tests"]["restart"]
    assert tests
    assert not [one for one in tests if one.get("outcome") == "done" and "visit" not in one]


def test_a_file_whose_yes_is_the_operators_gets_somebody_who_approves(tmp_path: Path) -> None:
    """A head that a person wrote stays, and the tests say who answers."""
    known = library(tmp_path, HEAD.replace("yes}", "yes}\ntests: {}"), APPROVED)
    tests = tree(recorded(known, "web-down").text)["tests"]["restart"]
    assert {"item": "consent", "answer": "yes", "role": "asked"} in tests[0]["people"]
    assert "done" == tests[0]["outcome"]
