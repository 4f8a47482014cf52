"""The file check: there or not, whose and how old, and what stands in it."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass

import pytest

from engine.kinds.checks.file import FileCheck
from engine.kinds.matchers import Matcher
from engine.kinds.ports import CannotLook, FileReply, NoAnswer
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation
from tests.kinds.fakes import FakeWorld


@dataclass
class OneFile:
    """A world with one file in it."""

    reply: FileReply | Exception

    @property
    def files(self) -> OneFile:
        """The port for files."""
        return self

    async def read(self, path: str, max_bytes: int, timeout: float) -> FileReply:
        """Return it, or raise."""
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply

    def yaml(self, body: bytes) -> Json:
        """Read one kind of YAML."""
        if not body.startswith(b"key: "):
            raise ValueError("no YAML")
        return {"key": body[5:].decode().strip()}


def look(check: FileCheck, reply: FileReply | Exception) -> Observation:
    """Return what the check brings back."""
    return asyncio.run(check.observe(OneFile(reply), 5))  # type: ignore[arg-type]


def a_file(body: bytes = b"", **more: object) -> FileReply:
    """Return a file with a content."""
    fields = {"size": len(body), "mode": 0o600, "owner": "ops", "changed": 100.0, "now": 160.5} | more
    return FileReply("file", body=body, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(("reply", "answer"), [(a_file(), "pass"), (FileReply(""), "fail")])
def test_being_there_is_the_pass(reply: FileReply, answer: str) -> None:
    """An absent file is a definite answer."""
    check = FileCheck(file="a")
    assert answer == judge(CheckUse(kind=check), look(check, reply)).answer


def test_facts_describe_it() -> None:
    """Permissions as text, age by the clock of the world."""
    seen = look(FileCheck(file="a"), a_file(b"one\n\ntwo\n"))
    assert {
        "exists": True, "kind": "file", "size": 9, "mode": "0600", "owner": "ops", "age": 60.5,
        "sha256": hashlib.sha256(b"one\n\ntwo\n").hexdigest(), "text": "one\n\ntwo\n", "lines": ["one", "two"],
    } == seen.facts  # fmt: skip
    assert "a file of 9 bytes, mode 0600, of ops" == seen.summary
    assert set(seen.facts) < set(FileCheck.fact_names)


@pytest.mark.parametrize(
    ("name", "parse", "body", "found"),
    [
        ("a.json", "auto", b'{"a": [1]}', {"a": [1]}),
        ("a.YML", "auto", b"key: v", {"key": "v"}),
        ("a.yaml", "auto", b"- x", None),
        ("a.toml", "auto", b"a.b = 1\nd = 2025-11-23", {"a": {"b": 1}, "d": "2025-11-23"}),
        ("a.toml", "auto", b"a = nan\nb = 1e999", {"a": None, "b": None}),
        ("a.txt", "auto", b'{"a": 1}', None),
        ("a.txt", "json", b'{"a": 1}', {"a": 1}),
        ("a", "yaml", b"key: v", {"key": "v"}),
        ("a", "toml", b"\xff", None),
        ("a.json", "text", b'{"a": 1}', None),
        ("a.json", "json", b'{"a": ', None),
    ],
)
def test_data_is_read_by_name_or_as_written(name: str, parse: str, body: bytes, found: Json) -> None:
    """What cannot be read is absent, and therefore unknown."""
    check = FileCheck(file=name, parse=parse)  # type: ignore[arg-type]
    assert found == look(check, a_file(body)).facts.get("json")


@pytest.mark.parametrize(
    ("body", "more", "answer"),
    [
        (b"x ready y", False, "pass"),
        (b"x", False, "fail"),
        (b"x ready", True, "pass"),
        (b"x", True, "unknown"),
    ],
)
def test_a_text_is_looked_for(body: bytes, more: bool, answer: str) -> None:
    """Not found in a part says nothing of the rest."""
    check = FileCheck(file="a", contains="ready")
    use = CheckUse(kind=check, expect={"contains": Matcher.parse(True)})
    assert answer == judge(use, look(check, a_file(body, more=more))).answer


def test_a_part_is_no_data_and_has_no_hash() -> None:
    """What is read of a larger file is text and nothing else."""
    seen = look(FileCheck(file="a.json"), a_file(b"{}", more=True))
    assert ("{}", set()) == (seen.facts["text"], {"json", "lines", "sha256"} & set(seen.facts))


def test_a_content_can_stay_unread() -> None:
    """Of a key nothing but its permissions need be known: neither facts nor evidence hold any of it."""
    closed = FileCheck(file="key", max_bytes=0)
    seen = look(closed, a_file(size=20))
    assert ({"exists", "kind", "size", "mode", "owner", "age"}, b"") == (set(seen.facts), seen.body)
    hashed = look(FileCheck(file="key", parse="none"), a_file(b"key"))
    assert (True, False, b"") == ("sha256" in hashed.facts, "text" in hashed.facts, hashed.body)


def test_no_more_is_asked_for_than_was_written() -> None:
    """The limit goes to the world."""
    world = FakeWorld([FileReply("")])
    asyncio.run(FileCheck(file="sub/a", max_bytes=0).observe(world, 5))  # type: ignore[arg-type]
    assert ["sub/a"] == world.paths


@pytest.mark.parametrize(
    ("reply", "summary"),
    [
        (FileReply("link", leads_to="/etc/x"), "a link to /etc/x"),
        (FileReply("folder", 0, 0o755, "ops"), "a folder, mode 0755, of ops"),
        (FileReply("other", 0, 0o600, "ops"), "no file: a device, a FIFO or a socket, mode 0600, of ops"),
        (
            FileReply("file", 3, 0o600, "root", unread="this user may not read it"),
            "a file of 3 bytes, mode 0600, of root; its content was not read: this user may not read it",
        ),
        (FileReply(""), "nothing is there"),
    ],
)
def test_the_summary_says_what_is_there(reply: FileReply, summary: str) -> None:
    """For the line on the screen; content that was not read is no fact."""
    seen = look(FileCheck(file="a"), reply)
    assert (summary, False) == (seen.summary, "text" in seen.facts)


@pytest.mark.parametrize("trouble", [CannotLook("outside"), NoAnswer("timeout", "slow", 5.0)])
def test_what_could_not_be_looked_at_is_unknown(trouble: Exception) -> None:
    """It passes through to the performer."""
    with pytest.raises(type(trouble)):
        look(FileCheck(file="a"), trouble)
    assert "unknown" == FileCheck.no_answer


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"file": "a.json"}, "ls -ld ./a.json && cat ./a.json"),
        ({"file": "/etc/my file", "max_bytes": 0}, "ls -ld '/etc/my file'"),
        ({"file": "-n", "contains": "-x y"}, "ls -ld ./-n && grep -cF -e '-x y' ./-n"),
        ({"file": "key", "parse": "none"}, "ls -ld ./key && shasum -a 256 ./key"),
    ],
)
def test_by_hand_lists_and_shows_it(fields: dict[str, object], line: str) -> None:
    """A name that begins with a dash is no option."""
    assert line == FileCheck(**fields).by_hand()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fields", [{"file": " "}, {"file": "a", "max_bytes": -1}, {"file": "a", "contains": "x", "max_bytes": 0}]
)
def test_what_makes_no_sense_is_refused_when_read(fields: dict[str, object]) -> None:
    """With what to do."""
    with pytest.raises(ValueError, match=r": |, or"):
        FileCheck(**fields)  # type: ignore[arg-type]
