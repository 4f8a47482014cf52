"""Programs: started as asked, given nothing else, and gone with everything they started."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.io.world.programs.commands import LocalCommands
from engine.io.world.programs.process_tree import GroupTree
from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook, CommandReply, CommandRequest
from tests.patience import PATIENCE

TOKEN = "tok_9f3kQ7xL2mVb"
Make = Callable[..., LocalCommands]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a maker of ports that start programs in a folder of the test."""

    def maker(grace: float = 1.0, **more: object) -> LocalCommands:
        environ = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "API_KEY": "leak", "LC_ALL": "C"}
        return LocalCommands(Secrets({"TOKEN": TOKEN}), tmp_path, environ, grace=grace, **more)  # type: ignore[arg-type]

    return maker


def ran(port: LocalCommands, *argv: str, timeout: float = PATIENCE, **more: object) -> CommandReply:
    """Run one program to its end."""
    return asyncio.run(port.run(CommandRequest(argv, timeout=timeout, **more)))  # type: ignore[arg-type]


def late(port: LocalCommands, line: str, timeout: float = 0.5) -> CommandReply:
    """Run one line beyond its deadline, with more time where this machine had not come to its first words."""
    reply = ran(port, "sh", "-c", line, timeout=timeout)
    return reply if reply.stdout.kept or timeout > PATIENCE else late(port, line, 6 * timeout)


def of_us() -> dict[int, str]:
    """Return our children, zombies too, with their state."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (OSError, IndexError):
                continue
            if fields and int(fields[1]) == os.getpid():
                found[int(entry.name)] = fields[0]
    return found


def running(tag: str) -> list[str]:
    """Return the command lines of living processes that hold a tag."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if tag in line:
                found.append(line)
    return found


linux = pytest.mark.skipif(
    sys.platform != "linux", reason="there is no /proc: process groups are all there is"
)


def test_exit_streams_and_time_come_back(make: Make) -> None:
    """What was printed on which stream, and how it ended."""
    reply = ran(make(), "sh", "-c", "echo out; echo err >&2; exit 3")
    assert (3, b"out\n", b"err\n") == (reply.exit, reply.stdout.kept, reply.stderr.kept)
    assert ("exit", 0, 0) == (reply.ended, reply.left_behind, reply.survivors)
    assert hashlib.sha256(b"out\n").hexdigest() == reply.stdout.sha256
    assert 0 < reply.seconds < 10


def test_a_signal_is_a_negative_exit(make: Make) -> None:
    """As in Python."""
    assert -signal.SIGKILL == ran(make(), "sh", "-c", "kill -KILL $$").exit


def test_an_argument_stays_one_argument(make: Make) -> None:
    """Whatever stands in it: nothing is split, expanded or run."""
    hostile = ["a b", "$(touch pwned)", "`id`", "; rm -rf /", "*", "", "new\nline", "ü", "-n", "${HOME}"]
    reply = ran(make(), sys.executable, "-c", "import sys; print(ascii(sys.argv[1:]))", *hostile)
    assert f"{hostile!a}\n".encode() == reply.stdout.kept


def test_the_environment_is_ours_and_the_authors_alone(make: Make, tmp_path: Path) -> None:
    """What this process has is not inherited, apart from a short list."""
    program = "import os; print('\\n'.join(f'{k}={v}' for k, v in sorted(os.environ.items())))"
    reply = ran(
        make(), sys.executable, "-I", "-c", program, env={"RB_WORD": "x y", "KEY": "${secrets.TOKEN}"}
    )
    shown = dict(line.split("=", 1) for line in reply.stdout.kept.decode().splitlines())
    shown.pop("LC_CTYPE", None)  # Python's own
    assert 12 == len(shown.pop("RB_COMMAND").rjust(12, "0"))
    assert {
        "PATH": os.environ["PATH"], "HOME": "/nowhere", "LC_ALL": "C", "TERM": "dumb", "PAGER": "cat",
        "GIT_PAGER": "cat", "GH_PAGER": "cat", "CI": "1", "NO_COLOR": "1",
        "DEBIAN_FRONTEND": "noninteractive", "RB_WORD": "x y", "KEY": TOKEN,
    } == shown  # fmt: skip


