"""No secret in any form in any place: 50 secrets, 16 encodings, every sink, every way a step can end.

A whole run is driven in virtual time by the parts of a real one, against targets that give the secret away in
everything they say, and with people who type it wherever they may type. What is then kept, shown and sent is
decoded by `leaks`, which shares no code with the redactor.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from engine.app.credentials import refuse_in_clear
from engine.cli.front_json import event_line
from engine.core.events import (
    Aborted,
    Answered,
    Ended,
    Event,
    HandedOver,
    Happened,
    Interrupted,
    Noted,
    Person,
    SeveritySet,
    Skipped,
    Started,
    TimerStopped,
)
from engine.core.plan import Plan, Request, make_plan
from engine.core.state import RunState, evolve
from engine.io.drivers.ledger import Ledger
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.evidence import EvidenceStore
from engine.io.journal.files import FileJournal
from engine.io.people import Line, Script
from engine.io.performers.live import LivePerformer
from engine.io.redaction import Redactor
from engine.io.world.secrets import Secrets, fill_headers
from engine.kinds.errors import UsageError, Waiting
from engine.kinds.ports import (
    CannotLook,
    HttpReply,
    HttpRequest,
    McpFault,
    Message,
    NoAnswer,
    SqlFault,
)
from engine.render.report import incident
from engine.render.row import Layout
from engine.render.terminal import name_width, rows
from engine.views.report import report
from tests.core.play import ANN, ELI, START, catalogue, plan_of, runbook
from tests.io.redaction.corpus import ENCODINGS, PEM, leaks

ROOT = Path(__file__).parent.parent.parent
CHANCE = random.Random(1)
ODD: Mapping[str, str] = {
    "TOKEN": "fo1_Zk3-9qLw8xYv7bN2mT",
    "PASSWORD": "p@ss w/rd'<\"&$`!\\%~x",
    "UMLAUT": "größer als ñandú 日本",
    "PEM": PEM,
    "NEWLINE": "tr4iling-newl1ne\n",
    "DSN": "postgresql://occ:s3cr%40t-pass@db.example:5432/postgres",
    "JSON": json.dumps({"type": "service_account", "private_key": PEM, "client_id": "117-abc-secret"}),
    "SHORT": "Zq7!xK2@",
    "REFERENCE": "x${secrets.TOKEN}y",
    "DIGITS": "998877665544",
}


def _random(kind: int) -> str:
    letters = (
        string.ascii_letters + string.digits,
        string.printable[:94],
        "äöüß日本語é-_ xyz",
        "0123456789abcdef",
    )
    return "".join(CHANCE.choices(letters[kind % 4], k=CHANCE.randint(16, 90)))


SECRETS = {**ODD, **{f"R{n}": _random(n) for n in range(40)}}
RUNBOOK = """
look:
  title: What does it say?
  visits: 2
  check: {http: 'http://a.test/', facts: {said: text}, expect: {status: 200, text: {contains: all is well}}}
  then: {any: seen}
seen: {check: {http: 'http://a.test/${look.json.raw}'}, then: {any: again}}
again: {check: {http: 'http://b.test/'}, then: {any: call}}
call: {ask: 'It said ${look.text}. What do you see?', options: {a: A, b: B}, then: {a: change, b: escalated}}
change:
  action:
    http: http://a.test/restart
    method: POST
    json: {why: 'by ${run.operator}'}
    repeatable: true
    undo: {http: 'http://a.test/undo', method: POST}
  then: {any: tell}
