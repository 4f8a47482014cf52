"""A bundle is checked anywhere: every byte counts, and a hostile one gets nothing written, nor believed."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import struct
import subprocess
import tarfile
import tracemalloc
import zlib
from pathlib import Path

import pytest

from engine.core.records import Draft
from engine.io.bundle import Contents, Listed, Written, write_bundle
from engine.io.bundle_check import BundleReport, verify_bundle
from engine.io.journal.disk import DISK
from engine.io.journal.files import FileJournal
from engine.io.tar_gz import Member, Packer, header
from engine.kinds.errors import StorageError
from engine.kinds.values import Instant

AT = Instant.parse("2025-11-23T03:05:22Z")
RUN = "INC-20251123-030212"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run's folder with three records and two files of evidence, as a newer engine may have written it."""
    folder = tmp_path / "runs" / RUN
    bodies = {"evidence/0001-look.json": b'{"ok": false}', "evidence/0002-log.txt": b"line\n" * 400}
    with FileJournal.create(folder) as journal:
        refs = [
            {"path": name, "sha256": hashlib.sha256(body).hexdigest(), "size": len(body)}
            for name, body in bodies.items()
        ]
        for seq, data in enumerate([{"x": 1}, {"evidence": [refs[0]]}, {"deep": [{"evidence": [refs[1]]}]}]):
            journal.append([Draft("from-the-future", data, {})], expected_seq=seq, epoch=1, at=AT, mono=0.0)
    (folder / "evidence").mkdir()
    for name, body in bodies.items():
        (folder / name).write_bytes(body)
    return folder


def contents(folder: Path, **more: object) -> Contents:
    """What goes into the bundle of the run."""
    with FileJournal(folder) as journal:
        records, head = journal.head()
    base: dict[str, object] = {
        "run": RUN,
        "folder": folder,
        "engine": "0.1.0",
        "at": AT,
        "records": records,
        "head": head,
        "evidence": ("evidence/0002-log.txt", "evidence/0001-look.json"),
        "withheld": (),
        "report": b"# A report\n",
    }
    return Contents(**{**base, **more})  # type: ignore[arg-type]


@pytest.fixture
def made(folder: Path, tmp_path: Path) -> Path:
    """A bundle of the run."""
    out = tmp_path / "a.tar.gz"
    write_bundle(out, contents(folder))
    return out


def wrong(report: BundleReport) -> list[str]:
    """Return what was found, one line each."""
    found = [f"{one.path}: {one.reason}" for one in report.problems]
    return [*found, *([f"record {report.first_bad.seq}"] if report.first_bad else [])]


def test_a_bundle_is_whole_where_nobody_knows_the_run(made: Path, folder: Path) -> None:
    """Chain, evidence and manifest; it says which run and which engine."""
    report = verify_bundle(made)
    assert [] == wrong(report)
    assert (True, RUN, 3, 4, "0.1.0") == (report.ok, report.run, report.records, report.files, report.engine)
    assert contents(folder).head == report.head


def test_the_same_run_is_the_same_bytes(made: Path, folder: Path, tmp_path: Path) -> None:
    """Whenever, and however old its files are."""
    for path in folder.rglob("*"):
        os.utime(path, (1, 1))
    write_bundle(tmp_path / "b.tar.gz", contents(folder))
    assert made.read_bytes() == (tmp_path / "b.tar.gz").read_bytes()
    assert 0o600 == made.stat().st_mode & 0o777


def test_any_tar_reads_it(made: Path, folder: Path, tmp_path: Path) -> None:
    """Python's, and the system's; owners, modes and times are fixed."""
    with tarfile.open(made) as tar:
        found = {one.name: one for one in tar}
        assert [
            f"{RUN}/MANIFEST.json",
            f"{RUN}/evidence/0001-look.json",
            f"{RUN}/evidence/0002-log.txt",
            f"{RUN}/journal.jsonl",
            f"{RUN}/report.md",
        ] == list(found)
        assert {(0o600, 0, 0, int(AT))} == {(one.mode, one.uid, one.gid, one.mtime) for one in found.values()}
        inside = tar.extractfile(f"{RUN}/journal.jsonl")
        assert inside is not None
        assert (folder / "journal.jsonl").read_bytes() == inside.read()
    listed = subprocess.run(["tar", "-tzf", str(made)], capture_output=True, text=True, check=True)
    assert ([*found], "") == (listed.stdout.split(), listed.stderr)


