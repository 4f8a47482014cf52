"""A ladder and a step that page through bad weather: channels with scripted troubles, in virtual time.

The pager is the estate's PagerDuty, the room a webhook; a trouble lasts for a while and then the next one, or
none, holds. What took effect although no answer came is kept as such.
"""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from engine.core.events import Happened, Started
from engine.core.plan import Plan
from engine.core.records import Record
from engine.estate import pagerduty
from engine.estate.pagerduty import PagerDuty
from engine.estate.wire import Request
from engine.io.drivers.ledger import Ledger, happened_from
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.evidence import MemoryEvidence
from engine.io.journal.memory import MemoryJournal
from engine.io.people import Nobody, People
from engine.io.performers.live import LivePerformer
from engine.io.redaction import Redactor
from engine.io.world.tell import Channel, Channels
from engine.kinds.ports import HttpReply, HttpRequest, NoAnswer, NoAnswerReason
from engine.kinds.values import Duration, Instant
from engine.model import catalogue
from engine.model.catalogue import Rung, SeverityLevel
from tests.core.play import ANN, START, plan_of
from tests.kinds.fakes import FakeWorld

PAGER, ROOM = "http://pager.test", "http://room.test"
LADDER = (
    Rung(role="reliability", after=Duration(0.0)),
    Rung(role="engineer", after=Duration(0.0)),
    Rung(role="manager", after=Duration(300.0)),
)
SEVERITIES = {"SEV-2": SeverityLevel(meaning="partly", respond=Duration(900.0), ladder=LADDER)}
CHANNELS = {
    "pager": catalogue.Channel(type="pagerduty", url=f"{PAGER}/v2/enqueue", routing_key="k", fallback="room"),
    "room": catalogue.Channel(type="webhook", url=f"{ROOM}/hook"),
}
STEPS = """
help: {escalate: manager, decision: Help, within: 2m, then: {any: pause}}
pause: {wait: 2h, then: escalated}
"""
PASSING = ("500", "502", "503", "429", "timeout", "reset", "reset-after", "dns", "tls", "lie", "refused")
FOR_GOOD = ("400", "401", "403", "404", "410")


@dataclass(frozen=True)
class Trouble:
    """What a channel does from one moment on."""

    since: float
    what: str


def weather(seed: int) -> dict[str, list[Trouble]]:
    """Return the troubles of both channels: passing ones for up to 25 minutes, on one of them perhaps for good."""
    random = Random(seed)
    found: dict[str, list[Trouble]] = {}
    for host in (PAGER, ROOM):
        at, troubles = 0.0, []
        for _ in range(random.randint(0, 4)):
            troubles.append(Trouble(at, random.choice(PASSING)))
            at += random.choice([3.0, 20.0, 90.0, 200.0, 400.0])
        found[host] = [*troubles, Trouble(at, "")]
    if random.random() < 0.25:
        found[random.choice([PAGER, ROOM])] = [Trouble(0.0, random.choice(FOR_GOOD))]
    return found


