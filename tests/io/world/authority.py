"""Certificates of every sort, made for a test: an authority, one below it, and what they sign."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Signed:
    """A certificate with its key, and who signed it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    issuer: Signed | None = None

    def served(self, folder: Path, *sent: Signed) -> ssl.SSLContext:
        """Return a server's context that shows it, with these behind it."""
        file = folder / f"{self.certificate.serial_number:x}.pem"
        private = self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(private + b"".join(one.certificate.public_bytes(PEM) for one in (self, *sent)))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        return context

    def trusting(self) -> ssl.SSLContext:
        """Return a client's context that knows no other authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self.certificate.public_bytes(PEM).decode())
        return context


def signed(
    name: str,
    by: Signed | None = None,
    *,
    hosts: Sequence[str] = (),
    begins: float = -1,
    ends: float = 30,
    authority: bool = False,
) -> Signed:
    """Return a new certificate; its days are counted from now, without `by` it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins * DAY)
        .not_valid_after(now + ends * DAY)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if hosts:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general(host) for host in hosts]), critical=False
        )
    return Signed(builder.sign(by.key if by else key, hashes.SHA256()), key, by)


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
