"""TLS hand-shakes: what certificate a server shows, and whether it may be believed.

Rules. The first hand-shake verifies chain and dates. When that fails, a second one takes anything, so that an
expired or unknown certificate can still be read; what failed is told. Whether the certificate is for the host
is judged apart from that: one that is both expired and for another host is told as both. Nothing is sent over
the connection.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, time
from typing import TYPE_CHECKING, Final

from engine.io.world.failures import Broken, answers, blame
from engine.io.world.network.addresses import Addresses, dial
from engine.kinds.ports import CannotLook, Certificate, Tls, TlsReply, TlsRequest

if TYPE_CHECKING:
    from cryptography import x509

_DAY: Final = 86_400.0


def public_authorities() -> ssl.SSLContext:
    """Return a context with the authorities of this machine and the public list."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class SocketTls(Tls):
    """Shakes hands and hangs up."""

    def __init__(
        self,
        addresses: Addresses | None = None,
        *,
        authorities: Callable[[], ssl.SSLContext] = public_authorities,
        clock: Callable[[], float] = time,
    ) -> None:
        self._addresses = addresses or Addresses()
        self._authorities = authorities
        self._clock = clock
        self._contexts: tuple[ssl.SSLContext, ssl.SSLContext] | None = None

    async def handshake(self, request: TlsRequest) -> TlsReply:
        """Return what the server showed; raises NoAnswer or CannotLook."""
        strict, blind = self._open()  # before the clock: reading the authorities is no part of the answer
        name = _host_name(request.server_name or request.host)
        problem = ""
        started = perf_counter()
        with answers(f"{request.host}:{request.port}", request.timeout, started):
            async with asyncio.timeout(request.timeout):
                addresses = await self._addresses.resolve(request.host, request.port)
                try:
                    shown = await _shake(await dial(addresses), strict, name)
                except ssl.SSLCertVerificationError as error:
                    problem = blame(error)
                    shown = await _shake(await dial(addresses), blind, name)
            seconds = perf_counter() - started
            certificate = _read(shown.chain, name, problem, self._clock())
        return TlsReply(certificate, shown.protocol, shown.cipher, seconds)

    def _open(self) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        if self._contexts is None:
            strict = self._authorities()
            strict.check_hostname = False  # judged apart, see above
            blind = ssl.create_default_context()
            blind.check_hostname = False
            blind.verify_mode = ssl.CERT_NONE
            blind.set_ciphers("DEFAULT:@SECLEVEL=0")  # a weak certificate can be read, too
            self._contexts = (strict, blind)
        return self._contexts


@dataclass(frozen=True, slots=True)
class _Shown:
    chain: tuple[bytes, ...]
    protocol: str
    cipher: str


class _Silent(asyncio.Protocol):
    """Says nothing and hears nothing."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()


async def _shake(sock: object, context: ssl.SSLContext, name: str) -> _Shown:
    loop = asyncio.get_running_loop()
    silent = _Silent()
    try:
        transport, _ = await loop.create_connection(
            lambda: silent,
            sock=sock,
            ssl=context,
            server_hostname=name,  # type: ignore[call-overload]
        )
    except BaseException:
        sock.close()  # type: ignore[attr-defined]
        raise
    try:
        secured = transport.get_extra_info("ssl_object")
        leaf = secured.getpeercert(binary_form=True)
        cipher = secured.cipher()
        return _Shown(
            _chain(secured) or ((leaf,) if leaf else ()), secured.version() or "", cipher[0] if cipher else ""
        )
    finally:
        transport.abort()
        await silent.gone.wait()


def _chain(secured: object) -> tuple[bytes, ...]:
    """Return the certificates the server sent; before Python 3.13 the library hides them."""
    inner = getattr(secured, "_sslobj", None)
    ask = getattr(inner, "get_unverified_chain", None)
    sent = ask() if ask is not None else None
    return tuple(ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in sent or ())


def _read(chain: tuple[bytes, ...], name: str, problem: str, now: float) -> Certificate:
    from cryptography import x509

    if not chain:
        raise Broken("tls", "the server showed no certificate")
    try:
        read = [x509.load_der_x509_certificate(der) for der in chain]
        own = read[0]
        names = _names(own)
        subjects = tuple(_called(one.subject) for one in read)
        begins, ends = own.not_valid_before_utc.timestamp(), own.not_valid_after_utc.timestamp()
    except ValueError:
        raise Broken("garbled", "the server showed a certificate that cannot be read") from None
    covers = _covers(names, name)
    reasons = [problem] if problem else []
    if not covers:
        reasons.append(f"it is not for {name}")
    return Certificate(
        subject=subjects[0],
        issuer=_called(own.issuer),
        names=names,
        not_before=begins,
        not_after=ends,
        serial=f"{own.serial_number:x}",
        sha256=hashlib.sha256(chain[0]).hexdigest(),
        trusted=not problem,
        covers=covers,
        problem="; ".join(reasons),
        chain=subjects,
        days_left=round((ends - now) / _DAY, 2),
    )


def _names(own: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        found = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    hosts = found.get_values_for_type(x509.DNSName)
    return (*hosts, *(str(ip) for ip in found.get_values_for_type(x509.IPAddress)))


def _called(name: x509.Name) -> str:
    return name.rfc4514_string()


def _host_name(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip("[]").partition("%")[0]))
    except ValueError:
        pass
    try:
        bare = text.rstrip(".")
        return bare.lower() if bare.isascii() else bare.encode("idna").decode().lower()
    except UnicodeError:
        raise CannotLook(f"{text!r} is no host name: check 'server_name'") from None


def _covers(names: tuple[str, ...], host: str) -> bool:
    """Tell whether a name is for the host (RFC 6125): a `*` stands for one whole label, the first."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        first, _, rest = host.partition(".")
        wild = f"*.{rest}" if first and "." in rest else host
        return any(one.lower().rstrip(".") in (host, wild) for one in names)
    return str(address) in names
