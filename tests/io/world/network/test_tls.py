"""Hand-shakes: every sort of certificate is read, and what is wrong with it told."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from engine.io.world.network.tls import SocketTls, public_authorities
from engine.kinds.checks.tls import TlsCheck
from engine.kinds.ports import CannotLook, NoAnswer, TlsReply, TlsRequest
from tests.io.world.authority import Signed, signed
from tests.needs import program
from tests.patience import PATIENCE

Serve = Callable[..., AbstractAsyncContextManager[str]]
HERE = ("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def root() -> Signed:
    """The authority that is trusted here."""
    return signed("Test Root", authority=True, ends=3000)


@pytest.fixture(scope="module")
def below(root: Signed) -> Signed:
    """An authority below it."""
    return signed("Test Below", root, authority=True, ends=2000)


@pytest.fixture
def shake(serve: Serve, tmp_path: Path, root: Signed) -> Callable[..., TlsReply]:
    """Return a function that shakes hands with a server that shows a certificate."""

    def asked(
        shown: Signed, *sent: Signed, server_name: str = "", clock: Callable[[], float] = time.time
    ) -> TlsReply:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert b"" == await reader.read()  # nothing is sent over it

        async def ask() -> TlsReply:
            async with serve(silent, shown.served(tmp_path, *sent)) as url:
                port = urlsplit(url).port or 0
                tls = SocketTls(authorities=root.trusting, clock=clock)
                return await tls.handshake(TlsRequest("127.0.0.1", port, server_name, 10))

        return asyncio.run(ask())

    return asked


def told(reply: TlsReply) -> tuple[bool, bool, str]:
    """Return what is thought of the certificate."""
    return reply.certificate.trusted, reply.certificate.covers, reply.certificate.problem


def test_a_good_certificate_is_told_whole(
    shake: Callable[..., TlsReply], root: Signed, below: Signed
) -> None:
    """Subject, issuer, names, dates, fingerprint and the chain the server sent."""
    own = signed("shop.test", below, hosts=[*HERE, "shop.test"], ends=20)
    reply = shake(own, below)
    shown = reply.certificate
    assert (True, True, "") == told(reply)
    assert ("CN=shop.test", "CN=Test Below") == (shown.subject, shown.issuer)
    assert {*HERE, "shop.test"} == set(shown.names)
    assert ("CN=shop.test", "CN=Test Below") == shown.chain
    assert f"{own.certificate.serial_number:x}" == shown.serial
    assert own.certificate.fingerprint(_sha256()).hex() == shown.sha256
    assert own.certificate.not_valid_after_utc.timestamp() == shown.not_after
    assert 19.9 < shown.days_left <= 20
    assert ("TLSv1.3", True, True) == (reply.protocol, bool(reply.cipher), 0 < reply.seconds < 10)


def _sha256() -> object:
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA256()


def test_an_expired_certificate_is_read(shake: Callable[..., TlsReply], root: Signed) -> None:
    """With negative days; for the host it is all the same."""
    reply = shake(signed("old", root, hosts=HERE, begins=-30, ends=-2.5))
    assert (False, True) == told(reply)[:2]
    assert "expired" in reply.certificate.problem
    assert -2.6 < reply.certificate.days_left < -2.4


def test_a_certificate_that_is_not_valid_yet_is_read(shake: Callable[..., TlsReply], root: Signed) -> None:
    """Its days left are plenty, and yet it is not trusted."""
    reply = shake(signed("new", root, hosts=HERE, begins=2, ends=30))
    assert (False, True) == told(reply)[:2]
    assert "not valid yet" in reply.certificate.problem
    assert reply.certificate.days_left > 29


def test_a_certificate_for_another_host_is_trusted_but_does_not_cover(
    shake: Callable[..., TlsReply], root: Signed
) -> None:
    """Two facts, not one."""
    reply = shake(signed("other", root, hosts=["other.test"]))
    assert (True, False, "it is not for 127.0.0.1") == told(reply)


def test_both_faults_of_a_certificate_are_told(shake: Callable[..., TlsReply], root: Signed) -> None:
    """Expired and for another host: neither hides the other."""
    reply = shake(signed("other", root, hosts=["other.test"], begins=-30, ends=-1))
    assert (False, False) == told(reply)[:2]
    assert ("expired" in reply.certificate.problem, "it is not for" in reply.certificate.problem) == (
        True,
        True,
    )


def test_a_certificate_that_signed_itself_is_read(shake: Callable[..., TlsReply]) -> None:
    """It says so."""
    reply = shake(signed("self", hosts=HERE))
    assert (False, True) == told(reply)[:2]
    assert "self-signed" in reply.certificate.problem.replace("self signed", "self-signed")


def test_an_authority_nobody_knows_is_not_trusted(shake: Callable[..., TlsReply]) -> None:
    """Its chain is complete and leads nowhere."""
    stranger = signed("Stranger", authority=True)
    reply = shake(signed("x", stranger, hosts=HERE), stranger)
    assert (False, True) == told(reply)[:2]
    assert ("CN=x", "CN=Stranger") == reply.certificate.chain


def test_an_incomplete_chain_is_not_trusted(shake: Callable[..., TlsReply], below: Signed) -> None:
    """The server forgot the one in the middle: a browser may get by, a program does not."""
    reply = shake(signed("x", below, hosts=HERE))
    assert (False, True) == told(reply)[:2]
    assert (("CN=x",), True) == (reply.certificate.chain, bool(reply.certificate.problem))


@pytest.mark.parametrize(
    ("hosts", "asked", "covers"),
    [
        (["shop.test"], "shop.test", True),
        (["SHOP.test"], "Shop.Test.", True),
        (["*.shop.test"], "www.shop.test", True),
        (["*.shop.test"], "a.www.shop.test", False),
        (["*.shop.test"], "shop.test", False),
        (["*"], "localhost", False),
        (["xn--bcher-kva.test"], "bücher.test", True),
        (["127.0.0.1"], "localhost", False),
        ([], "shop.test", False),
    ],
)
def test_the_name_that_is_asked_for_counts(
    shake: Callable[..., TlsReply], root: Signed, hosts: list[str], asked: str, covers: bool
) -> None:
    """A wild card stands for one label, the common name for nothing."""
    reply = shake(signed("shop.test", root, hosts=hosts), server_name=asked)
    assert (True, covers) == told(reply)[:2]


def test_days_are_counted_by_the_clock_that_was_given(shake: Callable[..., TlsReply], root: Signed) -> None:
    """Not by one of its own."""
    own = signed("x", root, hosts=HERE)
    end = own.certificate.not_valid_after_utc.timestamp()
    assert 2.0 == shake(own, clock=lambda: end - 2 * 86_400).certificate.days_left


def test_what_speaks_no_tls_gave_no_answer(serve: Serve) -> None:
    """Garbage, silence and a hang-up are told apart."""

    async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        await asyncio.sleep(5)

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async def reasons() -> list[str]:
        found = []
        for handler in (garbage, silence, hang_up):
            async with serve(handler) as url:
                with pytest.raises(NoAnswer) as caught:
                    await SocketTls().handshake(TlsRequest("127.0.0.1", urlsplit(url).port or 0, timeout=0.5))
                assert caught.value.seconds < 5
                found.append(caught.value.reason)
        return found

    first, second, third = asyncio.run(reasons())
    assert ("tls", "timeout", True) == (first, second, third in ("reset", "tls"))


def test_the_line_by_hand_shows_the_same(serve: Serve, tmp_path: Path, root: Signed) -> None:
    """Typed as it stands."""
    own = signed("shop.test", root, hosts=HERE)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def typed() -> bytes:
        async with serve(silent, own.served(tmp_path)) as url:
            line = TlsCheck(tls=f"127.0.0.1:{urlsplit(url).port}").by_hand()
            process = await asyncio.create_subprocess_exec("sh", "-c", line, stdout=asyncio.subprocess.PIPE)
            return (await asyncio.wait_for(process.communicate(), PATIENCE))[0]

    program("openssl")
    said = asyncio.run(typed()).decode()
    assert ("CN = shop.test" in said.replace("CN=", "CN = "), "does match certificate" in said) == (
        True,
        True,
    )


def test_nobody_there_and_nowhere_to_ask() -> None:
    """Refused is an answer of the machine; a metadata address is never asked."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NoAnswer) as caught:
        asyncio.run(SocketTls().handshake(TlsRequest("127.0.0.1", port, timeout=5)))
    assert "refused" == caught.value.reason
    with pytest.raises(CannotLook, match="metadata"):
        asyncio.run(SocketTls().handshake(TlsRequest("169.254.169.254", 443, timeout=5)))
    with pytest.raises(CannotLook, match="no host name"):
        asyncio.run(SocketTls().handshake(TlsRequest("127.0.0.1", port, "a..ü" * 40, timeout=5)))


def test_the_authorities_of_this_machine_and_the_public_ones_are_trusted() -> None:
    """Where no others are given."""
    assert public_authorities().cert_store_stats()["x509_ca"] > 50