@pytest.mark.parametrize("name", ["LD_PRELOAD", "PATH", "BASH_ENV", "BASH_FUNC_x%%", "RB_COMMAND", "A=B"])
def test_no_variable_that_changes_programs_is_passed_on(make: Make, name: str) -> None:
    """The port refuses them too, whoever asks."""
    with pytest.raises(CannotLook, match=r"cannot be set|is no name|is set by the engine"):
        ran(make(), "true", env={name: "x"})


def test_a_secret_is_never_an_argument_and_never_in_a_message(make: Make) -> None:
    """Any user can read arguments; a missing one is named, not shown."""
    with pytest.raises(CannotLook, match="pass it by 'env'"):
        ran(make(), "echo", "${secrets.TOKEN}")
    with pytest.raises(CannotLook, match="ABSENT is not set"):
        ran(make(), "true", env={"KEY": "${secrets.ABSENT}"})
    with pytest.raises(CannotLook) as caught:
        ran(make(), "true", env={"KEY": "${secrets.TOKEN}\0"})
    assert TOKEN not in str(caught.value)


def test_a_program_that_cannot_be_started_says_what_to_do(make: Make, tmp_path: Path) -> None:
    """Not installed, not executable, no such folder, no interpreter: each in a line."""
    (tmp_path / "plain").write_text("#!/bin/sh\n")
    orphan = tmp_path / "orphan"
    orphan.write_text("#!/no/such/interpreter\n")
    orphan.chmod(0o700)
    odd = tmp_path / "odd"
    odd.write_bytes(b"\x00\x01")
    odd.chmod(0o700)
    for argv, more, why in (
        (("no-such-program",), {}, "no-such-program is not installed, or not in PATH: install it"),
        (("./absent",), {}, "there is no program ./absent"),
        (("./plain",), {}, "./plain is not executable: chmod [+]x it"),
        (("./orphan",), {}, "names an interpreter that is not there"),
        (("./odd",), {}, "is no program this system can run"),
        (("true",), {"cwd": "nowhere"}, "there is no folder nowhere to start in"),
        (("true", "a\0b"), {}, "holds a NUL byte"),
        (("true", "x" * 10_000_000), {}, "more than the system allows"),
        ((), {}, "there is no program to start"),
    ):
        with pytest.raises(CannotLook, match=why):
            ran(make(), *argv, **more)


def test_a_program_starts_in_its_folder(make: Make, tmp_path: Path) -> None:
    """The workspace, or a folder in it."""
    (tmp_path / "sub").mkdir()
    assert f"{tmp_path}\n".encode() == ran(make(), "pwd", "-P").stdout.kept
    assert f"{tmp_path}/sub\n".encode() == ran(make(), "pwd", "-P", cwd="sub").stdout.kept


def test_a_shell_reads_a_line_only_when_asked_to(make: Make) -> None:
    """And then one line, not a list."""
    assert b"2\n" == ran(make(), "echo $((1 + 1))", shell=True).stdout.kept
    with pytest.raises(CannotLook):
        ran(make(), "echo", "a", shell=True)


def test_who_reads_stdin_gets_the_end_at_once(make: Make) -> None:
    """No terminal, nobody to answer: it fails fast or goes on, but does not hang."""
    assert (0, b"") == ((reply := ran(make(), "cat")).exit, reply.stdout.kept)
    assert 0 != ran(make(), "sh", "-c", "exec 3</dev/tty").exit
    assert 0 != ran(make(), sys.executable, "-c", "import getpass; getpass.getpass()").exit


def test_stdin_is_fed_with_secrets_in_place(make: Make) -> None:
    """More than a pipe holds, too; who does not want to hear it is not hurt."""
    assert TOKEN.encode() == ran(make(), "cat", stdin=b"${secrets.TOKEN}").stdout.kept
    reply = ran(make(), "sha256sum", stdin=b"x" * 3_000_000)
    assert hashlib.sha256(b"x" * 3_000_000).hexdigest().encode() == reply.stdout.kept[:64]
    assert 0 == ran(make(), "true", stdin=b"x" * 3_000_000).exit


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "de_DE.ISO-8859-1"])
def test_every_byte_comes_through(tmp_path: Path, locale: str) -> None:
    """All 256 of them, whatever the locale."""
    port = LocalCommands(Secrets({}), tmp_path, {"PATH": os.environ["PATH"], "LC_ALL": locale})
    reply = ran(port, sys.executable, "-c", "import os; os.write(1, bytes(range(256)))")
    assert bytes(range(256)) == reply.stdout.kept


