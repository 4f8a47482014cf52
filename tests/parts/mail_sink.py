"""A mail server on loopback that keeps what it takes: `async with mail_sink() as sink`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class MailSink:
    """What came, and what the server says to a mail."""

    port: int = 0
    says: str = "250 taken"
    mails: list[EmailMessage] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take one mail, or say why not."""
        if self.says.startswith("250"):
            content = cast(bytes, envelope.content)
            self.mails.append(cast(EmailMessage, message_from_bytes(content, policy=policy.default)))
            self.to.append(list(envelope.rcpt_tos))
        return self.says


@asynccontextmanager
async def mail_sink(says: str = "250 taken") -> AsyncIterator[MailSink]:
    """Serve until the block is left."""
    sink = MailSink(says=says)
    loop = asyncio.get_running_loop()
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(SMTP(sink, loop=loop, hostname="sink.test"))
        return sessions[-1]

    server = await loop.create_server(session, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        await server.wait_closed()
        handlers = [one._handler_coroutine for one in sessions if one._handler_coroutine is not None]
        for one in sessions:
            if one.transport is not None:
                one.transport.abort()
        await asyncio.gather(*handlers, return_exceptions=True)