tell: {notify: engineer, text: 'It said ${look.headers.x-leak} and ${look.status}.', then: {any: escalated}}
"""
OPERATOR = Person(name="ann", role="reliability", identity="claimed")


@dataclass
class Indiscreet:
    """A world whose every answer gives the secret away; `how` says what kind of answer it is."""

    said: str
    how: str
    asked: list[HttpRequest] = field(default_factory=list)
    told: list[Message] = field(default_factory=list)

    @property
    def http(self) -> Indiscreet:
        """Return itself: only these two ports are used."""
        return self

    tell = http

    async def send(self, request: HttpRequest | Message) -> HttpReply | str:
        """Answer in the way of `how`."""
        if isinstance(request, Message):
            self.told.append(request)
            return f"receipt {self.said}"
        self.asked.append(request)
        match self.how:
            case "no answer":
                raise NoAnswer("reset", f"closed after {self.said}", 0.1)
            case "timeout":
                raise NoAnswer("timeout", f"so far: {self.said}", 10.0)
            case "cannot":
                raise CannotLook(f"no such thing: {self.said}")
            case "protocol":
                raise McpFault(-32603, f"trace: {self.said}", 0.1)
            case "database":
                raise SqlFault("28P01", f"password {self.said} is wrong", 0.1)
            case "bug":
                raise ValueError(f"invalid literal: {self.said}")
        status = 200 if self.how == "ok" else 503
        data = {"raw": self.said, self.said: [1, {"deep": self.said}], "error": self.said}
        body = json.dumps(data, ensure_ascii=False).encode() + b"\n" + self.said.encode()
        if self.how == "json":
            body = json.dumps(data).encode()
        headers = {
            "x-leak": self.said.replace("\n", " "),
            "content-type": "application/json",
            "server": self.said,
        }
        return HttpReply(status, headers, body, 0.1)


HOW = ("ok", "fail", "json", "no answer", "timeout", "cannot", "protocol", "database", "bug")


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The plan of every run here; nothing in it is a secret."""
    return dataclasses.replace(plan_of(RUNBOOK), drills=False)


def everything(plan: Plan, folder: Path, redactor: Redactor, said: str, how: str) -> dict[str, bytes]:
    """Drive a run to its end and return what it left, by sink."""
    clock = VirtualClock(START)
    world = Indiscreet(said, how)
    shown: list[str] = []
    lines: list[str] = []
    happened: list[Happened] = []
    layout = Layout(80, name_width(plan))

    def watch(one: Happened, state: RunState) -> None:
        before = states[-1]
        states.append(evolve(before, one))
        happened.append(one)
        shown.extend(layout.lines(rows(before, one, states[-1])))
        lines.append(event_line(one))

    states = [RunState()]
    with FileJournal.create(folder) as journal:
        ledger = Ledger(journal, clock.now, clock.monotonic, watchers=[watch], redactor=redactor)
        performer = LivePerformer(world, EvidenceStore(folder, redactor), redactor)  # type: ignore[arg-type]  # two ports
        ledger.record([Started(plan=plan, digest=plan.digest(), engine="t", operator=OPERATOR)], OPERATOR)
        people = Script(
            [
                Line(
                    "a", step="call", person=ANN, after=2.0, reason=said, values={"what": said, "n": [said]}
                ),
                Line("yes", step="change", person=ELI, after=2.0, reason=said),
                Line("failed", person=ANN, after=2.0, reason=said),
            ]
        )
        driver = VirtualDriver(ledger, clock, performer, people)
        try:
            driver.run()
        except Waiting as waiting:
            shown.append(waiting.message)
        typed: list[Event] = [
            Noted(text=f"I typed {said}", command=f"psql {said}"),
            Skipped(step="look", reason=said),
            SeveritySet(severity="SEV-1", why=said),
            TimerStopped(timer="ladder", key="manager", reason=said),
            HandedOver(to=Person(name=said, role="engineer"), reason=said),
            Aborted(reason=said),
            Interrupted(why=said),
            Answered(prompt="call#1", choice="a", reason=said, values={said: said}),
            Ended(operation="look#1@1", outcome="pass", why=said, facts={"late": said}, cannot=said),
        ]
        for event in typed:
            ledger.record([event], Person(name=f"me {said}", role="reliability", via=said))
        head = journal.head()[1]
    sinks = {
        "terminal": "\n".join(shown).encode("utf-8", "replace"),
        "json lines": "\n".join(lines).encode("utf-8", "replace"),
        "report": incident(report(happened, head, ""), ROOT / "templates").encode("utf-8", "replace"),
        "messages": "\n".join(f"{one.title} {one.body} {one.dedup_key}" for one in world.told).encode(),
        "requests": b"\n".join(
            f"{one.url} {dict(one.headers)}".encode("utf-8", "replace") + one.body for one in world.asked
        ),
        "names of files": "\n".join(str(path) for path in folder.rglob("*")).encode(),
    }
    for path in folder.rglob("*"):
        if path.is_file():
            sinks[str(path.relative_to(folder))] = path.read_bytes()
    return sinks


