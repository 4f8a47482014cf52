"""What went wrong on a socket, in the words of the ports: one table for HTTP, TCP and MCP.

Rules. A failure of the target or of the way to it is `NoAnswer`; a failure of this machine (no sockets left,
no network at all, a local firewall) is `CannotLook`. Details are words of ours: nothing the peer sent, and no
part of a request, is quoted, since either may hold a secret.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from engine.kinds.ports import NoAnswer, NoAnswerReason
from engine.kinds.ports.faults import Offline

_OURS = {
    errno.EMFILE: "this process has no file descriptors left",
    errno.ENFILE: "this machine has no file descriptors left",
    errno.ENOBUFS: "this machine has no buffers left",
    errno.EADDRNOTAVAIL: "this machine has no free local port or no such address",
    errno.EACCES: "this machine may not open that connection (local firewall)",
    errno.EPERM: "this machine may not open that connection (local firewall)",
    errno.ENETUNREACH: "this machine has no network route there",
    errno.ENETDOWN: "the network of this machine is down",
    errno.EAFNOSUPPORT: "this machine does not speak that kind of address",
}

_CERTIFICATE = {  # codes of OpenSSL's verification
    9: "it is not valid yet: check the clocks",
    10: "it has expired",
    18: "it is a self-signed certificate",
    19: "its chain ends in a self-signed certificate that is not trusted here",
    20: "its issuer is not known here (unknown authority, or the server does not send its chain)",
    21: "its issuer is not known here (unknown authority, or the server does not send its chain)",
    23: "it has been revoked",
    62: "it is for another host",
    64: "it is for another host",
}


class Broken(Exception):
    """An exchange that ended without a complete answer, before anybody looked at the clock."""

    def __init__(self, reason: NoAnswerReason, detail: str) -> None:
        super().__init__(detail)
        self.reason: NoAnswerReason = reason
        self.detail = detail


@contextmanager
def answers(place: str, timeout: float, started: float) -> Iterator[None]:
    """Turn every failure within into NoAnswer or CannotLook; `started` is a perf_counter reading."""
    try:
        yield
    except Broken as broken:
        raise NoAnswer(broken.reason, broken.detail, perf_counter() - started) from None
    except TimeoutError:  # the deadline, or the kernel giving up before it
        detail = f"no complete answer from {place} within {timeout:g}s"
        raise NoAnswer("timeout", detail, perf_counter() - started) from None
    except OSError as error:
        reason, detail = _explain(error, place)
        raise NoAnswer(reason, detail, perf_counter() - started) from None


def blame(error: ssl.SSLCertVerificationError) -> str:
    """Return what is wrong with a certificate."""
    return _CERTIFICATE.get(error.verify_code, error.verify_message or "it cannot be verified")


def _explain(error: OSError, place: str) -> tuple[NoAnswerReason, str]:
    if isinstance(error, socket.gaierror):
        return "dns", f"the name of {place} cannot be resolved"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "tls", f"the certificate of {place} is not valid: {blame(error)}"
    if isinstance(error, ssl.SSLError):
        return "tls", f"no TLS connection to {place}: {error.reason or 'handshake failed'}"
    if isinstance(error, ConnectionRefusedError):
        return "refused", f"{place} refused the connection"
    if isinstance(error, ConnectionError):
        return "reset", f"{place} reset the connection"
    if error.errno in _OURS:
        raise Offline(f"{_OURS[error.errno]} ({place})") from None
    if error.errno == errno.EHOSTUNREACH:
        return "refused", f"no route to {place}"
    return "reset", f"the connection to {place} failed: {error.strerror or type(error).__name__}"