SHAPES = {
    "pipeline": "sleep {0} | cat",
    "background": "sleep {0} & sleep {0}",
    "setsid": "setsid sleep {0} & sleep {0}",
    "double fork": "(setsid sh -c 'sleep {0} &' &); sleep {0}",
    "TERM ignored": "trap '' TERM; sleep {0}; sleep {0}",
    "stopped": "sleep {0} & kill -STOP $!; kill -STOP $$",
    "grandchild holds the pipe": "sh -c 'sh -c \"sleep {0}\" & sleep {0}' & wait",
    "exec chain": "exec sh -c 'exec setsid -w sleep {0}'",
}


@linux
@pytest.mark.parametrize("shape", SHAPES)
def test_a_hung_tree_is_gone_after_its_deadline(make: Make, shape: str) -> None:
    """Nothing survives, no zombie is left, and it ends within its grace."""
    tag = f"7{abs(hash(shape)) % 10**6:06d}.25"
    before = of_us()
    began = time.monotonic()
    reply = late(make(grace=0.5), f"echo begun; {SHAPES[shape].format(tag)}")
    assert time.monotonic() - began < PATIENCE
    assert ("timeout", b"begun\n", 0) == (reply.ended, reply.stdout.kept, reply.survivors)
    assert [] == running(tag)
    assert {} == {pid: state for pid, state in of_us().items() if pid not in before}


@linux
def test_what_a_program_leaves_behind_is_ended_and_counted(make: Make) -> None:
    """A daemon that holds the pipe holds up nothing, whether it lets itself be ended or not."""
    before = of_us()
    for line in (
        "sleep 7100.25 & echo hi",
        "setsid sleep 7100.25 & echo hi",
        "(trap '' TERM; echo hi; : > begun; exec setsid sleep 7100.25) & until [ -e begun ]; do sleep 0.02; done",
    ):
        began = time.monotonic()
        reply = ran(make(), "sh", "-c", line)
        assert time.monotonic() - began < PATIENCE
        assert (0, "exit", b"hi\n", 1) == (reply.exit, reply.ended, reply.stdout.kept, reply.left_behind)
    assert [] == running("7100.25")
    assert {} == {pid: state for pid, state in of_us().items() if pid not in before}


def test_a_program_has_time_for_its_last_words(make: Make) -> None:
    """TERM comes first, and what is printed then is kept."""
    line = "trap 'echo bye; exit 0' TERM; echo hello; while :; do sleep 0.05; done"
    reply = late(make(grace=2 * PATIENCE), line)
    assert ("timeout", b"hello\nbye\n") == (reply.ended, reply.stdout.kept)
    assert reply.seconds < PATIENCE


@linux
def test_programs_at_the_same_time_leave_each_other_alone(make: Make) -> None:
    """The end of one, its sweep included, is not the end of another."""
    port = make()
    before = of_us()

    async def several() -> list[CommandReply]:
        lines = [f"setsid sleep 7200.25 & sleep {0.1 + number / 10}; echo {number}" for number in range(6)]
        return await asyncio.gather(
            *(port.run(CommandRequest(("sh", "-c", line), timeout=PATIENCE)) for line in lines)
        )

    replies = asyncio.run(several())
    assert [(0, b"%d\n" % number, 1) for number in range(6)] == [
        (one.exit, one.stdout.kept, one.left_behind) for one in replies
    ]
    assert {} == {pid: state for pid, state in of_us().items() if pid not in before}


@linux
def test_other_children_of_ours_are_left_alone(make: Make) -> None:
    """Such as an MCP server that runs all the time."""
    with subprocess.Popen(["sleep", "30"], start_new_session=True) as other:
        ran(make(), "sh", "-c", "setsid sleep 7300.25 & sleep 7300.25", timeout=0.3)
        assert other.poll() is None
        other.kill()


@linux
def test_who_stops_waiting_waits_for_the_end_of_the_tree(make: Make) -> None:
    """Cancelled, nothing is left when the call returns."""
    port = make()

    async def cancelled() -> None:
        task = asyncio.create_task(port.run(CommandRequest(("sh", "-c", "sleep 7400.25 & sleep 7400.25"))))
        while len(running("sleep 7400.25")) < 2:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [] == running("7400.25")

    asyncio.run(cancelled())


