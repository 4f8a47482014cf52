"""The certificate a server showed on a connection that is open, verified or not.

The standard library tells the content of a verified certificate only; one that was taken unverified is read
by `cryptography`, which is slow to import and therefore imported then.
"""

from __future__ import annotations

import hashlib
import ssl
import time
from typing import TYPE_CHECKING, Final

from engine.io.world.failures import blame
from engine.kinds.ports import Certificate

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as Parsed
    from cryptography.x509 import Name

_DAY: Final = 86_400.0
_OTHER_HOST: Final = frozenset({62, 63, 64})  # X509_V_ERR_HOSTNAME_MISMATCH and its likes


def shown(tls: ssl.SSLObject, problem: ssl.SSLCertVerificationError | None) -> Certificate | None:
    """Return what the peer of an open connection showed; `problem` is why it could not be verified."""
    der = tls.getpeercert(binary_form=True)
    if der is None:
        return None
    return _verified(tls, der) if problem is None else _unverified(der, problem)


def _verified(tls: ssl.SSLObject, der: bytes) -> Certificate:
    told = tls.getpeercert() or {}
    ends = ssl.cert_time_to_seconds(str(told["notAfter"]))
    alternative = told.get("subjectAltName", ())
    pairs = [pair for pair in alternative if isinstance(pair, tuple)]
    return Certificate(
        subject=_told_name(told.get("subject")),
        issuer=_told_name(told.get("issuer")),
        names=tuple(str(value) for kind, value in pairs if kind in ("DNS", "IP Address")),
        not_before=float(ssl.cert_time_to_seconds(str(told["notBefore"]))),
        not_after=float(ends),
        serial=str(told.get("serialNumber", "")).lower(),
        sha256=hashlib.sha256(der).hexdigest(),
        days_left=round((ends - time.time()) / _DAY, 2),
    )


def _unverified(der: bytes, problem: ssl.SSLCertVerificationError) -> Certificate:
    from cryptography import x509

    try:
        parsed = x509.load_der_x509_certificate(der)
        begins, ends = parsed.not_valid_before_utc.timestamp(), parsed.not_valid_after_utc.timestamp()
        subject, issuer, names = _name(parsed.subject), _name(parsed.issuer), _names(parsed)
        serial = f"{parsed.serial_number:x}"
    except ValueError:  # so broken that it cannot even be read
        begins = ends = 0.0
        subject = issuer = serial = ""
        names = ()
    now = time.time()
    elsewhere = problem.verify_code in _OTHER_HOST
    return Certificate(
        subject=subject,
        issuer=issuer,
        names=names,
        not_before=begins,
        not_after=ends,
        serial=serial,
        sha256=hashlib.sha256(der).hexdigest(),
        trusted=elsewhere and begins <= now <= ends,  # the chain is judged before the host name is
        covers=not elsewhere,
        problem=blame(problem),
        days_left=round((ends - now) / _DAY, 2),
    )


def _told_name(name: object) -> str:
    """Return what a person calls the name, from the tuples of tuples the library gives."""
    parts: dict[str, str] = {}
    for group in name if isinstance(name, tuple) else ():
        for key, value in group:
            parts.setdefault(str(key), str(value))
    return parts.get("commonName") or parts.get("organizationName") or ""


def _name(name: Name) -> str:
    from cryptography.x509.oid import NameOID

    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in name.get_attributes_for_oid(oid):
            return str(attribute.value)
    return ""


def _names(parsed: Parsed) -> tuple[str, ...]:
    from cryptography import x509

    try:
        found = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    hosts = found.get_values_for_type(x509.DNSName)
    return (*hosts, *(str(ip) for ip in found.get_values_for_type(x509.IPAddress)))
