"""Redirects: how far, never where, and what goes along."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from engine.io.world.http.connections import Connections
from engine.kinds.ports import CannotLook, HttpReply, HttpRequest, NoAnswer
from tests.io.world.issuing import Authority
from tests.io.world.talk import OK, Serve, answers, client, leads, send

SECRET = "s3cr3t-value-of-the-header"
HEADERS = {
    "Authorization": "Bearer ${secrets.KEY}",
    "X-Api-Key": "${secrets.KEY}",
    "Cookie": "session=${secrets.KEY}",
    "User-Agent": "probe ${secrets.KEY}",
    "Accept": "application/${secrets.KEY}",
}


def test_a_redirect_within_the_origin_is_followed_with_its_headers(serve: Serve) -> None:
    """The reply tells the end and the way; the body of the redirect is nobody's answer."""
    heard: list[bytes] = []

    async def ask() -> tuple[str, HttpReply]:
        async with serve(answers([leads("/b?x=1", 301), leads("c#top", 308), OK], heard)) as url:
            request = HttpRequest(f"{url}/a?q=2", headers=HEADERS, redirects=2)
            return url, await send(client(KEY=SECRET), request)

    url, reply = asyncio.run(ask())
    assert (200, b"ok", f"{url}/c", (f"{url}/a", f"{url}/b")) == (
        reply.status,
        reply.body,
        reply.url,
        reply.redirects,
    )
    assert [b"GET /a?q=2", b"GET /b?x=1", b"GET /c"] == [head.split(b" HTTP")[0] for head in heard]
    assert [1, 1, 1] == [head.count(f"x-api-key: {SECRET}".encode()) for head in heard]
    assert [1, 1, 1] == [len(re.findall(rb"(?mi)^host:", head)) for head in heard]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("elsewhere", ["127.0.0.1", "127.0.0.2"])
def test_another_origin_gets_none_of_the_configured_headers(
    serve: Serve, status: int, elsewhere: str
) -> None:
    """Another port or another address: no header of the author's, no cookie, no body, on any later hop."""
    heard: list[bytes] = []

    async def ask() -> HttpReply:
        async with serve(answers([leads("/again"), OK], heard), host=elsewhere) as other:
            async with serve(answers(leads(f"{other}/", status))) as url:
                request = HttpRequest(url, headers=HEADERS, body=b"${secrets.KEY}", redirects=3)
                return await send(client(KEY=SECRET), request)

    assert 200 == asyncio.run(ask()).status
    assert 2 == len(heard)
    assert b"s3cr3t" not in b"".join(heard)
    assert b"user-agent: runbook-engine/1.2.3" in heard[0].lower()


def test_a_header_stays_behind_when_the_way_comes_back(serve: Serve) -> None:
    """Who left the origin once may have been sent back by somebody else."""
    heard: list[bytes] = []

    async def ask() -> HttpReply:
        home = ""

        async def returning(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(leads(f"{home}/home"))
            await writer.drain()

        async with serve(returning) as other:
            async with serve(answers([leads(f"{other}/x"), OK], heard)) as url:
                home = url
                request = HttpRequest(f"{url}/", headers=HEADERS, redirects=3)
                return await send(client(KEY=SECRET), request)

    assert 200 == asyncio.run(ask()).status
    assert [True, False] == [SECRET.encode() in head for head in heard]


def test_a_user_name_in_the_address_stays_with_its_origin(serve: Serve) -> None:
    """Nor does one in the location reach anybody."""
    heard: list[bytes] = []
    within: list[bytes] = []

    async def ask() -> HttpReply:
        async with serve(answers(OK, heard)) as other:
            there = other.replace("http://", "http://you:theirs@")
            async with serve(answers([leads("/two"), leads(there)], within)) as url:
                request = HttpRequest(url.replace("http://", "http://me:mine@"), redirects=2)
                return await send(client(), request)

    reply = asyncio.run(ask())
    assert [1, 1] == [head.lower().count(b"authorization: basic") for head in within]
    assert b"authorization" not in heard[0].lower()
    assert "mine" not in f"{reply.url} {reply.redirects}"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("/", r"-> http://127\.0\.0\.1:\d+/: a loop"),
        ("file:///etc/passwd", "file:/etc/passwd: only http:// and https:// are followed"),
        ("ftp://127.0.0.1/x", "only http:// and https:// are followed"),
        ("javascript:alert(1)", "only http:// and https:// are followed"),
        ("data:text/plain,x", "only http:// and https:// are followed"),
        ("http://[bad/", "an address nobody can read"),
        ("http://127.0.0.1:notaport/", "an address nobody can read"),
    ],
)
def test_where_nobody_follows_is_told_with_the_way(serve: Serve, target: str, words: str) -> None:
    """No answer, which is a fail for http, and the way that was gone."""

    async def ask() -> None:
        async with serve(answers(leads(target))) as url:
            await send(client(), HttpRequest(f"{url}/", redirects=5))

    with pytest.raises(NoAnswer, match=words) as caught:
        asyncio.run(ask())
    assert "redirects" == caught.value.reason
    assert caught.value.detail.startswith("redirected http://127.0.0.1:")