def test_impatience_shortens_the_grace(make: Make) -> None:
    """The second time we stop waiting, it is KILL."""
    port = make(grace=2 * PATIENCE)

    async def twice() -> float:
        line = "trap '' TERM; echo $$; while :; do sleep 0.05; done"
        task = asyncio.create_task(port.run(CommandRequest(("sh", "-c", line, "tag7500"))))
        while not running("tag7500"):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        began = time.monotonic()
        for _ in range(2):
            task.cancel()
            await asyncio.sleep(0.3)
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began

    assert asyncio.run(twice()) < PATIENCE


def test_a_late_program_has_a_reply_even_when_nobody_waits_any_more(make: Make) -> None:
    """The driver stops waiting soon after a deadline; the grace may take longer, and what was said counts."""
    line = "echo working; trap '' TERM; while :; do sleep 0.05; done"

    async def impatient(deadline: float) -> CommandReply:
        async with asyncio.timeout(deadline + 0.4):
            return await make(grace=1.0).run(CommandRequest(("sh", "-c", line), timeout=deadline))

    reply = asyncio.run(impatient(0.4))
    if not reply.stdout.kept:  # a machine that did not come to its first words in this time
        reply = asyncio.run(impatient(20.0))
    assert ("timeout", b"working\n", -signal.SIGKILL) == (reply.ended, reply.stdout.kept, reply.exit)


@linux
def test_a_program_nobody_can_watch_is_ended(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no thread left for it."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    before = of_us()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(CannotLook, match="no room for another thread"):
            ran(make(), "sh", "-c", "setsid sleep 7700.25 & sleep 7700.25")
    assert [] == running("7700.25")
    assert {} == {pid: state for pid, state in of_us().items() if pid not in before}


@linux
def test_who_clears_the_environment_and_goes_its_own_way_is_found(make: Make) -> None:
    """By the mark that cannot be cleared; one that ended by itself leaves no zombie."""
    before = of_us()
    for line in (
        "env -i setsid sleep 7800.25 & sleep 0.2",
        "(env -i setsid sh -c 'sleep 7800.25 & exit' &); sleep 0.2",
        "(setsid true &); (setsid sh -c 'true & exit' &); sleep 0.2",
    ):
        assert 0 == ran(make(), "sh", "-c", line).exit
        assert [] == running("7800.25")
        assert {} == {pid: state for pid, state in of_us().items() if pid not in before}


def test_without_proc_the_process_group_is_ended(make: Make) -> None:
    """As on macOS: pipelines and background children go, and nothing hangs."""
    port = make(grace=0.5, tree=lambda root, mark: GroupTree(root))
    reply = ran(port, "sh", "-c", "sleep 7600.25 | cat & sleep 7600.25", timeout=0.4)
    assert "timeout" == reply.ended
    reply = ran(port, "sh", "-c", "sleep 7600.25 & echo hi")
    assert (0, b"hi\n") == (reply.exit, reply.stdout.kept)
    assert [] == running("7600.25")


@pytest.mark.parametrize(
    ("line", "amount"),
    [("yes | head -c 300000000", 300_000_000), ("head -c 2000000000 /dev/zero", 2_000_000_000)],
    ids=["lines", "no lines"],
)
def test_a_flood_is_drained_in_bounded_memory(line: str, amount: int) -> None:
    """Up to 2 GB here (10 GB was measured by hand): size and hash of all, little memory, nobody starved."""
    program = f"""
import asyncio, os, time
from pathlib import Path
from engine.io.world.programs.commands import LocalCommands
from engine.io.world.secrets import Secrets
from engine.kinds.ports import CommandRequest

def peak():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]) // 1024

async def main():
    port = LocalCommands(Secrets({{}}), Path("/"), os.environ)
    await port.run(CommandRequest(("true",)))
    before, beats, over = peak(), 0, asyncio.Event()
    async def beat():
        nonlocal beats
        while not over.is_set():
            await asyncio.sleep(0.01)
            beats += 1
    beating = asyncio.create_task(beat())
    began = time.monotonic()
    reply = await port.run(CommandRequest(("sh", "-c", {line!r}), timeout={PATIENCE}))
    seconds = time.monotonic() - began
    over.set()
    await beating
    out = reply.stdout
    print(reply.ended, out.size, out.cut, len(out.kept) <= 10_000_000, out.sha256, peak() - before)
    print(beats / seconds)

asyncio.run(main())
"""
    if sys.platform != "linux":
        pytest.skip("the peak of memory is read from /proc")
    whole = subprocess.run(["sh", "-c", f"{line} | sha256sum"], capture_output=True, text=True, check=True)
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        cwd=Path(__file__).parents[4],
    )
    assert "" == done.stderr
    told, pulse = done.stdout.splitlines()
    ended, size, cut, within, sha256, growth = told.split()
    assert ("exit", str(amount), "True", "True") == (ended, size, cut, within)
    assert whole.stdout.split()[0] == sha256
    assert int(growth) < 64
    assert float(pulse) > 2  # of at most 100 beats a second