def test_any_flipped_byte_is_found_and_named(made: Path, tmp_path: Path) -> None:
    """Each byte of the file, header and seal included, in turn."""
    whole = made.read_bytes()
    assert len(whole) > 900
    flipped = tmp_path / "flipped.tar.gz"
    flipped.write_bytes(whole)
    unnoticed = []
    with flipped.open("r+b", buffering=0) as file:
        for at, byte in enumerate(whole):
            file.seek(at)
            file.write(bytes([byte ^ (1 << at % 8)]))
            if not wrong(verify_bundle(flipped)):
                unnoticed.append(at)
            file.seek(at)
            file.write(bytes([byte]))
    assert [] == unnoticed
    assert [] == wrong(verify_bundle(flipped))


def test_any_cut_and_any_addition_is_found(made: Path, tmp_path: Path) -> None:
    """Down to an empty file."""
    whole = made.read_bytes()
    path = tmp_path / "cut.tar.gz"
    for size in (*range(0, len(whole), 37), len(whole) - 1):
        path.write_bytes(whole[:size])
        assert not verify_bundle(path).ok, size
    for more in (b"\0", whole, b"x" * 100):
        path.write_bytes(whole + more)
        assert not verify_bundle(path).ok


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("evidence/0001-look.json", "evidence/0001-look.json: was changed: its hash differs"),
        ("journal.jsonl", "journal.jsonl: was changed: its hash differs"),
        ("report.md", "report.md: was changed: its hash differs"),
    ],
)
def test_a_changed_file_is_named_even_under_a_new_seal(
    name: str, says: str, made: Path, tmp_path: Path
) -> None:
    """Whoever packs it anew does not get past the manifest."""
    files = unpacked(made)
    files[name] = files[name].replace(b"o", b"0", 1)
    assert says in wrong(verify_bundle(packed(tmp_path, files)))


def test_a_manifest_made_to_fit_does_not_get_past_the_journal(made: Path, tmp_path: Path) -> None:
    """Evidence is what the records say, and the chain is what the head says."""
    files = unpacked(made)
    name = "evidence/0001-look.json"
    files[name] = b'{"ok": true }'
    refit(files)
    assert [f"{name}: is not what the journal says"] == wrong(verify_bundle(packed(tmp_path, files)))
    del files[name]
    refit(files)
    assert [f"{name}: is missing"] == wrong(verify_bundle(packed(tmp_path, files)))
    cut = unpacked(made)
    cut["journal.jsonl"] = cut["journal.jsonl"][: cut["journal.jsonl"].rindex(b"\n", 0, -1) + 1]
    refit(cut)
    told = wrong(verify_bundle(packed(tmp_path, cut)))
    assert "evidence/0002-log.txt: is not in the journal" in told
    assert told[0].startswith("MANIFEST.json: says 3 records and head ")


def test_the_published_head_finds_what_was_rewritten_as_a_whole(made: Path, folder: Path) -> None:
    """A head from a page or report is outside of anybody's reach."""
    assert verify_bundle(made, head=contents(folder).head).published
    assert not verify_bundle(made, head="0" * 64).ok


def test_evidence_that_is_gone_is_told_when_it_is_made_and_when_it_is_checked(
    folder: Path, tmp_path: Path
) -> None:
    """The bundle is made all the same: the rest may be needed."""
    (folder / "evidence/0001-look.json").unlink()
    written = write_bundle(tmp_path / "c.tar.gz", contents(folder))
    assert ("evidence/0001-look.json",) == written.missing
    assert ["evidence/0001-look.json: is missing"] == wrong(verify_bundle(tmp_path / "c.tar.gz"))


