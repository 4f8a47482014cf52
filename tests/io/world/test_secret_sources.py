"""Where values come from: environment, env-file, program; and what is said when one lacks it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from engine.io.world import env_file
from engine.io.world.secret_sources import Sources
from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook
from engine.model.guards import Credential
from tests.patience import PATIENCE

VALUE = "from-the-file-4711"
FILE = """\
# credentials of the on-call
export PLAIN=from-the-file-4711   # behind a space
SPACED = from-the-file-4711
SINGLE='$NOT ${looked} #up\\n'
DOUBLE="a \\"quote\\", a \\$dollar, a \\\\ and\\na line"
KEY="-----BEGIN KEY-----
c2VjcmV0LWxpbmU=
-----END KEY-----"
HASH=abc#def
EMPTY=
PLAIN2='x'
PLAIN2='the-last-one-wins'
"""


def env(path: Path, text: str = FILE, mode: int = 0o600) -> Credential:
    """Write an env-file and return the credential that comes from it."""
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return Credential(file=path.name)


def printing(code: str) -> Credential:
    """Return the credential that a Python program prints."""
    return Credential(command=(sys.executable, "-c", code))


def test_an_env_file_is_read_as_people_write_them() -> None:
    """Comments, export, both quotes, several lines; nothing is looked up in a value."""
    found = env_file.parse(FILE, ".env")
    assert {
        "PLAIN": VALUE,
        "SPACED": VALUE,
        "SINGLE": "$NOT ${looked} #up\\n",
        "DOUBLE": 'a "quote", a $dollar, a \\ and\na line',
        "KEY": "-----BEGIN KEY-----\nc2VjcmV0LWxpbmU=\n-----END KEY-----",
        "HASH": "abc#def",
        "EMPTY": "",
        "PLAIN2": "the-last-one-wins",
    } == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("A=1\nhunter2-hunter2\n", ".env, line 2: write NAME=value"),
        ("A='hunter2-hunter2\n", ".env, line 1: the quote is not closed at the end of the value"),
        ('A="hunter2-hunter2" trailing\n', ".env, line 1: the quote is not closed at the end of the value"),
        ("2A=hunter2-hunter2", ".env, line 1: write NAME=value"),
    ],
)
def test_a_bad_line_is_named_by_its_number_and_never_quoted(text: str, why: str) -> None:
    """It may hold a value."""
    with pytest.raises(CannotLook) as caught:
        env_file.parse(text, ".env")
    assert why == str(caught.value)


def test_a_file_that_others_can_read_is_a_warning_with_the_way_out(tmp_path: Path) -> None:
    """Its path is shown, its values are not."""
    open_one, closed = env(tmp_path / "open.env", mode=0o644), env(tmp_path / "closed.env")
    sources = Sources({}, {"PLAIN": open_one, "SINGLE": closed}, tmp_path)
    assert VALUE == sources.read("PLAIN").value
    assert ("open.env can be read by others (0644): chmod 600 open.env",) == sources.warnings(
        ["PLAIN", "SINGLE"]
    )


@pytest.mark.parametrize("what", ["none", "folder", "pipe", "binary", "huge"])
def test_a_file_that_cannot_be_read_is_told_in_one_line(tmp_path: Path, what: str) -> None:
    """A pipe hangs nobody, and another source may still have the value."""
    path = tmp_path / ".env"
    match what:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "binary":
            path.write_bytes(b"A=\xff\xfe")
        case "huge":
            path.write_bytes(b"#" * (env_file.LARGEST + 1))
    sources = Sources({}, {"TOKEN": Credential(file=".env")}, tmp_path)
    found = sources.read("TOKEN")
    why = {
        "none": ".env: No such file or directory",
        "folder": ".env is no file",
        "pipe": ".env is no file",
        "binary": ".env is not UTF-8 text",
        "huge": f".env is larger than {env_file.LARGEST} bytes",
    }[what]
    assert (None, why) == (found.value, found.why)
    with pytest.raises(CannotLook, match=r"TOKEN is not set: .*: export it before you start the run"):
        Secrets({}, sources=sources).fill("${secrets.TOKEN}")


def test_the_environment_comes_first_then_the_file_then_the_program(tmp_path: Path) -> None:
    """With the vault down, an export by hand still works."""
    both = Credential(file=".env", command=printing("print('from-the-program')").command)
    env(tmp_path / ".env", "PLAIN=from-the-file-4711\n")
    credentials = {"PLAIN": both, "OTHER": both}
    environ = Sources({"PLAIN": "by-hand-4711"}, credentials, tmp_path)
    sources = Sources({}, credentials, tmp_path)
    assert ("by-hand-4711", "environment") == (environ.read("PLAIN").value, environ.read("PLAIN").source)
    assert (VALUE, ".env") == (sources.read("PLAIN").value, sources.read("PLAIN").source)
    assert ("from-the-program", sys.executable) == (
        sources.read("OTHER").value,
        sources.read("OTHER").source,
    )


def test_a_program_is_started_once_per_process(tmp_path: Path) -> None:
    """Nobody unlocks a vault twice; a failure is not tried again either."""
    counter = tmp_path / "count"
    code = f"import sys; open({str(counter)!r}, 'a').write('x'); print('token-from-vault')"
    for _ in range(2):  # another object of the same process
        sources = Sources({}, {"TOKEN": printing(code)}, tmp_path)
        sources.load(["TOKEN"])
        assert ["token-from-vault"] * 2 == [sources.read("TOKEN").value for _ in range(2)]
    assert "x" == counter.read_text()


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("import sys; sys.stdout.write('two\\nlines-4711\\n')", "two\nlines-4711"),
        ("import sys; sys.stdout.write('no-line-break')", "no-line-break"),
        ("import sys; sys.stdout.write('crlf-4711\\r\\n')", "crlf-4711"),
        ("import sys; print(repr(sys.stdin.read()) + '-stdin-is-closed')", "''-stdin-is-closed"),
    ],
)
def test_the_value_is_what_is_printed_without_the_last_line_break(
    tmp_path: Path, code: str, value: str
) -> None:
    """And standard input is empty: a prompt for a password ends at once."""
    assert value == Sources({}, {"T": printing(code)}, tmp_path).read("T").value


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import sys; print('hunter2-hunter2'); sys.exit(3)", "ended with 3: run it by hand to see why"),
        ("pass", "printed nothing"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\xfe')", "printed something that is no text"),
        ("import sys; sys.stdout.write('x' * 70000)", "printed more than 65536 bytes"),
        ("import time; time.sleep(60)", "did not answer within 0.5s"),
        (
            "import os, time\nif os.fork():\n os._exit(0)\ntime.sleep(60)",
            "did not answer within 0.5s",
        ),
    ],
)
def test_a_program_that_fails_is_told_in_one_line_without_what_it_said(
    tmp_path: Path, code: str, why: str
) -> None:
    """What it printed before it failed may be the value; nothing of its session is left."""
    credential = printing(code)
    seconds = 0.5 if "0.5s" in why else PATIENCE
    found = Sources({}, {"T": credential}, tmp_path, seconds=seconds).read("T")
    assert (None, f"{sys.executable} {why}") == (found.value, found.why)


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    """And a dry run starts none."""
    gone = Credential(command=("no-such-vault-4711", "read"))
    assert (
        "no-such-vault-4711 cannot be started: No such file or directory"
        == Sources({}, {"T": gone}, tmp_path).read("T").why
    )
    dry = Sources({}, {"T": printing("print('x' * 20)")}, tmp_path / "other", programs=False)
    assert (None, f"{sys.executable} was not asked") == (dry.read("T").value, dry.read("T").why)


def test_nothing_of_a_value_is_in_any_repr(tmp_path: Path) -> None:
    """These objects may appear in a traceback."""
    credential = env(tmp_path / ".env")
    sources = Sources({"A": "alpha-alpha"}, {"PLAIN": credential}, tmp_path)
    shown = repr(sources) + repr(sources.read("PLAIN")) + repr(sources.read("A"))
    shown += repr(env_file.read(tmp_path / ".env", ".env")) + repr(Secrets({}, sources=sources))
    assert ("alpha-alpha" in shown, VALUE in shown) == (False, False)
