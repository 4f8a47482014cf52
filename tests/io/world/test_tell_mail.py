"""E-mail and apprise: a real mail server on loopback, and whatever goes wrong on the way to one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from time import perf_counter
from typing import Any, TypeVar

import pytest

from engine.io.world.secrets import Secrets
from engine.io.world.tell import Apprise, Channel, Channels
from engine.kinds.ports import CannotLook, Http, HttpReply, HttpRequest, Message, NoAnswer
from tests.parts.mail_sink import MailSink, mail_sink
from tests.patience import PATIENCE

T = TypeVar("T")
SECRET = "p4ss-w0rd-Zq81"
SECRETS = Secrets({"MAIL_PASSWORD": SECRET})


class _NoHttp(Http):
    """Nothing here goes over HTTP of ours."""

    async def send(self, request: HttpRequest) -> HttpReply:
        """Fail the test."""
        raise AssertionError(request.url)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run in a loop of its own."""
    return asyncio.run(work)


def channels(url: str, kind: str = "email", *, here: bool = False) -> Channels:
    """Return the channels of a run that reaches one address."""
    apprise = Apprise(SECRETS.fill, here=here)
    return Channels({"mail": Channel("mail", kind, url)}, _NoHttp(), apprise)  # type: ignore[arg-type]


def message(
    title: str = "SEV-1 agent down", body: str = "502 since 03:02", timeout: float = PATIENCE
) -> Message:
    """Return a message to the mail channel."""
    return Message("mail", "run/1", title, body, "SEV-1", timeout)


async def sent(
    told: Message, url: str = "mailto://127.0.0.1:{port}/?from=run@x.test&to=ops@x.test"
) -> MailSink:
    """Return the mail server after one message."""
    async with mail_sink() as sink:
        await channels(url.format(port=sink.port)).send(told)
        return sink


def test_a_mail_arrives_with_its_subject_and_its_text() -> None:
    """Plain SMTP, plain text, to whom the address says."""
    sink = run(sent(message(body="502 since 03:02\nsecond <b>line</b> & more")))
    (mail,) = sink.mails
    assert ("SEV-1 agent down", [["ops@x.test"]]) == (mail["subject"], sink.to)
    assert "text/plain" == mail.get_content_type()
    assert "502 since 03:02\nsecond <b>line</b> & more" == mail.get_content().strip().replace("\r\n", "\n")


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85"])
def test_no_header_is_begun_in_a_title(end: str) -> None:
    """A title from a log line stays one subject."""
    sink = run(sent(message(title=f"down{end}Bcc: evil@x.test{end}{end}<script>")))
    (mail,) = sink.mails
    assert mail["bcc"] is None
    assert "down Bcc: evil@x.test <script>" == mail["subject"]
    assert [["ops@x.test"]] == sink.to


def test_a_reference_in_the_text_of_a_mail_is_never_filled() -> None:
    """The password of the channel cannot be mailed by a log line."""
    sink = run(sent(message(title="${secrets.MAIL_PASSWORD}", body="see ${secrets.MAIL_PASSWORD}")))
    (mail,) = sink.mails
    assert SECRET not in mail.as_string()
    assert "${secrets.MAIL_PASSWORD}" in mail.get_content()


@pytest.mark.parametrize("says", ["451 try later", "552 too much", "550 go away"])
def test_a_mail_server_that_refuses_is_no_answer(says: str) -> None:
    """apprise does not tell why: the mail is tried again."""

    async def ask() -> None:
        async with mail_sink(says) as sink:
            await channels(f"mailto://127.0.0.1:{sink.port}/?from=a@x.test&to=b@x.test").send(message())

    with pytest.raises(NoAnswer, match="not delivered") as caught:
        run(ask())
    assert "garbled" == caught.value.reason


def test_a_mail_server_that_is_not_there_is_no_answer() -> None:
    """Nothing listens at the port any more."""

    async def ask() -> None:
        async with mail_sink() as sink:
            port = sink.port
        await channels(f"mailto://127.0.0.1:{port}/?from=a@x.test&to=b@x.test").send(message())

    with pytest.raises(NoAnswer, match="not delivered"):
        run(ask())