def test_what_was_appended_meanwhile_is_not_in_it(folder: Path, tmp_path: Path) -> None:
    """Report, head and journal speak of the same moment."""
    before = contents(folder)
    with FileJournal(folder) as journal:
        journal.append([Draft("later", {}, {})], expected_seq=3, epoch=1, at=AT, mono=0.0)
    write_bundle(tmp_path / "d.tar.gz", before)
    report = verify_bundle(tmp_path / "d.tar.gz")
    assert (True, 3) == (report.ok, report.records)


def test_a_file_that_is_there_is_not_written_over(made: Path, folder: Path) -> None:
    """Nor is a draft left behind."""
    before = made.read_bytes()
    with pytest.raises(StorageError, match="is there already"):
        write_bundle(made, contents(folder))
    assert before == made.read_bytes()
    assert [made.name, "runs"] == sorted(os.listdir(made.parent))
    with pytest.raises(StorageError, match="is not there"):
        write_bundle(made.parent / "none" / "x.tar.gz", contents(folder))


def test_a_made_up_journal_takes_no_other_file_along(folder: Path, tmp_path: Path) -> None:
    """Neither by a path that leads out, nor by a link in place of the folder."""
    (folder / "secret").write_text("x")
    listed = ("evidence/../secret", "../x", "/etc/hostname", "secret")
    written = write_bundle(tmp_path / "e.tar.gz", contents(folder, evidence=listed))
    assert sorted(listed) == sorted(written.missing)
    assert ["MANIFEST.json", "journal.jsonl", "report.md"] == list(unpacked(tmp_path / "e.tar.gz"))
    (folder / "evidence").rename(tmp_path / "elsewhere")
    (folder / "evidence").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="symbolic link"):
        write_bundle(tmp_path / "f.tar.gz", contents(folder))
    assert not (tmp_path / "f.tar.gz").exists()


# Hostile ones


def unpacked(path: Path) -> dict[str, bytes]:
    """Return the files of a bundle by their names in the run."""
    with tarfile.open(path) as tar:
        return {one.name.partition("/")[2]: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]


def refit(files: dict[str, bytes], **more: object) -> None:
    """Make the manifest say what the files are."""
    manifest = json.loads(files["MANIFEST.json"])
    manifest["files"] = [
        {"name": name, "size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        for name, body in files.items()
        if name != "MANIFEST.json"
    ]
    files["MANIFEST.json"] = json.dumps({**manifest, **more}).encode()


def packed(tmp_path: Path, files: dict[str, bytes]) -> Path:
    """Pack files as an honest bundle would be, sealed."""
    return forged(
        tmp_path,
        [header(Member(f"{RUN}/{name}", len(body)), int(AT)) + pad(body) for name, body in files.items()],
    )


def pad(body: bytes) -> bytes:
    """Return a body with its padding."""
    return body + bytes(-len(body) % 512)


def forged(tmp_path: Path, blocks: list[bytes]) -> Path:
    """Seal any blocks as if they were a bundle."""
    path = tmp_path / "forged.tar.gz"
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        packer = Packer(DISK, file.fileno(), int(AT))
        for block in blocks:
            packer._tar(block)
        packer.close()
    return path


def raw_header(name: str, size: int = 0, kind: bytes = b"0", link: str = "") -> bytes:
    """Return a tar header that our own writer would not make."""
    raw = bytearray(header(Member("a/b", size), int(AT)))
    raw[0:100] = name.encode()[:100].ljust(100, b"\0")
    raw[345:500] = bytes(155)
    raw[156:157] = kind
    raw[157:257] = link.encode().ljust(100, b"\0")
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw)
    return bytes(raw)