def telling(secret: str) -> list[str]:
    """Return the parts of a secret that give it away: not the heading of a key, nor the host of a database."""
    if secret.startswith("{"):
        return [
            part for leaf in (json.loads(secret)["private_key"], "117-abc-secret") for part in telling(leaf)
        ]
    if secret.startswith("postgresql:"):
        return ["s3cr%40t-pass", "s3cr@t-pass"]
    lines = [line for line in secret.strip().split("\n") if not line.startswith("-----")]
    return [line.replace("${secrets.", "") for line in lines]  # which stands in every plan


def found_in(sinks: Mapping[str, bytes], secret: str) -> dict[str, list[str]]:
    """Return what of a secret can be read, by sink."""
    read = {
        name: [one for part in telling(secret) for one in leaks(data, part)] for name, data in sinks.items()
    }
    return {name: found for name, found in read.items() if found}


@pytest.mark.parametrize("name", SECRETS)
def test_no_encoding_of_a_secret_is_left_in_any_sink(name: str, plan: Plan, tmp_path: Path) -> None:
    """R1: all encodings at once, so that each stands in journal, evidence, report, terminal and messages."""
    secret = SECRETS[name]
    redactor = Redactor({name: secret})
    said = "\n".join(f"{kind}: {encode(secret)} ." for kind, encode in ENCODINGS.items())
    sinks = everything(plan, tmp_path / "INC-20251123-030212", redactor, said, "fail")
    assert {"journal.jsonl", "terminal", "report", "json lines", "messages"} <= set(sinks)
    assert any(path.startswith("evidence/") for path in sinks)
    assert f"***{name}***".encode() in sinks["journal.jsonl"]
    assert {} == found_in(sinks, secret)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("name", ["TOKEN", "PASSWORD", "PEM", "DSN", "DIGITS"])
def test_no_way_to_end_gives_a_secret_away(name: str, how: str, plan: Plan, tmp_path: Path) -> None:
    """R4: success, failure, silence, time-out, refusal, protocol and database errors, a bug of a kind."""
    redactor = Redactor({name: SECRETS[name]})
    for kind in ("raw", "base64 with a user", "percent"):
        said = ENCODINGS[kind](SECRETS[name])
        sinks = everything(plan, tmp_path / kind.replace(" ", "-"), redactor, said, how)
        assert {} == found_in(sinks, SECRETS[name])


def test_the_checker_finds_what_is_not_redacted(plan: Plan, tmp_path: Path) -> None:
    """Else the matrix would prove nothing: every encoding is read back by `leaks`, and every sink is reached."""
    for name in ("TOKEN", "PASSWORD", "UMLAUT", "R0", "R1"):
        secret = SECRETS[name]
        missed = [kind for kind, encode in ENCODINGS.items() if not leaks(encode(secret), secret)]
        assert [] == missed
    blind = everything(plan, tmp_path / "blind", Redactor({}), SECRETS["TOKEN"], "fail")
    asking = everything(plan, tmp_path / "asking", Redactor({}), SECRETS["TOKEN"], "json")
    reached = {*found_in(blind, SECRETS["TOKEN"]), *found_in(asking, SECRETS["TOKEN"])}
    assert {"terminal", "json lines", "report", "messages", "requests", "journal.jsonl"} <= reached
    assert any(path.startswith("evidence/") for path in reached)


def test_a_touched_fact_is_shown_and_never_used(plan: Plan, tmp_path: Path) -> None:
    """The step that would send it cannot ask, while the report shows where it was."""
    redactor = Redactor({"TOKEN": SECRETS["TOKEN"]})
    folder = tmp_path / "run"
    sinks = everything(plan, folder, redactor, SECRETS["TOKEN"], "json")
    assert b"no value for look.json.raw" in sinks["journal.jsonl"]
    assert b"TOKEN" not in sinks["requests"]
    assert b"***TOKEN***" in sinks["report"]
    assert b'"redacted"' in sinks["journal.jsonl"]


