"""Data stays data: hostile texts through every source into every field of every kind.

The kinds are those that are there (`discovery.family`), their fields those of their examples: a new kind is
attacked without being listed. For each field the request that goes out with a hostile text must be the one that
goes out with a harmless word, but for that text in the place of that word: same shape, one element, nothing
looked up, nobody else asked. Real programs, a real shell and a real database have the last word.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from markdown_it import MarkdownIt

from engine.cli.front_json import event_line
from engine.core.events import Answered, Happened, Noted, Person, Started
from engine.core.plan import Request, make_plan
from engine.core.state import RunState, evolve
from engine.io.drivers.ledger import Ledger
from engine.io.drivers.virtual import VirtualClock, VirtualDriver, at_once
from engine.io.evidence import EvidenceStore
from engine.io.journal.files import FileJournal
from engine.io.people import Line, Script
from engine.io.performers.live import LivePerformer
from engine.io.redaction import Redactor
from engine.io.world.programs.commands import LocalCommands
from engine.io.world.secrets import Secrets
from engine.io.world.sql.socket_sql import SocketSql
from engine.kinds.action import Action
from engine.kinds.codec import decode, plain
from engine.kinds.errors import UsageError, Waiting
from engine.kinds.ports import (
    CannotLook,
    CommandReply,
    CommandRequest,
    HttpReply,
    HttpRequest,
    McpReply,
    NoAnswer,
    Output,
    SqlReply,
    SqlRequest,
)
from engine.kinds.shell_text import resolve_use
from engine.kinds.values import Json
from engine.render.report import incident
from engine.render.row import Layout
from engine.render.terminal import name_width, rows
from engine.views.report import report
from tests.acceptance.payloads import PAYLOADS
from tests.core.play import ANN, ELI, START, catalogue, runbook
from tests.kinds.test_family import BASES, MEMBERS, own
from tests.needs import program
from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent.parent
WORD = "harmless7f3a"
CANARY = "canary-value-4711-canary"


class Recorder:
    """Every port of a world: keeps what it is asked, and answers nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    def __getattr__(self, port: str) -> Any:
        return _Port(self, port)


