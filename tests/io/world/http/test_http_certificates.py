"""Certificates: good ones are facts, bad ones are no answer, unless the author takes them and it shows."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.io.world.http.connections import Connections
from engine.io.world.network.addresses import Address, Addresses
from engine.kinds.ports import Certificate, HttpReply, HttpRequest, NoAnswer
from tests.io.world.issuing import Authority
from tests.io.world.talk import OK, Serve, answers, client, send
from tests.patience import PATIENCE


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority that the client trusts."""
    return Authority(tmp_path)


def ask(
    serve: Serve, offered: ssl.SSLContext, trusted: Authority, *, insecure: bool = False, host: str = ""
) -> HttpReply:
    """Return the reply of a server with this certificate to a client that trusts this authority."""

    async def once() -> HttpReply:
        async with serve(answers(OK), tls=offered) as url:
            connections = Connections(tls=trusted.trusting())
            address = url.replace("127.0.0.1", host or "127.0.0.1")
            return await send(client(connections), HttpRequest(address, insecure=insecure, timeout=5))

    return asyncio.run(once())


def shown(reply: HttpReply) -> Certificate:
    """Return the certificate of a reply, which must have one."""
    assert reply.certificate is not None
    return reply.certificate


def test_a_good_certificate_is_read_and_trusted(serve: Serve, authority: Authority) -> None:
    """Names, issuer and days left, by what the connection itself has verified."""
    certificate = shown(ask(serve, authority.server("127.0.0.1", "shop.test"), authority))
    assert ("127.0.0.1", "Test authority", True, True, "") == (
        certificate.subject,
        certificate.issuer,
        certificate.trusted,
        certificate.covers,
        certificate.problem,
    )
    assert {"127.0.0.1", "shop.test"} == set(certificate.names)
    assert 29 < certificate.days_left <= 30
    assert (64, True) == (len(certificate.sha256), certificate.not_before < certificate.not_after)


def test_a_reply_without_tls_has_none(serve: Serve) -> None:
    """Plain HTTP shows nothing."""

    async def once() -> HttpReply:
        async with serve(answers(OK)) as url:
            return await send(client(), HttpRequest(url, insecure=True))

    assert asyncio.run(once()).certificate is None


BAD = {
    "expired": "it has expired",
    "not yet": "it is not valid yet",
    "wrong host": "it is for another host",
    "self-signed": "self-signed",
    "unknown authority": "its issuer is not known here",
}


def offered(what: str, authority: Authority, folder: Path) -> ssl.SSLContext:
    """Return a server's side with something wrong."""
    match what:
        case "expired":
            return authority.server("127.0.0.1", days=(-30, -1))
        case "not yet":
            return authority.server("127.0.0.1", days=(2, 30))
        case "wrong host":
            return authority.server("other.test", "127.0.0.2")
        case "self-signed":
            return authority.server("127.0.0.1", self_signed=True)
    return Authority(folder, "Nobody we know").server("127.0.0.1")


@pytest.mark.parametrize("what", BAD)
def test_a_bad_certificate_is_no_answer_and_says_why(
    serve: Serve, authority: Authority, tmp_path: Path, what: str
) -> None:
    """Never a reply, and the reason in words."""
    with pytest.raises(NoAnswer, match=BAD[what]) as caught:
        ask(serve, offered(what, authority, tmp_path), authority)
    assert "tls" == caught.value.reason
    assert caught.value.detail.startswith("the certificate of 127.0.0.1:")


@pytest.mark.parametrize("what", BAD)
def test_a_bad_certificate_may_be_taken_and_its_problem_is_shown(
    serve: Serve, authority: Authority, tmp_path: Path, what: str
) -> None:
    """The reply comes, and what is wrong with the certificate comes with it."""
    reply = ask(serve, offered(what, authority, tmp_path), authority, insecure=True)
    certificate = shown(reply)
    assert (200, True) == (reply.status, BAD[what] in certificate.problem)
    assert (False, what != "wrong host") == (
        certificate.trusted and certificate.covers,
        certificate.covers,
    )
    assert ("127.0.0.1" in certificate.names) is (what != "wrong host")
    assert (certificate.days_left < 0) is (what == "expired")
    assert reply.timing.tls > 0


def test_a_wrong_host_by_name_is_told(serve: Serve, authority: Authority) -> None:
    """Names and addresses are different problems to OpenSSL, and the same to us."""
    with pytest.raises(NoAnswer, match="it is for another host"):
        ask(serve, authority.server("127.0.0.1"), authority, host="localhost")


def test_a_name_with_a_dot_at_its_end_is_the_same_name(serve: Serve, authority: Authority) -> None:
    """The certificate is for the name without it."""

    def lookup(host: str, port: int) -> Sequence[Address]:
        return [Address(socket.AF_INET, ("127.0.0.1", port))]

    async def once() -> HttpReply:
        async with serve(answers(OK), tls=authority.server("shop.test")) as url:
            connections = Connections(Addresses(lookup), authority.trusting())
            return await send(client(connections), HttpRequest(url.replace("127.0.0.1", "shop.test.")))

    assert 200 == asyncio.run(once()).status


def test_a_good_certificate_stays_good_for_who_would_take_any(serve: Serve, authority: Authority) -> None:
    """It is verified first: `insecure` alone is no reason to call it bad."""
    certificate = shown(ask(serve, authority.server("127.0.0.1"), authority, insecure=True))
    assert (True, "") == (certificate.trusted, certificate.problem)


def test_an_unverified_connection_serves_no_request_that_wants_a_good_one(
    serve: Serve, authority: Authority
) -> None:
    """It is kept apart, however well it works."""

    async def both() -> None:
        http = client(Connections(tls=authority.trusting()))
        async with serve(answers(OK), tls=authority.server("127.0.0.1", self_signed=True)) as url:
            try:
                assert 200 == (await http.send(HttpRequest(url, insecure=True))).status
                await http.send(HttpRequest(url))
            finally:
                await http.close()

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(both())
    assert "tls" == caught.value.reason


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("insecure", [False, True])
def test_an_old_protocol_is_refused(authority: Authority, insecure: bool) -> None:
    """TLS 1.0 is no certificate problem: nobody may take it."""
    old = authority.server("127.0.0.1")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1
    old.set_ciphers("ALL:@SECLEVEL=0")

    def shake(listener: socket.socket) -> None:
        raw, _ = listener.accept()
        with raw, contextlib.suppress(OSError), old.wrap_socket(raw, server_side=True) as tls:
            tls.recv(1)

    # A blocking server: the one of asyncio hangs up without saying why.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=shake, args=(listener,))
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        connections = Connections(tls=authority.trusting())
        with pytest.raises(NoAnswer, match="no TLS connection") as caught:
            asyncio.run(send(client(connections), HttpRequest(url, insecure=insecure, timeout=5)))
        thread.join(PATIENCE)
    assert "tls" == caught.value.reason