def test_a_mail_server_that_says_nothing_is_given_up_at_the_deadline() -> None:
    """The thread may wait on; the run does not."""

    async def ask() -> float:
        gone = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()
            await writer.wait_closed()
            gone.set()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        started = perf_counter()
        with pytest.raises(NoAnswer, match=r"no answer within 0\.5s") as caught:
            await channels(f"mailto://127.0.0.1:{port}/?from=a@x.test&to=b@x.test").send(message(timeout=0.5))
        took = perf_counter() - started
        assert "timeout" == caught.value.reason
        await asyncio.wait_for(gone.wait(), PATIENCE)  # the thread gives up too, a little later
        server.close()
        await server.wait_closed()
        return took

    run(sent(message()))  # so that no import is in the measured time
    assert run(ask()) < PATIENCE


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("apprise", "nonsense://${secrets.MAIL_PASSWORD}@x.test/"),
        ("apprise", "no address at all"),
        ("apprise", "slack://x"),
        ("email", "json://127.0.0.1:1/${secrets.MAIL_PASSWORD}"),
    ],
)
def test_an_address_that_apprise_cannot_read_is_told_without_showing_it(kind: str, url: str) -> None:
    """It holds secrets."""
    with pytest.raises(CannotLook) as caught:
        run(channels(url, kind).send(message()))
    assert "channel mail: apprise cannot read its address: check its url" == str(caught.value)


def test_a_password_in_an_address_is_encoded_and_a_whole_address_is_not() -> None:
    """A slash or an @ in it bends no address."""
    url = "mailto://127.0.0.1:2525/?from=a@x.test&to=b@x.test"
    apprise = Apprise(Secrets({"WORD": "Zq81/b@c#d", "URL": url}).fill)
    assert "mailto://ann:Zq81%2Fb%40c%23d@127.0.0.1/" == apprise._filled(
        "mailto://ann:${secrets.WORD}@127.0.0.1/"
    )
    assert f"{url}&x=Zq81%2Fb%40c%23d" == apprise._filled("${secrets.URL}&x=${secrets.WORD}")


def test_a_secret_that_is_missing_is_told_by_name() -> None:
    """Before anything is sent."""
    with pytest.raises(CannotLook, match="NOBODY is not set"):
        run(channels("mailto://a:${secrets.NOBODY}@127.0.0.1/?to=b@x.test").send(message()))


def test_a_drill_reaches_no_mail_server_but_one_of_this_machine() -> None:
    """Nor is there any in virtual time."""
    with pytest.raises(CannotLook, match="leads out of the drill"):
        run(channels("mailto://a:b@mail.x.test/?to=b@x.test", here=True).send(message()))
    none = Channels({"mail": Channel("mail", "email", "mailto://x")}, _NoHttp())
    with pytest.raises(CannotLook, match="no email in a drill"):
        run(none.send(message()))


def test_any_service_of_apprise_is_reached_by_its_address() -> None:
    """Here its JSON one, on loopback; nobody is called by what a log line says."""
    taken: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        taken.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def ask() -> str:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            return await channels(f"json://127.0.0.1:{port}/hook", "apprise").send(
                message(body="log: @channel wake up")
            )
        finally:
            server.close()
            await server.wait_closed()

    assert "taken by the service" == run(ask())
    assert b"SEV-1 agent down" in taken[0]
    assert b"@channel" not in taken[0]


def test_every_service_is_given_plain_text_and_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data is no HTML and no Markdown there, whatever a service takes by default."""

    class Service:
        notify_format = "html"
        socket_connect_timeout = socket_read_timeout = 60.0

        def notify(self, title: str, body: str, body_format: str) -> bool:
            taken.append((self.notify_format, body_format, self.socket_connect_timeout, title))
            return True

    taken: list[tuple[object, ...]] = []
    monkeypatch.setattr("engine.io.world.tell.outside._service", lambda url: (Service(), "text"))
    run(channels("tgram://token/chat", "apprise").send(message(title="<a href='x'>@here</a>", timeout=4.0)))
    assert [("text", "text", 4.0, "<a href='x'>@\u200bhere</a>")] == taken