@dataclass
class _Port:
    of: Recorder
    name: str

    def __getattr__(self, method: str) -> Any:
        async def asked(*args: Any) -> Any:
            self.of.asked.append((f"{self.name}.{method}", _plain(args)))
            raise NoAnswer("reset", "nobody is there", 0.0)

        return (lambda: 0.0) if method == "monotonic" else asked


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def places(data: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the place of every text in a kind's data."""
    if isinstance(data, str) and path != ("kind",):
        yield path
    elif isinstance(data, Mapping):
        for key, item in data.items():
            yield from places(item, (*path, key))
    elif isinstance(data, list):
        for number, item in enumerate(data):
            yield from places(item, (*path, number))


def put(data: Any, path: tuple[str | int, ...], text: str) -> Any:
    """Return the data with another text at a place."""
    if not path:
        return text
    copied = dict(data) if isinstance(data, Mapping) else list(data)
    copied[path[0]] = put(data[path[0]], path[1:], text)
    return copied


def templates(text: str) -> tuple[str, ...]:
    """Return a field with a reference: all of it, behind what was there, and as a part of an address."""
    return ("${look.x}", f"{text}/${{look.x}}" if "://" in text else f"{text}${{look.x}}")


@cache
def fields() -> tuple[tuple[str, str, tuple[str | int, ...], str], ...]:
    """Return every field of every kind in which a reference is taken at all."""
    found = []
    for of, name in MEMBERS:
        data = plain(own(of, name))
        for path in places(data):
            written: Any = data
            for key in path:
                written = written[key]
            for template in templates(written):
                try:
                    decode(BASES[of], put(data, path, template))
                except ValueError:
                    continue  # refused when the file is read
                found.append((of, name, path, template))
    return tuple(found)


COUNT = """n() {
  c=0
  while [ $# -gt 0 ]; do case "$1" in -g) ;; -p) shift ;; *) c=$((c+1)) ;; esac; shift; done
  echo $c
}"""
"""Counts words, but for the option that curl needs for braces and the one of dig for a port."""


@dataclass(frozen=True)
class Gone:
    """What came of a field: the requests that went out, or why none did."""

    asked: tuple[tuple[str, Any], ...]
    refused: str = ""
    by_hand: str = ""


def gone_out(of: str, name: str, path: tuple[str | int, ...], template: str, value: str) -> Gone:
    """Resolve a field as the core does, and let the kind ask."""
    data = put(plain(own(of, name)), path, template)
    value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # as a journal holds it
    world = Recorder()
    try:
        kind = decode(BASES[of], resolve_use(data, lambda _: value))
    except ValueError as error:
        return Gone((), str(error))
    try:
        if isinstance(kind, Action):
            at_once(kind.perform(world, 5.0))  # type: ignore[arg-type]  # every port
        else:
            at_once(kind.observe(world, 5.0))
    except (NoAnswer, CannotLook) as none:
        return Gone(tuple(world.asked), "" if world.asked else str(none), kind.by_hand())
    return Gone(tuple(world.asked), "", kind.by_hand())


def forms_of(value: str) -> set[str]:
    """Return how a text may stand in a request: as it is, in an address, in JSON."""
    inert = value.replace(
        "${secrets.", "$ {secrets."
    )  # the one thing that is changed, so that none is filled in
    inert = inert.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    shown = {inert}
    shown |= {one.rstrip("/") for one in shown}  # the base of an address
    for one in tuple(shown):
        shown |= {quote(one, safe=safe, errors="replace") for safe in ("", "$", "/", "${}")}
        shown.add(json.dumps(one)[1:-1])
        shown |= {json.dumps(one, ensure_ascii=False)[1:-1], one.replace(".", "%2E")}
    return shown


def same_but_for(expected: Any, actual: Any, value: str) -> bool:
    """Say whether a request is the harmless one with the text where the word was."""
    if isinstance(expected, bytes) and isinstance(actual, bytes):
        return same_but_for(expected.decode("utf-8", "replace"), actual.decode("utf-8", "replace"), value)
    if isinstance(expected, str) and isinstance(actual, str):
        if WORD not in expected:
            return expected == actual
        return any(actual == expected.replace(WORD, form) for form in forms_of(value))
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return list(expected) == list(actual) and all(
            same_but_for(expected[key], actual[key], value) for key in expected
        )
    if isinstance(expected, (list, tuple)) and isinstance(actual, (list, tuple)):
        return len(expected) == len(actual) and all(
            map(same_but_for, expected, actual, [value] * len(actual))
        )
    return bool(expected == actual)


@pytest.mark.parametrize(("of", "name"), MEMBERS)
def test_a_request_is_the_harmless_one_with_the_text_in_it(of: str, name: str) -> None:
    """Whatever the text, in every field, whole or in other text; or it is refused before anything goes out."""
    for where in [one for one in fields() if one[:2] == (of, name)]:
        harmless = gone_out(*where, WORD)
        for label, value in PAYLOADS.items():
            hostile = gone_out(*where, value)
            if hostile.refused:
                assert () == hostile.asked, (where, label)
                continue
            if not harmless.asked or not value:
                continue  # all of it is the name of a place: a list decides which are allowed
            assert len(harmless.asked) >= len(hostile.asked), (where, label)
            for expected, actual in zip(harmless.asked, hostile.asked, strict=False):
                assert same_but_for(expected, actual, value), (where, label, expected, actual)


@pytest.mark.parametrize(("of", "name"), MEMBERS)
def test_an_address_leads_where_its_author_wrote(of: str, name: str) -> None:
    """Data within an address is one part of it: host, number of parts and query stay."""
    for where in [one for one in fields() if one[:2] == (of, name) and "://" in one[3]]:
        urls = [url for _, url in _urls(gone_out(*where, WORD).asked)]
        for label, value in PAYLOADS.items():
            for expected, (_, actual) in zip(urls, _urls(gone_out(*where, value).asked), strict=False):
                if not value.strip("/"):
                    continue  # a base of an address loses its last slash
                one, other = urlsplit(expected), urlsplit(actual)
                assert (one.scheme, one.netloc, one.fragment) == (
                    other.scheme,
                    other.netloc,
                    other.fragment,
                ), label
                assert (one.path.count("/"), one.query.count("&")) == (
                    other.path.count("/"),
                    other.query.count("&"),
                )
                assert re.search(r"[\x00-\x20\x7f]", actual) is None, (where, label)


def _urls(asked: Any) -> Iterator[tuple[str, str]]:
    for port, args in asked:
        for one in args:
            url = one.get("url") if isinstance(one, Mapping) else None
            if isinstance(url, str):
                yield port, url


@pytest.mark.parametrize(("of", "name"), MEMBERS)
def test_a_command_by_hand_is_one_line_of_as_many_words(of: str, name: str, tmp_path: Path) -> None:
    """Read by a real shell: as many words as with a harmless text, and nothing is run by it."""
    script, labels = [COUNT], []
    for where in [one for one in fields() if one[:2] == (of, name)]:
        harmless = gone_out(*where, WORD).by_hand
        if not harmless or re.search(r"[|&;<>(){}]|\$\(", re.sub(r"'[^']*'|\"[^\"]*\"", "", harmless)):
            continue  # an author's pipe or loop: its words are counted where it has none
        for label, value in PAYLOADS.items():
            line = gone_out(*where, value).by_hand
            if not line or not value or "\x00" in value or len(value) > 10_000:
                continue
            assert 1 == len(line.splitlines()), (where, label)
            assert re.search(r"[\x00-\x1f\x7f]", line) is None, (where, label)
            script += [f"n {harmless}", f"n {line}"]
            labels.append((where, label))
    text = "\n".join(script).encode("utf-8", "replace")
    done = subprocess.run(
        [program("bash"), "+H", "-f", "-s"],
        input=text,
        capture_output=True,
        cwd=tmp_path,
        timeout=PATIENCE,
        env={"PATH": "/nowhere"},
    )
    counts = done.stdout.decode().split()
    assert [] == list(tmp_path.iterdir())
    assert 2 * len(labels) == len(counts), done.stderr.decode()[:500]
    wrong = [label for n, label in enumerate(labels) if counts[2 * n] != counts[2 * n + 1]]
    assert [] == wrong


# From every source, through a whole run.

RUNBOOK = """
runbook: test
title: Test
severity: SEV-2
inputs: {{x: {{title: X, default: none, max_length: 200000}}}}
steps:
  look:
    check: {check}
    then: {{any: person}}
  person: {{ask: 'It said {ref}', options: {{a: A, b: B}}, then: {{a: path, b: escalated}}}}
  path: {{check: {{http: 'http://a.test/items/{ref}?by=me', headers: {{X-Seen: '{ref}'}}}}, then: {{any: body}}}}
  body: {{check: {{http: 'http://a.test/', method: POST, json: {{seen: '{ref}', n: [1, '{ref}']}}, read_only_because: test}}, then: {{any: tool}}}}
  tool: {{check: {{mcp: fly/status, args: {{app: '{ref}'}}, read_only_because: test}}, then: {{any: table}}}}
  table: {{check: {{sql: 'select $1', database: 'sqlite:///a.db', parameters: ['{ref}']}}, then: {{any: program}}}}
  program:
    check: {{command: [echo, '--', '{ref}'], env: {{SEEN: '{ref}'}}, stdin: '{ref}', read_only_because: test}}
    then: {{any: change}}
  change:
    action: {{http: 'http://a.test/x', method: POST, json: {{why: '{ref}'}}, by_hand: "tool --why '{ref}'", irreversible: a test}}
    then: {{any: tell}}
  tell: {{notify: engineer, text: 'It said {ref}', then: {{any: escalated}}}}
"""
MORE = "mcp: {fly: {url: 'http://fly.test/mcp', tools: [status]}}"
SQL = "{sql: 'select 1', database: 'sqlite:///a.db'}"
COMMAND = "{command: [tool], parse: text, read_only_because: test}"


def _output(text: str) -> Output:
    data = text.encode("utf-8", "surrogatepass")
    return Output(data, len(data), "0" * 64)


def _json_reply(text: str) -> HttpReply:
    return HttpReply(200, {"content-type": "application/json"}, json.dumps({"x": text}).encode(), 0.1)


SOURCES: Mapping[str, tuple[str, str, Callable[[str], object]]] = {
    "body": ("{http: 'http://s.test/'}", "${look.json.x}", _json_reply),
    "row": (SQL, "${look.value}", lambda text: SqlReply(("x",), ((text,),), 0.1)),
    "output": (
        COMMAND,
        "${look.stdout}",
        lambda text: CommandReply(0, _output(text), _output(""), 0.1),
    ),
    "tool": (
        "{mcp: fly/status, read_only_because: test}",
        "${look.text}",
        lambda text: McpReply(text, False, 0.1),
    ),
    "input": ("{http: 'http://s.test/'}", "${inputs.x}", lambda _: _json_reply("")),
}


@dataclass
class Scene:
    """A world that answers the first look with the hostile text, and all else with something harmless."""

    first: object
    asked: list[Any] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)

    def __getattr__(self, port: str) -> Any:
        if port.startswith("_"):
            raise AttributeError(port)
        return self

    async def _answer(self, request: Any) -> Any:
        self.asked.append(request)
        if len(self.asked) == 1:
            return self.first
        match request:
            case HttpRequest():
                return HttpReply(200, {}, b"ok", 0.1)
            case SqlRequest():
                return SqlReply(("x",), ((1,),), 0.1)
            case CommandRequest():
                return CommandReply(0, _output("ok"), _output(""), 0.1)
        return McpReply("ok", False, 0.1)

    async def send(self, request: Any) -> Any:
        """Answer a request, or take a message."""
        if isinstance(request, HttpRequest):
            return await self._answer(request)
        self.told.append(request)
        return "receipt"

    run = call = _answer


