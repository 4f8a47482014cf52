"""Several processes at one journal: unique numbers, no half record, and readers that never stumble."""

import subprocess
import sys
from pathlib import Path

from engine.core.records import Draft
from engine.io.journal.files import FileJournal
from engine.io.journal.verify import verify
from engine.kinds.values import Instant
from tests.patience import PATIENCE

WRITER = """
import sys
from pathlib import Path
from engine.core.records import Conflict, Draft
from engine.io.journal.files import FileJournal
from engine.kinds.values import Instant

folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
journal, seq, conflicts = FileJournal(folder), 0, 0
at = Instant.parse("2025-11-23T03:05:22Z")
print("ready", flush=True)
sys.stdin.readline()
for number in range(count):
    while True:
        drafts = [Draft("Noted", {"by": name, "number": number, "part": part}, {}) for part in (1, 2)]
        answer = journal.append(drafts, expected_seq=seq, epoch=1, at=at, mono=0)
        if not isinstance(answer, Conflict):
            seq = answer[-1].seq
            break
        conflicts += 1
        seq = answer.records[-1].seq
print(conflicts, flush=True)
"""


def test_two_processes_append_at_once_and_every_record_has_its_own_number(tmp_path: Path):
    """Forty appends of two records from each of two processes, while a third reads all the time."""
    folder = tmp_path / "INC-1"
    FileJournal.create(folder)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), name, "40"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("x", "y")
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert "ready\n" == writer.stdout.readline()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    follower, seen = FileJournal(folder), []
    while any(writer.poll() is None for writer in writers):
        seen += follower.read(len(seen))
    seen += follower.read(len(seen))
    conflicts = [int(writer.communicate(timeout=PATIENCE)[0]) for writer in writers]
    assert [0, 0] == [writer.returncode for writer in writers]
    assert list(range(1, 161)) == [record.seq for record in seen]
    for name in ("x", "y"):
        mine = [(r.data["number"], r.data["part"]) for r in seen if r.data["by"] == name]
        assert [(number, part) for number in range(40) for part in (1, 2)] == mine
    assert verify(folder).ok
    assert sum(conflicts) > 0, "the two never met, so nothing was tested"


KILLED = """
import os, signal, sys
from pathlib import Path
from engine.core.records import Draft
from engine.io.journal.disk import Disk
from engine.io.journal.files import FileJournal
from engine.kinds.values import Instant

class Suicidal(Disk):
    calls = 0
    def _die(self):
        Suicidal.calls += 1
        if Suicidal.calls == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
    def write(self, fd, data):
        self._die()
        taken = os.write(fd, data[: len(data) // 2]) if len(data) > 1 else os.write(fd, data)
        self._die()
        return taken
    def sync(self, fd):
        self._die()
        super().sync(fd)
        self._die()

journal = FileJournal(Path(sys.argv[1]), disk=Suicidal())
for seq in range(2):
    journal.append([Draft("Noted", {"n": seq}, {})], expected_seq=seq, epoch=1, at=Instant(0), mono=0)
    print(seq, flush=True)
"""


def test_a_process_killed_at_any_call_leaves_a_journal_that_goes_on(tmp_path: Path):
    """Kill -9 around every write and sync: the lock is free, what was acknowledged is there."""
    killed = 0
    for n in (1, 2, 5, 17, 18, 19, 20, 21, 25, 999):
        folder = tmp_path / f"INC-{n}"
        FileJournal.create(folder)
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(folder), str(n)],
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE,
        )
        acknowledged = len(done.stdout.split())
        killed += done.returncode == -9
        with FileJournal(folder) as journal:
            stored = journal.read()
            assert acknowledged <= len(stored) <= acknowledged + 1
            journal.append(
                [Draft("Resumed", {}, {})], expected_seq=len(stored), epoch=1, at=Instant(0), mono=0
            )
        report = verify(folder)
        assert (True, len(stored) + 1, False) == (report.ok, report.records, report.torn)
    assert killed == 9