def test_core_dumps_are_off(make: Make) -> None:
    """They would hold secrets."""
    assert b"0\n" == ran(make(), "ulimit -c", shell=True).stdout.kept


def test_a_script_runs_from_a_copy_of_what_was_hashed(make: Make, tmp_path: Path) -> None:
    """Changed while it runs, it is still the old one that runs; the copy is gone afterwards."""
    script = tmp_path / "fix.sh"
    text = f'#!/bin/sh\necho "echo evil" > {script}\necho "$0" "$1"\n'
    script.write_text(text)
    reply = ran(make(), "./fix.sh", "arg", script="./fix.sh")
    where, argument = reply.stdout.kept.decode().split()
    assert (0, "arg") == (reply.exit, argument)
    assert hashlib.sha256(text.encode()).hexdigest() == reply.script_sha256
    assert str(script) != where
    assert (False, False) == (Path(where).exists(), Path(where).parent.exists())


def test_a_script_for_an_interpreter_is_pinned_too(make: Make, tmp_path: Path) -> None:
    """It may stand anywhere among the arguments."""
    (tmp_path / "look.py").write_text("import sys; print(sys.argv[1])")
    wanted = hashlib.sha256((tmp_path / "look.py").read_bytes()).hexdigest()
    reply = ran(make(), sys.executable, "look.py", "x", script="look.py", script_sha256=wanted)
    assert (b"x\n", wanted) == (reply.stdout.kept, reply.script_sha256)


def test_a_script_that_changed_is_not_started(make: Make, tmp_path: Path) -> None:
    """What was approved is not what would run."""
    (tmp_path / "fix.sh").write_text("#!/bin/sh\ntouch ran\n")
    (tmp_path / "fix.sh").chmod(0o700)
    for more in ({"script": "./fix.sh"}, {}):
        with pytest.raises(CannotLook, match=r"fix.sh has changed: its SHA-256 is [0-9a-f]{64}, wanted 00"):
            ran(make(), "./fix.sh", script_sha256="0" * 64, **more)
    assert not (tmp_path / "ran").exists()


def test_a_script_must_be_a_file_of_the_workspace(make: Make, tmp_path: Path) -> None:
    """Neither above it, nor by a link out of it, nor a folder."""
    (tmp_path / "link").symlink_to("/bin/sh")
    (tmp_path / "folder").mkdir()
    for path, why in (
        ("../outside.sh", "outside the workspace"),
        ("/bin/sh", "outside the workspace"),
        ("./link", "outside the workspace"),
        ("./folder", "is no file"),
        ("./absent", "there is no script absent"),
    ):
        with pytest.raises(CannotLook, match=why):
            ran(make(), path, script=path)


def test_what_is_meant_to_stay_running_stays(tmp_path: Path) -> None:
    """A restart that starts something on purpose: it lives on, and nothing else is held up by it."""
    line = "setsid sleep 60 </dev/null >/dev/null 2>&1 & echo $! > pid"
    commands = LocalCommands(Secrets({}), tmp_path, {"PATH": os.environ["PATH"]})
    request = CommandRequest((line,), shell=True, leaves_running=True)
    reply = asyncio.run(commands.run(request))
    pid = int((tmp_path / "pid").read_text())
    try:
        os.kill(pid, 0)
        assert (0, 0, 0) == (reply.exit, reply.left_behind, reply.survivors)
    finally:
        os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