@dataclass
class Sky:
    """The channels, whoever asks them; stays when an executor dies."""

    troubles: dict[str, list[Trouble]]
    clock: VirtualClock
    pager: PagerDuty = field(default_factory=PagerDuty)
    requests: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """When each dedup key was asked for, on whatever channel."""
    reached: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """When a request for each dedup key left us: not where the channel's name could not be resolved."""
    arrived: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))
    """What took effect: when, and where."""
    looks: list[float] = field(default_factory=list)
    said: list[Mapping[str, object]] = field(default_factory=list)
    """The bodies that took effect."""

    def trouble(self, host: str) -> str:
        """Return what is wrong with a channel now."""
        passed = self.clock.at - START
        return [one.what for one in self.troubles[host] if one.since <= passed][-1]

    async def send(self, request: HttpRequest) -> HttpReply:
        """Answer as the weather is."""
        if request.url.startswith("http://x/"):
            return HttpReply(200, {}, b"", 0.1)
        host = PAGER if request.url.startswith(PAGER) else ROOM
        if request.method == "GET":
            return self.look(request)
        key = json.loads(request.body).get("dedup_key", "")
        self.requests[key].append(self.clock.at)
        what = self.trouble(host)
        if what != "dns":
            self.reached[key].append(self.clock.at)
        reasons: dict[str, NoAnswerReason] = {
            "dns": "dns",
            "tls": "tls",
            "reset": "reset",
            "refused": "refused",
        }
        if what == "timeout":
            raise NoAnswer("timeout", "no answer", request.timeout)
        if what in reasons:
            raise NoAnswer(reasons[what], "no answer", 0.1)
        if what == "429":
            return HttpReply(429, {"retry-after": "45"}, b"", 0.1)
        if what.isdigit():
            return HttpReply(int(what), {}, b"", 0.1)
        if what == "lie":
            return HttpReply(200, {}, b'{"ok": false, "error": "try later"}', 0.1)
        self.arrived[key].append((self.clock.at, host))
        self.said.append(json.loads(request.body))
        if host == PAGER:
            sent = Request.to("POST", "/v2/enqueue", {}, request.body)
            self.pager, reply = pagerduty.handle(self.pager, sent, self.clock.at)
            answer = HttpReply(reply.status, {}, reply.body, 0.1)
        else:
            answer = HttpReply(200, {}, b"ok", 0.1)
        if what == "reset-after":
            raise NoAnswer("reset", "the answer was lost", 0.1)
        return answer

    def look(self, request: HttpRequest) -> HttpReply:
        """Answer who acknowledged."""
        self.looks.append(self.clock.at)
        asked = Request.to("GET", request.url.removeprefix(PAGER), request.headers)
        down = self.trouble(PAGER)
        _, reply = pagerduty.handle(self.pager, asked, self.clock.at, down=int(down) if down.isdigit() else 0)
        return HttpReply(reply.status, reply.headers, reply.body, 0.1)


class Reached(FakeWorld):
    """A world in which only people are reached."""

    def __init__(self, channels: Mapping[str, Channel], sky: Sky) -> None:
        super().__init__()
        self.channels = Channels(channels, sky)

        self.sky = sky

    @property
    def http(self) -> Sky:  # type: ignore[override]
        """The port for HTTP: all is well at http://x/."""
        return self.sky

    @property
    def tell(self) -> Channels:  # type: ignore[override]
        """The port for messages."""
        return self.channels


def plan(text: str = STEPS, **changed: object) -> Plan:
    """Return the plan of a run that pages."""
    known: dict[str, object] = {"severities": SEVERITIES, "channels": CHANNELS}
    return dataclasses.replace(plan_of(text), **(known | changed))  # type: ignore[arg-type]


def drive(
    plan: Plan,
    sky: Sky,
    records: Sequence[Record] = (),
    limit: float = 14_400.0,
    people: People | None = None,
) -> tuple[list[Happened], MemoryJournal]:
    """Start a run, or take one up, and drive it to its end."""
    journal = MemoryJournal(records)
    ledger = Ledger(journal, sky.clock.now, sky.clock.monotonic)
    ledger.catch_up()
    if not records:
        ledger.record([Started(plan=plan, digest=plan.digest(), engine="test", operator=ANN)], ANN)
    channels = {name: Channel.of(name, one) for name, one in plan.channels.items()}
    redactor = Redactor({})
    performer = LivePerformer(Reached(channels, sky), MemoryEvidence(redactor), redactor)
    VirtualDriver(ledger, sky.clock, performer, people or Nobody(), Duration(limit)).run()
    return [happened_from(record) for record in journal.read()], journal


def most_in_ten_minutes(times: Sequence[float]) -> int:
    """Return the most requests that any ten minutes saw."""
    return max((sum(1 for other in times if 0 <= other - at < 599.999) for at in times), default=0)


def at(seconds: float) -> VirtualClock:
    """Return a clock some seconds after the start."""
    return VirtualClock(Instant(START + seconds))