def test_one_redirect_too_many_is_told(serve: Serve) -> None:
    """The limit is the author's; a circle over two places is found before it."""

    async def ask(replies: list[bytes], limit: int) -> None:
        async with serve(answers(replies)) as url:
            await send(client(), HttpRequest(f"{url}/0", redirects=limit))

    with pytest.raises(NoAnswer, match=r"/0 -> \S+/1 -> \S+/2: more than 1 redirects"):
        asyncio.run(ask([leads("/1"), leads("/2"), OK], 1))
    with pytest.raises(NoAnswer, match=r"/0 -> \S+/1 -> \S+/0: a loop"):
        asyncio.run(ask([leads("/1"), leads("/0"), leads("/1")], 9))


def test_what_is_shown_of_an_address_has_no_query_and_is_one_line(serve: Serve) -> None:
    """A query may be a signature that opens the door; an address may be long and hostile."""

    async def ask() -> None:
        async with serve(answers(leads("ftp://user:pass@x.test/" + "a" * 500 + "?signature=abc"))) as url:
            await send(client(KEY=SECRET), HttpRequest(f"{url}/?k=${{secrets.KEY}}", redirects=1))

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(ask())
    assert not re.search(f"signature|pass@|{SECRET}|\n", caught.value.detail)
    assert 400 > len(caught.value.detail)


def test_from_https_to_http_nobody_follows(serve: Serve, tmp_path: Path) -> None:
    """Not even within one host; the plain server never hears of us."""
    authority = Authority(tmp_path)
    heard: list[bytes] = []

    async def ask() -> None:
        async with serve(answers(OK, heard)) as plain:
            async with serve(answers(leads(plain)), tls=authority.server("127.0.0.1")) as url:
                connections = Connections(tls=authority.trusting())
                await send(client(connections), HttpRequest(url, redirects=2))

    with pytest.raises(NoAnswer, match="from https to http nobody follows"):
        asyncio.run(ask())
    assert [] == heard


def test_an_unverified_certificate_is_taken_of_the_first_origin_only(serve: Serve, tmp_path: Path) -> None:
    """`insecure` is the author's word for one host."""
    authority = Authority(tmp_path)

    async def ask() -> None:
        async with serve(answers(OK), tls=authority.server("127.0.0.1")) as other:
            async with serve(answers(leads(other)), tls=authority.server("127.0.0.1")) as url:
                await send(client(), HttpRequest(url, redirects=2, insecure=True))

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(ask())
    assert "tls" == caught.value.reason


@pytest.mark.parametrize(
    "target",
    ["http://169.254.169.254/latest/", "http://[fd00:ec2::254]/", "http://0xA9FEA9FE/", "http://[fe80::1]/"],
)
def test_a_redirect_to_the_metadata_service_is_refused(serve: Serve, target: str) -> None:
    """In any spelling: we do not look."""

    async def ask() -> None:
        async with serve(answers(leads(target))) as url:
            await send(client(), HttpRequest(url, redirects=2))

    with pytest.raises(CannotLook, match="cloud metadata"):
        asyncio.run(ask())


def test_the_policy_is_asked_about_every_hop(serve: Serve) -> None:
    """A redirect cannot lead past the list of hosts."""
    asked: list[tuple[str, int]] = []

    def allowed(host: str, port: int) -> str:
        asked.append((host, port))
        return "" if host == "127.0.0.1" else f"host {host} is not on the list"

    async def ask() -> int:
        async with serve(answers(leads("http://LOCALHOST.:81/"))) as url:
            try:
                await send(client(allowed=allowed), HttpRequest(url, redirects=2))
            finally:
                asked.append(("port", int(url.rpartition(":")[2])))
        return 0

    with pytest.raises(CannotLook, match=r"^refused by policy: host localhost is not on the list$"):
        asyncio.run(ask())
    assert [("127.0.0.1", asked[-1][1]), ("localhost", 81)] == asked[:2]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_only_reads_are_led_elsewhere(serve: Serve, method: str) -> None:
    """Whatever the request says, a change goes to the address it was written for."""
    heard: list[bytes] = []

    async def ask() -> HttpReply:
        async with serve(answers([leads("/b"), OK], heard)) as url:
            return await send(client(), HttpRequest(url, method=method, redirects=3))

    assert 302 == asyncio.run(ask()).status
    assert 1 == len(heard)


def test_the_deadline_is_for_all_hops_together(serve: Serve) -> None:
    """Ten redirects of 100 ms do not make a second each."""

    async def ask() -> None:
        number = 0

        async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal number
            number += 1
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(0.1)
            writer.write(leads(f"/{number}"))
            await writer.drain()

        async with serve(handler) as url:
            await send(client(), HttpRequest(url, redirects=20, timeout=0.5))

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(ask())
    assert "timeout" == caught.value.reason
    assert caught.value.seconds < 1.5


def test_a_location_without_a_redirect_and_a_redirect_without_a_location_are_replies(serve: Serve) -> None:
    """Nothing is guessed."""

    async def ask(reply: bytes) -> HttpReply:
        async with serve(answers(reply)) as url:
            return await send(client(), HttpRequest(url, redirects=3))

    created = b"HTTP/1.1 201 Created\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n"
    nowhere = b"HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n"
    assert [201, 302] == [asyncio.run(ask(reply)).status for reply in (created, nowhere)]
