"""What `runbook verify` finds, and what it must not accuse."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.core.records import Draft, seal
from engine.io.evidence import EvidenceStore
from engine.io.journal.files import NAME, FileJournal
from engine.io.journal.line import encode
from engine.io.journal.verify import Bad, EvidenceProblem, verify
from engine.io.redaction import Redactor
from engine.kinds.errors import StorageError
from engine.kinds.values import Instant

AT = Instant.parse("2025-11-23T03:05:22Z")


def run(folder: Path, *, records: int = 4) -> FileJournal:
    """A run whose second record names two pieces of evidence, one of them deep inside."""
    journal = FileJournal.create(folder)
    store = EvidenceStore(folder, Redactor({}))
    first, second = (store.put(hint, b"seen", "text/plain") for hint in ("look.machines", "look.openai"))
    data = [{"n": n} for n in range(records)]
    drafts = [Draft("Noted", item, {"who": "a"}) for item in data]
    drafts[1] = Draft("Ended", {"evidence": [first.plain()], "of": [{"evidence": [second.plain()]}]}, {})
    journal.append(drafts, expected_seq=0, epoch=1, at=AT, mono=0)
    return journal


def lines(folder: Path) -> list[bytes]:
    return (folder / NAME).read_bytes().splitlines(keepends=True)


def test_a_whole_run_verifies_and_tells_its_head(tmp_path: Path):
    """The head is what pages and reports carry."""
    seq, head = run(tmp_path).head()
    report = verify(tmp_path, head=head)
    assert (True, seq, head, None, False, (), True) == (
        report.ok,
        report.records,
        report.head,
        report.first_bad,
        report.torn,
        report.evidence,
        report.published,
    )


@pytest.mark.parametrize(
    ("order", "seq", "reason"),
    [
        ((0, 1, 3), 3, "it says it is record 4: records are missing, repeated or out of order"),
        ((0, 2, 1, 3), 2, "it says it is record 3: records are missing, repeated or out of order"),
        ((0, 0, 1, 2, 3), 2, "it says it is record 1: records are missing, repeated or out of order"),
        ((1, 2, 3), 1, "it says it is record 2: records are missing, repeated or out of order"),
    ],
)
def test_records_removed_repeated_or_out_of_order_are_found(
    tmp_path: Path, order: tuple[int, ...], seq: int, reason: str
):
    """Removing a record from the middle needs every later one rewritten."""
    run(tmp_path)
    all_lines = lines(tmp_path)
    (tmp_path / NAME).write_bytes(b"".join(all_lines[at] for at in order))
    offset = sum(len(all_lines[at]) for at in order[: seq - 1])
    assert Bad(seq, offset, reason) == verify(tmp_path).first_bad


def test_a_record_of_another_run_is_found(tmp_path: Path):
    """A record spliced in from elsewhere has the right number and the wrong predecessor."""
    run(tmp_path)
    alien = seal([Draft("Noted", {"n": 2}, {})], after=(2, "f" * 64), epoch=1, at=AT, mono=0)[0]
    mine = lines(tmp_path)
    (tmp_path / NAME).write_bytes(mine[0] + mine[1] + encode(alien) + mine[3])
    report = verify(tmp_path)
    assert Bad(3, len(mine[0] + mine[1]), "it does not continue the record before it") == report.first_bad
    assert (False, 2) == (report.ok, report.records)


def test_an_epoch_that_falls_is_found(tmp_path: Path):
    """An executor that was taken over cannot have written later."""
    journal = FileJournal.create(tmp_path / "INC-1")
    (first,) = journal.append([Draft("A", {}, {})], expected_seq=0, epoch=3, at=AT, mono=0)
    stale = seal([Draft("B", {}, {})], after=(1, first.hash), epoch=2, at=AT, mono=0)[0]
    with (tmp_path / "INC-1" / NAME).open("ab") as file:
        file.write(encode(stale))
    bad = verify(tmp_path / "INC-1").first_bad
    assert bad is not None
    assert "its epoch 2 is below the one before it, 3" == bad.reason


def test_a_record_edited_with_its_own_hash_made_anew_is_found_by_the_next_one(tmp_path: Path):
    """To change one record unnoticed is to change the head."""
    _, head = run(tmp_path).head()
    (first, second, *_) = FileJournal(tmp_path).read()
    forged = seal([Draft(first.type, {"n": 99}, first.actor)], after=(0, first.prev), epoch=1, at=AT, mono=0)[
        0
    ]
    mine = lines(tmp_path)
    (tmp_path / NAME).write_bytes(encode(forged) + b"".join(mine[1:]))
    bad = verify(tmp_path, head=head).first_bad
    assert bad is not None
    assert second.seq == bad.seq


def test_a_cut_tail_and_a_rewritten_chain_are_found_by_the_published_head(tmp_path: Path):
    """The chain alone cannot show these two; the head in the page can."""
    _, head = run(tmp_path).head()
    mine = lines(tmp_path)
    (tmp_path / NAME).write_bytes(b"".join(mine[:-1]))
    assert verify(tmp_path).ok
    assert (False, False) == (verify(tmp_path, head=head).ok, verify(tmp_path, head=head).published)
    records = FileJournal(tmp_path).read()
    drafts = [replace(Draft(r.type, {**r.data, "forged": 1}, r.actor)) for r in records]
    forged = seal(drafts, after=(0, records[0].prev), epoch=1, at=AT, mono=0)
    (tmp_path / NAME).write_bytes(b"".join(map(encode, forged)))
    assert (True, False) == (verify(tmp_path).ok, verify(tmp_path, head=head).ok)


def test_a_head_published_before_the_end_is_still_part_of_the_chain(tmp_path: Path):
    """A page sent in mid-run carries the head of that moment."""
    run(tmp_path)
    middle = FileJournal(tmp_path).read()[1].hash
    assert verify(tmp_path, head=middle).ok


def test_a_torn_tail_is_told_and_is_no_damage(tmp_path: Path):
    """It was never acknowledged."""
    run(tmp_path)
    with (tmp_path / NAME).open("ab") as file:
        file.write(b'{"actor":')
    report = verify(tmp_path)
    assert (True, True, 4) == (report.ok, report.torn, report.records)


def test_missing_and_changed_evidence_is_named(tmp_path: Path):
    """Wherever in a record it is listed."""
    run(tmp_path)
    (tmp_path / "evidence/0001-look.machines.txt").unlink()
    (tmp_path / "evidence/0002-look.openai.txt").write_bytes(b"fine")
    report = verify(tmp_path)
    assert not report.ok
    assert (
        EvidenceProblem("evidence/0001-look.machines.txt", "is missing"),
        EvidenceProblem("evidence/0002-look.openai.txt", "was changed: its hash differs"),
    ) == report.evidence
    (tmp_path / "evidence/0002-look.openai.txt").write_bytes(b"seen more")
    assert "has 9 bytes, 4 were stored" == verify(tmp_path).evidence[1].reason


def test_evidence_replaced_by_a_link_is_named_and_not_followed(tmp_path: Path):
    """A link to an equal file is not the file that was stored."""
    run(tmp_path)
    file = tmp_path / "evidence/0001-look.machines.txt"
    file.rename(tmp_path / "moved")
    file.symlink_to(tmp_path / "moved")
    (problem,) = verify(tmp_path).evidence
    assert "evidence/0001-look.machines.txt" == problem.path
    assert problem.reason.startswith("cannot be read")


@pytest.mark.parametrize(
    "path", ["../journal.jsonl", "/etc/hostname", "evidence/../journal.jsonl", "evidence/.x"]
)
def test_a_path_that_leads_elsewhere_is_not_followed(tmp_path: Path, path: str):
    """A journal from elsewhere must not make us read files outside the run."""
    journal = FileJournal.create(tmp_path / "INC-1")
    entry = {"path": path, "sha256": "0" * 64, "size": 1}
    journal.append([Draft("Ended", {"evidence": [entry]}, {})], expected_seq=0, epoch=1, at=AT, mono=0)
    assert (EvidenceProblem(path, "is not a path in the evidence folder"),) == verify(
        tmp_path / "INC-1"
    ).evidence


def test_two_records_that_disagree_about_a_file_are_named(tmp_path: Path):
    """One of the two must be wrong, even if the file agrees with the other."""
    journal = run(tmp_path)
    entry = {"path": "evidence/0001-look.machines.txt", "sha256": "0" * 64, "size": 4}
    journal.append([Draft("Ended", {"evidence": [entry]}, {})], expected_seq=4, epoch=1, at=AT, mono=0)
    (problem,) = verify(tmp_path).evidence
    assert EvidenceProblem(entry["path"], "record 5 contradicts an earlier one") == problem


def test_a_folder_without_a_journal_is_one_line(tmp_path: Path):
    """A mistyped run id is a user's mistake."""
    with pytest.raises(StorageError, match="is not there"):
        verify(tmp_path)