@dataclass(frozen=True)
class Left:
    """What a run left."""

    world: Scene
    happened: list[Happened]
    journal: bytes
    terminal: str
    report: str


def drive(source: str, value: str, folder: Path) -> Left:
    """Run the runbook with the text from one source; people type it too."""
    check, ref, reply = SOURCES[source]
    text = RUNBOOK.format(check=check, ref=ref)
    inputs = {"x": value} if source == "input" else {}
    request = Request(
        run="INC-20251123-030212", environment="test", operator_role="reliability", inputs=inputs
    )
    plan = dataclasses.replace(
        make_plan(runbook(text, MORE), lambda _: runbook(text, MORE), catalogue(MORE), request), drills=False
    )
    redactor = Redactor({"CANARY": CANARY})
    world = Scene(reply(value))
    clock = VirtualClock(START)
    layout, shown, happened, states = Layout(80, name_width(plan)), [], [], [RunState()]

    def watch(one: Happened, _: RunState) -> None:
        before = states[-1]
        states.append(evolve(before, one))
        happened.append(one)
        shown.extend(layout.lines(rows(before, one, states[-1])))
        json.loads(event_line(one))

    with FileJournal.create(folder) as journal:
        ledger = Ledger(journal, clock.now, clock.monotonic, watchers=[watch], redactor=redactor)
        ledger.record([Started(plan=plan, digest=plan.digest(), engine="t", operator=ANN)], ANN)
        performer = LivePerformer(world, EvidenceStore(folder, redactor), redactor)  # type: ignore[arg-type]  # a fake
        people = Script(
            [
                Line("a", step="person", person=ANN, after=2.0, reason=value),
                Line("yes", step="change", person=ELI, after=2.0, reason=value),
            ]
        )
        try:
            VirtualDriver(ledger, clock, performer, people).run()
        except Waiting:
            pass  # a person may have to look; what went out until then is what counts
        for event in (Noted(text=value, command=value), Answered(prompt="no#1", choice=value, reason=value)):
            ledger.record([event], Person(name=value, role="reliability"))
        head = journal.head()[1]
    page = incident(report(happened, head, ""), ROOT / "templates")
    return Left(world, happened, (folder / "journal.jsonl").read_bytes(), "\n".join(shown), page)