@pytest.mark.parametrize("kept", [120, 160, 65_536])
def test_a_cut_inside_a_secret_leaves_nothing_of_it(kept: int, plan: Plan, tmp_path: Path) -> None:
    """R3: wherever the text of a reply is cut for a row or a fact, 100 bytes before to 100 after its end."""
    secret = SECRETS["TOKEN"]
    redactor = Redactor({"TOKEN": secret})
    for at in range(kept - 100, kept + 101, 5 if kept < 1000 else 100):
        said = "." * at + secret + "." * 300
        sinks = everything(plan, tmp_path / str(at), redactor, said, "fail")
        assert {} == found_in(sinks, secret)


def test_a_cap_inside_a_secret_leaves_nothing_of_it(tmp_path: Path) -> None:
    """R3: evidence is redacted before it is capped: 201 of 201."""
    secret = SECRETS["PASSWORD"]
    redactor = Redactor({"PASSWORD": secret})
    store = EvidenceStore(_folder(tmp_path), redactor, cap_bytes=1000)
    for at in range(400, 601):
        stored = store.put("x", b"." * at + secret.encode() + b"." * 2000, "text/plain")
        assert [] == leaks(store.read(stored.path), secret)


@pytest.mark.parametrize("pieces", [2, 3])
def test_a_secret_in_pieces_is_masked_as_a_whole(pieces: int) -> None:
    """R2: every split in two; splits in three by sample (all of them are in the stream's own tests)."""
    secret = "".join(chr(33 + n) for n in range(64)).encode()
    redactor = Redactor({"S": secret.decode()})
    cuts = [(one, one) for one in range(1, 64)]
    if pieces == 3:
        cuts = [(one, two) for one in range(1, 64, 5) for two in range(one + 1, 64, 7)]
    for one, two in cuts:
        stream = redactor.stream()
        fed = [secret[:one], secret[one:two], secret[two:]]
        shown = b"".join([*(stream.feed(b) for b in fed), stream.flush()])
        assert "«***S***»".encode() == shown


def test_what_would_be_recorded_first_holds_no_secret() -> None:
    """Never-run: an input or a runbook with a value in clear stops the start, and is not quoted."""
    secret = SECRETS["TOKEN"]
    known = Redactor({"TOKEN": secret})
    text = """
runbook: test
title: Test
severity: SEV-2
inputs: {{app: {{title: App}}}}
steps:
  look: {{check: {{http: 'http://a.test/{0}'}}, then: {{any: escalated}}}}
"""
    cases: Mapping[str, Callable[[], Plan]] = {
        "input 'app'": lambda: _planned(text.format("x"), {"app": f"a {secret}"}),
        "step look": lambda: _planned(text.format(base64.b64encode(secret.encode()).decode()), {}),
    }
    for where, made in cases.items():
        with pytest.raises(UsageError) as caught:
            refuse_in_clear(made(), known)
        assert caught.value.message.startswith(f"{where} holds the value of TOKEN")
        assert [] == leaks(caught.value.message + caught.value.hint, secret)
    refuse_in_clear(_planned(text.format("x"), {"app": "shop"}), known)


def test_no_exception_holds_a_value() -> None:
    """Argument errors: what cannot be sent is named by its field, not by its text."""
    secrets = Secrets({"T": "hunter2-hunter2\r\nX-Evil: 1", "H": "hunter2.hunter2"})
    for broken in (
        lambda: fill_headers(secrets, {"X": "${secrets.T}"}),
        lambda: secrets.fill_url("http://${secrets.H}/"),
        lambda: secrets.fill("${secrets.NOPE}"),
    ):
        with pytest.raises(CannotLook) as caught:
            broken()
        assert "hunter2" not in str(caught.value) + repr(caught.value)


def _planned(text: str, inputs: Mapping[str, str]) -> Plan:
    request = Request(run="INC-1", environment="test", inputs=inputs)
    return make_plan(runbook(text), lambda name: runbook(text), catalogue(), request)


def _folder(path: Path) -> Path:
    path.chmod(0o700)
    return path
