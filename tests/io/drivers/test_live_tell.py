"""A living run that tells people: real sockets, a real mail server, a pager that refuses."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from engine.core.events import Started
from engine.io.drivers.ledger import Ledger
from engine.io.drivers.live import LiveDriver
from engine.io.evidence import MemoryEvidence
from engine.io.journal.memory import MemoryJournal
from engine.io.performers.live import LivePerformer
from engine.io.redaction import Redactor
from engine.io.world.http.socket_http import SocketHttp
from engine.io.world.secrets import Secrets
from engine.io.world.tell import Apprise, Channel, Channels
from engine.kinds.values import Instant
from engine.model import catalogue
from tests.core.play import ANN, START
from tests.core.weather import plan
from tests.io.drivers.room import events
from tests.kinds.fakes import FakeWorld
from tests.parts.mail_sink import mail_sink
from tests.patience import PATIENCE


class _World(FakeWorld):
    """A world in which only people are reached."""

    def __init__(self, channels: Channels) -> None:
        super().__init__()
        self.channels = channels

    @property
    def tell(self) -> Channels:  # type: ignore[override]
        """The port for messages."""
        return self.channels


async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer 403 to one request."""
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]))
    writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def test_a_refused_page_arrives_as_a_mail_at_once() -> None:
    """E1, live: the pager's key is wrong, the fallback is a mail server; one page, two tries, one key."""

    async def run() -> tuple[list[Any], list[Any]]:
        pager = await asyncio.start_server(refuse, "127.0.0.1", 0)
        port = pager.sockets[0].getsockname()[1]
        async with mail_sink() as sink:
            channels = {
                "pager": catalogue.Channel(
                    type="pagerduty", url=f"http://127.0.0.1:{port}/", routing_key="k", fallback="mail"
                ),
                "mail": catalogue.Channel(
                    type="email", url=f"mailto://127.0.0.1:{sink.port}/?from=a@x.test&to=b@x.test"
                ),
            }
            text = "help: {notify: engineer, text: The database is away, then: {sent: escalated, undelivered: aborted}}"
            told = dataclasses.replace(plan(text), channels=channels, severities={})
            secrets = Secrets({})
            http = SocketHttp(secrets, "test")
            known = {name: Channel.of(name, one) for name, one in channels.items()}
            redactor = Redactor({})
            world = _World(Channels(known, http, Apprise(secrets.fill)))
            loop, journal = asyncio.get_running_loop(), MemoryJournal()
            began = loop.time()
            ledger = Ledger(
                journal, lambda: Instant(START + loop.time() - began), lambda: loop.time() - began
            )
            ledger.record([Started(plan=told, digest=told.digest(), engine="test", operator=ANN)], ANN)
            driver = LiveDriver(ledger, LivePerformer(world, MemoryEvidence(redactor), redactor))
            await asyncio.wait_for(driver.run(), PATIENCE)
            await http.close()
            pager.close()
            await pager.wait_closed()
            return sink.mails, events(journal)

    mails, recorded = asyncio.run(run())
    (mail,) = mails
    assert "The database is away" == mail.get_content().strip()
    assert mail["subject"].startswith("SEV-2 test INC-20251123-030212")
    asked = [one for one in recorded if type(one).__name__ == "Asked"]
    assert ["pager", "mail"] == [one.target for one in asked]
    assert 1 == len({one.args["dedup_key"] for one in asked})
    assert "escalated" == recorded[-1].end