def received(world: Scene) -> Iterator[str]:
    """Yield every element of the requests behind the first look in which the text was to stand."""
    for request in world.asked[1:]:
        match request:
            case HttpRequest(body=b""):
                yield request.headers["X-Seen"]
            case HttpRequest():
                yield from _texts(json.loads(request.body))
            case SqlRequest():
                yield str(request.parameters[0])
            case CommandRequest():
                assert ("echo", "--") == request.argv[:2]
                yield from (request.argv[2], request.env["SEEN"], request.stdin.decode("utf-8", "replace"))
            case _:
                yield request.arguments["app"]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)


@pytest.mark.parametrize("label", PAYLOADS)
@pytest.mark.parametrize("source", SOURCES)
def test_from_every_source_a_text_arrives_as_it_is_or_not_at_all(
    source: str, label: str, tmp_path: Path
) -> None:
    """One element, byte for byte; nobody else is asked; what is left of it is inert."""
    value = PAYLOADS[label]
    try:
        left = drive(source, value, tmp_path / "INC-20251123-030212")
    except UsageError as refused:
        assert source == "input" and "no line breaks or control characters" in refused.message
        return
    expected = {value, value.replace("${secrets.", "$ {secrets."), value.encode("utf-8", "replace").decode()}
    expected.add(value.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    expected.add(value.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    expected |= {one[:65_536] for one in expected}  # as long as a fact of text is
    for element in received(left.world):
        assert element in expected or element == "1"
    for request in left.world.asked[1:]:
        if isinstance(request, HttpRequest):
            parts = urlsplit(request.url)
            assert ("http", "a.test") == (parts.scheme, parts.netloc)
            assert parts.query in ("", "by=me")
    for line in left.journal.splitlines():
        json.loads(line)
    assert CANARY.encode() not in left.journal
    assert (
        re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e\u2066\ufeff\u2028\u2029]", left.terminal) is None
    )
    assert re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", left.report) is None
    assert [] == list(_active(MarkdownIt("js-default").render(left.report)))


def _active(html: str) -> Iterator[str]:
    """Yield what a browser would run, load or follow."""
    yield from re.findall(r"<(?:script|img|iframe|object|svg|div)\b[^>]*>", html)
    yield from re.findall(r'href="(?:javascript|data|vbscript):[^"]*"', html)
    yield from re.findall(r"""<a href="[^"]*evil\.example[^"]*">""", html)


PRINTABLE = {
    label: value for label, value in PAYLOADS.items() if "\x00" not in value and "\ud800" not in value
}


def test_a_real_program_gets_each_text_as_one_argument(tmp_path: Path) -> None:
    """Byte for byte; a NUL and a secret cannot be arguments and are refused; no file is made."""
    commands = LocalCommands(Secrets({}), tmp_path)

    async def printed(value: str) -> bytes:
        reply = await commands.run(CommandRequest(("printf", "%s|", value, "end"), timeout=20.0))
        return reply.stdout.kept

    async def all_of_them() -> None:
        for label, value in PRINTABLE.items():
            if "${secrets." not in value:
                assert value.encode() + b"|end|" == await printed(value), label
        for refused in ("a\x00b", "${secrets.CANARY}"):
            with pytest.raises(CannotLook):
                await printed(refused)

    asyncio.run(all_of_them())
    assert [] == list(tmp_path.iterdir())


def test_a_real_database_takes_each_text_as_a_value(tmp_path: Path) -> None:
    """Bound, never read as a statement."""
    import sqlite3

    with sqlite3.connect(tmp_path / "a.db") as made:
        made.execute("create table t (x text)")
    made.close()
    sql = SocketSql(Secrets({}), root=tmp_path)

    async def all_of_them() -> None:
        for label, value in PRINTABLE.items():
            asked = SqlRequest("sqlite:///a.db", "select $1 as x, count(*) from t", (value,))
            assert ((value, 0),) == (await sql.run(asked)).rows, label
        await sql.close()

    asyncio.run(all_of_them())


@pytest.mark.parametrize("label", [name for name in PAYLOADS if "secret" in name])
def test_an_input_that_names_a_secret_never_gets_its_value(label: str, tmp_path: Path) -> None:
    """Not at once, not in a second pass: the canary is in no request."""
    left = drive("input", PAYLOADS[label], tmp_path / "INC-20251123-030212")
    secrets = Secrets({"CANARY": CANARY, "PAGER_KEY": "pager-key-4711"})
    for request in left.world.asked:
        for text in _texts(_plain(request)):
            assert CANARY not in secrets.fill(text)
