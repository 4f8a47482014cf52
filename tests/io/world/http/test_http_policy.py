"""Who is asked at all: the policy's word, every spelling of a host, and the address that was checked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence

import pytest

from engine.io.world.http.connections import Connections
from engine.io.world.network.addresses import Address, Addresses, plain_host
from engine.kinds.ports import CannotLook, HttpReply, HttpRequest, NoAnswer
from tests.io.world.talk import OK, Serve, answers, client, leads, send

LOOPBACK = [
    "127.0.0.1", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "0x7F.1", "2130706433",
    "017700000001", "127.0.0.01", "127.0.0.1.", "127.000.000.001", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]", "１２７.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "%31%32%37.0.0.1",
    "127.0.0.1%2eexample.com", "0", "0.0.0.0", "[::]",
]  # fmt: skip
METADATA = [
    "169.254.169.254", "169.254.43518", "169.16689662", "2852039166", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE",
    "0251.0376.0251.0376", "025177524776", "0xa9.254.0251.254", "169.254.169.254.", "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]", "[::169.254.169.254]", "[64:ff9b::169.254.169.254]", "[2002:a9fe:a9fe::]",
    "[fd00:ec2::254]", "[FD00:0EC2:0:0:0:0:0:0254]", "[fe80::a9fe:a9fe]", "１６９.254.169.254",
    "169。254。169。254", "metadata.test", "Metadata.Test.",
]  # fmt: skip


class Names:
    """A name service that knows one name, and keeps what it is asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.asked: list[str] = []
        self._answers = list(answers) or [["169.254.169.254"]]

    def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        if not host.lower().rstrip(".").endswith("metadata.test"):
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [Address(socket.AF_INET, (ip, port)) for ip in found]


def _request(serve: Serve, host: str, allowed: Callable[[str, int], str] | None) -> tuple[str, list[bytes]]:
    """Return how a request to this host ended, and what the server on loopback heard."""
    heard: list[bytes] = []

    async def ask() -> str:
        async with serve(answers(OK, heard)) as url:
            port = url.rpartition(":")[2]
            http = client(Connections(Addresses(Names())), allowed)
            try:
                reply = await send(http, HttpRequest(f"http://{host}:{port}/", timeout=5))
            except CannotLook as cannot:
                return f"blocked: {cannot}"
            except NoAnswer as none:
                return f"blocked: {none.reason}"
            return str(reply.status)

    return asyncio.run(ask()), heard


def test_there_are_forty_spellings() -> None:
    """As many as the list of threats asks for, each of them once."""
    assert 40 <= len({*LOOPBACK, *METADATA})


@pytest.mark.parametrize("host", LOOPBACK)
def test_a_spelling_of_loopback_is_what_it_is_or_nothing(serve: Serve, host: str) -> None:
    """Where only another host is allowed no spelling gets through; where it is, it is known as itself."""
    ended, heard = _request(serve, host, lambda name, _: "" if name == "shop.test" else "not on the list")
    assert ended.startswith("blocked: ")
    assert [] == heard
    ended, heard = _request(serve, host, lambda name, _: "" if name == "127.0.0.1" else "not on the list")
    assert (ended == "200") is bool(heard)
    assert ended == "200" or ended.startswith("blocked: ")


@pytest.mark.parametrize("host", METADATA)
@pytest.mark.parametrize("redirected", [False, True])
def test_no_spelling_reaches_the_metadata_service(serve: Serve, host: str, redirected: bool) -> None:
    """Neither when a runbook names it nor when a reply leads there, even where everything is allowed."""

    async def ask() -> HttpReply:
        target = f"http://{host}/latest/meta-data/"
        async with serve(answers(leads(target.encode().decode("latin-1")))) as url:
            http = client(Connections(Addresses(Names())), lambda name, port: "")
            request = HttpRequest(url if redirected else target, timeout=5, redirects=int(redirected))
            return await send(http, request)

    with pytest.raises((CannotLook, NoAnswer)) as caught:
        asyncio.run(ask())
    if isinstance(caught.value, NoAnswer):  # no such name, or no address at all: nobody was asked
        assert caught.value.reason in ("dns", "redirects")


def test_what_the_policy_refuses_is_not_looked_up(serve: Serve) -> None:
    """The reason is the policy's; not even the name service hears of the host."""
    names = Names()
    http = client(Connections(Addresses(names)), lambda host, port: f"{host}:{port} is not on the list")
    with pytest.raises(CannotLook, match=r"^refused by policy: metadata\.test:81 is not on the list$"):
        asyncio.run(send(http, HttpRequest("http://Metadata.TEST:81/")))
    assert [] == names.asked


def test_the_policy_is_asked_again_for_a_kept_connection(serve: Serve) -> None:
    """A list that has become stricter counts at once."""
    told = [""]

    async def ask() -> None:
        http = client(allowed=lambda host, port: told[0])
        async with serve(answers(OK)) as url:
            try:
                assert 200 == (await http.send(HttpRequest(url))).status
                told[0] = "no longer"
                await http.send(HttpRequest(url))
            finally:
                await http.close()

    with pytest.raises(CannotLook, match="no longer"):
        asyncio.run(ask())


def test_the_address_that_was_checked_is_the_one_that_is_asked(serve: Serve) -> None:
    """A name that answers differently the second time (rebinding) is never asked a second time."""
    names = Names(["127.0.0.1"], ["169.254.169.254"])

    async def ask() -> HttpReply:
        async with serve(answers(OK)) as url:
            port = url.rpartition(":")[2]
            http = client(Connections(Addresses(names)))
            return await send(http, HttpRequest(f"http://metadata.test:{port}/"))

    assert 200 == asyncio.run(ask()).status
    assert ["metadata.test"] == names.asked


def test_a_name_that_turns_bad_between_two_requests_is_refused(serve: Serve) -> None:
    """Each new connection is checked anew."""
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    closing = OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")

    async def ask() -> None:
        async with serve(answers(closing)) as url:
            port = url.rpartition(":")[2]
            http = client(Connections(Addresses(names)))
            try:
                await http.send(HttpRequest(f"http://metadata.test:{port}/"))
                await http.send(HttpRequest(f"http://metadata.test:{port}/"))
            finally:
                await http.close()

    with pytest.raises(CannotLook, match="cloud metadata"):
        asyncio.run(ask())
    assert 2 == len(names.asked)


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("Shop.Example.COM.", "shop.example.com"),
        ("0x7f.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("::FFFF:127.0.0.1", "127.0.0.1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("a..b", "a..b"),
        ("é..b", "é..b"),
        ("x" * 300, "x" * 300),
    ],
)
def test_a_host_has_one_spelling(host: str, plain: str) -> None:
    """The one a policy is asked about."""
    assert plain == plain_host(host)