@pytest.mark.parametrize(
    ("block", "says"),
    [
        (raw_header("/etc/passwd"), "leads elsewhere"),
        (raw_header("../../etc/passwd"), "leads elsewhere"),
        (raw_header(f"{RUN}/../x"), "leads elsewhere"),
        (raw_header(f"{RUN}/evidence/..x"), "leads elsewhere"),
        (raw_header(f"{RUN}/evidence/a\nb"), "leads elsewhere"),
        (raw_header(f"{RUN}/evidence/x", kind=b"2", link="/etc/passwd"), "is a symbolic link"),
        (raw_header(f"{RUN}/evidence/x", kind=b"1", link="/etc/passwd"), "is a hard link"),
        (raw_header(f"{RUN}/evidence/x", kind=b"3"), "is a device"),
        (raw_header(f"{RUN}/evidence/x", kind=b"6"), "is a pipe"),
        (raw_header(f"{RUN}/evidence", kind=b"5"), "is a folder"),
        (raw_header(f"{RUN}/evidence/x", 8**11 - 1, kind=b"x"), "is no plain file"),
        (raw_header(f"{RUN}/evidence/x", 8**11 - 1, kind=b"L"), "is no plain file"),
        (raw_header(f"{RUN}/evidence/0001-look.json", 10 * 1024**3 % 8**11), "the manifest says 13"),
        (raw_header(f"{RUN}/evidence/other.json", 13), "is not what the manifest lists here"),
    ],
)
def test_a_member_that_is_no_file_of_the_run_is_refused(
    block: bytes, says: str, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links, devices, folders, other places, other sizes: named, and nothing is written anywhere."""
    files = unpacked(made)
    first = files["MANIFEST.json"]
    start = header(Member(f"{RUN}/MANIFEST.json", len(first)), int(AT)) + pad(first)
    path = forged(tmp_path, [start, block, bytes(512)])
    empty = tmp_path / "cwd"
    empty.mkdir()
    monkeypatch.chdir(empty)
    before = sorted(tmp_path.rglob("*"))
    (told,) = wrong(verify_bundle(path))
    assert says in told
    assert before == sorted(tmp_path.rglob("*"))


def listing(*names: tuple[str, int], withheld: tuple[str, ...] = ()) -> bytes:
    """Return a manifest that lists these."""
    return json.dumps(
        {
            "bundle": 1,
            "run": RUN,
            "engine": "x",
            "records": 0,
            "head": "",
            "files": [{"name": name, "size": size, "sha256": ""} for name, size in names],
            "withheld": [{"name": name, "size": 1, "sha256": ""} for name in withheld],
        }
    ).encode()


BOTH = (("journal.jsonl", 0), ("report.md", 0))


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        (listing(("../x", 1), *BOTH), "leads elsewhere"),
        (listing(("/etc/passwd", 1), *BOTH), "leads elsewhere"),
        (listing(("evidence/..", 1), *BOTH), "leads elsewhere"),
        (listing(("evidence/x", 10 * 1024**3), *BOTH), "at most"),
        (listing(("evidence/x", -1), *BOTH), "at most"),
        (listing(*[(f"evidence/{n}", 200 * 1024**2) for n in range(40)], *BOTH), "at most"),
        (listing(*BOTH, *BOTH), "lists a name twice"),
        (listing(*BOTH, ("evidence/x", 1), withheld=("evidence/x",)), "lists a name twice"),
        (listing(("journal.jsonl", 0)), "lists no journal, or no report"),
        (b"[" * 100_000, "cannot be read"),
        (b"{}", "cannot be read"),
        (b"\xff", "cannot be read"),
        (listing(*BOTH).replace(b'"bundle": 1', b'"bundle": 2'), "another version"),
        (listing(*BOTH).replace(RUN.encode(), b"INC-2"), "of another run"),
        (listing(*BOTH).replace(b'"size": 0', b'"size": "0"'), "cannot be read"),
    ],
)
def test_a_manifest_that_lists_what_cannot_be_is_refused(manifest: bytes, says: str, tmp_path: Path) -> None:
    """Before a byte of what it lists is read."""
    path = forged(tmp_path, [header(Member(f"{RUN}/MANIFEST.json", len(manifest)), int(AT)) + pad(manifest)])
    (told,) = wrong(verify_bundle(path))
    assert told.startswith(f"{RUN}/MANIFEST.json: ")
    assert says in told


def test_nothing_stands_before_the_manifest_or_behind_the_last_file(made: Path, tmp_path: Path) -> None:
    """An extra member has no place."""
    files = unpacked(made)
    late = {**{name: body for name, body in files.items() if name != "MANIFEST.json"}, **files}
    assert "comes before MANIFEST.json" in wrong(verify_bundle(packed(tmp_path, late)))[0]
    more = {**files, "evidence/9999-more.txt": b"x"}
    assert "there is more than the manifest lists" in wrong(verify_bundle(packed(tmp_path, more)))[0]


def test_ten_gigabytes_of_nothing_are_not_read(tmp_path: Path) -> None:
    """A small file that would become a huge one costs neither memory nor time."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = header(Member(f"{RUN}/MANIFEST.json", 8**11 - 1), int(AT))
    body = squeeze.compress(first) + b"".join(squeeze.compress(bytes(1024 * 1024)) for _ in range(64))
    path = tmp_path / "bomb.tar.gz"
    path.write_bytes(
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + body + squeeze.flush() + struct.pack("<II", 0, 0)
    )
    tracemalloc.start()
    try:
        told = wrong(verify_bundle(path))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "at most 16777216 are read" in told[-1]
    assert peak < 4 * 1024 * 1024


def test_a_file_of_another_kind_is_told_as_that(tmp_path: Path) -> None:
    """Text, an ordinary tar, an empty file, a folder, nothing at all."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("../../x"))
    for content in (b"", b"hello", plain.getvalue(), gzip.compress(b"x" * 10_000)):
        path = tmp_path / "x.tar.gz"
        path.write_bytes(content)
        assert "the file: does not begin as a bundle does" in wrong(verify_bundle(path))[-1]
    for path in (tmp_path, tmp_path / "none.tar.gz"):
        with pytest.raises(StorageError):
            verify_bundle(path)


def test_a_large_run_is_packed_and_checked_in_a_small_memory(folder: Path, tmp_path: Path) -> None:
    """Files go through in pieces."""
    big = os.urandom(1024 * 1024) * 24
    (folder / "evidence/0003-big.bin").write_bytes(big)
    ref = {"path": "evidence/0003-big.bin", "sha256": hashlib.sha256(big).hexdigest(), "size": len(big)}
    with FileJournal(folder) as journal:
        journal.append([Draft("x", {"evidence": [ref]}, {})], expected_seq=3, epoch=1, at=AT, mono=0.0)
    del big
    listed = contents(folder, evidence=("evidence/0001-look.json", "evidence/0002-log.txt", ref["path"]))
    tracemalloc.start()
    try:
        written: Written = write_bundle(tmp_path / "big.tar.gz", listed)
        assert verify_bundle(tmp_path / "big.tar.gz").ok
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 5 == len(written.files)
    assert peak < 8 * 1024 * 1024


def test_what_is_withheld_without_a_reason_is_told_as_that(folder: Path, tmp_path: Path) -> None:
    """A journal that this engine cannot read leaves it open, and says so."""
    body = (folder / "evidence/0001-look.json").read_bytes()
    behind = Listed("evidence/0001-look.json", len(body), hashlib.sha256(body).hexdigest())
    write_bundle(
        tmp_path / "w.tar.gz", contents(folder, evidence=("evidence/0002-log.txt",), withheld=(behind,))
    )
    report = verify_bundle(tmp_path / "w.tar.gz")
    assert (True, ("evidence/0001-look.json",)) == (report.ok, report.withheld)
    assert "what is sensitive cannot be told" in report.notes[0]
